"""Other right answers to 01.mix_with_noise."""

import numpy as np

from aigc_course.exercises.ch01.mix_with_noise import Array
from tests.also_right import also_right


@also_right
def relative_to_the_model(log_p: Array, log_noise: Array, share: float) -> Array:
    ratio = np.exp(np.minimum(log_noise - log_p, 600))  # exp(710) is no float
    beyond = np.maximum(log_noise - log_p - 600, 0)
    return log_p + np.log(1 - share + share * ratio) + beyond


@also_right
def largest_taken_off(log_p: Array, log_noise: Array, share: float) -> Array:
    top = np.maximum(log_p, log_noise)
    parts = (1 - share) * np.exp(log_p - top) + share * np.exp(log_noise - top)
    return top + np.log(parts)
