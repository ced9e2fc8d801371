"""Other right answers to 07.fool_inception."""

from torch import Tensor

from aigc_course.exercises.ch07.fool_inception import FEWEST
from aigc_course.exercises.ch07.inception_score import inception_score
from tests.also_right import also_right


@also_right
def by_trying_each_class(p: Tensor) -> tuple[list[int], list[int]]:
    surest = [int(p[:, c].argmax()) for c in range(10)]
    groups = [p[:, c].topk(FEWEST).indices.tolist() for c in range(10)]
    return 10 * surest, min(groups, key=lambda rows: inception_score(p[rows]))
