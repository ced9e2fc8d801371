"""Case G: logarithm of zero."""

from aigc_course.failures.case import Bound, Case, Remedy
from aigc_course.failures.start import (
    ALIVE,
    BEYOND_NOISE,
    DIGITS,
)

case = Case(
    letter="G",
    name="logarithm of zero",
    kind="digits",
    steps=200,
    settings=DIGITS
    | {
        "d_norm": "none",
        "logs": "of probabilities",
        "lr_g": 0.05,
        "lr_d": 0.05,
    },
    repair={"logs": "of logits"},
    repair_in_words="losses from logits",
    fault=Bound("finite", 0, "share of values that are finite", at_least=False),
    cure=(
        ALIVE,
        Bound("withstands", 100, "largest logit D's loss bears"),
        BEYOND_NOISE,
    ),
    remedies=(
        Remedy("slower", "both learning rates 0.002", {"lr_g": 2e-3, "lr_d": 2e-3}),
        Remedy("clipping", "gradients clipped to 1", {"max_grad_norm": 1.0}),
    ),
    often=(
        {"logs": "of logits", "lr_g": 0.002, "lr_d": 0.002},
        {"logs": "of logits", "lr_g": 1e-2, "lr_d": 1e-2},
        {"logs": "of logits", "max_grad_norm": 1.0},
        {"logs": "of logits", "lr_d": 2e-3},
        {"loss": "hinge"},
        {"lr_g": 1e-3, "lr_d": 1e-3},
        {"noise": 1.0},
        {"dropout": 0.3},
    ),
)
