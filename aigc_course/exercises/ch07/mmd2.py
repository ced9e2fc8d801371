"""Exercise on the unbiased kernel distance."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "07.mmd2",
    order=70,
    title="All pairs but one's own",
    difficulty=3,
    minutes=14,
    asks="derive",
    idea="Three means over pairs: within a, within b, across. Within a set leave out"
    " the pairs of a sample with itself; across there are none.",
    formula="sum_{i != j} k(a_i, a_j) / (n (n - 1)) + the same for b"
    " - 2 sum_ij k(a_i, b_j) / (n m), k(x, y) = (x.y / d + 1)^3.",
    line="Write `kernel = lambda x, y: (x @ y.T / x.shape[1] + 1) ** 3`, `within ="
    " lambda k: (k.sum() - k.trace()) / (len(k) * (len(k) - 1))` and `return"
    " within(kernel(a, a)) + within(kernel(b, b)) - 2 * kernel(a, b).mean()`.",
    variation="Replace the cubic by exp(-|x - y|^2 / (2 s^2)) and see what the"
    " distance then notices, for several s.",
)


def cubic(x: Tensor, y: Tensor) -> Tensor:
    """k(x, y) = (x.y / d + 1)^3 for all pairs, [n, m]."""
    return (x @ y.T / x.shape[1] + 1) ** 3


def within(x: Tensor) -> Tensor:
    """Mean of k over pairs of different rows."""
    k = cubic(x, x)
    return (k.sum() - k.trace()) / (len(x) * (len(x) - 1))


@exercise.answer
def mmd2(a: Tensor, b: Tensor) -> Tensor:
    """Unbiased squared MMD of a [n, d] and b [m, d], a scalar tensor; may be negative.

    Gretton et al. 2012, equation 3, with the kernel of Bińkowski et al. 2018.
    """

    def kernel(x: Tensor, y: Tensor) -> Tensor:
        return (x @ y.T / x.shape[1] + 1) ** 3

    def others(x: Tensor) -> Tensor:  # mean over pairs of different rows
        k = kernel(x, x)
        return (k.sum() - k.trace()) / (len(x) * (len(x) - 1))

    return others(a) + others(b) - 2 * kernel(a, b).mean()


@exercise.inputs
def sets() -> list[tuple[Tensor, Tensor]]:
    same_set = torch.randn(6, 3).double()
    return [
        (torch.randn(6, 3).double(), 0.5 + torch.randn(5, 3).double()),
        (same_set, same_set.clone()),  # where the estimate is negative
    ]


@exercise.must_hold
def no_bias(f) -> bool:
    """Over many draws from one distribution the mean is 0, within its error."""
    draws = torch.stack([f(*torch.randn(2, 4, 2).double()) for _ in range(400)])
    return bool(draws.mean().abs() < 4 * draws.std() / len(draws) ** 0.5)


@exercise.must_hold
def seen_from_both(f) -> bool:
    """It is the same from a to b and from b to a."""
    a, b = sets()[0]
    return same(f(a, b), f(b, a))


@exercise.must_hold
def two_points(f) -> bool:
    """For a = (1, 1) and b = (0, 0) in one dimension it is 8 + 1 - 2 = 7."""
    return same(f(torch.ones(2, 1), torch.zeros(2, 1)), torch.tensor(7.0))


@exercise.mistake(hint="idea")
def own_pairs_counted(a: Tensor, b: Tensor) -> Tensor:
    """You count the pairs of each sample with itself. They are not independent draws,
    always agree best, and bring back a bias that falls with n, as FID's does."""
    return cubic(a, a).mean() + cubic(b, b).mean() - 2 * cubic(a, b).mean()


@exercise.mistake(hint="formula")
def own_pairs_in_the_divisor(a: Tensor, b: Tensor) -> Tensor:
    """You leave the own pairs out of the sum and still divide by n^2. There are
    n (n - 1) pairs left."""
    n, m = len(a), len(b)
    shrunk = within(a) * (n - 1) / n + within(b) * (m - 1) / m
    return shrunk - 2 * cubic(a, b).mean()


@exercise.mistake(hint="formula")
def across_once(a: Tensor, b: Tensor) -> Tensor:
    """Pairs across count twice, as in (x - y)^2 = x^2 + y^2 - 2 x y; equal
    distributions must give 0."""
    return within(a) + within(b) - cubic(a, b).mean()


@exercise.mistake(hint="formula")
def width_left_out(a: Tensor, b: Tensor) -> Tensor:
    """The product is not divided by d. With 128 features the cube would then be all
    that counts."""
    d = a.shape[1] ** 0.5
    return mmd2(a * d, b * d)


@exercise.mistake(hint="idea")
def never_below_zero(a: Tensor, b: Tensor) -> Tensor:
    """You cut off negative values, since a distance has none. But this is an unbiased
    estimate of one: cut, its mean for equal distributions is no longer 0."""
    return mmd2(a, b).clamp(min=0)


@exercise.mistake(hint="formula")
def square(a: Tensor, b: Tensor) -> Tensor:
    """Your kernel has the power 2. With 3 it sees third moments, and skew with them."""
    return _with_power(a, b, 2)


@exercise.mistake(hint="formula")
def dot_product(a: Tensor, b: Tensor) -> Tensor:
    """Your kernel is the bare product, and with it the distance compares nothing but
    the two means. Add 1 and take the cube."""

    def mean(x: Tensor) -> Tensor:
        k = x @ x.T / x.shape[1]
        return (k.sum() - k.trace()) / (len(x) * (len(x) - 1))

    return mean(a) + mean(b) - 2 * (a @ b.T / a.shape[1]).mean()


def _with_power(a: Tensor, b: Tensor, power: int) -> Tensor:
    def mean(x: Tensor) -> Tensor:
        k = (x @ x.T / x.shape[1] + 1) ** power
        return (k.sum() - k.trace()) / (len(x) * (len(x) - 1))

    return mean(a) + mean(b) - 2 * ((a @ b.T / a.shape[1] + 1) ** power).mean()


@exercise.mistake(hint="idea")
def root_taken(a: Tensor, b: Tensor) -> Tensor:
    """You take a root at the end. Asked is MMD squared: its estimate can be negative,
    and a root of it is biased."""
    return mmd2(a, b).clamp(min=0).sqrt()


@exercise.mistake(hint="formula")
def own_pairs_across(a: Tensor, b: Tensor) -> Tensor:
    """You leave the diagonal out across the two sets too. Row i of `a` and row i of `b`
    are different samples: all n m pairs count there."""
    k = cubic(a, b)
    across = (k.sum() - k.diagonal().sum()) / (len(a) * (len(b) - 1))
    return within(a) + within(b) - 2 * across


@exercise.mistake(hint="idea")
def equal_numbers_left_out_across(a: Tensor, b: Tensor) -> Tensor:
    """Between the sets you leave out the pairs with equal row numbers. Row i of a and
    row i of b are two independent samples: there every pair counts."""
    cross = cubic(a, b)
    n = min(len(a), len(b))
    others = (cross.sum() - cross.diagonal().sum()) / (cross.numel() - n)
    return within(a) + within(b) - 2 * others
