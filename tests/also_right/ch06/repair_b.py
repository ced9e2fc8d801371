"""Other right answers to 06.repair_b."""

from aigc_course.exercises.ch06.repair_b import VANISHED
from aigc_course.failures.repairs import Answer
from tests.also_right import also_right


@also_right
def keeps_d_unsure(settings: dict) -> Answer:
    return VANISHED, {**settings, "penalty": "r1"}


@also_right
def pairs_and_a_slower_d(settings: dict) -> Answer:
    return VANISHED, dict(settings, loss="relativistic", lr_d=2e-3)
