"""The audit: its bound, what it convicts, and whom it does not accuse."""

import math

import pytest
import torch
from scipy.stats import binom

from aigc_course import privacy
from aigc_course.errors import CourseError
from aigc_course.privacy import canaries
from aigc_course.privacy.audit import p_value

CLAIM = canaries.CLAIM


def run(mechanism, seed: int, **options) -> privacy.Audit:
    chance = torch.Generator().manual_seed(seed)
    return privacy.audit(mechanism, CLAIM, generator=chance, **options)


@pytest.mark.parametrize("name", privacy.BROKEN)
def test_what_is_broken_is_convicted_in_20_of_20(name):
    found = [run(privacy.BROKEN[name], seed) for seed in range(20)]
    assert sum(one.broken for one in found) == 20
    assert "the promise is broken" in str(found[0])


@pytest.mark.parametrize("name", privacy.RIGHT)
def test_what_is_right_is_accused_in_at_most_1_of_40(name):
    number = 40 if name != "dp-sgd" else 12  # that one takes longest
    found = [run(privacy.RIGHT[name], seed) for seed in range(number)]
    assert sum(one.broken for one in found) <= 1
    # and the attack works: more than half of the guesses are right
    right = sum(one.right for one in found)
    guesses = sum(one.guesses for one in found)
    assert binom.sf(right - 1, guesses, 0.5) < 1e-6


@pytest.mark.slow
def test_the_right_step_is_accused_in_at_most_1_of_40():
    found = [run(privacy.RIGHT["dp-sgd"], seed) for seed in range(40)]
    assert sum(one.broken for one in found) <= 1


def test_the_bound_holds_for_a_mechanism_that_spends_all_of_it():
    """Randomised response at epsilon = 1 is as easy to guess as the theorem allows."""
    keep = 1 / (1 + math.exp(-1))

    def response(included, generator):
        honest = torch.rand(len(included), generator=generator) < keep
        return (included == honest).double() + torch.rand(len(included)) / 10

    chance = torch.Generator().manual_seed(0)
    found = [
        privacy.audit(response, (1.0, 1e-5), generator=chance).epsilon
        for _ in range(200)
    ]
    over = sum(epsilon > 1.0 for epsilon in found)
    assert over <= 20 and max(found) > 0.8  # 5 % are allowed


def test_the_bound_of_a_thousand_right_guesses():
    assert privacy.audited_epsilon(1000, 1000) == pytest.approx(5.81, abs=0.01)
    assert privacy.audited_epsilon(553, 1000) == pytest.approx(0.11, abs=0.01)
    assert privacy.audited_epsilon(480, 1000) == 0.0
    assert privacy.audited_epsilon(0, 10) == 0.0


@pytest.mark.parametrize("right", [600, 750, 999])
def test_the_bound_is_where_the_p_value_passes_5_percent(right):
    epsilon = privacy.audited_epsilon(right, 1000)
    assert p_value(right, 1000, epsilon) == pytest.approx(0.05, rel=1e-6)
    smaller = privacy.audited_epsilon(right, 1000, 1e-5, 1000)
    assert smaller < epsilon
    assert p_value(right, 1000, smaller, 1e-5, 1000) == pytest.approx(0.05, rel=1e-6)


def test_the_p_value_is_that_of_the_theorem_term_by_term():
    """Steinke et al. 2023, theorem 5.2, by sums of binomial coefficients."""
    right, guesses, epsilon, delta, number = 5, 7, 0.4, 1e-3, 9
    p = math.exp(epsilon) / (1 + math.exp(epsilon))

    def between(low, high):  # P(low <= B < high)
        ks = range(max(low, 0), high)
        return sum(math.comb(guesses, k) * p**k * (1 - p) ** (guesses - k) for k in ks)

    alpha = max(between(right - i, right) / i for i in range(1, number + 1))
    expected = between(right, guesses + 1) + 2 * number * delta * alpha
    found = p_value(right, guesses, epsilon, delta, number)
    assert found == pytest.approx(expected, rel=1e-12)


def test_fewer_guesses_are_made_where_they_are_surest():
    scores = torch.tensor([0.1, 5.0, -3.0, 0.2, 4.0, -9.0])
    assert privacy.guess(scores, 2 / 3).tolist() == [0, 1, -1, 0, 1, -1]
    assert privacy.guess(scores).tolist() == [-1, 1, -1, 1, 1, -1]


def test_noise_where_it_belongs_hides_the_counts_of_classes():
    chance = torch.Generator().manual_seed(0)
    labels = torch.arange(1000) % 10
    noisy = privacy.noisy_counts(labels, 10, 5.0, chance)
    assert float((noisy - 100).abs().max()) > 1


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: privacy.audited_epsilon(11, 10), "cannot be right"),
        (lambda: privacy.audited_epsilon(0, 0), "cannot be right"),
        (lambda: privacy.audited_epsilon(5, 10, confidence=1.0), "between 0 and 1"),
        (lambda: privacy.audited_epsilon(5, 10, delta=-1.0), "between 0 and 1"),
        (lambda: privacy.coins(0), "at least one canary"),
        (lambda: privacy.guess(torch.ones(4), 0.0), "share of guesses"),
        (lambda: privacy.guess(torch.tensor([1.0, math.nan])), "NaN"),
        (lambda: privacy.audit(privacy.RIGHT["sum"], (0.0, 1e-5)), "epsilon has to be"),
    ],
)
def test_bad_input_is_refused(wrong, says):
    with pytest.raises(CourseError, match=says):
        wrong()
