"""Exercise on models that learn from their own samples."""

import torch

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "14.variance_left",
    order=85,
    title="What a fit loses",
    difficulty=4,
    minutes=15,
    idea="Look at one generation first. The fitted variance is the mean square around"
    " the sample's own mean, which lies nearer to the sample than the true mean does."
    " Each generation loses the same share of what it was given.",
    formula="E[v'] = v - Var(sample mean) = v - v / n, so the share left after t"
    " generations is (1 - 1/n)^t.",
    line="Return `(1 - 1 / n) ** generations`.",
    variation="Divide by n - 1 and simulate: the mean variance stays at 1. Then"
    " look at the median.",
    asks="derive",
)


@exercise.answer
def variance_left(n: int, generations: int) -> float:
    """Expected variance after so many refits, as a share of the first one.

    Each generation draws n numbers from the normal distribution of the one before, and
    fits mean and variance to these n alone, by maximum likelihood (divisor n).
    """
    return (1 - 1 / n) ** generations


@exercise.inputs
def some() -> list[tuple[int, int]]:
    return [(2, 1), (2, 3), (10, 10), (100, 250), (5, 0)]


@exercise.must_hold
def nothing_lost_before_the_first(f) -> bool:
    """Before the first refit all of the variance is there."""
    return abs(float(f(7, 0)) - 1) < 1e-5


@exercise.must_hold
def each_generation_alike(f) -> bool:
    """Two times t generations lose what t lose, twice over: the shares multiply."""
    return abs(float(f(9, 8)) - float(f(9, 4)) ** 2) < 1e-5


@exercise.must_hold
def as_simulated(f) -> bool:
    """A simulation of 20,000 chains gives the same: n = 4, three generations."""
    mean, spread = torch.zeros(20_000, 1), torch.ones(20_000, 1)
    for _ in range(3):
        drawn = mean + spread * torch.randn(20_000, 4)
        mean = drawn.mean(1, keepdim=True)
        spread = drawn.std(1, correction=0, keepdim=True)
    return abs(float(spread.square().mean()) - float(f(4, 3))) < 0.03


@exercise.mistake(hint="idea")
def added_up(n: int, generations: int) -> float:
    """You add up the losses, so that nothing is left after n generations. Each loses
    1/n of what it *was given*: multiply."""
    return 1 - generations / n


@exercise.mistake(hint="idea")
def unbiased(n: int, generations: int) -> float:
    """With the divisor n - 1 the mean variance would stay as it is. Maximum likelihood
    divides by n and loses a share 1/n in the mean."""
    return 1.0


@exercise.mistake(hint="formula")
def growing(n: int, generations: int) -> float:
    """Your variance grows. The sample's own mean lies in the middle of the sample, so
    squares around it are smaller than around the true mean."""
    return (n / (n - 1)) ** generations


@exercise.mistake(hint="formula")
def deviation(n: int, generations: int) -> float:
    """That is the root, a share of the standard deviation. The variance is asked
    for."""
    return (1 - 1 / n) ** (generations / 2)


@exercise.mistake(hint="formula")
def exponential(n: int, generations: int) -> float:
    """exp(-t/n) is close for large n, but one generation loses exactly 1/n. Return a
    power of 1 - 1/n."""
    return 2.718281828459045 ** (-generations / n)


@exercise.mistake(hint="line")
def one_too_few(n: int, generations: int) -> float:
    """You count one generation too few: the first refit already loses 1/n."""
    return (1 - 1 / n) ** max(generations - 1, 0)


@exercise.mistake(hint="formula")
def divided(n: int, generations: int) -> float:
    """You divide by t. A fixed share is lost in each generation, so the share left
    is a power with the exponent t."""
    return 1 / (1 + generations / n)
