"""Effects: what the same pictures are before and after, and how sure the change is."""

from math import sqrt
from typing import NamedTuple

from torch import Tensor

from aigc_course import validate
from aigc_course.errors import CourseError


class Effect(NamedTuple):
    """The mean change over n pictures, and the interval that holds it.

    clear: whether the interval leaves 0 out.
    """

    value: float
    low: float
    high: float
    n: int

    @property
    def clear(self) -> bool:
        return self.low > 0 or self.high < 0

    def __str__(self) -> str:
        return f"{self.value:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"


def effect(
    before: Tensor, after: Tensor, level: float = 0.95, comparisons: int = 1
) -> Effect:
    """Mean of after - before over the same N latents, with its interval.

    d_i = after_i - before_i, value = mean d, and value +- t s(d) / sqrt(N) holds the
    mean effect with probability `level`, t being Student's quantile. For yes and no,
    where d_i is -1, 0 or 1, half a picture is added to each of the four cells first
    (Agresti & Min 2005), so that no change in N pictures is not certain to be none.

    before, after: float, int or bool [N], N >= 2. comparisons: how many effects are
    looked at together; all their intervals hold with probability `level` (Bonferroni).
    Raises CourseError for other shapes, NaN, and a level outside 0 to 1.

    >>> effect(Tensor([0, 0, 0]), Tensor([1, 2, 3])).value
    2.0
    """
    d = _differences(before, after)
    if not 0 < level < 1:
        raise CourseError(f"A level lies between 0 and 1; got {level}.")
    validate.whole(comparisons, "The number of comparisons")
    n, value = len(d), float(d.mean())
    middle, spread = _yes_or_no(d) if _is_yes_or_no(before, after) else _plain(d)
    half = _quantile(1 - (1 - level) / comparisons, n - 1) * spread
    return Effect(value, middle - half, middle + half, n)


def _plain(d: Tensor) -> tuple[float, float]:
    """Mean and its standard error."""
    return float(d.mean()), float(d.std()) / sqrt(len(d))


def _yes_or_no(d: Tensor) -> tuple[float, float]:
    """Mean and standard error of d in {-1, 0, 1}, with half a picture in each cell."""
    n = len(d) + 2
    gained, lost = (float((d == sign).sum()) + 0.5 for sign in (1, -1))
    middle = (gained - lost) / n
    return middle, sqrt((gained + lost) / n - middle**2) / sqrt(n)


def _is_yes_or_no(before: Tensor, after: Tensor) -> bool:
    return all(bool(((x == 0) | (x == 1)).all()) for x in (before, after))


def _quantile(level: float, freedom: int) -> float:
    from scipy.stats import t  # takes a while to load

    return float(t.ppf((1 + level) / 2, freedom))


def _differences(before: Tensor, after: Tensor) -> Tensor:
    if before.shape != after.shape or before.ndim != 1 or len(before) < 2:
        raise CourseError(
            "An effect compares values [N] of the same N pictures, at least 2, before"
            f" and after; got shapes {list(before.shape)} and {list(after.shape)}."
        )
    d = after.double() - before.double()
    validate.finite(d, "values")
    return d
