"""Exercise on finding pictures that do not belong: distance to a neighbour."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "14.strangeness",
    order=75,
    title="Far from its neighbours",
    difficulty=3,
    minutes=12,
    idea="A picture is strange when few others are near it. Each picture is at distance"
    " 0 from itself, so it must not count as its own neighbour.",
    formula="s_i = the k-th smallest of |f_i - f_j| over all j other than i.",
    line="`d = torch.cdist(features, features)`, `d.fill_diagonal_(torch.inf)` and"
    " `return d.kthvalue(k, dim=1).values`.",
    variation="Divide by the mean strangeness of the k neighbours, so that a wide"
    " class is not suspected as a whole (the local outlier factor).",
    tolerance=1e-3,
    asks="method",
)


@exercise.answer
def strangeness(features: Tensor, k: int) -> Tensor:
    """Distance [N] of each row of features [N, d] to its k-th nearest other row.

    Euclidean; k from 1 to N - 1.
    """
    gaps = torch.cdist(features, features)
    gaps.fill_diagonal_(torch.inf)
    return gaps.kthvalue(k, dim=1).values


def rows(n: int, d: int) -> Tensor:
    """Features off the origin, of unequal spread, one of them twice."""
    found = torch.randn(n, d) * torch.linspace(0.5, 3, d) + 4
    found[-1] = found[0]
    return found


@exercise.inputs
def some() -> list[tuple[Tensor, int]]:
    return [(rows(12, 3), 1), (rows(9, 5), 4), (rows(20, 2), 7)]


@exercise.must_hold
def copies_are_near(f) -> bool:
    """Two equal pictures are at distance 0 from each other: for k = 1 both get 0."""
    found = f(rows(8, 3), 1)
    return same(found[[0, -1]], torch.zeros(2), 1e-2) and bool((found[1:-1] > 0).all())


@exercise.must_hold
def grows_with_k(f) -> bool:
    """A further neighbour is not nearer: the value does not fall when k grows."""
    x = rows(10, 3)
    each = torch.stack([f(x, k) for k in range(1, 10)])
    return bool((each.diff(dim=0) >= -1e-6).all())


@exercise.must_hold
def a_stranger_leads(f) -> bool:
    """A row far away from all others gets the largest value."""
    x = rows(15, 4)
    x[6] += 100
    return int(f(x, 3).argmax()) == 6


@exercise.mistake(hint="idea")
def itself_counted(features: Tensor, k: int) -> Tensor:
    """You count the picture as its own nearest neighbour, at distance 0, so you take
    the one before the k-th. Leave the diagonal out."""
    return torch.cdist(features, features).kthvalue(k, dim=1).values


@exercise.mistake(hint="idea")
def mean_of_the_nearest(features: Tensor, k: int) -> Tensor:
    """You average over the k nearest. That is a good detector as well; here the
    distance to the k-th alone is asked for."""
    gaps = torch.cdist(features, features).fill_diagonal_(torch.inf)
    return gaps.topk(k, dim=1, largest=False).values.mean(1)


@exercise.mistake(hint="formula")
def squared(features: Tensor, k: int) -> Tensor:
    """Your distances are squared. The order of the pictures is the same; take the
    root."""
    return strangeness(features, k).square()


@exercise.mistake(hint="idea")
def from_the_mean(features: Tensor, k: int) -> Tensor:
    """You measure the distance to the mean of all pictures. A set of ten classes can
    have few pictures near its mean: compare each with its neighbours."""
    return (features - features.mean(0)).norm(dim=1)


@exercise.mistake(hint="formula")
def the_farthest(features: Tensor, k: int) -> Tensor:
    """You take the k-th largest distance. Every picture has far ones; a strange one has
    no near ones, so take the k-th smallest."""
    return torch.cdist(features, features).topk(k, dim=1).values[:, -1]


@exercise.mistake(hint="idea")
def city_blocks(features: Tensor, k: int) -> Tensor:
    """You add absolute differences (the L1 distance). The Euclidean distance is asked
    for: the root of the sum of squares."""
    gaps = torch.cdist(features, features, p=1).fill_diagonal_(torch.inf)
    return gaps.kthvalue(k, dim=1).values


@exercise.mistake(hint="formula")
def number_of_the_neighbour(features: Tensor, k: int) -> Tensor:
    """You return which picture is the k-th neighbour, and not how far away it is."""
    gaps = torch.cdist(features, features).fill_diagonal_(torch.inf)
    return gaps.kthvalue(k, dim=1).indices.to(features)


@exercise.mistake(hint="formula")
def standardised(features: Tensor, k: int) -> Tensor:
    """You standardise the features first. Features that vary a lot then count less;
    here the features are compared as they are."""
    normal = (features - features.mean(0)) / features.std(0)
    gaps = torch.cdist(normal, normal).fill_diagonal_(torch.inf)
    return gaps.kthvalue(k, dim=1).values
