"""Exact answers to compare learning with, in float64 and without torch."""

from aigc_course.theory.density import Density
from aigc_course.theory.divergences import (
    chi_square,
    density_ratio,
    hellinger,
    jensen_shannon,
    kl,
    reverse_kl,
    total_variation,
)
from aigc_course.theory.dynamics import Game, bilinear, dirac
from aigc_course.theory.game import generator_cost, optimal_discriminator, value
from aigc_course.theory.makers import (
    from_samples,
    grid,
    mixture,
    normal,
    normalised,
    uniform,
)
from aigc_course.theory.updates import (
    METHODS,
    predicted_rate,
    simulate,
    simulated_rate,
    update_jacobian,
)

__all__ = [
    "METHODS",
    "Density",
    "Game",
    "bilinear",
    "chi_square",
    "density_ratio",
    "dirac",
    "from_samples",
    "generator_cost",
    "grid",
    "hellinger",
    "jensen_shannon",
    "kl",
    "mixture",
    "normal",
    "normalised",
    "optimal_discriminator",
    "predicted_rate",
    "reverse_kl",
    "simulate",
    "simulated_rate",
    "total_variation",
    "uniform",
    "update_jacobian",
    "value",
]
