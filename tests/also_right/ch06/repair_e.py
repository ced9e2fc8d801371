"""Other right answers to 06.repair_e."""

from aigc_course.exercises.ch06.repair_e import LEAK
from aigc_course.failures.repairs import Answer
from tests.also_right import also_right


@also_right
def no_norm_in_d(settings: dict) -> Answer:
    return LEAK, {**settings, "d_norm": "none"}


@also_right
def each_image_by_itself(settings: dict) -> Answer:
    return LEAK, {**settings, "d_norm": "layer"}
