"""An audit in one run: canaries, coins, and what right guesses prove.

A canary is an example made to be found. Of m canaries each goes into the data by a fair
coin, the mechanism runs once, and the auditor guesses the coins from its output. Where
the mechanism keeps epsilon, no auditor guesses better than the binomial distribution
with e^epsilon / (1 + e^epsilon) allows (Steinke, Nasr & Jagielski 2023). An audit can
convict a mechanism. It acquits none: other canaries might show more.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from scipy.special import betaincinv
from scipy.stats import binom
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.privacy.accountant import bisect, check

CONFIDENCE = 0.95
CANARIES = 1000
# (who is in [m], noise's generator) -> scores [m]: the larger, the more likely in
Mechanism = Callable[[Tensor, torch.Generator], Tensor]


@dataclass(frozen=True)
class Audit:
    """What an audit found. epsilon: the lower bound, with the confidence given."""

    right: int
    guesses: int
    epsilon: float
    claim: tuple[float, float]
    confidence: float = CONFIDENCE

    @property
    def broken(self) -> bool:
        """Whether the mechanism is convicted: its promise is below the bound."""
        return self.epsilon > self.claim[0]

    def __str__(self) -> str:
        epsilon, delta = self.claim
        verdict = (
            "the promise is broken" if self.broken else "this does not refute the claim"
        )
        return (
            f"{self.right} of {self.guesses} guesses are right: epsilon is at least"
            f" {self.epsilon:.2f} ({self.confidence:.0%} confidence), the claim is"
            f" {epsilon:g} at delta = {delta:g}, and {verdict}."
        )


def p_value(
    right: int, guesses: int, epsilon: float, delta: float = 0.0, canaries: int = 0
) -> float:
    """The most probable it is to guess so many right if (epsilon, delta) holds.

    P(B >= v) + 2 m delta max_i P(v > B >= v - i) / i    B ~ Binomial(r, p)

    p = e^epsilon / (1 + e^epsilon), v right of r guesses about m canaries (Steinke et
    al. 2023, theorem 5.2).
    """
    p = 1 / (1 + math.exp(-epsilon))
    found = float(binom.sf(right - 1, guesses, p))
    if delta > 0 and right > 0:
        below = binom.pmf(np.arange(right - 1, -1, -1), guesses, p).cumsum()
        worst = float((below / np.arange(1, right + 1)).max())
        found += 2 * max(canaries, guesses) * delta * worst
    return min(found, 1.0)


def audited_epsilon(
    right: int,
    guesses: int,
    delta: float = 0.0,
    canaries: int = 0,
    confidence: float = CONFIDENCE,
) -> float:
    """The largest epsilon that the guesses refute: a lower bound, 0 if they prove none.

    For delta = 0 it is log(p / (1 - p)), p the one-sided lower limit of Clopper and
    Pearson (1934) for the share of right guesses. canaries: how many coins were thrown;
    by default as many as guesses. Raises CourseError for numbers that do not fit.

    >>> round(audited_epsilon(1000, 1000), 1), round(audited_epsilon(553, 1000), 2)
    (5.8, 0.11)
    """
    if not 0 <= right <= guesses or guesses < 1:
        raise CourseError(f"Of {guesses} guesses {right} cannot be right.")
    if not 0 < confidence < 1 or not 0 <= delta < 1:
        raise CourseError("Confidence and delta lie between 0 and 1.")
    level = 1 - confidence
    if right == 0:
        return 0.0
    if delta == 0:
        p = float(betaincinv(right, guesses - right + 1, level))
        return max(0.0, math.log(p / (1 - p)))
    if p_value(right, guesses, 0.0, delta, canaries) > level:
        return 0.0
    return bisect(lambda e: p_value(right, guesses, e, delta, canaries) > level)


def coins(canaries: int, generator: torch.Generator | None = None) -> Tensor:
    """Which canaries go in, bool [m], each by a fair coin."""
    if canaries < 1:
        raise CourseError(f"An audit needs at least one canary, not {canaries}.")
    return torch.rand(canaries, generator=generator) < 0.5


def guess(scores: Tensor, share: float = 1.0) -> Tensor:
    """Guesses int64 [m] from scores [m]: 1 in, -1 out, 0 where none is made.

    share: how many are guessed, the largest and the smallest scores, half of each.
    Raises CourseError for a share outside (0, 1] and scores that are NaN.
    """
    if not 0 < share <= 1:
        raise CourseError(
            f"The share of guesses is above 0 and at most 1, not {share:g}."
        )
    if scores.isnan().any():
        raise CourseError("Some scores are NaN: there is nothing to guess by.")
    half = max(1, round(share * len(scores) / 2))
    order = scores.argsort(stable=True)
    found = torch.zeros(len(scores), dtype=torch.int64)
    found[order[:half]], found[order[-half:]] = -1, 1
    return found


def audit(
    mechanism: Mechanism,
    claim: tuple[float, float],
    *,
    canaries: int = CANARIES,
    share: float = 1.0,
    generator: torch.Generator | None = None,
    confidence: float = CONFIDENCE,
) -> Audit:
    """Run a mechanism once on canaries that coins chose, and guess the coins.

    claim: its (epsilon, delta). Raises CourseError as `check`, `coins` and `guess`.
    """
    check(*claim)
    chance = torch.Generator() if generator is None else generator
    included = coins(canaries, chance)
    guesses = guess(mechanism(included, chance).double(), share)
    made = guesses != 0
    right = int(((guesses > 0) == included)[made].sum())
    number = int(made.sum())
    least = audited_epsilon(right, number, claim[1], canaries, confidence)
    return Audit(right, number, least, claim, confidence)
