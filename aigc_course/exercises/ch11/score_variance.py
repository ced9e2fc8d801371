"""Exercise on the size of a dot product of random vectors."""

import torch

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "11.score_variance",
    order=20,
    title="How large is a dot product?",
    difficulty=3,
    minutes=12,
    idea="A dot product is a sum of d independent products, and the variances of"
    " independent terms add. For one product use Var(qk) = E[q^2 k^2] - E[qk]^2.",
    formula="E[q^2] = s^2 + m^2, so Var(q k) = (s^2 + m^2)^2 - m^4 for each of the d"
    " coordinates.",
    line="Write `return d * ((std**2 + mean**2) ** 2 - mean**4)`.",
    variation="Draw the entries from a uniform distribution with the same mean and"
    " standard deviation, and see that the formula still holds.",
)


@exercise.answer
def score_variance(d: int, mean: float, std: float) -> float:
    """Variance of q . k, where all 2 d entries are independent.

    d: size of q and k. mean, std: of each entry.
    """
    return d * ((std**2 + mean**2) ** 2 - mean**4)


@exercise.inputs
def sizes() -> list[tuple[int, float, float]]:
    return [(4, 0.0, 1.0), (64, 0.5, 1.0), (10, -1.5, 0.3), (7, 0.2, 2.0)]


@exercise.must_hold
def unit(f) -> bool:
    """Entries with mean 0 and variance 1 give the variance d."""
    return same(float(f(32, 0.0, 1.0)), 32.0)


@exercise.must_hold
def certain(f) -> bool:
    """Entries without spread give a dot product without spread."""
    return same(float(f(16, 2.0, 0.0)), 0.0)


@exercise.must_hold
def drawn(f) -> bool:
    """The variance of a hundred thousand drawn dot products, to within five percent."""
    q, k = 0.7 + 1.2 * torch.randn(2, 100_000, 8)
    found = float((q * k).sum(dim=1).var())
    return abs(float(f(8, 0.7, 1.2)) / found - 1) < 0.05


@exercise.mistake(hint="formula")
def of_mean_zero(d: int, mean: float, std: float) -> float:
    """Your formula holds for entries with mean 0. With a mean m the products spread
    more: E[q^2] is s^2 + m^2."""
    return d * std**4


@exercise.mistake(hint="formula")
def second_moment(d: int, mean: float, std: float) -> float:
    """This is the mean square of the products. A variance has the square of the mean
    taken off, here (m^2)^2 for each coordinate."""
    return d * (std**2 + mean**2) ** 2


@exercise.mistake(hint="idea")
def like_a_constant(d: int, mean: float, std: float) -> float:
    """You let the variance grow like d^2, as that of d times one number. The products
    of different coordinates are independent, so their variances add: a factor d."""
    return d**2 * ((std**2 + mean**2) ** 2 - mean**4)


@exercise.mistake(hint="idea")
def its_root(d: int, mean: float, std: float) -> float:
    """This is the standard deviation. The variance is its square."""
    return (d * ((std**2 + mean**2) ** 2 - mean**4)) ** 0.5


@exercise.mistake(hint="formula")
def one_entry(d: int, mean: float, std: float) -> float:
    """You add the variances of the entries of one vector. The terms of a dot product
    are products q k, whose variance is (s^2 + m^2)^2 - m^4."""
    return d * std**2


@exercise.mistake(hint="formula")
def half_of_the_cross_terms(d: int, mean: float, std: float) -> float:
    """You count s^2 m^2 once. Both q and k vary, so it stands there twice."""
    return d * (std**4 + std**2 * mean**2)
