"""What is known to train well."""

from dataclasses import dataclass, field
from typing import Any

from aigc_course.added.learner import PixelModel
from aigc_course.added.networks import Pixels

from aigc_course import training


@dataclass(frozen=True)
class Recipe(training.Recipe):
    """Batch size and settings of a pixel model."""

    batch_size: int = 64
    settings: dict[str, Any] = field(default_factory=dict)
    bf16: bool = False
    learner: type[PixelModel] = PixelModel

    def parts(self, settings: dict[str, Any]) -> tuple[Pixels]:
        """A fresh network."""
        return (Pixels(),)


MODELS = {("added", "fast"): Recipe(settings={"lr": 0.02})}
