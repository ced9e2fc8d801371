"""Data damaged on purpose, to see what the damage does and whether it can be undone.

Every corruption has a severity from 0, which changes nothing, to 1, and is applied to
an ImageSet with a seed; `|` puts one after another.

>>> from aigc_course import data
>>> digits = data.load("digits")
>>> damage = label_errors(0.1) | noise(0.2)
>>> damage(digits, seed=0).source
'bundled with scikit-learn, enlarged from 8×8; label_errors(0.1); noise(0.2)'

With the same seed, what a lower severity has hit a higher one hits too, so that curves
over severity are not blurred by chance.
"""

from collections.abc import Callable
from difflib import get_close_matches

from aigc_course.data.corrupt.corruption import Chain, Corruption, compose
from aigc_course.data.corrupt.labels import imbalance, label_errors
from aigc_course.data.corrupt.pixels import blur, noise, shift, wrong_range
from aigc_course.data.corrupt.rows import contamination, duplicates, few
from aigc_course.errors import CourseError

CORRUPTIONS: dict[str, Callable[[float], Corruption]] = {
    "noise": noise,
    "blur": blur,
    "wrong_range": wrong_range,
    "shift": shift,
    "label_errors": label_errors,
    "imbalance": imbalance,
    "duplicates": duplicates,
    "contamination": contamination,
    "few": few,
}

__all__ = [
    "CORRUPTIONS",
    "Chain",
    "Corruption",
    "blur",
    "compose",
    "contamination",
    "duplicates",
    "few",
    "imbalance",
    "label_errors",
    "make",
    "noise",
    "shift",
    "wrong_range",
]


def make(name: str, severity: float) -> Corruption:
    """The corruption of this name. Raises CourseError for an unknown one.

    >>> make("blur", 0.5)
    blur(0.5)
    """
    if name not in CORRUPTIONS:
        near = get_close_matches(str(name), CORRUPTIONS, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise CourseError(
            f"There is no corruption {name!r}; there are {', '.join(CORRUPTIONS)}."
            f"{hint}"
        )
    return CORRUPTIONS[name](severity)
