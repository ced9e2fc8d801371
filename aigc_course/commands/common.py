"""What several commands share: names to choose from, loading data, drawing images."""

from pathlib import Path
from typing import Any

from aigc_course.recipes import MODELS as MODELS

PRESETS = ("fast", "reference")
DATA = ("auto", "mnist", "fashion-mnist", "kmnist", "digits")
DEVICES = ("auto", "cpu", "cuda", "mps")
DIVERGED, INTERRUPTED = 1, 130  # exit codes


def load(name: str) -> Any:
    """The data set of this name; "auto" is the one the course uses by default."""
    from aigc_course import data as sets

    return sets.default() if name == "auto" else sets.load(name)


def draw(folder: Path, n: int, seed: int, **asked: Any) -> Any:
    """n images of a run as uint8 [n, 28, 28]; the same seed gives the same images.

    asked: what `Run.sample` knows, label and temperature.
    """
    import torch

    from aigc_course import data as sets
    from aigc_course.runs import Run

    latents = torch.Generator().manual_seed(seed)
    images = Run.open(folder).sample(n, latents, **asked)
    return sets.to_uint8(images)[:, 0].numpy()
