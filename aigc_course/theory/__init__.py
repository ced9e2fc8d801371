"""Exact answers to compare learning with, in float64 and without torch."""

from aigc_course.theory.critics import (
    critic_value,
    least_squares_cost,
    optimal_critic,
    steepness,
)
from aigc_course.theory.density import Density
from aigc_course.theory.distances import mmd2, wasserstein1, wasserstein1_samples
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
from aigc_course.theory.estimates import Estimate, js_samples, kl_samples
from aigc_course.theory.f_divergences import (
    F_DIVERGENCES,
    GAN_FORM,
    F,
    f_divergence,
    variational_bound,
)
from aigc_course.theory.game import generator_cost, optimal_discriminator, value
from aigc_course.theory.makers import (
    from_samples,
    grid,
    mixture,
    normal,
    normalised,
    uniform,
)
from aigc_course.theory.tiny_gan import TinyGAN
from aigc_course.theory.updates import (
    METHODS,
    predicted_rate,
    simulate,
    simulated_rate,
    update_jacobian,
)

__all__ = [
    "F_DIVERGENCES",
    "GAN_FORM",
    "METHODS",
    "Density",
    "Estimate",
    "F",
    "Game",
    "TinyGAN",
    "bilinear",
    "chi_square",
    "critic_value",
    "density_ratio",
    "dirac",
    "f_divergence",
    "from_samples",
    "generator_cost",
    "grid",
    "hellinger",
    "jensen_shannon",
    "js_samples",
    "kl",
    "kl_samples",
    "least_squares_cost",
    "mixture",
    "mmd2",
    "normal",
    "normalised",
    "optimal_critic",
    "optimal_discriminator",
    "predicted_rate",
    "reverse_kl",
    "simulate",
    "simulated_rate",
    "steepness",
    "total_variation",
    "uniform",
    "update_jacobian",
    "value",
    "variational_bound",
    "wasserstein1",
    "wasserstein1_samples",
]
