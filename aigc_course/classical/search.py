"""Filters with their parameters, and the search for the best on training images."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

from torch import Tensor

from aigc_course import metrics
from aigc_course.classical import filters
from aigc_course.errors import CourseError


@dataclass(frozen=True)
class _Kind:
    apply: Callable[[Tensor, float], Tensor]
    parameter: str
    values: tuple[float, ...]  # tried by `trials`
    per_noise: bool = False  # the values are multiples of the noise found


FILTERS = {
    "median": _Kind(filters.median, "size", (3, 5, 7)),
    "gaussian": _Kind(
        filters.gaussian,
        "sigma",
        (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.15, 1.3, 1.5, 1.8),
    ),
    "non-local means": _Kind(
        filters.non_local_means, "sigma", (0.6, 0.8, 0.9, 1, 1.1, 1.2, 1.4, 1.7), True
    ),
    "total variation": _Kind(
        filters.total_variation, "weight", (0.2, 0.35, 0.5, 0.6, 0.7, 0.8, 1, 1.4), True
    ),
}


@dataclass(frozen=True)
class Filter:
    """A filter with its parameter: called with images it gives cleaner ones.

    >>> print(Filter("gaussian", 0.9))
    gaussian, sigma = 0.9
    """

    name: str
    parameter: float

    def __post_init__(self) -> None:
        _known([self.name])

    def __call__(self, images: Tensor) -> Tensor:
        return FILTERS[self.name].apply(images, self.parameter)

    def __str__(self) -> str:
        return f"{self.name}, {FILTERS[self.name].parameter} = {self.parameter:.3g}"


@dataclass(frozen=True)
class Trial:
    """A filter and the mean PSNR, in decibels, that it reached."""

    filter: Filter
    psnr: float


def best_filter(
    noisy: Tensor, clean: Tensor, names: Sequence[str] = tuple(FILTERS)
) -> Filter:
    """The filter, with the parameter, whose results have the highest mean PSNR.

    Give it training images and judge what it gives on others. names: the filters that
    compete, by default all; one name searches its parameter alone. 200 images take
    about five seconds. Raises CourseError as `trials` does.
    """
    return max(trials(noisy, clean, names), key=lambda trial: trial.psnr).filter


def trials(
    noisy: Tensor, clean: Tensor, names: Sequence[str] = tuple(FILTERS)
) -> list[Trial]:
    """Every filter of `names` with every value in its FILTERS, and how well each did.

    Non-local means and total variation are tried in multiples of the noise, which is
    the root mean square of noisy - clean: they are told how much there is.

    noisy, clean: float [N, 1, 28, 28], clean in [-1, 1]. Raises CourseError for images
    that are not, for pairs that do not fit or are equal, and for unknown names.
    """
    noise = _noise(noisy, clean)
    candidates = [
        Filter(name, value * (noise if FILTERS[name].per_noise else 1))
        for name in _known(names)
        for value in FILTERS[name].values
    ]
    return [Trial(f, metrics.psnr(f(noisy), clean).mean) for f in candidates]


def _noise(noisy: Tensor, clean: Tensor) -> float:
    """Root mean square of noisy - clean, above 0."""
    metrics.psnr(clean, clean)  # refuses what is no image in [-1, 1]
    filters.pixels(noisy)
    if noisy.shape != clean.shape:
        raise CourseError(
            f"Noisy and clean images are pairs: {list(noisy.shape)} does not fit"
            f" {list(clean.shape)}."
        )
    found = sqrt(float((noisy - clean).double().square().mean()))
    if not found:
        raise CourseError("Noisy and clean images are equal: nothing is to be removed.")
    return found


def _known(names: Sequence[str]) -> Sequence[str]:
    unknown = [name for name in names if name not in FILTERS]
    if unknown or not names:
        named = repr(unknown[0]) if unknown else "without a name"
        raise CourseError(
            f"There is no filter {named}; there are {', '.join(FILTERS)}."
        )
    return names
