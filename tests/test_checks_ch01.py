"""Chapter 01: the same mistakes in other words, and near misses."""

import math

import numpy as np
import pytest

from aigc_course.checks import registry
from aigc_course.checks.judge import judge
from aigc_course.exercises.ch01.kl import pairs as kl_pairs


def verdict_on(function):
    return judge(registry.get(f"01.{function.__name__}"), function)


def inverts_the_density():
    def inverse_cdf(x, p, u):
        return np.array([np.interp(one, p, x) for one in u])

    return inverse_cdf


def sums_heights():
    def inverse_cdf(x, p, u):
        F = np.add.accumulate(p)
        return np.interp(u, F, x)

    return inverse_cdf


def takes_the_mode():
    def inverse_cdf(x, p, u):
        return np.array([x[list(p).index(max(p))] for _ in u])

    return inverse_cdf


def forgets_the_room():
    def push_density(x, p_z, inverse, slope):
        return np.array([p_z(one) for one in inverse(x)])

    return push_density


def times_the_slope():
    def push_density(x, p_z, inverse, slope):
        z = inverse(x)
        return abs(slope(z) * p_z(z))

    return push_density


def loses_the_sign():
    def push_density(x, p_z, inverse, slope):
        z = inverse(x)
        return slope(z) ** -1.0 * p_z(z)

    return push_density


def trusts_the_counts():
    def fit_pixels(ink):
        return ink.sum(0) / ink.shape[0]

    return fit_pixels


def forgets_the_axis():
    def fit_pixels(ink):
        share = (np.count_nonzero(ink) + 0.5) / (ink.size + 1)
        return np.zeros(ink.shape[1:]) + share

    return fit_pixels


def multiplies():
    def log_likelihood(ink, theta):
        p = np.ones(len(ink))
        for i in range(ink.shape[1]):
            for j in range(ink.shape[2]):
                p *= np.where(ink[:, i, j], theta[i, j], 1 - theta[i, j])
        return np.log(p)

    return log_likelihood


def forgets_the_paper():
    def log_likelihood(ink, theta):
        return (ink * np.log(theta)).sum((1, 2))

    return log_likelihood


def averages_all():
    def log_likelihood(ink, theta):
        each = ink * np.log(theta) + ~ink * np.log1p(-theta)
        return each.mean((1, 2))

    return log_likelihood


def fogs():
    def ancestral(prior, theta, u_class, u_pixels):
        return u_pixels < np.einsum("k,khw->hw", prior, theta)

    return ancestral


def decides_at_a_half():
    def ancestral(prior, theta, u_class, u_pixels):
        y = np.digitize(u_class, np.cumsum(prior))
        return np.where(theta[y] > 0.5, True, False)

    return ancestral


def paints_grey():
    def ancestral(prior, theta, u_class, u_pixels):
        return theta[np.digitize(u_class, np.cumsum(prior))]

    return ancestral


def swaps():
    def kl(p, q, dx):
        on = q > 0
        if (p[on] == 0).any():
            return math.inf
        return np.sum(q[on] * (np.log(q[on]) - np.log(p[on]))) * dx

    return kl


def props_up():
    def kl(p, q, dx):
        return dx * (p * np.log((p + 1e-12) / (q + 1e-12))).sum()

    return kl


def skips():
    def kl(p, q, dx):
        terms = [a * math.log(a / b) for a, b in zip(p, q, strict=True) if a * b > 0]
        return sum(terms) * dx

    return kl


def multiplies_blindly():
    def kl(p, q, dx):
        return (p * (np.log(p) - np.log(q)) * dx).sum()

    return kl


def forgets_the_distances():
    def match_moments(weights, means, stds):
        return np.average(means, weights=weights), np.sqrt(
            np.average(stds**2, weights=weights)
        )

    return match_moments


def seeks_the_mode():
    def match_moments(weights, means, stds):
        largest = np.argsort(weights)[-1]
        return means[largest], stds[largest]

    return match_moments


def forgets_the_prior():
    def class_posterior(log_px, prior):
        e = np.exp(log_px - log_px.max(1, keepdims=True))
        return e / e.sum(1, keepdims=True)

    return class_posterior


def scores_the_pair():
    def class_posterior(log_px, prior):
        return prior * np.exp(log_px)

    return class_posterior


def divides_small_by_small():
    def class_posterior(log_px, prior):
        joint = np.exp(log_px + np.log(prior))
        return joint / joint.sum(axis=1)[:, None]

    return class_posterior


def mixes_logs():
    def mix_with_noise(log_p, log_noise, share):
        return log_p + share * (log_noise - log_p)

    return mix_with_noise


def leaves_the_logs():
    def mix_with_noise(log_p, log_noise, share):
        p, noise = np.exp(log_p), np.exp(log_noise)
        return np.log(p - share * p + share * noise)

    return mix_with_noise


@pytest.mark.parametrize(
    "make, name",
    [
        (inverts_the_density, "density_read_backwards"),
        (sums_heights, "without_dx"),
        (takes_the_mode, "always_the_mode"),
        (forgets_the_room, "height_kept"),
        (times_the_slope, "multiplied"),
        (loses_the_sign, "sign_kept"),
        (trusts_the_counts, "bare_share"),
        (forgets_the_axis, "one_coin"),
        (multiplies, "log_of_a_product"),
        (forgets_the_paper, "ink_alone"),
        (averages_all, "mean_over_pixels"),
        (fogs, "mean_class"),
        (decides_at_a_half, "thresholded"),
        (paints_grey, "means_returned"),
        (swaps, "reversed_roles"),
        (props_up, "propped_up"),
        (skips, "holes_skipped"),
        (multiplies_blindly, "not_a_number"),
        (forgets_the_distances, "widths_alone"),
        (seeks_the_mode, "tallest_hump"),
        (forgets_the_prior, "prior_forgotten"),
        (scores_the_pair, "score_of_the_pair"),
        (divides_small_by_small, "underflow"),
        (mixes_logs, "logarithms_averaged"),
        (leaves_the_logs, "underflow"),
    ],
)
def test_a_mistake_is_known_in_other_words(make, name):
    verdict = verdict_on(make())
    assert verdict.misconception == name, verdict


def test_samples_by_bisection_pass():
    def inverse_cdf(x, p, u):
        F = np.cumsum(p) * (x[1] - x[0])
        low, high = np.full(u.shape, x[0]), np.full(u.shape, x[-1])
        for _ in range(40):
            middle = (low + high) / 2
            below = np.interp(middle, x, F) < u
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return middle

    assert verdict_on(inverse_cdf).passed


def test_another_addition_to_the_counts_is_no_half():
    def fit_pixels(ink):
        return (ink.sum(axis=0) + 0.1) / (len(ink) + 0.2)

    verdict = verdict_on(fit_pixels)
    assert verdict.status == "wrong", verdict


def test_a_propped_divergence_with_another_prop_still_fails():
    def kl(p, q, dx):
        return float((p * np.log((p + 1e-9) / (q + 1e-9))).sum() * dx)

    verdict = verdict_on(kl)
    assert verdict.violated == "impossible", verdict


def test_classes_drawn_twice_do_not_pass():
    """A class from the pixels' own numbers ties the class to the first pixel."""

    def ancestral(prior, theta, u_class, u_pixels):
        y = np.digitize(u_pixels[:, 0, 0], np.cumsum(prior))
        return u_pixels < theta[y]

    assert verdict_on(ancestral).failed


@pytest.mark.parametrize("dtype", [bool, int, np.uint8, np.float32, float])
def test_binary_pictures_may_have_any_dtype(dtype):
    def ancestral(prior, theta, u_class, u_pixels):
        y = np.digitize(u_class, np.cumsum(prior))
        return (u_pixels < theta[y]).astype(dtype)

    assert verdict_on(ancestral).passed


def test_grey_pictures_are_not_binary():
    def ancestral(prior, theta, u_class, u_pixels):
        y = np.digitize(u_class, np.cumsum(prior))
        return np.where(u_pixels < theta[y], 0.9, 0.0)

    assert verdict_on(ancestral).failed


@pytest.mark.parametrize("rule", [np.trapezoid, np.sum])
def test_any_rule_that_is_exact_for_cells_passes(rule):
    def kl(p, q, dx):
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = np.where(p > 0, p * np.log(p / q), 0)
        return rule(terms) * dx

    verdict = verdict_on(kl)
    assert verdict.passed, verdict


def test_the_densities_of_the_divergence_have_the_sum_1():
    for p, q, dx in kl_pairs():
        assert [p.sum() * dx, q.sum() * dx] == pytest.approx([1, 1], abs=1e-12)


def test_a_posterior_must_survive_rows_and_classes_far_apart():
    """A picture may be far less probable than another, and a class than two others."""

    def taking_off(largest):
        def class_posterior(log_px, prior):
            a = log_px + np.log(prior)
            with np.errstate(all="ignore"):
                e = np.exp(a - largest(a))
                return e / e.sum(axis=1, keepdims=True)

        return verdict_on(class_posterior)

    assert taking_off(lambda a: a.max(1, keepdims=True)).passed
    assert taking_off(np.max).misconception == "largest_of_all"
    assert taking_off(lambda a: a.mean(1, keepdims=True)).misconception
    assert taking_off(lambda a: np.median(a, 1, keepdims=True)).failed
    assert taking_off(lambda a: a[:, :1]).failed
