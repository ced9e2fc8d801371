"""Other right answers to 02.logit_gradient."""

import numpy as np

from aigc_course.exercises.ch02.logit_gradient import Array
from tests.also_right import also_right


@also_right
def above_the_line(logits: Array, p: Array, q: Array) -> Array:
    return p - (p + q) / (1 + np.exp(-logits))


@also_right
def by_the_chain_rule(logits: Array, p: Array, q: Array) -> Array:
    d = (1 + np.tanh(logits / 2)) / 2
    return (p / d - q / (1 - d)) * d * (1 - d)
