"""FID without the bias of a finite sample: extrapolated to infinitely many images."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.metrics.fid import Gaussian, frechet

POINTS = 15  # sizes at which FID is measured, as in the paper
SMALLEST = 10  # the smallest is a tenth of all, as in the paper: 5,000 of 50,000


@dataclass(frozen=True)
class FIDInfinity:
    """The line FID(n) = value + slope / n through FIDs of several sample sizes.

    value: where the line meets 1/n = 0, that is FID without the bias of n; it can come
    out a little below 0. slope: how the bias falls with n. sizes, values: the points,
    each the mean over the repeats.
    """

    value: float
    slope: float
    sizes: tuple[int, ...]
    values: tuple[float, ...]

    def at(self, n: int) -> float:
        """The line's FID for n samples: what to expect of another n."""
        return self.value + self.slope / n


def fid_infinity(
    samples_features: Tensor,
    real: Tensor | Gaussian,
    sizes: Sequence[int] | None = None,
    repeats: int = 3,
    generator: torch.Generator | None = None,
) -> FIDInfinity:
    """FID extrapolated to infinitely many samples.

    E[FID_n] = FID_inf + slope / n + o(1/n)          (Chong and Forsyth 2020, section 3)
    FID is measured at several sizes n, on subsets drawn without replacement, and a line
    in 1/n is fitted by least squares. For equal Gaussians in d dimensions with S = I
    the slope is d + d(d + 1)/4: d for the mean, the rest for the covariance.

    The bias of a finite real set is still in the value; a Gaussian that is known
    exactly has none. Where n is not well above d the line bends, so that the value is
    only a rough one. The subsets overlap: the scatter of the points around the line
    says too little about the error; for that, use independent samples.

    samples_features: [n, d]. real: features [m, d], or their Gaussian. sizes: two or
    more different numbers from 2 to n; None takes 15 at regular intervals from n/10 to
    n, or from 2d where n/10 is fewer and n/2 is not. repeats: subsets of each size (one
    is enough for n itself). generator: draws the subsets; None draws the same ones each
    time. Raises CourseError when the sizes or repeats do not suit, and as `fid` does.
    """
    target = real if isinstance(real, Gaussian) else Gaussian.fit(real)
    Gaussian.fit(samples_features)  # refuses what is no set of features
    n, d = samples_features.shape
    chosen = _default_sizes(n, d) if sizes is None else tuple(sizes)
    _require(chosen, n, repeats)
    seeded = generator or torch.Generator().manual_seed(0)
    values = [
        _mean_fid(samples_features, target, size, repeats, seeded) for size in chosen
    ]
    value, slope = _line(chosen, values)
    return FIDInfinity(value, slope, chosen, tuple(values))


def _default_sizes(n: int, d: int) -> tuple[int, ...]:
    low = max(n // SMALLEST, min(2 * d, n // 2), 2)
    return tuple(dict.fromkeys(torch.linspace(low, n, POINTS).long().tolist()))


def _mean_fid(
    features: Tensor,
    real: Gaussian,
    size: int,
    repeats: int,
    generator: torch.Generator,
) -> float:
    n = len(features)
    found = []
    for _ in range(repeats if size < n else 1):
        subset = features[torch.randperm(n, generator=generator)[:size]]
        mine = Gaussian.fit(subset)
        found.append(frechet(real.mean, real.covariance, mine.mean, mine.covariance))
    return sum(found) / len(found)


def _line(sizes: Sequence[int], values: Sequence[float]) -> tuple[float, float]:
    """Intercept and slope of the least-squares line of values over 1/n."""
    x = 1 / torch.tensor(sizes, dtype=torch.float64)
    y = torch.tensor(values, dtype=torch.float64)
    # slope = cov(x, y) / var(x), value = mean(y) - slope mean(x)
    slope = ((x - x.mean()) * (y - y.mean())).sum() / (x - x.mean()).square().sum()
    return float(y.mean() - slope * x.mean()), float(slope)


def _require(sizes: Sequence[int], n: int, repeats: int) -> None:
    if len(set(sizes)) < 2 or min(sizes) < 2 or max(sizes) > n:
        raise CourseError(
            f"A line needs two or more different sizes from 2 to n = {n};"
            f" got {list(sizes)}."
        )
    if repeats < 1:
        raise CourseError(f"Each size needs at least one repeat; got {repeats}.")
