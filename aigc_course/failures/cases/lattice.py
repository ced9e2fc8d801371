"""Case D: lattice of a coarse upsampling."""

from aigc_course.failures.case import Bound, Case, Remedy
from aigc_course.failures.start import (
    DIGITS,
    READABLE,
)

case = Case(
    letter="D",
    name="lattice of a coarse upsampling",
    kind="digits",
    steps=200,
    settings=DIGITS | {"stride": "4", "kernel": 2},
    repair={"stride": "2, 2", "kernel": 4},
    repair_in_words="two layers of stride 2, kernel 4",
    fault=Bound("lattice", 0.11, "unlikeness of the places in a cell of 4 x 4 pixels"),
    cure=(
        Bound("lattice", 0.1, "unlikeness of the places in a cell", False),
        READABLE,
    ),
    remedies=(
        Remedy("kernel-3", "two layers, kernel 3", {"stride": "2, 2", "kernel": 3}),
        Remedy(
            "kernel-5",
            "two layers, kernel 5",
            {"stride": "2, 2", "kernel": 5},
            promised=True,
        ),
        Remedy(
            "touching", "one layer of stride 4, kernel 4", {"kernel": 4}, promised=False
        ),
        Remedy(
            "overlapping",
            "one layer of stride 4, kernel 8",
            {"kernel": 8},
            promised=False,
        ),
    ),
    often=(
        {"stride": "2, 2", "kernel": 6},
        {"stride": "2, 2", "kernel": 3},
        {"stride": "2, 2", "kernel": 5},
        {"stride": "2, 2", "kernel": 4, "ema": 1000},
        {"kernel": 5},
        {"kernel": 6},
    ),
)
