"""Every model of the course by name, whatever its family.

A recipe builds a model with the settings that train it well. This module is light: the
families, and torch with them, are loaded when a recipe is asked for.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from aigc_course.errors import CourseError

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from aigc_course.training import Sampler, Trainable

    class Model(Trainable, Sampler, Protocol):
        """What a recipe builds: trainable, sampled from, and kept as weights."""

        def trained(self) -> nn.Module:
            """A copy of what is sampled from, in evaluation mode."""
            ...

        def load_trained(self, weights: Mapping[str, Tensor]) -> None:
            """Sample from these weights: a state that `trained()` had."""
            ...

    class Recipe(Protocol):
        """How to build a model, and the batch size that suits it.

        bf16: whether computing in bfloat16 has been seen to cost no quality.
        """

        @property
        def batch_size(self) -> int: ...
        @property
        def bf16(self) -> bool: ...
        def build(self, device: torch.device | str = "cpu", **changes: Any) -> Any:
            """A fresh `Model`, with `changes` to the learner's settings if any."""
            ...


GANS = ("dcgan", "mlp-gan", "cgan")
VAES = ("vae", "conv-vae", "vq-vae", "cvae")
MODELS = GANS + VAES
CONDITIONAL = ("cgan", "cvae")  # they learn from images with labels


def get(model: str, preset: str = "fast") -> "Recipe":
    """The recipe of a model (one of MODELS) in a preset, "fast" or "reference".

    Raises CourseError for an unknown pair, listing the known ones.

    >>> get("vae").build().sample(2).shape
    torch.Size([2, 1, 28, 28])
    """
    known = _known()
    if (model, preset) not in known:
        names = ", ".join(f"{m} {p}" for m, p in known)
        raise CourseError(f"There is no recipe {model} {preset}; choose from: {names}.")
    return known[model, preset]


def weights_file(model: str) -> str:
    """The file of a run folder that holds what is sampled from."""
    part = "generator" if model in GANS else "networks"
    return f"{part}.safetensors"


def _known() -> "dict[tuple[str, str], Recipe]":
    from aigc_course import gan, vae

    conditional = getattr(gan, "CONDITIONAL_RECIPES", {})
    return {**gan.RECIPES, **conditional, **vae.RECIPES}
