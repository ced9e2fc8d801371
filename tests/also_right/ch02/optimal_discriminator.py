"""Other right answers to 02.optimal_discriminator."""

import numpy as np

from aigc_course.exercises.ch02.optimal_discriminator import Array
from tests.also_right import also_right


@also_right
def with_divide(p: Array, q: Array) -> Array:
    start = np.full_like(p, 0.5)
    return np.divide(p, p + q, out=start, where=(p + q) != 0)


@also_right
def place_by_place(p: Array, q: Array) -> Array:
    pairs = zip(p, q, strict=True)
    return np.array([a / (a + b) if a or b else 0.5 for a, b in pairs])
