"""Other right answers to 15.information."""

import math

from torch import Tensor

from aigc_course.exercises.ch15.information import entropy
from tests.also_right import also_right


@also_right
def by_entropies(joint: Tensor) -> float:
    return entropy(joint.sum(0)) + entropy(joint.sum(1)) - entropy(joint)


@also_right
def cell_by_cell(joint: Tensor) -> float:
    rows, columns = joint.sum(1).tolist(), joint.sum(0).tolist()
    total = 0.0
    for i, p in enumerate(rows):
        for j, q in enumerate(columns):
            r = float(joint[i, j])
            total += r * math.log(r / (p * q)) if r > 0 else 0.0
    return total
