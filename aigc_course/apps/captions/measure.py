"""Obedience: how often a scene shows what its caption says, judged from outside."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_course import validate
from aigc_course.apps.captions import reader
from aigc_course.apps.captions.reader import Read
from aigc_course.apps.captions.scenes import Digits
from aigc_course.apps.captions.words import parse
from aigc_course.errors import CourseError
from aigc_course.intervals import share_interval

Draw = Callable[[list[str]], Tensor]  # captions to scenes [N, 1, 28, 28]


@dataclass(frozen=True)
class Report:
    """Shares of n scenes, 0 to 1.

    digits: the digits asked for are there, in any places. obeyed: and they are placed
    as asked. thickness, slant: of the qualities asked for in obeyed scenes, how many
    are on the right side; NaN where none was asked for.
    """

    n: int
    digits: float
    obeyed: float
    thickness: float
    slant: float

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of `obeyed` over the scenes (Wilson)."""
        return share_interval(round(self.obeyed * self.n), self.n)

    def __str__(self) -> str:
        low, high = self.interval
        return (
            f"{self.n} scenes: both digits {self.digits:.1%}, obeyed {self.obeyed:.1%}"
            f" ({low:.1%} to {high:.1%})"
        )


def report(captions: list[str], drawn: Tensor, read: Read = reader.classify) -> Report:
    """How well scenes [N, 1, 28, 28] do what N captions say.

    Raises CourseError for two numbers of them, and for none.
    """
    if not captions or len(captions) != len(drawn):
        raise CourseError(
            f"Each scene has its caption; got {len(drawn)} scenes and {len(captions)}"
            " captions."
        )
    wanted = [parse(caption) for caption in captions]
    seen = reader.look(drawn, read)
    thick, lean = reader.qualities(seen, wanted)
    return Report(
        len(captions),
        float(reader.digits_obeyed(seen, wanted).double().mean()),
        float(reader.obeyed(seen, wanted).double().mean()),
        _share(thick),
        _share(lean),
    )


def true_share(measured: float, hit: float, false: float) -> float:
    """The share of obeyed scenes, of which a reader says `measured`, 0 to 1.

    m = o h + (1 - o) f, so o = (m - f) / (h - f)    (Rogan & Gladen 1978)

    hit: how often the reader says "obeyed" of an obeyed scene. false: how often of
    another one, below hit. Raises CourseError for shares out of range.

    >>> round(true_share(0.95, 0.98, 0.0), 4)
    0.9694
    """
    for value, name in ((measured, "measured"), (hit, "hit"), (false, "false")):
        validate.share(value, name)
    if not hit > false:
        raise CourseError(
            "A reader must say 'obeyed' more often of obeyed scenes than of others."
        )
    return min(max((measured - false) / (hit - false), 0.0), 1.0)


def nearest(drawn: Tensor, known: Digits) -> Tensor:
    """Distance from each digit of scenes to the nearest known digit: [digits].

    The root of the mean squared difference of pixels in [-1, 1]; 0 for a copy.
    """
    shown = reader.digits_shown(drawn)
    table = known.pixels.flatten(1)
    parts = [
        torch.cdist(some, table).min(1).values for some in shown.flatten(1).split(500)
    ]
    return torch.cat(parts) / table.shape[1] ** 0.5


def _share(found: list[bool]) -> float:
    return sum(found) / len(found) if found else float("nan")
