"""What is done with the answers: calibration, votes, intervals."""

from collections.abc import Sequence

import torch
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.intervals import share_interval

# texts that say nothing (Zhao et al. 2021)
EMPTY = ("N/A", "...", "[MASK]")


def calibrated(scores: Tensor, empty: Tensor) -> Tensor:
    """Log-probabilities as they would be without the prompt's own preference: [N, L].

    q(y | x) = p(y | x) / p(y | empty), scaled to sum to 1    (Zhao et al. 2021)

    scores: log p(y | x), [N, L]. empty: log p(y | text without content), [M, L]; the
    mean of the M probabilities is used.

    >>> even = torch.tensor([[0.8, 0.2]]).log()
    >>> calibrated(even, even).exp()  # it says what an empty text says: nothing
    tensor([[0.5000, 0.5000]])
    """
    if scores.shape[-1] != empty.shape[-1]:
        raise CourseError(
            f"Both need the same labels; got {scores.shape[-1]} and {empty.shape[-1]}."
        )
    prior = empty.exp().mean(dim=0)  # [L]
    # log q = log p - log prior + constant
    return (scores - prior.log()).log_softmax(dim=-1)


def vote(chosen: Tensor) -> Tensor:
    """The label with most votes, int [N], for the votes of V voters, int [V, N].

    Of labels with equally many votes the lowest wins.
    """
    if chosen.ndim != 2 or chosen.is_floating_point():
        raise CourseError(f"Votes are whole numbers [V, N], not {list(chosen.shape)}.")
    counts = torch.nn.functional.one_hot(chosen).sum(dim=0)  # [N, L]
    return counts.argmax(dim=1)


def majority(p: float, voters: int) -> float:
    """Probability that most of an odd number of independent voters are right.

    sum over k > n / 2 of C(n, k) p^k (1 - p)^(n - k)    (Condorcet 1785)
    """
    from scipy.stats import binom

    if voters % 2 == 0 or not 0 <= p <= 1:
        raise CourseError(f"An odd number of voters, p from 0 to 1; not {voters}, {p}.")
    return float(binom.sf(voters // 2, voters, p))


def share(right: Tensor) -> tuple[float, float, float]:
    """A share with its 95 % interval (Wilson): value, low, high. right: bool [N]."""
    low, high = share_interval(int(right.sum()), right.numel())
    return float(right.double().mean()), low, high


def paired(
    one: Tensor, other: Tensor, draws: int = 2000, seed: int = 0
) -> tuple[float, float, float]:
    """Difference of two shares on the same items: value, low, high of 95 %.

    Bootstrap over items (Efron 1979). one, other: bool [D, N] or [N], one row for each
    draw of demonstrations. Draws are resampled as well; where both have D rows, row d
    of one belongs to row d of the other.
    """
    first, second = _rows(one), _rows(other)
    items = first.shape[1]
    generator = torch.Generator().manual_seed(seed)
    means = []
    for _ in range(draws):
        picked = torch.randint(items, (items,), generator=generator)
        rows = _rows_picked(len(first), generator)
        # as many rows on both sides are the same draws: they stay in pairs
        others = rows if len(second) == len(first) else slice(None)
        means.append(first[rows][:, picked].mean() - second[others][:, picked].mean())
    ends = torch.stack(means).quantile(torch.tensor([0.025, 0.975]).double())
    return float(first.mean() - second.mean()), float(ends[0]), float(ends[1])


def _rows(right: Tensor) -> Tensor:
    return right.double() if right.ndim == 2 else right.double()[None]


def _rows_picked(count: int, generator: torch.Generator) -> Tensor:
    return torch.randint(count, (count,), generator=generator)


def indices(labels: Sequence[str], wanted: Sequence[str]) -> Tensor:
    """The places of the wanted labels in the list, int64 [N]."""
    return torch.tensor([list(labels).index(label) for label in wanted])
