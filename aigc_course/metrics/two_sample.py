"""Classifier two-sample test: can anything tell the two sets apart?"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import softplus

from aigc_course.errors import CourseError
from aigc_course.intervals import Estimate
from aigc_course.metrics import errors

FEWEST = 10  # per set: five to learn from and five to be judged on
RIDGE = 1.0  # of half the squared weights, so that they stay finite if sets separate
STEPS = 100  # of L-BFGS at most; a dozen or two are the rule
ROWS = 500  # rows of a distance matrix held at once


@dataclass(frozen=True)
class TwoSample:
    """What the test found on n samples that the classifier had not seen.

    accuracy: their share told apart correctly; 1/2 when nothing can be told. p_value:
    the chance of so many right answers or more if both sets had one distribution.
    """

    accuracy: float
    p_value: float
    n: int

    @property
    def estimate(self) -> Estimate:
        """The accuracy with its error, for this classifier: Wilson's interval."""
        return errors.share(self.accuracy, self.n)


def two_sample(
    a: Tensor,
    b: Tensor,
    classifier: Literal["logistic", "neighbour"] = "logistic",
    seed: int = 0,
) -> TwoSample:
    """Test whether features a [n, d] and b [m, d] have the same distribution.

    A classifier learns from half of each set which set a sample is from, and is judged
    on the other half (Lopez-Paz and Oquab 2017, section 3). The larger set is first cut
    to the size of the smaller, at random, so that guessing is right half of the time.
    With n_te judged samples, half of them from each set, of which the classifier gives
    K to a, the number of a's among those K is hypergeometric under equality:
        p = P(X >= x),  X ~ Hypergeometric(n_te, n_te / 2, K)
    (Fisher's exact test; the paper's N(1/2, 1/(4 n_te)) for the accuracy is its limit).
    It assumes independent samples: many copies of one image are not.

    classifier: "logistic" draws one plane through the features, scaled to unit variance
    (ridge-penalised); "neighbour" asks the sqrt(n_train) nearest neighbours, rounded up
    to an odd number. A large p says only that this classifier with so few samples saw
    no difference. Raises CourseError for another classifier, other shapes, fewer than
    10 samples on a side, and values that are not finite.
    """
    _require(a, b, classifier)
    generator = torch.Generator().manual_seed(seed)
    size = min(len(a), len(b))
    train_a, test_a = _halves(a, size, generator)
    train_b, test_b = _halves(b, size, generator)
    decide = _logistic if classifier == "logistic" else _neighbour
    said_a = decide(train_a, train_b, torch.cat([test_a, test_b]))  # bool [n_te]
    n = len(said_a)
    x, k = int(said_a[: n // 2].sum()), int(said_a.sum())
    right = x + (n // 2 - (k - x))  # a's called a and b's called b
    return TwoSample(right / n, _fisher(x, k, n), n)


def _halves(x: Tensor, size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    chosen = x[torch.randperm(len(x), generator=generator)[:size]].double()
    return chosen[: size // 2], chosen[size // 2 :]


def _logistic(a: Tensor, b: Tensor, judged: Tensor) -> Tensor:
    """Which rows of judged a logistic regression on a and b gives to a."""
    both = torch.cat([a, b])
    mean, scale = both.mean(0), both.std(0)
    scale = torch.where(scale > 0, scale, 1)  # a constant feature says nothing
    x = (both - mean) / scale
    sign = torch.ones(len(x), dtype=x.dtype)
    sign[len(a) :] = -1
    weights = x.new_zeros(x.shape[1] + 1, requires_grad=True)  # the last is the bias
    optimiser = torch.optim.LBFGS(
        [weights], max_iter=STEPS, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        # -log P(right) = softplus(-sign (x.w + c)), and RIDGE/2 |w|^2
        optimiser.zero_grad()
        fit = softplus(-sign * (x @ weights[:-1] + weights[-1])).sum()
        total = (fit + RIDGE / 2 * weights[:-1].square().sum()) / len(x)
        total.backward()
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    w = weights.detach()
    return ((judged - mean) / scale) @ w[:-1] + w[-1] > 0


def _neighbour(a: Tensor, b: Tensor, judged: Tensor) -> Tensor:
    """Which rows of judged have more of their k nearest neighbours in a than in b."""
    known = torch.cat([a, b])
    k = int(len(known) ** 0.5) | 1  # odd: no ties
    found = [
        torch.cdist(rows, known).topk(k, largest=False).indices < len(a)
        for rows in judged.split(ROWS)
    ]
    return torch.cat(found).sum(1) * 2 > k


def _fisher(x: int, k: int, n: int) -> float:
    """P(X >= x) when k of n are drawn, n/2 of the n count and X of them are drawn."""
    half = n // 2
    ways = torch.arange(x, min(k, half) + 1, dtype=torch.float64)
    # P(X = i) = C(n/2, i) C(n/2, k - i) / C(n, k)
    whole = torch.tensor(float(n), dtype=torch.float64)
    log_p = _log_choose(whole / 2, ways) + _log_choose(whole / 2, k - ways)
    return min(float((log_p - _log_choose(whole, whole.new_tensor(k))).exp().sum()), 1)


def _log_choose(n: Tensor, k: Tensor) -> Tensor:
    return torch.lgamma(n + 1) - torch.lgamma(k + 1) - torch.lgamma(n - k + 1)


def _require(a: Tensor, b: Tensor, classifier: str) -> None:
    if classifier not in ("logistic", "neighbour"):
        raise CourseError(
            f"The classifier is 'logistic' or 'neighbour', not {classifier!r}."
        )
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise CourseError(
            "The test compares features [n, d] with features [m, d] of the same d;"
            f" got {list(a.shape)} and {list(b.shape)}."
        )
    if min(len(a), len(b)) < FEWEST:
        raise CourseError(
            f"The test needs at least {FEWEST} samples on each side;"
            f" got {len(a)} and {len(b)}."
        )
    if not (a.isfinite().all() and b.isfinite().all()):
        raise CourseError("The features contain NaN or infinite values.")
