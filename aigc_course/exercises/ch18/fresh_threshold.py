"""Exercise on a threshold whose rate of false alarms is known without a formula."""

import math

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "18.fresh_threshold",
    order=50,
    title="A promise about false alarms",
    difficulty=3,
    minutes=18,
    asks="derive",
    idea="Put the new score among the n old ones. If it comes from the same"
    " distribution, each of the n + 1 ranks is equally probable.",
    formula="The new score exceeds the k-th largest of the n old ones exactly if it is"
    " among the k largest of all n + 1. That has the probability k / (n + 1). Take the"
    " largest k with k / (n + 1) <= rate; for k = 0 the threshold is infinite.",
    line="Write `k = math.floor(rate * (len(scores) + 1) + 1e-9)`, then `return"
    " float(scores.sort(descending=True).values[k - 1]) if k else math.inf`.",
    variation="Find how many fresh pictures are needed for a finite threshold at a rate"
    " of one in a million.",
)


@exercise.answer
def fresh_threshold(scores: Tensor, rate: float) -> float:
    """The smallest threshold of these scores with at most this rate of false alarms.

    scores: [n], of unmarked pictures that were used for nothing else. A picture is
    called marked when its score exceeds the threshold. For a new unmarked picture of
    the same kind this has at most the probability `rate`, on average over the drawing
    of the n pictures. Infinite when n is too small for that.
    """
    k = math.floor(rate * (len(scores) + 1) + 1e-9)  # 1e-9: 0.29 * 100 is below 29
    if k == 0:
        return math.inf
    return float(torch.topk(scores, k).values[-1])


def some(n: int, seed: int, heavy: bool = False) -> Tensor:
    """Scores; heavy: with long tails."""
    chance = torch.Generator().manual_seed(seed)
    scores = torch.randn(n, generator=chance)
    return scores.sinh() if heavy else scores


@exercise.inputs
def fresh() -> list[tuple[Tensor, float]]:
    return [
        (some(999, 1), 0.01),
        (some(999, 2), 0.001),
        (some(998, 3), 0.001),
        (some(99, 4, heavy=True), 0.05),
        (some(19, 5), 0.1),
        (some(20, 6) - 4, 0.25),
        (some(500, 7, heavy=True) + 3, 0.02),
        (torch.tensor([3.0, 1.0, 2.0]), 0.5),
        (torch.tensor([2.0, 2.0, 2.0, 1.0]), 0.4),
        (some(8, 8), 0.05),
    ]


@exercise.must_hold
def the_promise_is_kept(f) -> str | None:
    """The next score exceeds the threshold at most as often as promised."""
    n, rate, times = 19, 0.1, 1500
    chance = torch.Generator().manual_seed(18)
    over = 0
    for _ in range(times):
        scores = torch.randn(n + 1, generator=chance)
        over += float(scores[-1]) > float(f(scores[:-1], rate))
    if over > times * rate + 4 * math.sqrt(times * rate):
        return (
            f"With {n} scores and a rate of {rate:.0%}, a new score exceeded your"
            f" threshold {over} times in {times:,}; about {times * rate:.0f} are"
            f" allowed."
        )
    return None


@exercise.must_hold
def too_few_scores_allow_no_alarm(f) -> bool:
    """With 50 scores a rate of 1 in 1,000 cannot be promised: the threshold is
    infinite."""
    return math.isinf(float(f(some(50, 9), 0.001)))


def _ranked(scores, k) -> float:
    k = min(max(k, 0), len(scores))
    return float(scores.sort(descending=True).values[k - 1]) if k else math.inf


@exercise.mistake(hint="idea")
def quantile_of_the_sample(scores, rate):
    """You take a quantile of the old scores. The new score is not among them, so it
    exceeds their quantile a little more often: count ranks among n + 1."""
    return float(torch.quantile(scores, 1 - rate))


@exercise.mistake(hint="idea")
def share_of_the_sample(scores, rate):
    """You leave the share `rate` of the n old scores above the threshold, k = rate n
    rounded up. For a new score that is too many: use k <= rate (n + 1)."""
    return _ranked(scores, math.ceil(rate * len(scores)) + 1)


@exercise.mistake(hint="formula")
def ranks_of_n(scores, rate):
    """You count n ranks, k = rate n rounded down. With the new score there are n + 1
    ranks, and you give away alarms that are allowed."""
    return _ranked(scores, math.floor(rate * len(scores) + 1e-9))


@exercise.mistake(hint="formula")
def rounded_up(scores, rate):
    """Your rank is one too large, so the rate is above what was promised. Round
    rate (n + 1) down, and count the largest score as number 1."""
    return _ranked(scores, math.ceil(rate * (len(scores) + 1) - 1e-9))


@exercise.mistake(hint="idea")
def normal_tail(scores, rate):
    """You fit a normal distribution and take its tail. Scores of pictures may have
    longer tails: use their ranks."""
    z = float(torch.special.ndtri(torch.tensor(1 - rate, dtype=torch.float64)))
    return float(scores.mean() + z * scores.std())


@exercise.mistake(hint="idea")
def largest_score(scores, rate):
    """You take the largest score. It is not surpassed in n of n + 1 cases, whatever
    rate was asked for."""
    return float(scores.max())


@exercise.mistake(hint="formula")
def the_other_end(scores, rate):
    """You count from the smallest score. Marked pictures have large scores, so the
    false alarms are at the upper end."""
    k = math.floor(rate * (len(scores) + 1) + 1e-9)
    return float(scores.sort().values[k - 1]) if k else -math.inf


@exercise.mistake(hint="formula")
def largest_where_too_few(scores, rate):
    """Where k is 0 you return the largest score. It is exceeded with probability
    1 / (n + 1), which is more than was promised: the threshold is infinite."""
    k = math.floor(rate * (len(scores) + 1) + 1e-9)
    return _ranked(scores, max(1, k))


@exercise.mistake(hint="formula")
def one_rank_too_high(scores, rate):
    """You take a threshold one rank too high, as if scores equal to it were called
    marked. They are not: only what exceeds it is."""
    k = math.floor(rate * (len(scores) + 1) + 1e-9)
    return _ranked(scores, k - 1)


@exercise.mistake(hint="formula")
def one_rank_too_low(scores, rate):
    """You let k of the old scores lie above the threshold. The k-th largest itself is
    the threshold, so that k - 1 lie above it."""
    k = math.floor(rate * (len(scores) + 1) + 1e-9)
    return _ranked(scores, k + 1)


@exercise.mistake(hint="formula")
def rounded_to_the_nearest(scores, rate):
    """You round k to the nearest number. Where that is upwards, the rate is above what
    was promised: round down."""
    return _ranked(scores, round(rate * (len(scores) + 1)))


@exercise.mistake(hint="idea")
def three_deviations(scores, rate):
    """You take the mean plus three deviations, whatever rate was asked for. Count the
    ranks of the scores."""
    return float(scores.mean() + 3 * scores.std())


@exercise.mistake(hint="idea")
def absolute_scores(scores, rate):
    """You take absolute values. A large negative score does not speak for a mark."""
    k = math.floor(rate * (len(scores) + 1) + 1e-9)
    return _ranked(scores.abs(), k)


@exercise.mistake(hint="formula")
def two_sided(scores, rate):
    """You spend half of the rate on the lower end. Only large scores raise an alarm."""
    return fresh_threshold(scores, rate / 2)
