"""Precision, recall, density and coverage: quality and variety told apart."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.intervals import Estimate
from aigc_course.metrics import errors

ROWS = 500  # rows of a distance matrix held at once: 10,000 columns take 20 MB
SOME = 2_000  # reals, of which recall's error is computed
PAIRS = 50_000  # pairs measured again at once
ROUNDING = 4e-6  # of |x|^2 + |y|^2: more than float32 loses in |x - y|^2


@dataclass(frozen=True)
class PRDC:
    """Shares in [0, 1]; density alone can exceed 1.

    errors: half-width of each one's 95 % interval over other samples, by its name.
    """

    precision: float
    recall: float
    density: float
    coverage: float
    errors: dict[str, float] = field(default_factory=dict, compare=False)

    def estimate(self, name: str) -> Estimate:
        """One of the four with its error."""
        return Estimate(getattr(self, name), self.errors[name])


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

    Errors, the reals being given: precision and density are means over independent
    fakes (Wilson's interval, and spread / sqrt(m)); those of recall and coverage are
    the jackknife's over ten groups of fakes (`metrics.errors`), recall's on at most
    about 2,000 of the reals.

    Takes O(nm) time and about 200 MB at n = m = 10,000, d = 128.
    Raises CourseError when the widths differ, a set has k images or fewer, or a value
    is not finite.
    """
    _require(real, fake, k)
    parts = errors.groups(len(fake))
    fake = fake[torch.cat(parts)]  # the fakes of a part now follow one another
    centre = real.double().mean(0)  # small coordinates: less cancellation in |x - y|^2
    reals, fakes = _Points.around(centre, real), _Points.around(centre, fake)
    balls, covered, recalled, left = _count(reals, fakes, [len(x) for x in parts], k)
    precise = float((balls > 0).double().mean())
    # a real is covered without part g when a part other than g covers it
    elsewhere = covered.sum(0) - covered.long()
    return PRDC(
        precision=precise,
        recall=float(recalled.double().mean()),
        density=float(balls.double().mean() / k),
        coverage=float(covered.any(0).double().mean()),
        errors={
            "precision": errors.share(precise, len(fake)).error,
            "recall": errors.jackknife(left.double().mean(1).tolist()),
            "density": errors.of_mean(balls.double() / k),
            "coverage": errors.jackknife((elsewhere > 0).double().mean(1).tolist()),
        },
    )


def perfect_coverage(real: int, fake: int, k: int = 5) -> float:
    """Coverage to expect of `fake` samples that have the very distribution of the real.

    1 - prod_{i < k} (n - 1 - i) / (n + m - 1 - i)   (n real, m fake; Naeem et al. 2020)
    A real image is left uncovered when its k nearest neighbours among the n - 1 other
    reals and the m fakes are all real. Density's value is 1 for any n and m.

    >>> [round(perfect_coverage(10_000, m), 3) for m in (1_000, 2_000, 10_000)]
    [0.379, 0.598, 0.969]
    """
    n, m = real, fake
    return 1 - math.prod((n - 1 - i) / (n + m - 1 - i) for i in range(k))


def _count(
    reals: "_Points", fakes: "_Points", sizes: list[int], k: int
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Balls of reals around each fake [m]; which reals each part covers [parts, n];
    which reals lie in a ball of the fakes [n], and of those without a part [parts, .].
    """
    real_radii = _nearest2(reals, k)[0][:, -1]
    part_of = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))
    fake_radii, without = _radii2_without(fakes, part_of, k)  # [m] and [m, parts]
    step = max(1, len(reals.given) // SOME)
    balls = fakes.centred.new_zeros(len(fakes.given))
    covered = torch.zeros(len(sizes), len(reals.given), dtype=torch.bool)
    recalled, left = torch.zeros_like(covered[0]), torch.zeros_like(covered[:, ::step])
    for rows, squared in _blocks(fakes, reals):
        inside = _inside(fakes, reals, rows, squared, real_radii[None])  # [rows, n]
        balls[rows] = inside.sum(1).to(balls)
        for g in part_of[rows].unique().tolist():
            covered[g] |= inside[part_of[rows] == g].any(0)
        inside = _inside(fakes, reals, rows, squared, fake_radii[rows, None])
        recalled |= inside.any(0)
        some = squared[:, ::step].contiguous()
        for g in range(len(sizes)):  # rounding matters little to an error
            left[g] |= (some <= without[rows, g, None]).any(0)
    return balls, covered, recalled, left


def _radii2_without(
    points: "_Points", part_of: Tensor, k: int
) -> tuple[Tensor, Tensor]:
    """Squared radii [n] of all points, and [n, parts] in the set without each part.

    A point of the part itself has the radius -1: no ball. Three times k neighbours are
    searched; where even they leave fewer than k, the farthest of them is taken.
    """
    found = _nearest2(points, min(3 * k, len(points.given) - 1))
    squared, neighbours = found[0].float(), part_of[found[1]]
    radii = []
    for g in part_of.unique().tolist():
        others = squared.masked_fill(neighbours == g, torch.inf).sort(1).values
        radius = others[:, k - 1].minimum(squared[:, -1])
        radii.append(radius.masked_fill(part_of == g, -1))
    return found[0][:, k - 1], torch.stack(radii, 1)


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


def _nearest2(points: _Points, k: int) -> tuple[Tensor, Tensor]:
    """Squared distances, float64 [n, k] ascending, to the k nearest others, and who."""
    found, who = [], []
    for rows, squared in _blocks(points, points):
        squared[:, rows].fill_diagonal_(torch.inf)  # a point is not its own neighbour
        nearest = squared.topk(k, largest=False).indices  # [rows, k]
        exact = _exact(points.given[rows, None], points.given[nearest]).sort(1)
        found.append(exact.values)
        who.append(nearest.gather(1, exact.indices))
    return torch.cat(found), torch.cat(who)


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
