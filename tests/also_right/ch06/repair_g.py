"""Other right answers to 06.repair_g."""

from aigc_course.failures.repairs import Answer
from tests.also_right import also_right


@also_right
def with_lower_rates(settings: dict) -> Answer:
    settings.update(logs="of logits", lr_g=2e-3, lr_d=2e-3)
    return "logarithm of zero", settings
