"""Exercise on what right guesses prove about a promise of privacy."""

import math

from scipy.stats import beta, norm

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "17.audited_epsilon",
    order=90,
    title="What do right guesses prove?",
    difficulty=3,
    minutes=18,
    asks="method",
    idea="Right guesses can be luck. First find the lowest probability of a right guess"
    " that still explains so many; then turn this probability into epsilon.",
    formula="p is where P(at least r of n right | p) = 1 - confidence, which is the"
    " quantile 1 - confidence of Beta(r, n - r + 1). By (17.17) epsilon >= log(p / (1 -"
    " p)), and at least 0.",
    line="Write `if 2 * right <= guesses:\n        return 0.0`, then `p ="
    " beta.ppf(1 - confidence, right, guesses - right + 1)`, then `return"
    " max(0.0, float(math.log(p / (1 - p))))`.",
    variation="Find how many canaries are needed before an audit can prove epsilon ="
    " 5, if all guesses are right.",
)


@exercise.answer
def audited_epsilon(right: int, guesses: int, confidence: float) -> float:
    """A lower bound of epsilon (delta = 0) that holds with this confidence.

    right: how many of the guesses were right. The bound is one-sided, by Clopper and
    Pearson 1934; it is 0 where nothing is proved. Steinke, Nasr and Jagielski 2023.
    """
    if 2 * right <= guesses:
        return 0.0
    p = float(beta.ppf(1 - confidence, right, guesses - right + 1))
    return max(0.0, math.log(p / (1 - p)))


@exercise.inputs
def audits() -> list[tuple[int, int, float]]:
    return [
        (1000, 1000, 0.95),
        (600, 1000, 0.95),
        (553, 1000, 0.95),
        (505, 1000, 0.95),
        (20, 100, 0.95),
        (95, 100, 0.99),
        (48, 50, 0.9),
        (0, 10, 0.95),
    ]


@exercise.must_hold
def luck_proves_nothing(f) -> bool:
    """Half right guesses, and none at all, prove nothing."""
    return float(f(500, 1000, 0.95)) == 0 and float(f(0, 20, 0.95)) == 0


@exercise.must_hold
def all_right_is_finite(f) -> bool:
    """Even if all guesses are right, the bound is finite: 1,000 prove about 5.8."""
    return abs(float(f(1000, 1000, 0.95)) - 5.81) < 0.02


def _odds(p: float) -> float:
    if p >= 1:
        return math.inf
    return max(0.0, math.log(p / (1 - p))) if p > 0 else 0.0


def _low(right: float, guesses: float, level: float) -> float:
    return float(beta.ppf(1 - level, right, guesses - right + 1)) if right else 0.0


@exercise.mistake(hint="idea")
def no_bound(right, guesses, confidence):
    """You take the share of right guesses as the probability. Luck is part of it, and
    all right would prove an infinite epsilon: take its lower bound."""
    return _odds(right / guesses)


@exercise.mistake(hint="formula")
def two_sided(right, guesses, confidence):
    """You use a two-sided interval. Only a lower bound is asked for, so it may
    fail with the whole probability 1 - confidence, and not with half of it."""
    return _odds(_low(right, guesses, 1 - (1 - confidence) / 2))


@exercise.mistake(hint="formula")
def normal_approximation(right, guesses, confidence):
    """You use the normal approximation. Near 0 and 1 it is wrong; if all are right, its
    interval has no width: use the binomial distribution itself."""
    p = right / guesses
    return _odds(p - norm.ppf(confidence) * math.sqrt(p * (1 - p) / guesses))


@exercise.mistake(hint="formula")
def upper_bound(right, guesses, confidence):
    """You take the upper bound of the probability. An audit may only claim what is
    surely lost: take the lower one."""
    if right == guesses:
        return math.inf
    return _odds(float(beta.ppf(confidence, right + 1, guesses - right)))


@exercise.mistake(hint="formula")
def counts_of_the_upper_bound(right, guesses, confidence):
    """You use the counts of the upper bound, Beta(r + 1, n - r). The lower bound
    belongs to Beta(r, n - r + 1)."""
    if right == guesses:
        return math.inf
    return _odds(float(beta.ppf(1 - confidence, right + 1, guesses - right)))


@exercise.mistake(hint="formula")
def log_of_the_probability(right, guesses, confidence):
    """You return the logarithm of twice the probability. Under epsilon a right guess
    has the probability e^epsilon / (1 + e^epsilon): solve this for epsilon."""
    p = _low(right, guesses, confidence)
    return max(0.0, math.log(2 * p)) if p > 0 else 0.0


@exercise.mistake(hint="formula")
def the_probability(right, guesses, confidence):
    """You return the bound of the probability. Turn it into epsilon."""
    return _low(right, guesses, confidence)


@exercise.mistake(hint="idea")
def negative_values(right, guesses, confidence):
    """You return negative values where guesses are mostly wrong. epsilon is never below
    0: nothing is proved there."""
    p = _low(right, guesses, confidence)
    return math.log(p / (1 - p)) if p > 0 else -50.0


@exercise.mistake(hint="idea")
def advantage(right, guesses, confidence):
    """You return the advantage 2 p - 1. The bound of epsilon is the logarithm of the
    odds."""
    return max(0.0, 2 * _low(right, guesses, confidence) - 1)


@exercise.mistake(hint="formula")
def in_bits(right, guesses, confidence):
    """You take the logarithm to base 2. epsilon is a natural logarithm."""
    return _odds(_low(right, guesses, confidence)) / math.log(2)


@exercise.mistake(hint="formula")
def always_95(right, guesses, confidence):
    """You always use 95 %. The confidence is an argument."""
    return _odds(_low(right, guesses, 0.95))


@exercise.mistake(hint="formula")
def confidence_swapped(right, guesses, confidence):
    """You take the quantile at the confidence itself. The lower bound is the quantile
    at 1 - confidence."""
    return _odds(
        float(beta.ppf(confidence, right, guesses - right + 1)) if right else 0
    )


@exercise.mistake(hint="formula")
def by_hoeffding(right, guesses, confidence):
    """You use Hoeffding's inequality. It is valid and proves less than the binomial
    distribution itself, most of all if nearly all guesses are right."""
    width = math.sqrt(math.log(1 / (1 - confidence)) / (2 * guesses))
    return _odds(right / guesses - width)


@exercise.mistake(hint="formula")
def absolute_value(right, guesses, confidence):
    """You take the absolute value of the logarithm. Where the bound of the probability
    is below 1/2 nothing is proved: return 0 there."""
    p = _low(right, guesses, confidence)
    return abs(math.log(p / (1 - p))) if p > 0 else 0.0


@exercise.mistake(hint="formula")
def with_a_prior(right, guesses, confidence):
    """You use Beta(r + 1, n - r + 1), which is Bayes' rule with a uniform prior. The
    bound of Clopper and Pearson has Beta(r, n - r + 1)."""
    p = float(beta.ppf(1 - confidence, right + 1, guesses - right + 1))
    return _odds(p)
