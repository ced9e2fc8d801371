"""What can be set in a trial of the gallery, and what each setting may be."""

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

from aigc_course.errors import CourseError
from aigc_course.gan.losses import GAMES


@dataclass(frozen=True)
class Choice:
    """A setting that is one of a few words."""

    words: tuple[str, ...]
    meaning: str

    def accepts(self, value: object) -> bool:
        """Whether the value is one of the words."""
        return value in self.words

    def __str__(self) -> str:
        return ", ".join(map(repr, self.words))


@dataclass(frozen=True)
class Range:
    """A setting that is a number from `low` to `high`, perhaps a whole one."""

    low: float
    high: float
    meaning: str
    whole: bool = False

    def accepts(self, value: object) -> bool:
        """Whether the value is such a number."""
        if isinstance(value, bool) or not isinstance(value, Real):
            return False
        number = float(value)
        fits = self.low <= number <= self.high  # never for NaN
        return fits and (not self.whole or number.is_integer())

    def __str__(self) -> str:
        return f"{'whole, ' if self.whole else ''}{self.low:g} to {self.high:g}"


PENALTIES = ("none", "r1", "r2", "r1+r2", "wgan-gp", "dragan")

# for points and for digits
BOTH: dict[str, Choice | Range] = {
    "loss": Choice(tuple(GAMES), "the game that is played"),
    "lr_g": Range(1e-6, 1, "Adam's learning rate for G"),
    "lr_d": Range(1e-6, 1, "Adam's learning rate for D"),
    "beta1": Range(0, 0.99, "Adam's momentum, for both"),
    "batch_size": Range(8, 512, "samples in a batch", whole=True),
    "d_steps": Range(1, 10, "steps of D for each of G", whole=True),
    "penalty": Choice(PENALTIES, "gradient penalty on D"),
    "weight": Range(0, 100, "of the penalty"),
    "noise": Range(0, 2, "instance noise on all that D sees, falling to 0"),
    "max_grad_norm": Range(0, 100, "largest norm of a gradient; 0: any"),
    "ema": Range(0, 1e6, "half-life of G's average, in samples; 0: no average"),
    "d_norm": Choice(("none", "batch", "layer"), "normalisation in D"),
    "passes": Choice(("separate", "joint"), "real and fake through D: apart or as one"),
    "logs": Choice(("of logits", "of probabilities"), "what D's losses start from"),
}
POINTS = BOTH | {
    "latent": Range(1, 64, "numbers that G starts from", whole=True),
    "width": Range(8, 256, "units of a hidden layer", whole=True),
    "pack": Range(1, 4, "samples that D judges together", whole=True),
}
DIGITS = BOTH | {
    "images": Range(32, 1500, "real images to train on", whole=True),
    "scaling": Choice(
        ("-1 to 1", "0 to 1", "0 to 255"), "range to which the pixels are brought"
    ),
    "kernel": Range(2, 8, "side of G's transposed kernels", whole=True),
    "stride": Choice(
        ("2, 2", "4"), "of these kernels: 7 to 14 to 28, or to 28 at once"
    ),
    "dropout": Range(0, 0.9, "share of D's values that become 0"),
    "translation": Range(0, 8, "pixels by which D's view is shifted", whole=True),
}


def vocabulary(kind: str) -> Mapping[str, Choice | Range]:
    """The settings of a trial on "points" or on "digits"."""
    return POINTS if kind == "points" else DIGITS


def completed(kind: str, start: Mapping[str, Any], changes: object) -> dict[str, Any]:
    """The settings `start` with `changes`, each checked.

    Raises CourseError for what is no mapping, an unknown setting and a value that is
    not allowed, naming what is.
    """
    if not isinstance(changes, Mapping):
        raise CourseError(
            "Settings are a dict, such as {**settings, 'beta1': 0.5}; these are of type"
            f" {type(changes).__name__}."
        )
    known = vocabulary(kind)
    for name, value in changes.items():
        if name not in known:
            raise CourseError(
                f"There is no setting {name!r} here; there are {', '.join(known)}."
            )
        if not known[name].accepts(value):
            raise CourseError(f"{name} is one of: {known[name]}; not {value!r}.")
    return {**start, **changes}


def changed(start: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings whose values differ from those in `start`."""
    return {name: value for name, value in settings.items() if value != start[name]}
