"""Every model that `aigc train` knows, by name, whatever its family.

A family is a package of the course with a module `recipes`. The recipes in its MODELS
are found there; no other place knows their names. This module is light: the families,
and torch with them, are loaded when a model is asked for.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from aigc_course.errors import CourseError

if TYPE_CHECKING:
    from torch import Tensor, nn

    from aigc_course.training import Recipe, Sampler, Trainable

    class Model(Trainable, Sampler, Protocol):
        """What a recipe builds: trainable, sampled from, and kept as weights."""

        def trained(self) -> nn.Module:
            """A copy of what is sampled from, in evaluation mode."""
            ...

        def load_trained(self, weights: Mapping[str, Tensor]) -> None:
            """Sample from these weights: a state that `trained()` had."""
            ...


@cache
def known() -> "dict[tuple[str, str], Recipe]":
    """All recipes by (model, preset), those of one family together."""
    found: dict[tuple[str, str], Recipe] = {}
    for file in sorted(Path(__file__).parent.glob("*/recipes.py")):
        family = import_module(f"aigc_course.{file.parent.name}.recipes")
        found |= getattr(family, "MODELS", {})
    # models of images first, for most commands draw images
    return dict(sorted(found.items(), key=lambda item: _order(item[1])))


def _order(one: "Recipe") -> tuple[bool, bool]:
    return one.text, one.captions


def get(model: str, preset: str = "fast") -> "Recipe":
    """The recipe of a model (one of `names()`) in a preset, "fast" or "reference".

    Raises CourseError for an unknown pair, listing the known ones.

    >>> get("vae").build().sample(2).shape
    torch.Size([2, 1, 28, 28])
    """
    if (model, preset) not in known():
        pairs = ", ".join(f"{m} {p}" for m, p in known())
        raise CourseError(f"There is no recipe {model} {preset}; choose from: {pairs}.")
    return known()[model, preset]


def names(
    labels: bool = False,
    temperature: bool = False,
    text: bool = False,
    flow: bool = False,
    captions: bool = False,
) -> list[str]:
    """The models of images, or those alone that know labels, or a temperature.

    text: the language models instead. flow: those alone that are driven in steps.
    captions: those alone that draw what a caption says.

    >>> names(labels=True)
    ['cflow', 'cgan', 'cvae', 'captions']
    >>> names(text=True)
    ['tiny-lm', 'verse-lm']
    """
    able = (
        model
        for (model, _), one in known().items()
        if one.text == text
        and one.labels >= labels
        and one.temperature >= temperature
        and one.flow >= flow
        and one.captions >= captions
    )
    return list(dict.fromkeys(able))
