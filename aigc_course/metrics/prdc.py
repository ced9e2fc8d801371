"""Precision, recall, density and coverage: quality and variety told apart."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_course.errors import CourseError

ROWS = 500  # rows of a distance matrix held at once: 10,000 columns take 20 MB
PAIRS = 50_000  # pairs measured again at once
ROUNDING = 4e-6  # of |x|^2 + |y|^2: more than float32 loses in |x - y|^2


@dataclass(frozen=True)
class PRDC:
    """Shares in [0, 1]; density alone can exceed 1."""

    precision: float
    recall: float
    density: float
    coverage: float


def prdc(real: Tensor, fake: Tensor, k: int = 5) -> PRDC:
    """Compare features real [n, d] and fake [m, d] by their k nearest neighbours.

    B(x) is the closed ball around x that reaches to its k-th nearest neighbour in x's
    own set, x itself not counted (its duplicates are).
    precision: share of fakes in some B(real)      (Kynkäänniemi et al. 2019, section 3)
    recall:    share of reals in some B(fake)
    density:   mean over fakes of (number of B(real) around it) / k  (Naeem et al. 2020)
    coverage:  share of B(real) that hold a fake

    Closed balls settle ties: with more than k equal images the radius is 0, and an
    equal image is still inside. Distances come from float32 matrix products; a pair so
    close to a ball's surface that rounding could decide is measured again in float64.

    Takes O(nm) time and about 200 MB at n = m = 10,000, d = 128.
    Raises CourseError when the widths differ, a set has k images or fewer, or a value
    is not finite.
    """
    _require(real, fake, k)
    centre = real.double().mean(0)  # small coordinates: less cancellation in |x - y|^2
    reals, fakes = _Points.around(centre, real), _Points.around(centre, fake)
    real_radii, fake_radii = _radii2(reals, k), _radii2(fakes, k)
    balls = fake.new_zeros(len(fake))  # balls of reals around each fake
    covered = torch.zeros_like(real_radii, dtype=torch.bool)  # B(real) holds a fake
    recalled = torch.zeros_like(covered)  # real lies in a B(fake)
    for rows, squared in _blocks(fakes, reals):
        inside = _inside(fakes, reals, rows, squared, real_radii[None])  # [rows, n]
        balls[rows] = inside.sum(1).to(balls)
        covered |= inside.any(0)
        inside = _inside(fakes, reals, rows, squared, fake_radii[rows, None])
        recalled |= inside.any(0)
    return PRDC(
        precision=float((balls > 0).double().mean()),
        recall=float(recalled.double().mean()),
        density=float(balls.double().mean() / k),
        coverage=float(covered.double().mean()),
    )


@dataclass(frozen=True)
class _Points:
    """Points [n, d] as given, and in float32 around a common centre."""

    given: Tensor
    centred: Tensor
    norms2: Tensor  # [n], of the centred points

    @classmethod
    def around(cls, centre: Tensor, points: Tensor) -> "_Points":
        centred = (points.double() - centre).float()
        return cls(points, centred, centred.square().sum(1))


def _blocks(a: _Points, b: _Points) -> Iterator[tuple[slice, Tensor]]:
    """Yield (rows of a, squared distances [rows, m] from them to all of b)."""
    for start in range(0, len(a.given), ROWS):
        rows = slice(start, min(start + ROWS, len(a.given)))
        # |x - y|^2 = |x|^2 + |y|^2 - 2 x.y
        squared = torch.addmm(b.norms2, a.centred[rows], b.centred.T, alpha=-2)
        yield rows, squared.add_(a.norms2[rows, None])


def _radii2(points: _Points, k: int) -> Tensor:
    """Squared distance, float64 [n], from each point to its k-th nearest other."""
    found = []
    for rows, squared in _blocks(points, points):
        squared[:, rows].fill_diagonal_(torch.inf)  # a point is not its own neighbour
        nearest = squared.topk(k, largest=False).indices  # [rows, k]
        exact = _exact(points.given[rows, None], points.given[nearest])
        found.append(exact.amax(1))
    return torch.cat(found)


def _inside(
    a: _Points, b: _Points, rows: slice, squared: Tensor, radii2: Tensor
) -> Tensor:
    """Which squared distances [rows, m] are <= radii2, [1, m] or [rows, 1]."""
    margin = squared - radii2.float()
    inside = margin <= 0
    slack = ROUNDING * (a.norms2[rows].max() + b.norms2.max())
    doubtful = (margin.abs_() <= slack).nonzero()  # (i, j) of each pair
    for i, j in (pairs.T for pairs in doubtful.split(PAIRS)):
        limit = radii2.expand_as(inside)[i, j]
        inside[i, j] = _exact(a.given[rows][i], b.given[j]) <= limit
    return inside


def _exact(x: Tensor, y: Tensor) -> Tensor:
    return (x.double() - y.double()).square().sum(-1)


def _require(real: Tensor, fake: Tensor, k: int) -> None:
    if real.ndim != 2 or fake.ndim != 2 or real.shape[1] != fake.shape[1]:
        raise CourseError(
            "Expected features [n, d] and [m, d] of the same d;"
            f" got {list(real.shape)} and {list(fake.shape)}."
        )
    if k < 1 or min(len(real), len(fake)) <= k:
        raise CourseError(
            f"The {k} nearest neighbours need k >= 1 and more than k images on each"
            f" side; got {len(real)} and {len(fake)}."
        )
    if not (real.isfinite().all() and fake.isfinite().all()):
        raise CourseError("The features contain NaN or infinite values.")
