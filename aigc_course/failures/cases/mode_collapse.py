"""Case A: mode collapse."""

from aigc_course.failures.case import Bound, Case, Remedy
from aigc_course.failures.start import (
    POINTS,
)

case = Case(
    letter="A",
    name="mode collapse",
    kind="points",
    steps=1000,
    settings=POINTS | {"lr_d": 1e-4},
    repair={"lr_d": 1e-3},
    repair_in_words="D's learning rate raised to G's",
    # of eight; a trial in health has seven or eight after 500 steps
    fault=Bound("modes", 3, "modes reached", at_least=False),
    cure=(Bound("modes", 6, "modes reached"),),
    remedies=(
        Remedy(
            "d-steps", "five steps of D for each of G", {"d_steps": 5}, promised=True
        ),
        Remedy("slower-g", "G's learning rate lowered to D's", {"lr_g": 1e-4}),
        Remedy("packs", "packs of two", {"pack": 2}),
    ),
    often=(
        {"lr_d": 0.002},
        {"d_steps": 5},
        {"lr_d": 3e-3},
        {"lr_d": 1e-3, "lr_g": 5e-4},
        {"lr_d": 1e-3, "pack": 2},
        {"d_steps": 10},
        {"d_steps": 2},
        {"pack": 4},
        {"noise": 0.3},
        {"ema": 2000},
    ),
)
