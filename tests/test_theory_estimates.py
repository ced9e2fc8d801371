"""Estimates from samples: right on average, with error bars that tell the truth."""

import math

import numpy as np
import pytest

from aigc_course import theory
from aigc_course.errors import CourseError

HALF_LOG_2PI = math.log(2 * math.pi) / 2


def log_normal(mean, std):
    return lambda x: -(((x - mean) / std) ** 2) / 2 - math.log(std) - HALF_LOG_2PI


LOG_P, LOG_Q = log_normal(1, 1), log_normal(0, 1.5)
X = theory.grid(-12, 12)
P, Q = theory.normal(X, 1, 1), theory.normal(X, 0, 1.5)


def kl_run(seed, n=400):
    x = np.random.default_rng(seed).normal(1, 1, n)
    return theory.kl_samples(x, LOG_P, LOG_Q)


def js_run(seed):
    rng = np.random.default_rng(seed)
    samples = rng.normal(1, 1, 500), rng.normal(0, 1.5, 300)
    return theory.js_samples(*samples, LOG_P, LOG_Q)


@pytest.mark.parametrize(
    ("run", "exact"),
    [(kl_run, theory.kl(P, Q)), (js_run, theory.jensen_shannon(P, Q))],
    ids=["kl", "js"],
)
def test_error_bars_are_honest(run, exact):
    runs = [run(seed) for seed in range(300)]
    z = np.array([(r.value - exact) / r.error for r in runs])
    assert abs(z.mean()) < 4 / math.sqrt(300)  # unbiased
    assert 0.85 < z.std() < 1.15  # the bars are neither long nor short


def test_the_error_falls_with_the_root_of_n():
    ratio = kl_run(0, 400).error / kl_run(0, 40_000).error
    assert ratio == pytest.approx(10, rel=0.15)


def test_a_sample_that_q_excludes_makes_kl_infinite():
    x = np.array([0.5, 1.5])
    on_unit = lambda x: np.where((x >= 0) & (x <= 1), 0, -np.inf)  # noqa: E731
    found = theory.kl_samples(x, lambda x: np.full(2, -math.log(2)), on_unit)
    assert found.value == math.inf and math.isnan(found.error)


def test_js_of_disjoint_supports_is_log_2_without_doubt():
    def inside(low):
        return lambda x: np.where((x >= low) & (x <= low + 1), 0.0, -np.inf)

    rng = np.random.default_rng(0)
    samples = rng.uniform(0, 1, 50), rng.uniform(5, 6, 50)
    found = theory.js_samples(*samples, inside(0), inside(5))
    assert found.value == pytest.approx(math.log(2)) and found.error < 1e-12


def test_an_estimate_prints_with_its_error():
    assert str(theory.Estimate(0.51234, 0.00789)) == "0.5123 ± 0.0079"


@pytest.mark.parametrize(
    ("samples", "log_p", "log_q", "words"),
    [
        ([1.0], LOG_P, LOG_Q, "at least 2 samples"),
        ([1.0, math.nan], LOG_P, LOG_Q, "samples contain NaN"),
        ([1.0, 2.0], lambda x: x * math.nan, LOG_Q, "log densities contain NaN"),
        ([1.0, 2.0], lambda x: x[:1], LOG_Q, "2 samples need as many logs; got 1"),
        ([1.0, 2.0], lambda x: x - np.inf, LOG_Q, "its own density is 0"),
        ([1.0, 2.0], LOG_P, lambda x: x + np.inf, "infinite at a sample"),
    ],
)
def test_unsuitable_input_is_refused(samples, log_p, log_q, words):
    with pytest.raises(CourseError, match=words):
        theory.kl_samples(samples, log_p, log_q)
    with pytest.raises(CourseError, match=words):
        theory.js_samples(samples, samples, log_p, log_q)
