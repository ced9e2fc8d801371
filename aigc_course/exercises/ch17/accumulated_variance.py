"""Exercise on a Gaussian that is fitted to all data of all its generations."""

import math

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "17.accumulated_variance",
    order=20,
    title="Keep everything",
    difficulty=4,
    minutes=25,
    asks="derive",
    idea="Before a generation there are N numbers with mean m and mean square v around"
    " it. Add n numbers from N(m, v). Compute the expected mean square of all N + n"
    " numbers around their new mean.",
    formula="The squares around the new mean are N v + n s^2 + (d^2) N n / (N + n),"
    " with s^2 the mean square of the new numbers and d the distance of the"
    " two means. E s^2 = v (1 - 1/n) and E d^2 = v / n. Divide by N + n,"
    " and use N = (k - 1) n.",
    line="Write `return math.prod(1 - 1 / (n * k * k) for k in range(1, generations +"
    " 1))`.",
    variation="Add 2n numbers in each generation instead of n, and find out whether"
    " the limit moves towards 1.",
)


@exercise.answer
def accumulated_variance(n: int, generations: int) -> float:
    """The expected share of the variance that is left when all data are kept.

    The first generation is fitted, by maximum likelihood, to n numbers from the true
    distribution. Each later one is fitted to all numbers so far, and to n more that
    were drawn from the fit before it. generations: how many fits were made, 0 for none.
    """
    # with N = (k - 1) n numbers before: E[v_k] = v_{k-1} (1 - 1 / (n k^2))
    return math.prod(1 - 1 / (n * k * k) for k in range(1, generations + 1))


@exercise.inputs
def chains() -> list[tuple[int, int]]:
    return [(2, 1), (2, 5), (5, 3), (10, 40), (100, 0), (100, 200), (3, 2)]


@exercise.must_hold
def first_generation(f) -> bool:
    """After one fit a share 1/n is lost, as in equation (14.13)."""
    return same(float(f(7, 1)), 1 - 1 / 7)


@exercise.must_hold
def it_ends_above_zero(f) -> bool:
    """After very many generations the share stays above 0: (17.4) gives its limit."""
    x = math.pi / math.sqrt(10)
    return same(float(f(10, 400)), math.sin(x) / x, 1e-3)


@exercise.mistake(hint="idea")
def as_if_replaced(n, generations):
    """You compute what is left when data are replaced. Here the old numbers stay, and
    the new ones are only a part of all."""
    return (1 - 1 / n) ** generations


@exercise.mistake(hint="idea")
def nothing_is_lost(n, generations):
    """You return 1. Each fit is made to finitely many numbers, so each loses a
    little."""
    return 1.0


@exercise.mistake(hint="idea")
def only_the_first_fit(n, generations):
    """You count the loss of the first fit only. The later fits lose less, but not
    nothing."""
    return 1 - 1 / n if generations else 1.0


@exercise.mistake(hint="idea")
def as_if_all_were_real(n, generations):
    """You compute the loss of one fit to all numbers, as if all came from the true
    distribution. The later ones come from fits that have lost something already."""
    return 1 - 1 / (n * generations) if generations else 1.0


@exercise.mistake(hint="formula")
def means_do_not_differ(n, generations):
    """You leave out that the mean of the new numbers lies beside the old mean. This
    distance adds to the squares: d^2 N n / (N + n)."""
    return math.prod(1 - 1 / (n * k) for k in range(1, generations + 1))


@exercise.mistake(hint="formula")
def one_factor_too_many(n, generations):
    """You have one factor too many. After g generations there are g factors, from k = 1
    to k = g."""
    return math.prod(1 - 1 / (n * k * k) for k in range(1, generations + 2))


@exercise.mistake(hint="formula")
def one_factor_too_few(n, generations):
    """You have one factor too few. After g generations there are g factors, from k = 1
    to k = g; `range` leaves out its end."""
    return math.prod(1 - 1 / (n * k * k) for k in range(1, generations))


@exercise.mistake(hint="formula")
def first_fit_forgotten(n, generations):
    """You start with k = 2. The first fit to the n real numbers loses a share 1/n
    too."""
    return math.prod(1 - 1 / (n * k * k) for k in range(2, generations + 1))


@exercise.mistake(hint="formula")
def a_sum_of_losses(n, generations):
    """You subtract the sum of all losses. Each generation loses a share of what is
    left, so the factors are multiplied."""
    return 1 - sum(1 / (n * k * k) for k in range(1, generations + 1))


@exercise.mistake(hint="formula")
def the_limit(n, generations):
    """You return the limit after infinitely many generations. The number of generations
    is an argument."""
    x = math.pi / math.sqrt(n)
    return math.sin(x) / x


@exercise.mistake(hint="formula")
def of_one_batch_squared(n, generations):
    """You divide by (n k)^2. Only k is squared: the loss of generation k is n / (n
    k)^2, since n new numbers are drawn."""
    return math.prod(1 - 1 / (n * k) ** 2 for k in range(1, generations + 1))


@exercise.mistake(hint="formula")
def counted_from_two(n, generations):
    """You have the right number of factors and start with k = 2. Generation k ends with
    k n numbers, so the first factor has k = 1."""
    return math.prod(1 - 1 / (n * k * k) for k in range(2, generations + 2))


@exercise.mistake(hint="formula")
def new_numbers_keep_the_variance(n, generations):
    """You take v as the mean square of the new numbers around their own mean. It is
    v (1 - 1/n) in expectation; with v the share would grow."""
    growth = (1 + (k - 1) / (n * k * k) for k in range(2, generations + 1))
    return (1 - 1 / n) * math.prod(growth) if generations else 1.0
