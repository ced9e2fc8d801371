"""Case F: learning rate too high."""

from aigc_course.failures.case import Bound, Case, Remedy
from aigc_course.failures.start import (
    POINTS,
)

case = Case(
    letter="F",
    name="learning rate too high",
    kind="points",
    steps=600,
    settings=POINTS | {"lr_g": 0.5, "lr_d": 0.5},
    repair={"lr_g": 1e-3, "lr_d": 1e-3},
    repair_in_words="both learning rates 0.001",
    fault=Bound("distance", 0.1, "energy distance to the real points"),
    cure=(Bound("distance", 0.07, "energy distance to the real points", False),),
    remedies=(
        Remedy(
            "quicker",
            "both learning rates 0.01",
            {"lr_g": 1e-2, "lr_d": 1e-2},
            promised=True,
        ),
        Remedy(
            "slower",
            "both learning rates 0.0001",
            {"lr_g": 1e-4, "lr_d": 1e-4},
            promised=False,
        ),
        Remedy("clipping", "gradients clipped to 1", {"max_grad_norm": 1.0}),
    ),
    often=(
        {"lr_g": 0.001, "lr_d": 0.002},
        {"lr_g": 1e-2, "lr_d": 1e-2},
        {"lr_g": 3e-3, "lr_d": 3e-3},
        {"lr_g": 1e-3, "lr_d": 4e-3},
        {"lr_g": 1e-3, "lr_d": 1e-3, "ema": 1000},
        {"ema": 1000},
        {"lr_g": 0.05, "lr_d": 0.05},
        {"beta1": 0.9},
    ),
)
