"""Other right answers to 06.repair_f."""

from aigc_course.failures.repairs import Answer
from tests.also_right import also_right


@also_right
def with_a_quicker_d(settings: dict) -> Answer:
    settings.update(lr_g=1e-3, lr_d=2e-3)
    return "learning rate too high", settings
