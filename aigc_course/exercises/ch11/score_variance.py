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
    asks="derive",
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


@exercise.mistake(hint="formula")
def std_for_its_square(d: int, mean: float, std: float) -> float:
    """You put the standard deviation where its square belongs: E[q^2] = s^2 + m^2."""
    return d * ((std + mean**2) ** 2 - mean**4)


@exercise.mistake(hint="idea")
def to_first_order(d: int, mean: float, std: float) -> float:
    """This is the rule for small errors, which leaves out s^4. With mean 0 it would
    give 0, and then s^4 is all there is."""
    return d * 2 * std**2 * mean**2


@exercise.mistake(hint="idea")
def variances_added(d: int, mean: float, std: float) -> float:
    """You add the variances of q and k, as for a sum. A product needs
    E[q^2] E[k^2] - (E[q] E[k])^2."""
    return 2 * d * std**2


@exercise.mistake(hint="idea")
def with_itself(d: int, mean: float, std: float) -> float:
    """This is the variance of q . q for normal entries. Here q and k are independent,
    so E[q^2 k^2] is E[q^2] E[k^2] and not E[q^4]."""
    return d * (2 * std**4 + 4 * std**2 * mean**2)


@exercise.mistake(hint="formula")
def mean_squared_once(d: int, mean: float, std: float) -> float:
    """You take m^2 off. The mean of q k is m^2, and a variance has the square of the
    mean taken off: m^4."""
    return d * ((std**2 + mean**2) ** 2 - mean**2)


@exercise.mistake(hint="idea", draws=True)
def by_drawing(d: int, mean: float, std: float) -> float:
    """You draw vectors and estimate the variance. Derive it: the result is a formula in
    d, mean and std that is exact."""
    q, k = mean + std * torch.randn(2, 10_000, d)
    return float((q * k).sum(dim=1).var())


@exercise.mistake(hint="idea")
def one_coordinate(d: int, mean: float, std: float) -> float:
    """This is the variance of one product. A dot product adds d of them, and their
    variances add."""
    return (std**2 + mean**2) ** 2 - mean**4
