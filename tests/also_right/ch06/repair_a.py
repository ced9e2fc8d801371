"""Other right answers to 06.repair_a."""

from aigc_course.failures.repairs import Answer
from tests.also_right import also_right


@also_right
def a_quicker_d(settings: dict) -> Answer:
    settings["lr_d"] = 2e-3
    return "mode collapse", settings


@also_right
def more_steps_of_d_in_a(settings: dict) -> Answer:
    return "mode collapse", {**settings, "d_steps": 5}
