"""How often an unmarked picture scores high: exactly, and from fresh pictures.

Two answers. Over the choice of the *key*, the score of any picture has a distribution
that can be derived. Over *pictures*, for one key, a quantile of fresh scores has one.
"""

import math

import torch
from torch import Tensor

from aigc_course.errors import CourseError


def cosine_tail(cosine: float | Tensor, size: int) -> Tensor:
    """P(cos >= c) for a fixed vector and a uniform direction in `size` dimensions.

    (1 + cos) / 2 has the distribution Beta((d - 1)/2, (d - 1)/2), whatever the vector
    is: a direction that is uniform on the sphere looks the same from everywhere.
    Returns float64. CourseError for fewer than two dimensions.

    >>> float(cosine_tail(0.0, 100))
    0.5
    """
    from scipy.stats import beta

    if size < 2:
        raise CourseError(f"A direction needs at least 2 dimensions, not {size}.")
    half = (size - 1) / 2
    values = torch.as_tensor(cosine, dtype=torch.float64).clamp(-1, 1)
    return torch.as_tensor(beta.sf((1 + values.numpy()) / 2, half, half))


def search_p_value(
    score: float | Tensor, size: int, tried: int, penalty: float = 0.0
) -> Tensor:
    """A bound of the p-value of the best of `tried` scores sqrt(d) cos.

    All scores but the first were reduced by `penalty` before the best was taken:

    P(best >= s) <= P(one >= s) + (R - 1) P(one >= s + penalty)    (Boole)

    Without a penalty the search costs a factor R. With one, those alternatives pay for
    it that are many (a weighted Bonferroni correction; Genovese et al. 2006).
    """
    score = torch.as_tensor(score, dtype=torch.float64)
    others = cosine_tail((score + penalty) / math.sqrt(size), size)
    return (cosine_tail(score / math.sqrt(size), size) + (tried - 1) * others).clamp(
        max=1
    )


def exact_threshold(
    rate: float, size: int, tried: int = 1, penalty: float = 0.0
) -> float:
    """The score at which `search_p_value` is `rate`.

    >>> exact_threshold(1e-3, 100) < 3.1 < exact_threshold(1e-3, 100, 18)
    True
    """
    from scipy.optimize import brentq

    if not 0 < rate < 1:
        raise CourseError(f"A rate lies between 0 and 1, not {rate}.")

    def above(score: float) -> float:
        return float(search_p_value(score, size, tried, penalty)) - rate

    return float(brentq(above, -penalty, math.sqrt(size) + penalty))


def rank(n: int, rate: float = 1e-3, confidence: float = 0.95) -> int:
    """Which of n fresh scores, from the top, is the threshold.

    The share of unmarked pictures above the m-th largest of n has the distribution
    Beta(m, n + 1 - m), for every continuous distribution of scores. The largest m with
    P(share <= rate) >= confidence is taken. CourseError when n is too small.

    >>> rank(20_000)
    13
    """
    from scipy.stats import beta

    if not (0 < rate < 1 and 0 < confidence < 1):
        raise CourseError("The rate and the confidence lie between 0 and 1.")
    m = 0
    while m < n and beta.cdf(rate, m + 1, n - m) >= confidence:
        m += 1
    if m == 0:
        needed = math.ceil(math.log(1 - confidence) / math.log1p(-rate))
        raise CourseError(
            f"{n:,} fresh scores are too few for a rate of {rate:g} at this confidence:"
            f" {needed:,} are needed."
        )
    return m


def threshold(fresh: Tensor, rate: float = 1e-3, confidence: float = 0.95) -> float:
    """The score above which a picture counts as marked, from scores of fresh pictures.

    fresh: [n], of unmarked pictures that the detector has never seen; those that the
    whitening was fitted to score too low. Of unmarked pictures at most the share `rate`
    lies above, with this confidence: see `rank`. Raises CourseError for too few.
    """
    scores = torch.as_tensor(fresh).flatten()
    place = rank(len(scores), rate, confidence)
    return float(scores.sort(descending=True).values[place - 1])
