"""Named recipes: the caption encoder that knows the order of words, and the bag."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aigc_course import training
from aigc_course.apps.captions.learner import CaptionFlow
from aigc_course.apps.captions.networks import CaptionNetworks


@dataclass(frozen=True)
class Recipe(training.Recipe):
    """How to make the networks, the batch size, and the settings of the learner."""

    networks: Callable[[], CaptionNetworks] = CaptionNetworks
    batch_size: int = 64
    settings: dict[str, Any] = field(default_factory=dict)
    bf16: bool = False
    labels: bool = True  # it learns from pairs, and "a 3" is a label

    learner = CaptionFlow
    flow = True
    captions = True

    def parts(self, settings: dict[str, Any]) -> tuple[Any, ...]:
        """Fresh networks."""
        return (self.networks(),)


TRAINED = 2_400  # steps of the shipped networks, the first half for the VAE

RECIPES = {
    ("captions", "fast"): Recipe(),
    ("captions-bag", "fast"): Recipe(partial(CaptionNetworks, order=False)),
}
# what `aigc train` offers
MODELS = {name: one for name, one in RECIPES.items() if name[0] == "captions"}
