"""Exercise on when voting helps."""

import math

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "12.majority",
    order=330,
    title="When does voting help?",
    difficulty=3,
    minutes=12,
    asks="derive",
    idea="The number of voters who are right is a binomial variable. The majority is"
    " right when more than half of the voters are.",
    formula="P = sum over k from (n + 1) / 2 to n of C(n, k) p^k (1 - p)^(n - k).",
    line="Write `return sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in"
    " range(n // 2 + 1, n + 1))`.",
    variation="Let all voters agree with probability r and vote independently"
    " otherwise, and compute what is left of the gain.",
)


@exercise.answer
def majority(p: float, n: int) -> float:
    """Probability that most of n independent voters are right. n is odd.

    p: probability that one voter is right, between two answers.
    """
    right = range(n // 2 + 1, n + 1)
    return sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in right)


@exercise.inputs
def several() -> list[tuple[float, int]]:
    return [(0.6, 5), (0.3, 3), (0.5, 7), (0.9, 1), (0.75, 11), (0.0, 3), (1.0, 5)]


@exercise.must_hold
def one_voter(f) -> bool:
    """One voter is right with probability p."""
    return same(f(0.3, 1), 0.3)


@exercise.must_hold
def even_odds(f) -> bool:
    """With p = 1/2 the number of voters does not matter."""
    return same(f(0.5, 9), 0.5)


@exercise.must_hold
def worse_than_chance(f) -> bool:
    """Voters who are wrong more often than not make the majority worse."""
    return bool(f(0.4, 9) < f(0.4, 3) < 0.4)


@exercise.must_hold
def sides_change_places(f) -> bool:
    """Right and wrong are symmetric: the two probabilities sum to 1."""
    return same(f(0.3, 5) + f(0.7, 5), 1.0)


@exercise.mistake(hint="idea")
def all_must_agree(p: float, n: int) -> float:
    """You ask that all voters are right. More than half of them are enough."""
    return p**n


@exercise.mistake(hint="idea")
def one_is_enough(p: float, n: int) -> float:
    """You ask that at least one voter is right. That is what a perfect judge of the
    answers would reach; a vote needs more than half."""
    return 1 - (1 - p) ** n


@exercise.mistake(hint="formula")
def exactly_the_smallest_majority(p: float, n: int) -> float:
    """You count only the smallest majority. Larger ones are right as well: sum over
    k."""
    k = n // 2 + 1
    return math.comb(n, k) * p**k * (1 - p) ** (n - k)


@exercise.mistake(hint="formula")
def from_below_the_half(p: float, n: int) -> float:
    """Your sum starts at n // 2, where less than half are right for an odd n. It starts
    one higher."""
    right = range(n // 2, n + 1)
    return sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in right)


@exercise.mistake(hint="formula")
def without_all_right(p: float, n: int) -> float:
    """Your sum ends at n - 1. That all n are right is a majority, too."""
    right = range(n // 2 + 1, n)
    return sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in right)


@exercise.mistake(hint="formula")
def ways_forgotten(p: float, n: int) -> float:
    """You leave out the number of ways in which k of n voters can be right, C(n, k)."""
    return sum(p**k * (1 - p) ** (n - k) for k in range(n // 2 + 1, n + 1))


@exercise.mistake(hint="idea")
def wrong_counted(p: float, n: int) -> float:
    """You compute the probability that the majority is wrong. Count the voters who are
    right."""
    right = range(n // 2 + 1, n + 1)
    return 1 - sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in right)


@exercise.mistake(hint="idea")
def mean_of_the_voters(p: float, n: int) -> float:
    """You return the mean share of right votes, which is p for every n. The majority is
    right when that share is above one half: sum the binomial probabilities."""
    return p


@exercise.mistake(hint="idea")
def rounded(p: float, n: int) -> float:
    """You decide by p > 1/2 alone. That is the limit of many voters; with n voters
    chance remains."""
    return 1.0 if p > 0.5 else 0.0 if p < 0.5 else 0.5


@exercise.mistake(hint="formula")
def normal_approximation(p: float, n: int) -> float:
    """You use the normal approximation, which is rough for few voters. Sum the binomial
    probabilities."""
    spread = math.sqrt(max(n * p * (1 - p), 1e-12))
    return 0.5 * (1 - math.erf((n / 2 - n * p) / spread / math.sqrt(2)))
