"""Case I: wrong data range."""

from aigc_course.failures.case import Bound, Case, Remedy
from aigc_course.failures.start import (
    DIGITS,
    READABLE,
)

case = Case(
    letter="I",
    name="wrong data range",
    kind="digits",
    steps=200,
    settings=DIGITS | {"scaling": "0 to 1"},
    repair={"scaling": "-1 to 1"},
    repair_in_words="data in -1 to 1",
    fault=Bound("background", 0.5, "background, brighter than the real one by"),
    cure=(Bound("background", 0.2, "background, brighter by", False), READABLE),
    remedies=(Remedy("bytes", "data in 0 to 255", {"scaling": "0 to 255"}),),
    often=(
        {"scaling": "-1 to 1", "ema": 1000},
        {"scaling": "-1 to 1", "kernel": 6},
        {"noise": 0.5},
        {"kernel": 5},
        {"dropout": 0.3},
        {"lr_d": 1e-3},
    ),
)
