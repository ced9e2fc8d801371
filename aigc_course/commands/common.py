"""What several commands share: names to choose from, loading data, drawing images."""

import math
from pathlib import Path
from typing import Any

import click

PRESETS = ("fast", "reference")
DATA = ("auto", "mnist", "fashion-mnist", "kmnist", "digits")
DEVICES = ("auto", "cpu", "cuda", "mps")
DIVERGED, INTERRUPTED = 1, 130  # exit codes
MOST_IMAGES = 200_000  # drawn or judged at once: 0.6 GB as floats


class _Model(click.ParamType):
    """A model's name. The families, and torch with them, are loaded to know them."""

    name = "model"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        from aigc_course import models

        every = models.names() + models.names(text=True)
        return click.Choice(every).convert(value, param, ctx)

    def get_metavar(self, param: click.Parameter, ctx: Any = None) -> str:
        from aigc_course import models

        return "|".join(models.names() + models.names(text=True))


class _Place(click.Path):
    """A file or folder; what no system can name is refused."""

    def convert(self, value: Any, *rest: Any) -> Any:
        if "\0" in str(value):
            self.fail("a name holds no zero byte", *rest)
        return super().convert(value, *rest)


class _Amount(click.ParamType):
    """A finite number."""

    name = "number"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        try:
            number = float(value)
        except (ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            self.fail(f"{str(value)[:40]!r} is not a finite number.", param, ctx)
        return number


MODEL = _Model()
PLACE = _Place(path_type=Path)
AMOUNT = _Amount()
SEED = click.IntRange(0, 2**32 - 1)  # what NumPy and scikit-learn take as well
STEPS = click.IntRange(max=10**12)  # below 1 the budget says so
COUNT = click.IntRange(1, MOST_IMAGES)
JOBS = click.IntRange(max=1_000)  # below 1 the study says so


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
    images = Run.open(folder).sample(n, latents, **asked)[:, 0]
    # in parts, for the conversion needs as much memory again
    return torch.cat([sets.to_uint8(part) for part in images.split(10_000)]).numpy()
