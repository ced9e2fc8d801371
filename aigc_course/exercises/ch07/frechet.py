"""Exercise on the Fréchet distance between two Gaussians."""

import torch
from torch import Tensor
from torch.linalg import eigh, eigvalsh

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "07.frechet",
    order=40,
    title="The way between two Gaussians",
    difficulty=3,
    minutes=15,
    asks="formula",
    idea="Root S by its eigenvectors, build the symmetric matrix S^1/2 T S^1/2, and add"
    " up the roots of its eigenvalues: that is the trace of its root.",
    formula="d^2 = |mu - nu|^2 + tr S + tr T - 2 sum_i sqrt(lambda_i), lambda the"
    " eigenvalues of S^1/2 T S^1/2; S^1/2 = V diag(sqrt w) V^T from `eigh(S)`.",
    line="Write `w, v = torch.linalg.eigh(S)`, `root = (v * w.clamp(min=0).sqrt()) @"
    " v.T`, `cross = torch.linalg.eigvalsh(root @ T @"
    " root).clamp(min=0).sqrt().sum()` and `return (mu - nu).square().sum() +"
    " S.trace() + T.trace() - 2 * cross`.",
    variation="Compare with ten lines that use a general matrix root, in time and for"
    " covariances of fewer samples than dimensions.",
)


def root(matrix: Tensor) -> Tensor:
    """The symmetric root of a symmetric matrix without negative eigenvalues."""
    w, v = eigh(matrix)
    return (v * w.clamp(min=0).sqrt()) @ v.T


@exercise.answer
def frechet(mu: Tensor, S: Tensor, nu: Tensor, T: Tensor) -> Tensor:
    """|mu - nu|^2 + tr(S + T - 2 (S^1/2 T S^1/2)^1/2), a scalar tensor.

    mu, nu: [d]. S, T: [d, d], symmetric, singular or not. Dowson and Landau 1982,
    equation 4.
    """
    w, v = eigh(S)
    half = (v * w.clamp(min=0).sqrt()) @ v.T  # S^1/2
    cross = eigvalsh(half @ T @ half).clamp(min=0).sqrt().sum()
    return (mu - nu).square().sum() + S.trace() + T.trace() - 2 * cross


def gaussian(d: int, rank: int | None = None) -> tuple[Tensor, Tensor]:
    """A mean [d] and a covariance [d, d] of the given rank, float64."""
    factor = torch.randn(d, rank or d).double()
    return torch.randn(d).double(), factor @ factor.T / d


@exercise.inputs
def pairs() -> list[tuple[Tensor, ...]]:
    return [
        (*gaussian(3), *gaussian(3)),
        (*gaussian(5, rank=2), *gaussian(5, rank=3)),  # singular, as for few samples
    ]


@exercise.must_hold
def nothing_to_move(f) -> bool:
    """A Gaussian is at distance 0 from itself."""
    mu, S = gaussian(4)
    return abs(float(f(mu, S, mu, S))) < 1e-9 * float(S.trace())


@exercise.must_hold
def one_dimension(f) -> bool:
    """In one dimension it is (mu - nu)^2 + (sigma - tau)^2: for means 1 and 4, standard
    deviations 2 and 3, that is 10."""
    numbers = ([1.0], [[4.0]], [4.0], [[9.0]])
    return same(float(f(*(torch.tensor(x).double() for x in numbers))), 10.0)


@exercise.must_hold
def both_directions(f) -> bool:
    """There and back is equally far."""
    a, b = gaussian(4), gaussian(4)
    return same(float(f(*a, *b)), float(f(*b, *a)))


@exercise.must_hold
def turned(f) -> bool:
    """Turning both Gaussians by the same rotation changes nothing."""
    (mu, S), (nu, T) = gaussian(3), gaussian(3)
    q = torch.linalg.qr(torch.randn(3, 3).double()).Q
    turned_pair = (q @ mu, q @ S @ q.T, q @ nu, q @ T @ q.T)
    return same(float(f(*turned_pair)), float(f(mu, S, nu, T)))


@exercise.mistake(hint="idea")
def roots_of_entries(mu: Tensor, S: Tensor, nu: Tensor, T: Tensor) -> Tensor:
    """`.sqrt()` takes the root of each entry; that is not the root of a matrix, and
    negative entries give NaN. Take the roots of the eigenvalues."""
    gap = (mu - nu).square().sum()
    return gap + (S + T - 2 * (S @ T).sqrt()).trace()


@exercise.mistake(hint="idea")
def variances_alone(mu: Tensor, S: Tensor, nu: Tensor, T: Tensor) -> Tensor:
    """You compare the variances of each feature and leave out how features go together.
    Two clouds that lean to opposite sides would be equal to you."""
    roots = S.diagonal().sqrt() - T.diagonal().sqrt()
    return (mu - nu).square().sum() + roots.square().sum()


@exercise.mistake(hint="formula")
def distance_of_roots(mu: Tensor, S: Tensor, nu: Tensor, T: Tensor) -> Tensor:
    """You compute |S^1/2 - T^1/2|^2, which is right only where S and T have the same
    axes; otherwise it is too large. The root is taken of S^1/2 T S^1/2 as a whole."""
    return (mu - nu).square().sum() + (root(S) - root(T)).square().sum()


@exercise.mistake(hint="formula")
def axes_forgotten(mu: Tensor, S: Tensor, nu: Tensor, T: Tensor) -> Tensor:
    """You compare the sorted eigenvalues of S and T. Those know how long the axes are
    and not where they point: a cloud and the same cloud turned would be equal."""
    roots = [eigvalsh(m).clamp(min=0).sqrt() for m in (S, T)]
    return (mu - nu).square().sum() + (roots[0] - roots[1]).square().sum()


@exercise.mistake(hint="formula")
def root_of_the_trace(mu: Tensor, S: Tensor, nu: Tensor, T: Tensor) -> Tensor:
    """You take the root of a sum of eigenvalues; wanted is the sum of their roots."""
    cross = (root(S) @ T @ root(S)).trace().sqrt()
    return (mu - nu).square().sum() + S.trace() + T.trace() - 2 * cross


@exercise.mistake(hint="formula")
def root_left_out(mu: Tensor, S: Tensor, nu: Tensor, T: Tensor) -> Tensor:
    """The last root is missing: the eigenvalues of S^1/2 T S^1/2 are variances squared,
    and only their roots can be added to variances."""
    return (mu - nu).square().sum() + S.trace() + T.trace() - 2 * (S @ T).trace()


@exercise.mistake(hint="formula")
def means_not_squared(mu: Tensor, S: Tensor, nu: Tensor, T: Tensor) -> Tensor:
    """The way between the means enters squared; you added its length."""
    gap = (mu - nu).square().sum()
    return frechet(mu, S, nu, T) - gap + gap.sqrt()


@exercise.mistake(hint="formula")
def once_for_twice(mu: Tensor, S: Tensor, nu: Tensor, T: Tensor) -> Tensor:
    """The trace of the root is subtracted twice, for the two cross terms of a square;
    you subtract it once."""
    cross = eigvalsh(root(S) @ T @ root(S)).clamp(min=0).sqrt().sum()
    return frechet(mu, S, nu, T) + cross


@exercise.mistake(hint="formula")
def not_the_square(mu: Tensor, S: Tensor, nu: Tensor, T: Tensor) -> Tensor:
    """You return the distance. FID is its square: leave the last root off."""
    return frechet(mu, S, nu, T).sqrt()
