"""Other right answers to 06.repair_d."""

from aigc_course.exercises.ch06.repair_d import LATTICE
from aigc_course.failures.repairs import Answer
from tests.also_right import also_right


@also_right
def with_a_kernel_of_six(settings: dict) -> Answer:
    return LATTICE, {"stride": "2, 2", "kernel": 6}


@also_right
def with_a_kernel_of_three(settings: dict) -> Answer:
    return LATTICE, {"stride": "2, 2", "kernel": 3}
