"""Exercise on fooling the Fréchet distance, in both directions."""

from typing import Any

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise
from aigc_course.data import toy
from aigc_course.exercises.ch07.frechet import frechet

exercise = Exercise(
    "07.fool_fid",
    order=50,
    title="Nothing right but two moments",
    difficulty=4,
    minutes=18,
    asks="decide",
    idea="Bring `start` to mean 0 and covariance I, then to the mean and covariance of"
    " `real`. For the other set take real points from one side only: true, and with"
    " quite another mean.",
    formula="With covariance L L^T of start and M M^T of real (Cholesky): hollow ="
    " M L^-1 (start - mean) + mean of real, for columns. genuine: the rows with the"
    " smallest first coordinate.",
    line="Write `L, M = (torch.linalg.cholesky(torch.cov(x.T)) for x in (start,"
    " real))`, `white = torch.linalg.solve(L, (start - start.mean(0)).T)`,"
    " `hollow = (M @ white).T + real.mean(0)` and `return hollow, real[real[:,"
    " 0].argsort()[: len(real) // 4]]`.",
    variation="Find out which of KID, precision and the two-sample test notice"
    " your hollow set.",
    agree=False,
)


Clouds = tuple[Tensor, Tensor]


@exercise.answer
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


def rings() -> list[Clouds]:
    """Real points on a round and on a leaning ring, each with a cloud to start from."""
    ring = toy("ring", 400, seed=int(torch.randint(99, (1,)))).double()
    lean = ring @ torch.tensor([[1.5, 0.6], [0.0, 0.7]]).double() + 2
    stripe = (
        torch.randn(300, 2).double() @ torch.tensor([[2.0, 1.0], [0.0, 0.3]]).double()
    )
    return [(ring, torch.rand(300, 2).double()), (lean, stripe)]


@exercise.inputs
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


@exercise.must_hold
def hollow_has_no_distance(f) -> str | None:
    """The FID of `hollow` to `real` is 0."""
    shares = [fid(cloud(f(*pair)[0], "hollow"), pair[0]) for pair in rings()]
    if max(shares) <= 1e-6:
        return None
    return (
        "The FID of `hollow` to `real` is 0; yours reaches"
        f" {max(shares):.2g} times the variance of `real`. Compare means and"
        " covariances, the entries off the diagonal too."
    )


@exercise.must_hold
def hollow_is_start_moved(f) -> bool:
    """`hollow` is `start` after one linear map and one shift, row by row."""
    return all(
        is_moved(cloud(f(real, start)[0], "hollow"), start) for real, start in rings()
    )


def is_moved(hollow: Tensor, start: Tensor) -> bool:
    """Whether `hollow` is `start` after one linear map and one shift."""
    if hollow.shape != start.shape:
        return False
    ones = torch.ones(len(start), 1).double()
    rows = torch.cat([start.double(), ones], dim=1)  # [m, 3]
    fitted = rows @ torch.linalg.lstsq(rows, hollow).solution
    return bool((fitted - hollow).abs().max() <= 1e-6 * hollow.std())


@exercise.must_hold
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


@exercise.must_hold
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


@exercise.mistake(hint="formula")
def shifted_alone(real: Tensor, start: Tensor) -> Clouds:
    """`hollow` has the right mean and keeps its old covariance. FID compares both."""
    hollow, genuine = fool_fid(real, start)
    return start - start.mean(0) + real.mean(0), genuine


@exercise.mistake(hint="formula")
def scaled_by_coordinate(real: Tensor, start: Tensor) -> Clouds:
    """You scale each coordinate by itself. The variances agree then, and the
    covariance, by which the cloud leans, does not. A matrix is needed, not two
    factors."""
    hollow = (start - start.mean(0)) / start.std(0) * real.std(0) + real.mean(0)
    return hollow, fool_fid(real, start)[1]


@exercise.mistake(hint="line")
def rows_for_columns(real: Tensor, start: Tensor) -> Clouds:
    """Your factors are right and stand on the wrong side: L^-1 acts on columns, and the
    points are rows. Transpose them before, and back after."""
    low_start, low_real = (torch.linalg.cholesky(torch.cov(x.T)) for x in (start, real))
    white = (start - start.mean(0)) @ low_start.inverse()
    return white @ low_real + real.mean(0), fool_fid(real, start)[1]


@exercise.mistake(hint="idea")
def the_data_themselves(real: Tensor, start: Tensor) -> Clouds:
    """`hollow` is made of the data, so FID is right to be 0. Move `start`: a cloud that
    has nothing of the ring but its two moments."""
    return real[: len(start)].clone(), fool_fid(real, start)[1]


@exercise.mistake(hint="idea")
def fair_sample(real: Tensor, start: Tensor) -> Clouds:
    """`genuine` is a fair sample of the data, and its FID is small, as it should be.
    Choose unfairly: points of one side."""
    return fool_fid(real, start)[0], real[::4].clone()


@exercise.mistake(hint="idea")
def one_point(real: Tensor, start: Tensor) -> Clouds:
    """`genuine` is one point of the data, repeated. Its large FID is deserved. Take
    different points, none of them twice."""
    return fool_fid(real, start)[0], real[:1].repeat(len(real) // 4, 1)


@exercise.mistake(hint="line")
def exchanged(real: Tensor, start: Tensor) -> Clouds:
    """The two are exchanged: first `hollow`, with FID 0, then `genuine`, far away."""
    hollow, genuine = fool_fid(real, start)
    return genuine, hollow


@exercise.mistake(hint="formula")
def covariance_for_root(real: Tensor, start: Tensor) -> Clouds:
    """You multiply by the covariances, S^-1 and then T. A map M changes a covariance
    into M S M^T, so each matrix acts twice: use their roots or Cholesky factors."""
    white = (start - start.mean(0)) @ torch.cov(start.T).inverse()
    return white @ torch.cov(real.T) + real.mean(0), fool_fid(real, start)[1]


@exercise.mistake(hint="line")
def mean_left_out(real: Tensor, start: Tensor) -> Clouds:
    """`hollow` has the covariance of `real` and the mean 0. Add the mean of `real` at
    the end."""
    hollow, genuine = fool_fid(real, start)
    return hollow - real.mean(0), genuine


@exercise.mistake(hint="formula")
def inverse_map(real: Tensor, start: Tensor) -> Clouds:
    """Your map leads from `real` to `start`: L M^-1. It has to undo the covariance of
    `start` first and then give that of `real`: M L^-1."""
    low_start, low_real = (torch.linalg.cholesky(torch.cov(x.T)) for x in (start, real))
    hollow = (start - start.mean(0)) @ (low_start @ low_real.inverse()).T
    return hollow + real.mean(0), fool_fid(real, start)[1]


@exercise.mistake(hint="formula")
def factors_exchanged(real: Tensor, start: Tensor) -> Clouds:
    """Your map is L^-1 M, and M L^-1 is needed: the points are first made white by L^-1
    and then given the covariance M M^T. Matrices do not commute."""
    low_start, low_real = (torch.linalg.cholesky(torch.cov(x.T)) for x in (start, real))
    hollow = (start - start.mean(0)) @ (low_start.inverse() @ low_real).T
    return hollow + real.mean(0), fool_fid(real, start)[1]


@exercise.mistake(hint="idea")
def fresh_gaussian(real: Tensor, start: Tensor) -> Clouds:
    """`hollow` is a new set of points and not `start` moved. One linear map and one
    shift, the same for every row of `start`, can meet both moments exactly."""
    low = torch.linalg.cholesky(torch.cov(real.T))
    made = real.mean(0) + torch.randn_like(start) @ low.T
    return made, fool_fid(real, start)[1]


@exercise.mistake(hint="formula")
def too_few(real: Tensor, start: Tensor) -> Clouds:
    """`genuine` has fewer than a tenth of the points of `real`. Take more of the same
    side: a quarter still has a large FID."""
    count = len(real) // 20
    return fool_fid(real, start)[0], real[real[:, 0].argsort()[:count]]


@exercise.observe
def facts(f) -> list[dict[str, object]]:
    """What can be said of both clouds, on both rings."""
    found = []
    for real, start in rings():
        hollow, genuine = f(real, start)
        hollow, genuine = cloud(hollow, "hollow"), cloud(genuine, "genuine")
        found.append({**_of_hollow(hollow, real, start), **_of_genuine(genuine, real)})
    return found


def _of_hollow(hollow: Tensor, real: Tensor, start: Tensor) -> dict[str, object]:
    known = {tuple(row) for row in real.tolist()}
    moved = is_moved(hollow, start)
    taken = {tuple(row) for row in hollow.tolist()} <= known
    about: dict[str, object] = {"start is moved": moved, "hollow is real": taken}
    # what a map of start makes is the same for all who use that map
    moments = {"mean": hollow.mean(0), "covariance": torch.cov(hollow.T)}
    return about | moments if moved else about


def _of_genuine(genuine: Tensor, real: Tensor) -> dict[str, object]:
    known = {tuple(row) for row in real.tolist()}
    rows = [tuple(row) for row in genuine.tolist()]
    return {
        "genuine is real": set(rows) <= known,
        "none twice": len(set(rows)) == len(rows),
        "a tenth": 10 * len(rows) >= len(real),
        "genuine is far": fid(genuine, real) > 0.25,
    }
