"""Other right answers to 01.log_likelihood."""

import numpy as np

from aigc_course.exercises.ch01.log_likelihood import Array, Ink
from tests.also_right import also_right


@also_right
def as_products_of_matrices(ink: Ink, theta: Array) -> Array:
    flat, logit = ink.reshape(len(ink), -1), np.log(theta) - np.log1p(-theta)
    return flat @ logit.ravel() + np.log1p(-theta).sum()


@also_right
def picture_by_picture(ink: Ink, theta: Array) -> Array:
    chances = [np.abs(1 - one - theta) for one in ink]  # theta or 1 - theta
    return np.array([np.log(chance).sum() for chance in chances])
