"""Other right answers to 06.repair_c."""

from aigc_course.failures.repairs import Answer
from tests.also_right import also_right


@also_right
def both_penalties(settings: dict) -> Answer:
    return "oscillation", {"penalty": "r1+r2"}


@also_right
def on_generated_points(settings: dict) -> Answer:
    return "oscillation", {**settings, "penalty": "r2"}
