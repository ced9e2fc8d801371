"""Case B: discriminator wins, gradient vanishes."""

from aigc_course.failures.case import Bound, Case, Remedy
from aigc_course.failures.start import (
    DIGITS,
    RECOGNISABLE,
)

case = Case(
    letter="B",
    name="discriminator wins, gradient vanishes",
    kind="digits",
    steps=300,
    settings=DIGITS | {"d_norm": "none", "loss": "minimax", "lr_d": 1e-2},
    repair={"loss": "non-saturating"},
    repair_in_words="non-saturating loss",
    fault=Bound("fid", 80, "FID of 500 samples"),
    cure=(
        Bound("d_gap", 0.98, "D's belief in real minus generated", False),
        RECOGNISABLE,
    ),
    remedies=(
        Remedy(
            "slower-d",
            "D's learning rate divided by five",
            {"lr_d": 2e-3},
            promised=True,
        ),
        Remedy("r1", "R1", {"penalty": "r1"}, promised=True),
        Remedy("noise", "instance noise of 1", {"noise": 1.0}),
    ),
    often=(
        {"penalty": "r1"},
        {"loss": "relativistic", "lr_d": 0.002},
        {"loss": "hinge"},
        {"loss": "relativistic"},
        {"lr_d": 2e-3},
        {"dropout": 0.5},
        {"noise": 1.0},
        {"lr_g": 2e-2},
        {"batch_size": 128},
        {"beta1": 0.0},
        {"d_steps": 2},
    ),
)
