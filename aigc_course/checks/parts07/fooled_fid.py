"""Exercise on fooling the Fréchet distance, in both directions."""

from typing import Any

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise
from aigc_course.checks.parts07.frechet import frechet, root
from aigc_course.data import toy

both_ways = Exercise(
    "07.fool_fid",
    title="Nothing right but two moments",
    difficulty=4,
    minutes=18,
    idea="Bring `start` to mean 0 and covariance I, then to the mean and covariance of"
    " `real`. For the other set take real points from one side only: true, and with"
    " quite another mean.",
    formula="With covariance L L^T of start and M M^T of real (Cholesky): hollow ="
    " M L^-1 (start - mean) + mean of real, for columns. genuine: the rows with the"
    " smallest first coordinate.",
    line="Take `L, M = (torch.linalg.cholesky(torch.cov(x.T)) for x in (start, real))`,"
    " `white = torch.linalg.solve(L, (start - start.mean(0)).T)`, `hollow = (M @"
    " white).T + real.mean(0)` and `real[real[:, 0].argsort()[:len(real) // 4]]`.",
    variation="Find out which of KID, precision and the two-sample test notice"
    " your hollow set.",
    agree=False,
)

Clouds = tuple[Tensor, Tensor]


@both_ways.answer
def fool_fid(real: Tensor, start: Tensor) -> Clouds:
    """(hollow, genuine) for real [n, 2] and start [m, 2].

    hollow: an affine image of start with the mean and covariance of real. genuine: at
    least a tenth of real's rows, with a FID above a quarter of real's variance.
    """
    low_start, low_real = (torch.linalg.cholesky(torch.cov(x.T)) for x in (start, real))
    # cov(L^-1 x) = I, and then cov(M y) = M M^T
    white = torch.linalg.solve(low_start, (start - start.mean(0)).T)
    hollow = (low_real @ white).T + real.mean(0)
    return hollow, real[real[:, 0].argsort()[: len(real) // 4]]


@both_ways.also_right
def by_symmetric_roots(real: Tensor, start: Tensor) -> Clouds:
    white = (start - start.mean(0)) @ root(torch.cov(start.T)).inverse()
    hollow = white @ root(torch.cov(real.T)) + real.mean(0)
    side = (real - real.mean(0)) @ torch.linalg.eigh(torch.cov(real.T)).eigenvectors
    return hollow, real[side[:, -1] > 0]


def rings() -> list[Clouds]:
    """Real points on a round and on a leaning ring, each with a cloud to start from."""
    ring = toy("ring", 400, seed=int(torch.randint(99, (1,)))).double()
    lean = ring @ torch.tensor([[1.5, 0.6], [0.0, 0.7]]).double() + 2
    stripe = (
        torch.randn(300, 2).double() @ torch.tensor([[2.0, 1.0], [0.0, 0.3]]).double()
    )
    return [(ring, torch.rand(300, 2).double()), (lean, stripe)]


@both_ways.inputs
def clouds() -> list[Clouds]:
    return rings()


def fid(points: Tensor, real: Tensor) -> float:
    """FID of two clouds [n, 2], as a share of the variance of `real`."""
    moments = [(x.mean(0), torch.cov(x.T)) for x in (points, real)]
    return float(frechet(*moments[0], *moments[1])) / float(torch.cov(real.T).trace())


def cloud(points: Any, name: str) -> Tensor:
    """Points [n, 2] as float64; AssertionError with a sentence for anything else."""
    right = isinstance(points, Tensor) and points.ndim == 2 and points.shape[1] == 2
    assert right and len(points) > 2, f"`{name}` is a tensor of points [n, 2]."
    return points.double()


@both_ways.must_hold
def hollow_has_no_distance(f) -> str | None:
    """The FID of `hollow` to `real` is 0."""
    for real, start in rings():
        share = fid(cloud(f(real, start)[0], "hollow"), real)
        if share > 1e-6:
            return (
                "The FID of `hollow` to `real` is 0; yours is"
                f" {share:.2g} times the variance of `real`. Compare means and"
                " covariances, the entries off the diagonal too."
            )
    return None


@both_ways.must_hold
def hollow_is_start_moved(f) -> bool:
    """`hollow` is `start` after one linear map and one shift, row by row."""
    for real, start in rings():
        hollow = cloud(f(real, start)[0], "hollow")
        if hollow.shape != start.shape:
            return False
        ones = torch.ones(len(start), 1).double()
        rows = torch.cat([start.double(), ones], dim=1)  # [m, 3]
        fitted = rows @ torch.linalg.lstsq(rows, hollow).solution
        if (fitted - hollow).abs().max() > 1e-6 * hollow.std():
            return False
    return True


@both_ways.must_hold
def genuine_is_real(f) -> bool:
    """`genuine` holds rows of `real`, at least a tenth of them and none twice."""
    for real, start in rings():
        genuine = cloud(f(real, start)[1], "genuine")
        known = {tuple(row) for row in real.tolist()}
        rows = [tuple(row) for row in genuine.tolist()]
        different = len(set(rows)) == len(rows)
        if not (different and set(rows) <= known and 10 * len(rows) >= len(real)):
            return False
    return True


@both_ways.must_hold
def genuine_is_far(f) -> str | None:
    """The FID of `genuine` to `real` is more than a quarter of real's variance."""
    for real, start in rings():
        share = fid(cloud(f(real, start)[1], "genuine"), real)
        if share <= 0.25:
            return (
                "The FID of `genuine` to `real` is more than a quarter of the variance"
                f" of `real`; yours is {share:.2g} of it."
            )
    return None


@both_ways.mistake(hint="formula")
def shifted_alone(real: Tensor, start: Tensor) -> Clouds:
    """`hollow` has the right mean and keeps its old covariance. FID compares both."""
    hollow, genuine = fool_fid(real, start)
    return start - start.mean(0) + real.mean(0), genuine


@both_ways.mistake(hint="formula")
def scaled_by_coordinate(real: Tensor, start: Tensor) -> Clouds:
    """You scale each coordinate by itself. The variances agree then, and the
    covariance, by which the cloud leans, does not. A matrix is needed, not two
    factors."""
    hollow = (start - start.mean(0)) / start.std(0) * real.std(0) + real.mean(0)
    return hollow, fool_fid(real, start)[1]


@both_ways.mistake(hint="line")
def rows_for_columns(real: Tensor, start: Tensor) -> Clouds:
    """Your factors are right and stand on the wrong side: L^-1 acts on columns, and the
    points are rows. Transpose them before, and back after."""
    low_start, low_real = (torch.linalg.cholesky(torch.cov(x.T)) for x in (start, real))
    white = (start - start.mean(0)) @ low_start.inverse()
    return white @ low_real + real.mean(0), fool_fid(real, start)[1]


@both_ways.mistake(hint="idea")
def the_data_themselves(real: Tensor, start: Tensor) -> Clouds:
    """`hollow` is made of the data, so FID is right to be 0. Move `start`: a cloud that
    has nothing of the ring but its two moments."""
    return real[: len(start)].clone(), fool_fid(real, start)[1]


@both_ways.mistake(hint="idea")
def fair_sample(real: Tensor, start: Tensor) -> Clouds:
    """`genuine` is a fair sample of the data, and its FID is small, as it should be.
    Choose unfairly: points of one side."""
    return fool_fid(real, start)[0], real[::4].clone()


@both_ways.mistake(hint="idea")
def one_point(real: Tensor, start: Tensor) -> Clouds:
    """`genuine` is one point of the data, repeated. Its large FID is deserved. Take
    different points, none of them twice."""
    return fool_fid(real, start)[0], real[:1].repeat(len(real) // 4, 1)


@both_ways.mistake(hint="line")
def exchanged(real: Tensor, start: Tensor) -> Clouds:
    """The two are exchanged: first `hollow`, with FID 0, then `genuine`, far away."""
    hollow, genuine = fool_fid(real, start)
    return genuine, hollow
