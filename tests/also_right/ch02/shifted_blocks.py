"""Other right answers to 02.shifted_blocks."""

import math

from aigc_course.exercises.ch02.shifted_blocks import Pair
from tests.also_right import also_right


@also_right
def by_overlap(theta: float) -> Pair:
    overlap = max(0.0, 1 - abs(theta))
    alone = 1 - overlap  # share of each block that the other does not reach
    return math.log(2) * (alone + alone) / 2, math.sqrt(theta * theta)


@also_right
def case_by_case(theta: float) -> Pair:
    if theta < 0:
        return case_by_case(-theta)
    return (theta if theta < 1 else 1.0) * math.log(2), theta
