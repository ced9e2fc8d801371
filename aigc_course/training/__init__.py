"""Training without a model family: loop, budget, checkpoint, EMA, health, device."""

from aigc_course.training.budget import FAST_STEPS, Budget, fast_mode, lesson
from aigc_course.training.device import bf16_pays, get_device, prepare
from aigc_course.training.ema import EMA, refresh_batch_norm
from aigc_course.training.fit import fit
from aigc_course.training.health import Evidence, Monitor
from aigc_course.training.history import History
from aigc_course.training.learner import Learner, Optimiser
from aigc_course.training.protocols import Sampler, Trainable
from aigc_course.training.randomness import seed_everything
from aigc_course.training.recipe import Recipe

__all__ = [
    "EMA",
    "FAST_STEPS",
    "Budget",
    "Evidence",
    "History",
    "Learner",
    "Monitor",
    "Optimiser",
    "Recipe",
    "Sampler",
    "Trainable",
    "bf16_pays",
    "fast_mode",
    "fit",
    "lesson",
    "get_device",
    "prepare",
    "refresh_batch_norm",
    "seed_everything",
]
