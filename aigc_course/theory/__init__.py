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
from aigc_course.theory.makers import (
    from_samples,
    grid,
    mixture,
    normal,
    normalised,
    uniform,
)

__all__ = [
    "Density",
    "chi_square",
    "density_ratio",
    "from_samples",
    "grid",
    "hellinger",
    "jensen_shannon",
    "kl",
    "mixture",
    "normal",
    "normalised",
    "reverse_kl",
    "total_variation",
    "uniform",
]
