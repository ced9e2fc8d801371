"""Case C: oscillation."""

from aigc_course.failures.case import Bound, Case, Remedy
from aigc_course.failures.start import (
    POINTS,
)

case = Case(
    letter="C",
    name="oscillation",
    kind="points",
    steps=800,
    target="blob",
    settings=POINTS | {"penalty": "none", "weight": 3.0},
    repair={"penalty": "r1"},
    repair_in_words="R1",
    fault=Bound("wander", 0.5, "distance of the generated centre, in real spreads"),
    cure=(
        Bound("wander", 0.4, "distance of the centre, in real spreads", False),
        Bound("spread", 0.6, "spread of the samples, of the real one"),
    ),
    remedies=(
        Remedy("r2", "R2", {"penalty": "r2"}, promised=True),
        Remedy(
            "d-steps", "five steps of D for each of G", {"d_steps": 5}, promised=True
        ),
        Remedy("no-momentum", "momentum 0", {"beta1": 0.0}),
        Remedy("slower", "both learning rates 0.0003", {"lr_g": 3e-4, "lr_d": 3e-4}),
        Remedy("average", "average of G's weights", {"ema": 5000}),
    ),
    often=(
        {"penalty": "r1+r2"},
        {"penalty": "r2"},
        {"penalty": "r1", "weight": 1.0},
        {"penalty": "r1+r2", "weight": 1.0},
        {"d_steps": 5},
        {"d_steps": 3},
        {"ema": 2000},
        {"beta1": 0.0},
        {"lr_g": 1e-4, "lr_d": 1e-4},
        {"batch_size": 256},
        {"noise": 0.3},
        {"lr_d": 2e-3},
    ),
)
