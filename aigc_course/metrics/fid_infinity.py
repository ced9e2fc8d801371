"""FID without the bias of a finite sample: extrapolated to infinitely many images."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.intervals import Estimate
from aigc_course.metrics import errors
from aigc_course.metrics.fid import Gaussian, Moments, left_out, to_many

POINTS = 15  # sizes at which FID is measured, as in the paper
SMALLEST = 10  # the smallest is a tenth of all, as in the paper: 5,000 of 50,000


@dataclass(frozen=True)
class FIDInfinity:
    """The line FID(n) = value + slope / n through FIDs of several sample sizes.

    value: where the line meets 1/n = 0, that is FID without the bias of n; it can come
    out a little below 0. slope: how the bias falls with n. sizes, values: the points,
    each the mean over the repeats. error: half-width of the value's 95 % interval over
    other samples, NaN where the subsets are too small to tell.
    """

    value: float
    slope: float
    sizes: tuple[int, ...]
    values: tuple[float, ...]
    error: float = float("nan")

    @property
    def estimate(self) -> Estimate:
        """The value with its error."""
        return Estimate(self.value, self.error)

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
    says too little about the error. So the error is the jackknife's: the whole fit
    again without each of ten groups of samples (`metrics.errors`).

    samples_features: [n, d]. real: features [m, d], or their Gaussian. sizes: two or
    more different numbers from 2 to n; None takes 15 at regular intervals from n/10 to
    n, or from 2d where n/10 is fewer and n/2 is not. repeats: subsets of each size (one
    is enough for n itself). generator: draws the subsets; None draws the same ones each
    time. Raises CourseError when the sizes or repeats do not suit, and as `fid` does.
    """
    target = real if isinstance(real, Gaussian) else Gaussian.fit(real)
    Gaussian.fit(samples_features)  # refuses what is no set of features
    n, d = samples_features.shape
    if d != len(target.mean):
        raise CourseError(
            "Samples and real images need features [n, d] with one d; got"
            f" {d} and {len(target.mean)}."
        )
    chosen = _default_sizes(n, d) if sizes is None else tuple(sizes)
    _require(chosen, n, repeats)
    seeded = generator or torch.Generator().manual_seed(0)
    group = _group_of_each(n)
    points = [
        _points(samples_features, group, target, size, repeats, seeded)
        for size in chosen
    ]
    values = [float(each[0, 1]) for each in points]
    value, slope = _line(chosen, values)
    lines = torch.stack(points, dim=1)[1:]  # [groups, sizes, (size, FID)]
    left = [_line(*each.T.tolist())[0] for each in lines]
    return FIDInfinity(value, slope, chosen, tuple(values), errors.jackknife(left))


def _group_of_each(n: int) -> Tensor:
    """The number of each sample's group, int64 [n]."""
    group = torch.empty(n, dtype=torch.int64)
    for number, rows in enumerate(errors.groups(n)):
        group[rows] = number
    return group


def _default_sizes(n: int, d: int) -> tuple[int, ...]:
    low = max(n // SMALLEST, min(2 * d, n // 2), 2)
    return tuple(dict.fromkeys(torch.linspace(low, n, POINTS).long().tolist()))


def _points(
    features: Tensor,
    group: Tensor,
    real: Gaussian,
    size: int,
    repeats: int,
    generator: torch.Generator,
) -> Tensor:
    """Size and FID of subsets, and of the same without each group: [1 + groups, 2]."""
    n = len(features)
    found = []
    for _ in range(repeats if size < n else 1):
        rows = torch.randperm(n, generator=generator)[:size]
        found.append(_fids(features[rows], group[rows], int(group.max()) + 1, real))
    inverse, fids = torch.stack(found).mean(0).T  # the line is straight in 1 / size
    return torch.stack([1 / inverse, fids], dim=1)


def _fids(features: Tensor, group: Tensor, of: int, real: Gaussian) -> Tensor:
    """1 / size and FID of features, and of them without each group: [1 + groups, 2]."""
    parts = tuple((group == g).nonzero()[:, 0] for g in range(of))
    n = len(features)
    sizes = torch.tensor([n] + [n - len(part) for part in parts]).double()
    sets = left_out(Moments.by_group(features, parts), whole=True)
    return torch.stack([1 / sizes, to_many(real, *sets)], dim=1)


def _line(sizes: Sequence[float], values: Sequence[float]) -> tuple[float, float]:
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
