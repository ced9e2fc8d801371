"""Exercise on how much noise a promise needs."""

import math

from scipy.optimize import brentq
from scipy.stats import norm

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "17.gaussian_sigma",
    order=40,
    title="How much noise is enough?",
    difficulty=3,
    minutes=18,
    asks="method",
    idea="delta in (17.10) falls as the noise grows. So the smallest noise is where"
    " delta is exactly what you allow. Search for it between a very small and a"
    " very large value.",
    formula="With mu = sensitivity / sigma, solve Phi(mu/2 - epsilon/mu) - e^epsilon"
    " Phi(-mu/2 - epsilon/mu) = delta for mu, by bisection. Then sigma = sensitivity /"
    " mu.",
    line="Write `low, high = 1e-6, 1e3`, then `for _ in range(200):\n        mu"
    " = (low * high) ** 0.5\n        a, b = mu / 2 - epsilon / mu, -mu / 2"
    " - epsilon / mu\n        phi = lambda x: 0.5 * math.erfc(-x /"
    " math.sqrt(2))\n        enough = phi(a) - math.exp(epsilon) * phi(b) >"
    " delta\n        low, high = (low, mu) if enough else (mu, high)`, then"
    " `return sensitivity / low`.",
    variation="Plot the noise of the classical formula, sqrt(2 ln(1.25/delta)) /"
    " epsilon, over the exact one. Find the epsilon above which it promises"
    " too much.",
    tolerance=1e-3,
)


@exercise.answer
def gaussian_sigma(epsilon: float, delta: float, sensitivity: float) -> float:
    """The smallest deviation of normal noise that makes a sum (epsilon, delta)-private.

    sensitivity: the most by which one person can move the sum, as Euclidean length.
    Balle and Wang 2018, theorem 8; Dong, Roth and Su 2022, corollary 2.13.
    """

    def excess(log_mu: float) -> float:
        mu = math.exp(log_mu)
        over = norm.cdf(mu / 2 - epsilon / mu)
        under = math.exp(epsilon) * norm.cdf(-mu / 2 - epsilon / mu)
        return float(over - under - delta)

    mu = math.exp(brentq(excess, math.log(1e-4), math.log(50.0), xtol=1e-12))
    return sensitivity / mu


@exercise.inputs
def promises() -> list[tuple[float, float, float]]:
    return [
        (1.0, 1e-5, 1.0),
        (10.0, 1e-5, 1.0),
        (0.2, 1e-5, 1.0),
        (3.0, 1e-6, 2.5),
        (1.0, 0.01, 0.1),
        (6.0, 1e-3, 1.7),
    ]


def delta_of(epsilon: float, mu: float) -> float:
    """(17.10)."""
    over = norm.cdf(mu / 2 - epsilon / mu)
    return float(over - math.exp(epsilon) * norm.cdf(-mu / 2 - epsilon / mu))


@exercise.must_hold
def it_keeps_the_promise(f) -> str | None:
    """With your noise, delta is what was allowed and not more."""
    for epsilon, delta, sensitivity in promises():
        got = delta_of(epsilon, sensitivity / float(f(epsilon, delta, sensitivity)))
        if got > 1.02 * delta:
            return (
                f"With your noise, delta is at most {delta:g} at epsilon ="
                f" {epsilon:g}. It is {got:.2g}, so the noise is too small."
            )
    return None


@exercise.must_hold
def twice_the_sensitivity(f) -> bool:
    """Twice the sensitivity needs twice the noise."""
    return same(float(f(1.0, 1e-5, 2.0)), 2 * float(f(1.0, 1e-5, 1.0)), 1e-3)


def _solved(excess, sensitivity) -> float:
    mu = math.exp(brentq(lambda x: excess(math.exp(x)), math.log(1e-4), math.log(50)))
    return sensitivity / mu


@exercise.mistake(hint="idea")
def classical(epsilon, delta, sensitivity):
    """You use the classical formula, which is proved for epsilon below 1 only. It adds
    too much noise there and does not keep the promise for large epsilon: solve
    (17.10)."""
    return sensitivity * math.sqrt(2 * math.log(1.25 / delta)) / epsilon


@exercise.mistake(hint="idea")
def without_the_quarter(epsilon, delta, sensitivity):
    """You use sqrt(2 ln(1/delta)) / epsilon, an approximation for small epsilon. Solve
    (17.10), which is exact."""
    return sensitivity * math.sqrt(2 * math.log(1 / delta)) / epsilon


@exercise.mistake(hint="idea")
def laplace(epsilon, delta, sensitivity):
    """You return sensitivity / epsilon, which is the scale of Laplace noise, and delta
    plays no part. Normal noise of this deviation promises much less."""
    return sensitivity / epsilon


@exercise.mistake(hint="formula")
def probability_of_a_large_loss(epsilon, delta, sensitivity):
    """You leave out the second term of (17.10). The probability that the loss exceeds
    epsilon is larger than delta, so your noise is larger than needed."""
    return _solved(lambda mu: norm.cdf(mu / 2 - epsilon / mu) - delta, sensitivity)


@exercise.mistake(hint="formula")
def second_term_without_factor(epsilon, delta, sensitivity):
    """You leave out the factor e^epsilon before the second term of (17.10)."""
    return _solved(
        lambda mu: (
            norm.cdf(mu / 2 - epsilon / mu) - norm.cdf(-mu / 2 - epsilon / mu) - delta
        ),
        sensitivity,
    )


@exercise.mistake(hint="formula")
def sensitivity_forgotten(epsilon, delta, sensitivity):
    """You solve for sensitivity 1. Noise has to grow with the sensitivity."""
    return _solved(lambda mu: delta_of(epsilon, mu) - delta, 1.0)


@exercise.mistake(hint="formula")
def divided_by_the_sensitivity(epsilon, delta, sensitivity):
    """You divide by the sensitivity. A larger influence of one person needs more noise:
    multiply."""
    return _solved(lambda mu: delta_of(epsilon, mu) - delta, 1.0) / sensitivity


@exercise.mistake(hint="formula")
def the_variance(epsilon, delta, sensitivity):
    """You return the variance of the noise. Its standard deviation is asked for."""
    return _solved(lambda mu: delta_of(epsilon, mu) - delta, sensitivity) ** 2


@exercise.mistake(hint="formula")
def returns_mu(epsilon, delta, sensitivity):
    """You return mu. The deviation of the noise is sensitivity / mu."""
    return 1 / _solved(lambda mu: delta_of(epsilon, mu) - delta, 1.0)


@exercise.mistake(hint="idea")
def delta_halved(epsilon, delta, sensitivity):
    """You spend delta on two tails. (17.10) holds for both directions with the whole
    delta."""
    return _solved(lambda mu: delta_of(epsilon, mu) - delta / 2, sensitivity)


@exercise.mistake(hint="idea")
def whole_numbers_only(epsilon, delta, sensitivity):
    """You try steps of a tenth and take the first that keeps the promise. It is kept,
    but with more noise than needed: refine the search."""
    sigma = 0.1 * sensitivity
    while delta_of(epsilon, sensitivity / sigma) > delta:
        sigma += 0.1 * sensitivity
    return sigma


@exercise.mistake(hint="idea")
def by_concentrated_privacy(epsilon, delta, sensitivity):
    """You use epsilon = mu^2 / 2 + mu sqrt(2 ln(1/delta)), a bound from Renyi or
    concentrated privacy. It is valid and asks for more noise than (17.10)."""
    root = math.sqrt(2 * math.log(1 / delta))
    return sensitivity / (math.sqrt(root**2 + 2 * epsilon) - root)


@exercise.mistake(hint="formula")
def sensitivity_counted_twice(epsilon, delta, sensitivity):
    """You count the sensitivity twice. Twice the influence needs twice the noise and
    not four times."""
    return sensitivity * _solved(lambda mu: delta_of(epsilon, mu) - delta, sensitivity)
