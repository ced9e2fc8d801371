"""Case E: statistics leak through batch norm."""

from aigc_course.failures.case import Bound, Case, Remedy
from aigc_course.failures.start import (
    DIGITS,
    READABLE,
)

case = Case(
    letter="E",
    name="statistics leak through batch norm",
    kind="digits",
    steps=200,
    settings=DIGITS | {"passes": "joint"},
    repair={"passes": "separate"},
    repair_in_words="separate passes",
    fault=Bound("company_gap", 0.7, "change of D's belief in generated, by company"),
    cure=(
        Bound("company_gap", 0.3, "change of D's belief by company", False),
        READABLE,
    ),
    remedies=(
        Remedy("no-norm", "no batch norm in D", {"d_norm": "none"}, promised=True),
        Remedy("layer-norm", "layer norm in D", {"d_norm": "layer"}, promised=True),
    ),
    often=(
        {"d_norm": "none"},
        {"d_norm": "layer"},
        {"passes": "separate", "lr_d": 1e-3},
        {"passes": "separate", "ema": 1000},
        {"d_norm": "none", "lr_d": 1e-3},
        {"lr_d": 1e-3},
        {"batch_size": 64},
        {"noise": 0.5},
        {"dropout": 0.5},
        {"ema": 1000},
    ),
)
