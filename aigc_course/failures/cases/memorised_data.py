"""Case H: discriminator memorises few data."""

from aigc_course.failures.case import Bound, Case, Remedy
from aigc_course.failures.start import (
    DIGITS,
    READABLE,
)

case = Case(
    letter="H",
    name="discriminator memorises few data",
    kind="digits",
    steps=300,
    settings=DIGITS | {"images": 32},
    repair={"images": 1500},
    repair_in_words="1,500 training images",
    fault=Bound("memory_gap", 0.15, "D's belief in training images minus unseen ones"),
    cure=(
        Bound("memory_gap", 0.1, "belief in training minus unseen", False),
        READABLE,
    ),
    remedies=(
        Remedy(
            "translation", "shifts of up to 4 pixels", {"translation": 4}, promised=True
        ),
        Remedy("dropout", "dropout of 0.5 in D", {"dropout": 0.5}),
    ),
    often=(
        {"translation": 4},
        {"images": 1000},
        {"translation": 3},
        {"images": 1500, "translation": 2},
        {"images": 1500, "dropout": 0.3},
        {"dropout": 0.5},
        {"lr_d": 5e-4},
        {"noise": 0.3},
        {"batch_size": 32},
    ),
)
