"""Case J: an example."""

from aigc_course.failures.case import Bound, Case
from aigc_course.failures.start import POINTS

case = Case(
    letter="J",
    name="an example",
    kind="points",
    steps=12,
    settings=POINTS | {"logs": "of probabilities"},
    repair={"logs": "of logits"},
    repair_in_words="losses from logits",
    fault=Bound("withstands", 50, "largest logit D's loss bears", at_least=False),
    cure=(Bound("withstands", 100, "largest logit D's loss bears"),),
)
