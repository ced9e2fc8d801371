"""Settings that are often tried on the cases, beside those of the known answers.

What they lead to is measured once (`gallery_record`), so that a learner who tries them
need not wait for a training.
"""

from typing import Any

Changes = dict[str, Any]

OFTEN: dict[str, list[Changes]] = {
    "A": [
        {"lr_d": 3e-3},
        {"lr_d": 1e-3, "lr_g": 5e-4},
        {"lr_d": 1e-3, "pack": 2},
        {"d_steps": 10},
        {"d_steps": 2},
        {"pack": 4},
        {"noise": 0.3},
        {"ema": 2000},
    ],
    "B": [
        {"loss": "hinge"},
        {"loss": "relativistic"},
        {"lr_d": 2e-3},
        {"dropout": 0.5},
        {"noise": 1.0},
        {"lr_g": 2e-2},
        {"batch_size": 128},
        {"beta1": 0.0},
        {"d_steps": 2},
    ],
    "C": [
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
    ],
    "D": [
        {"stride": "2, 2", "kernel": 5},
        {"stride": "2, 2", "kernel": 4, "ema": 1000},
        {"kernel": 5},
        {"kernel": 6},
    ],
    "E": [
        {"passes": "separate", "lr_d": 1e-3},
        {"passes": "separate", "ema": 1000},
        {"d_norm": "none", "lr_d": 1e-3},
        {"lr_d": 1e-3},
        {"batch_size": 64},
        {"noise": 0.5},
        {"dropout": 0.5},
        {"ema": 1000},
    ],
    "F": [
        {"lr_g": 1e-2, "lr_d": 1e-2},
        {"lr_g": 3e-3, "lr_d": 3e-3},
        {"lr_g": 1e-3, "lr_d": 4e-3},
        {"lr_g": 1e-3, "lr_d": 1e-3, "ema": 1000},
        {"ema": 1000},
        {"lr_g": 0.05, "lr_d": 0.05},
        {"beta1": 0.9},
    ],
    "G": [
        {"logs": "of logits", "lr_g": 1e-2, "lr_d": 1e-2},
        {"logs": "of logits", "clip": 1.0},
        {"logs": "of logits", "lr_d": 2e-3},
        {"loss": "hinge"},
        {"lr_g": 1e-3, "lr_d": 1e-3},
        {"noise": 1.0},
        {"dropout": 0.3},
    ],
    "H": [
        {"images": 1000},
        {"translation": 3},
        {"images": 1500, "translation": 2},
        {"images": 1500, "dropout": 0.3},
        {"dropout": 0.5},
        {"lr_d": 5e-4},
        {"noise": 0.3},
        {"batch_size": 32},
    ],
    "I": [
        {"scaling": "-1 to 1", "ema": 1000},
        {"scaling": "-1 to 1", "kernel": 6},
        {"noise": 0.5},
        {"kernel": 5},
        {"dropout": 0.3},
        {"lr_d": 1e-3},
    ],
}
