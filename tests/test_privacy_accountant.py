"""The accountant against closed forms and two others, and what it refuses."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from aigc_course import privacy
from aigc_course.errors import CourseError
from aigc_course.privacy import sampled

ORACLE = json.loads((Path(__file__).parent / "privacy_oracle.json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("epsilon", "mu", "sigma"),
    [
        (0.2, 0.0613, 16.30),
        (1.0, 0.2681, 3.731),
        (3.0, 0.7191, 1.391),
        (10.0, 2.0004, 0.500),
    ],
)
def test_the_noise_of_one_release(epsilon, mu, sigma):
    assert privacy.gaussian_mu(epsilon, 1e-5) == pytest.approx(mu, abs=6e-5)
    assert privacy.gaussian_sigma(epsilon, 1e-5) == pytest.approx(sigma, rel=4e-4)


@pytest.mark.parametrize("mu", [0.01, 0.3, 2.0, 9.0])
@pytest.mark.parametrize("epsilon", [0.0, 0.5, 4.0])
def test_delta_is_the_largest_gap_between_two_normals(mu, epsilon):
    x = np.linspace(-15, 25, 400_001)
    gap = norm.pdf(x, mu) - np.exp(epsilon) * norm.pdf(x)
    quadrature = np.trapezoid(gap.clip(0), x)
    assert privacy.gaussian_delta(epsilon, mu) == pytest.approx(quadrature, abs=1e-9)


@pytest.mark.parametrize("delta", [1e-3, 1e-5, 1e-9])
@pytest.mark.parametrize("epsilon", [1e-3, 0.2, 1.0, 10.0, 200.0])
def test_mu_and_epsilon_are_inverse_and_rounded_to_the_safe_side(epsilon, delta):
    mu = privacy.gaussian_mu(epsilon, delta)
    assert privacy.gaussian_delta(epsilon, mu) <= delta
    assert privacy.gaussian_delta(epsilon, mu * (1 + 1e-9)) > delta * (1 - 1e-9)
    assert privacy.gaussian_epsilon(mu, delta) == pytest.approx(epsilon, rel=1e-9)


def test_the_textbook_adds_more_noise_than_is_needed():
    for epsilon in (0.1, 0.5, 0.99):
        exact = privacy.gaussian_sigma(epsilon, 1e-5, 2.0)
        assert exact < privacy.classical_sigma(epsilon, 1e-5, 2.0)
    with pytest.raises(CourseError, match="below 1"):
        privacy.classical_sigma(1.0, 1e-5)


def test_releases_compose_as_squares():
    assert privacy.compose(*[0.1] * 100) == pytest.approx(1.0, abs=1e-12)
    shares = privacy.split(0.7, 0.02, 0.1, 0.28, 0.6)
    assert privacy.compose(*shares) == pytest.approx(0.7, abs=1e-12)
    with pytest.raises(CourseError, match="add up"):
        privacy.split(1.0, 0.5, 0.4)


def test_exact_composition_is_below_the_general_theorems():
    mu, k, delta = privacy.gaussian_mu(0.1, 1e-7), 100, 1e-7
    exact = privacy.gaussian_epsilon(privacy.compose(*[mu] * k), (k + 1) * delta)
    advanced, spent = privacy.advanced_composition(0.1, delta, k, delta)
    basic, _ = privacy.basic_composition(0.1, delta, k)
    assert spent == pytest.approx((k + 1) * delta)
    assert exact < advanced < basic


@pytest.mark.parametrize("row", ORACLE["rows"])
def test_dp_sgd_against_two_other_accountants(row):
    noise, rate, steps, delta, accounting, low, prv, _ = row
    mine = privacy.subsampled_epsilon(noise, rate, steps, delta)
    # never below: of the stored seven digits one unit in the last place
    assert mine >= accounting * (1 - 1e-7)
    assert mine >= prv * (1 - 1e-6) and mine >= low
    assert mine <= 1.01 * min(accounting, prv)


def test_the_stored_figures_are_those_of_the_packages():
    pld = pytest.importorskip("dp_accounting.pld.privacy_loss_distribution")
    noise, rate, steps, delta, stored, *_ = ORACLE["rows"][0]
    one = pld.from_gaussian_mechanism(
        noise,
        sampling_prob=rate,
        value_discretization_interval=min(1e-4, rate / noise / 100),
    )
    live = one.self_compose(steps).get_epsilon_for_delta(delta)
    assert live == pytest.approx(stored, rel=1e-5)


def test_without_sampling_the_grid_agrees_with_the_closed_form():
    release = (sampled.Release(5.0, 1.0, 10),)
    exact = privacy.gaussian_epsilon(math.sqrt(10) / 5, 1e-5)
    for side in (True, False):
        found = sampled._epsilon(release, 1e-5, side)
        assert exact <= found <= 1.001 * exact
    assert privacy.subsampled_epsilon(5.0, 1.0, 10, 1e-5) == pytest.approx(exact)


def test_one_step_against_quadrature():
    noise, rate, epsilon = 0.8, 0.05, 0.7
    x = np.linspace(-12, 14, 2_000_001)
    without = norm.pdf(x, 0, noise)
    within = (1 - rate) * without + rate * norm.pdf(x, 1, noise)
    gone = np.trapezoid((within - math.exp(epsilon) * without).clip(0), x)
    come = np.trapezoid((without - math.exp(epsilon) * within).clip(0), x)
    found = privacy.subsampled_delta(noise, rate, 1, epsilon)
    exact = max(gone, come)
    assert exact <= found <= 1.002 * exact


def test_more_of_anything_but_noise_costs_more():
    base = privacy.subsampled_epsilon(1.5, 0.01, 500, 1e-5)
    assert privacy.subsampled_epsilon(1.5, 0.01, 600, 1e-5) > base
    assert privacy.subsampled_epsilon(1.5, 0.02, 500, 1e-5) > base
    assert privacy.subsampled_epsilon(1.5, 0.01, 500, 1e-6) > base
    assert privacy.subsampled_epsilon(1.6, 0.01, 500, 1e-5) < base


def test_epsilon_and_delta_of_dp_sgd_are_inverse():
    epsilon = privacy.subsampled_epsilon(1.2, 0.01, 200, 1e-5)
    delta = privacy.subsampled_delta(1.2, 0.01, 200, epsilon)
    assert delta == pytest.approx(1e-5, rel=1e-3)


def test_the_noise_that_is_found_keeps_the_promise():
    noise = privacy.noise_for(2.0, 1e-5, 0.02, 300)
    assert privacy.subsampled_epsilon(noise, 0.02, 300, 1e-5) <= 2.0
    assert privacy.subsampled_epsilon(noise * 0.999, 0.02, 300, 1e-5) > 2.0


def test_a_release_and_dp_sgd_together():
    release, steps = sampled.Release(10.0), sampled.Release(2.0, 0.01, 300)
    both = privacy.total_epsilon([release, steps], 1e-5)
    single = [privacy.total_epsilon([r], 1e-5) for r in (release, steps)]
    assert max(single) < both < sum(single)
    assert privacy.total_epsilon([], 1e-5) == 0


def test_practically_no_noise_promises_nothing():
    assert privacy.subsampled_epsilon(0.02, 0.1, 1000, 1e-5) == math.inf


def test_a_budget_books_what_it_allows_and_nothing_else():
    budget = privacy.PrivacyBudget(1.0, 1e-5, n=60_000)
    budget.spend(0.2)
    before = budget.spent
    with pytest.raises(CourseError, match=r"is spent: with this release it would be"):
        budget.spend(0.2)
    assert budget.spent == before <= 1.0
    budget.spend(budget.left_mu())
    assert budget.spent == pytest.approx(1.0, rel=1e-6)


def test_a_budget_allows_exactly_the_steps_that_fit():
    budget = privacy.PrivacyBudget(1.0, 1e-5)
    most = budget.steps_left(2.0, 0.01)
    assert privacy.subsampled_epsilon(2.0, 0.01, most, 1e-5) <= 1.0
    assert privacy.subsampled_epsilon(2.0, 0.01, most + 1, 1e-5) > 1.0
    budget.spend_steps(2.0, 0.01, most - 1)
    budget.spend_steps(2.0, 0.01)
    with pytest.raises(CourseError, match="is spent"):
        budget.spend_steps(2.0, 0.01)
    assert budget.steps_left(2.0, 0.01) == 0


def test_another_release_takes_steps_away():
    budget = privacy.PrivacyBudget(1.0, 1e-5)
    before = budget.steps_left(2.0, 0.02)
    budget.spend(0.1)
    assert budget.steps_left(2.0, 0.02) < before


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: privacy.check(0.0, 1e-5), "epsilon has to be above 0"),
        (lambda: privacy.check(-1.0, 1e-5), "epsilon has to be above 0"),
        (lambda: privacy.check(math.nan, 1e-5), "epsilon has to be above 0"),
        (lambda: privacy.check(1.0, 0.0), "delta has to be between"),
        (lambda: privacy.check(1.0, 1.0), "delta has to be between"),
        (lambda: privacy.check(1.0, math.nan), "delta has to be between"),
        (lambda: privacy.check(1.0, 0.01, 100), "below 1/n = 0.01"),
        (lambda: privacy.check(1.0, 0.001, 0), "at least one example"),
        (lambda: privacy.gaussian_sigma(0, 1e-5), "epsilon has to be above 0"),
        (lambda: privacy.gaussian_sigma(1, 1e-5, 0), "sensitivity has to be above"),
        (lambda: privacy.gaussian_delta(-1, 1), "cannot be negative"),
        (lambda: privacy.gaussian_delta(1, 0), "mu has to be above 0"),
        (lambda: privacy.compose(1.0, -1.0), "cannot be negative"),
        (lambda: privacy.subsampled_epsilon(0, 0.1, 1, 1e-5), "noise has to be above"),
        (lambda: privacy.subsampled_epsilon(1, 0, 1, 1e-5), "sampling rate"),
        (lambda: privacy.subsampled_epsilon(1, 1.5, 1, 1e-5), "sampling rate"),
        (lambda: privacy.subsampled_epsilon(1, 0.1, 0, 1e-5), "number of steps"),
        (lambda: privacy.subsampled_epsilon(1, 0.1, 1.5, 1e-5), "number of steps"),
        (lambda: privacy.subsampled_epsilon(1, 0.1, 1, 1e-12), "at least 1e-09"),
        (lambda: privacy.PrivacyBudget(1.0, 1e-3, n=10_000), "below 1/n"),
        (lambda: privacy.noise_for(0, 1e-5, 0.1, 10), "epsilon has to be above 0"),
    ],
)
def test_what_means_nothing_is_refused_in_a_sentence(wrong, says):
    with pytest.raises(CourseError, match=says) as refused:
        wrong()
    assert str(refused.value).endswith(".") and "\n" not in str(refused.value)
