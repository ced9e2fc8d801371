"""Other right answers to 01.push_density."""

import numpy as np

from aigc_course.exercises.ch01.push_density import Array, Map
from tests.also_right import also_right


@also_right
def by_logarithms(x: Array, p_z: Map, inverse: Map, slope: Map) -> Array:
    z = inverse(x)
    return np.exp(np.log(p_z(z)) - np.log(np.abs(slope(z))))


@also_right
def by_the_slope_of_the_inverse(x: Array, p_z: Map, inverse: Map, slope: Map) -> Array:
    back = 1 / slope(inverse(x))  # d z / d x
    return p_z(inverse(x)) * np.sqrt(back**2)
