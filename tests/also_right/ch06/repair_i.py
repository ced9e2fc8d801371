"""Other right answers to 06.repair_i."""

from aigc_course.failures.repairs import Answer
from tests.also_right import also_right


@also_right
def only_the_change(settings: dict) -> Answer:
    return "wrong data range", {"scaling": "-1 to 1"}
