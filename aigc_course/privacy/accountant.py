"""What Gaussian noise promises: epsilon, delta and mu of one release and of several.

Neighbours are two data sets of which one has one example more. A mechanism is
mu-Gaussian-differentially private when telling its outputs on neighbours apart is at
least as hard as telling N(0, 1) from N(mu, 1) (Dong, Roth & Su 2022, definition 6). A
sum whose sensitivity is s, with noise N(0, sigma^2), has mu = s / sigma exactly.

`privacy.sampled` does the same for DP-SGD, where each step sees a random batch.
"""

import math
import sys
from collections.abc import Callable

from scipy.special import log_ndtr, ndtr

from aigc_course.errors import CourseError

TOLERANCE = 1e-13  # relative, of the bisections
LARGEST = 1e6  # mu and epsilon beyond it mean no promise at all


def check(epsilon: float, delta: float, n: int | None = None) -> None:
    """Raise CourseError for a promise that cannot be meant.

    n: the number of examples. With delta >= 1/n a mechanism may publish one example in
    full and keep its promise (Dwork & Roth 2014, section 2.3).
    """
    positive(epsilon, "epsilon")
    if not 0 < delta < 1:
        raise CourseError(f"delta has to be between 0 and 1, not {delta:g}.")
    if n is not None and n < 1:
        raise CourseError(f"The data set needs at least one example, not {n}.")
    if n is not None and delta >= 1 / n:
        raise CourseError(
            f"With n = {n:,} examples delta has to be below 1/n = {1 / n:.2g}, not"
            f" {delta:g}: else one example may be published in full."
        )


def positive(value: float, name: str) -> None:
    """Raise CourseError unless a value is above 0 and no NaN."""
    if not value > 0:
        raise CourseError(f"{name} has to be above 0, not {value:g}.")


def gaussian_delta(epsilon: float, mu: float) -> float:
    """The smallest delta that a mu-Gaussian mechanism keeps at this epsilon.

    delta = Phi(-epsilon/mu + mu/2) - e^epsilon Phi(-epsilon/mu - mu/2)

    (Balle & Wang 2018, theorem 8; Dong, Roth & Su 2022, corollary 1). Raises
    CourseError for mu <= 0 and a negative epsilon.

    >>> f"{gaussian_delta(1.0, 0.2681):.2e}"
    '1.00e-05'
    """
    positive(mu, "mu")
    if not epsilon >= 0:
        raise CourseError(f"epsilon cannot be negative, and it is {epsilon:g}.")
    if math.isinf(mu):
        return 1.0
    first = float(ndtr(-epsilon / mu + mu / 2))
    # e^epsilon alone overflows; its product with the probability does not
    return first - math.exp(epsilon + float(log_ndtr(-epsilon / mu - mu / 2)))


def gaussian_epsilon(mu: float, delta: float) -> float:
    """The smallest epsilon that a mu-Gaussian mechanism keeps at this delta.

    The inverse of `gaussian_delta`, by bisection and rounded up. 0 where delta alone
    covers the mechanism. Raises CourseError for mu <= 0 and a delta outside (0, 1).
    """
    check(1.0, delta)
    positive(mu, "mu")
    if gaussian_delta(0.0, mu) <= delta:
        return 0.0
    return bisect(lambda epsilon: gaussian_delta(epsilon, mu) <= delta)


def gaussian_mu(epsilon: float, delta: float) -> float:
    """The largest mu that keeps (epsilon, delta), rounded down.

    >>> round(gaussian_mu(1.0, 1e-5), 4), round(gaussian_mu(10.0, 1e-5), 4)
    (0.2681, 2.0004)
    """
    check(epsilon, delta)
    if math.isinf(epsilon):
        return math.inf
    # 1/mu grows while the promise gets better, so it is the one rounded up
    return 1 / bisect(lambda sigma: gaussian_delta(epsilon, 1 / sigma) <= delta)


def gaussian_sigma(epsilon: float, delta: float, sensitivity: float = 1.0) -> float:
    """The smallest standard deviation of noise that keeps (epsilon, delta).

    sigma = sensitivity / mu, mu of `gaussian_mu`. sensitivity: the largest Euclidean
    change of what is released when one example comes or goes.

    >>> round(gaussian_sigma(1.0, 1e-5), 3)
    3.731
    """
    positive(sensitivity, "The sensitivity")
    return sensitivity / gaussian_mu(epsilon, delta)


def classical_sigma(epsilon: float, delta: float, sensitivity: float = 1.0) -> float:
    """The textbook's noise: more than is needed, and proved for epsilon < 1 alone.

    sigma = sensitivity sqrt(2 log(1.25 / delta)) / epsilon (Dwork & Roth 2014, A.1).
    Raises CourseError for epsilon >= 1, where the proof does not hold.
    """
    check(epsilon, delta)
    positive(sensitivity, "The sensitivity")
    if epsilon >= 1:
        raise CourseError(
            f"This formula is proved for epsilon below 1, not for {epsilon:g}: take"
            " `gaussian_sigma`."
        )
    return sensitivity * math.sqrt(2 * math.log(1.25 / delta)) / epsilon


def compose(*mus: float) -> float:
    """mu of several Gaussian releases about the same people: sqrt(sum of mu^2).

    Exact, also when a release is chosen by what the ones before said (Dong, Roth & Su
    2022, corollary 2). Raises CourseError for a negative mu.

    >>> compose(3.0, 4.0)
    5.0
    """
    for mu in mus:
        if not mu >= 0:
            raise CourseError(f"mu cannot be negative, and one is {mu:g}.")
    return math.hypot(*mus)


def split(mu: float, *shares: float) -> tuple[float, ...]:
    """Divide a promise among releases: mu sqrt(share) each, for shares of mu^2.

    Raises CourseError for shares that are not positive or do not add up to 1.

    >>> split(5.0, 0.36, 0.64)
    (3.0, 4.0)
    """
    positive(mu, "mu")
    for share in shares:
        positive(share, "A share")
    if not math.isclose(sum(shares), 1, rel_tol=1e-9):
        raise CourseError(f"The shares add up to {sum(shares):g}; they have to give 1.")
    return tuple(mu * math.sqrt(share) for share in shares)


def basic_composition(epsilon: float, delta: float, k: int) -> tuple[float, float]:
    """k mechanisms of (epsilon, delta) together: (k epsilon, k delta).

    Holds for every mechanism (Dwork & Roth 2014, theorem 3.16).
    """
    check(epsilon, delta)
    positive(k, "The number of releases")
    return k * epsilon, k * delta


def advanced_composition(
    epsilon: float, delta: float, k: int, slack: float
) -> tuple[float, float]:
    """k mechanisms of (epsilon, delta), for an additional delta of `slack`.

    epsilon' = sqrt(2 k log(1 / slack)) epsilon + k epsilon (e^epsilon - 1)

    delta' = k delta + slack (Dwork, Rothblum & Vadhan 2010, theorem III.3).
    """
    check(epsilon, delta)
    check(epsilon, slack)
    positive(k, "The number of releases")
    spread = math.sqrt(2 * k * math.log(1 / slack)) * epsilon
    return spread + k * epsilon * math.expm1(epsilon), k * delta + slack


def bisect(holds: Callable[[float], bool], low: float = 0.0) -> float:
    """The smallest x > low with holds(x), rounded up; holds has to stay true above it.

    Raises CourseError when nothing up to a million holds.
    """
    high = max(2 * low, sys.float_info.epsilon)
    while not holds(high):
        low, high = high, 4 * high
        if high > LARGEST:
            raise CourseError(
                f"No value up to {LARGEST:,.0f} keeps this promise: ask for less."
            )
    while high - low > TOLERANCE * high:
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
