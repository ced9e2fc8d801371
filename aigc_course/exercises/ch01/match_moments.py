"""Exercise on the Gaussian that is nearest in forward KL."""

import numpy as np
from numpy.typing import NDArray

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

Array = NDArray[np.float64]


Pair = tuple[float, float]


exercise = Exercise(
    "01.match_moments",
    order=70,
    title="The Gaussian that covers everything",
    difficulty=3,
    minutes=14,
    asks="derive",
    idea="Only mean and variance of the mixture are needed. Its variance has two parts:"
    " the widths of the humps, and how far the humps lie from their common middle.",
    formula="m = sum w_k m_k and s^2 = sum w_k (s_k^2 + (m_k - m)^2).",
    line="Write `m = (weights * means).sum()`, `s2 = (weights * (stds**2 + (means -"
    " m) ** 2)).sum()` and `return m, s2**0.5`.",
    variation="Move two humps apart and watch the share of the Gaussian's samples that"
    " fall where the data have none.",
)


@exercise.answer
def match_moments(weights: Array, means: Array, stds: Array) -> Pair:
    """Mean and std of the Gaussian q that minimises KL(p || q), p a mixture of K humps.

    weights [K], summing to 1, means [K], stds [K]. (Bishop 2006, equation 10.187.)
    """
    m = (weights * means).sum()
    variance = (weights * (stds**2 + (means - m) ** 2)).sum()
    return float(m), float(variance**0.5)


@exercise.inputs
def mixtures() -> list[tuple[Array, Array, Array]]:
    return [
        (np.array([0.3, 0.7]), np.array([-2.0, 1.5]), np.array([0.5, 0.8])),
        (np.array([0.2, 0.5, 0.3]), np.array([-3.0, 1.0, 4.0]), np.array([1, 0.4, 2])),
        (np.array([0.6, 0.4]), np.array([5.0, 9.0]), np.array([0.3, 0.2])),
    ]


@exercise.must_hold
def one_hump(f) -> bool:
    """A single hump is its own best Gaussian."""
    found = f(np.ones(1), np.array([-1.5]), np.array([0.4]))
    return same(list(found), [-1.5, 0.4])


@exercise.must_hold
def moves_and_stretches(f) -> bool:
    """Data moved by 3 move the mean alone; data stretched by 2 stretch both."""
    w, m, s = mixtures()[0]
    mean, std = f(w, m, s)
    moved, stretched = f(w, m + 3, s), f(w, 2 * m, 2 * s)
    return same([*moved, *stretched], [mean + 3, std, 2 * mean, 2 * std])


@exercise.must_hold
def nothing_nearer(f) -> bool:
    """No Gaussian a little aside has a higher expected log-likelihood."""
    w, m, s = mixtures()[1]
    mean, std = f(w, m, s)
    second = (w * (s**2 + m**2)).sum()

    def expected(a: float, b: float) -> float:  # E_p[log N(x; a, b^2)] + constant
        square = second - 2 * a * (w * m).sum() + a * a
        return -np.log(b) - square / (2 * b * b)

    nearby = [(mean + d, std) for d in (-0.05, 0.05)]
    nearby += [(mean, std * d) for d in (0.98, 1.02)]
    return all(expected(*one) < expected(mean, std) for one in nearby)


@exercise.mistake(hint="idea")
def widths_alone(weights: Array, means: Array, stds: Array) -> Pair:
    """Your variance counts the humps' own widths and not how far they lie apart, so the
    Gaussian misses both. Add the weighted squares (m_k - m)^2."""
    return float(weights @ means), float((weights @ stds**2) ** 0.5)


@exercise.mistake(hint="formula")
def distances_alone(weights: Array, means: Array, stds: Array) -> Pair:
    """Your variance counts the distances of the humps and not their widths: for a
    single hump it is 0. Add the weighted s_k^2."""
    m = weights @ means
    return float(m), float((weights @ (means - m) ** 2) ** 0.5)


@exercise.mistake(hint="idea")
def tallest_hump(weights: Array, means: Array, stds: Array) -> Pair:
    """You settle on the largest hump, as reverse KL does. Forward KL averages under the
    data: each hump that q leaves out costs many nats, so q spreads over all."""
    k = weights.argmax()
    return float(means[k]), float(stds[k])


@exercise.mistake(hint="formula")
def unweighted(weights: Array, means: Array, stds: Array) -> Pair:
    """You give all humps the same say. A hump with the weight w holds the share w of
    the data: use the weights in both sums."""
    even = np.full(len(weights), 1 / len(weights))
    return match_moments(even, means, stds)


@exercise.mistake(hint="formula")
def variance_returned(weights: Array, means: Array, stds: Array) -> Pair:
    """Your second number is the variance; its root, the standard deviation, is asked
    for."""
    mean, std = match_moments(weights, means, stds)
    return mean, std**2


@exercise.mistake(hint="formula")
def not_centred(weights: Array, means: Array, stds: Array) -> Pair:
    """You have E[x^2], the mean square from 0, and moving the data would widen your
    Gaussian. Take m^2 off, or measure the distances from m."""
    second = weights @ (stds**2 + means**2)
    return float(weights @ means), float(second**0.5)


@exercise.mistake(hint="formula")
def spreads_averaged(weights: Array, means: Array, stds: Array) -> Pair:
    """You average the standard deviations. Variances average, not their roots, and the
    distances between the humps are missing: s^2 = sum w_k (s_k^2 + (m_k - m)^2)."""
    return float(weights @ means), float(weights @ stds)


@exercise.mistake(hint="formula")
def spread_not_squared(weights: Array, means: Array, stds: Array) -> Pair:
    """You add the spreads s_k to squared distances. Both parts are variances: square
    s_k."""
    m = weights @ means
    return float(m), float((weights @ (stds + (means - m) ** 2)) ** 0.5)


@exercise.mistake(hint="line")
def other_order(weights: Array, means: Array, stds: Array) -> Pair:
    """Your numbers are right and change places: the mean comes first, then the standard
    deviation."""
    mean, std = match_moments(weights, means, stds)
    return std, mean


@exercise.mistake(hint="idea")
def weighted_sum_of_variables(weights: Array, means: Array, stds: Array) -> Pair:
    """You give the spread of a weighted *sum* of independent normal numbers. In a
    mixture each number comes from one hump: the weights stand beside s_k^2, unsquared,
    and the distances of the humps are added."""
    return float(weights @ means), float(((weights * stds) ** 2).sum() ** 0.5)


@exercise.mistake(hint="idea")
def product_of_humps(weights: Array, means: Array, stds: Array) -> Pair:
    """You multiply the humps, which adds their precisions. A mixture adds densities:
    its mean is sum w_k m_k, whatever the widths."""
    precision = (weights / stds**2).sum()
    mean = (weights * means / stds**2).sum() / precision
    return float(mean), float(precision**-0.5)


@exercise.mistake(hint="formula")
def distances_not_squared(weights: Array, means: Array, stds: Array) -> Pair:
    """You average s_k + |m_k - m|. Squares add up in a variance: average s_k^2 +
    (m_k - m)^2 and take the root at the end."""
    m = weights @ means
    return float(m), float(weights @ (stds + np.abs(means - m)))


@exercise.mistake(hint="formula")
def roots_added(weights: Array, means: Array, stds: Array) -> Pair:
    """You add the roots of the two parts. The variances add: take one root of their
    sum."""
    m = weights @ means
    within, between = weights @ stds**2, weights @ (means - m) ** 2
    return float(m), float(within**0.5 + between**0.5)


@exercise.mistake(hint="idea")
def weights_squared(weights: Array, means: Array, stds: Array) -> Pair:
    """You square the weights, as for a sum of independent numbers. A mixture draws from
    one hump at a time, so the variance is a weighted mean: each weight counts once."""
    m = weights @ means
    variance = weights**2 @ stds**2 + weights @ (means - m) ** 2
    return float(m), float(variance**0.5)
