"""Other right answers to 06.repair_j."""

from aigc_course.failures.repairs import Answer
from tests.also_right import also_right


@also_right
def logits_and_a_small_penalty(settings: dict) -> Answer:
    return "an example", settings | {"logs": "of logits", "weight": 0.2}
