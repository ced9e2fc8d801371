"""Other right answers to 01.ancestral."""

import numpy as np

from aigc_course.exercises.ch01.ancestral import Array, Ink
from tests.also_right import also_right


@also_right
def counting_the_steps(
    prior: Array, theta: Array, u_class: Array, u_pixels: Array
) -> Ink:
    y = (u_class[:, None] >= np.cumsum(prior)).sum(axis=1)
    return theta[y] - u_pixels > 0


@also_right
def picture_by_picture(
    prior: Array, theta: Array, u_class: Array, u_pixels: Array
) -> Ink:
    pictures = []
    for u, pixels in zip(u_class, u_pixels, strict=True):
        y = 0
        while u >= prior[y]:
            u, y = u - prior[y], y + 1
        pictures.append(pixels < theta[y])
    return np.stack(pictures)
