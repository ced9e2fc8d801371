"""A model fed on its own output: exact laws against simulation, and digits."""

import numpy as np
import pytest
import torch

from aigc_course import data
from aigc_course.errors import CourseError
from aigc_course.theory import collapse, own_output


@pytest.mark.parametrize("accumulate", [False, True])
@pytest.mark.parametrize("n", [5, 40])
def test_variance_and_wander_are_those_of_simulated_chains(
    n: int, accumulate: bool
) -> None:
    chains = collapse.simulate(n, 12, 20_000, accumulate, seed=1)
    exact = collapse.expected_variance(n, 12, accumulate)
    error = chains.variances.std(axis=0) / np.sqrt(20_000)
    assert (np.abs(chains.variances.mean(axis=0) - exact) <= 4 * error + 1e-12).all()
    wander = collapse.expected_wander(n, 12, accumulate)
    assert np.allclose(chains.means.var(axis=0), wander, rtol=0.06)


def test_the_first_generations_by_hand() -> None:
    n = 10
    assert np.allclose(collapse.expected_variance(n, 2), [1, 0.9, 0.81])
    kept = collapse.expected_variance(n, 2, accumulate=True)
    assert np.allclose(kept, [1, 0.9, 0.9 * (1 - 1 / 40)])


def test_replacing_loses_everything_and_accumulating_does_not() -> None:
    replaced = collapse.expected_variance(20, 500)[-1]
    kept = collapse.expected_variance(20, 100_000, accumulate=True)[-1]
    assert replaced < 1e-10
    assert kept == pytest.approx(collapse.limit(20), rel=1e-6)
    assert collapse.limit(1000) == pytest.approx(1 - np.pi**2 / 6000, abs=1e-5)


def test_the_unbiased_variance_keeps_its_mean_and_goes_to_zero() -> None:
    chains = collapse.simulate(10, 30, 20_000, unbiased=True, seed=2)
    exact = collapse.expected_log_variance(10, 30, unbiased=True)
    logs = np.log(chains.variances)
    assert np.allclose(logs.mean(axis=0), exact, atol=4 * logs.std() / np.sqrt(20_000))
    assert exact[-1] < -3
    assert chains.variances.mean(axis=0)[-1] == pytest.approx(1, abs=0.3)
    assert np.median(chains.variances[:, -1]) < 0.1


def test_the_log_variance_of_the_biased_estimator() -> None:
    chains = collapse.simulate(10, 10, 20_000, seed=3)
    exact = collapse.expected_log_variance(10, 10, variance=1.0)
    assert np.allclose(np.log(chains.variances).mean(axis=0), exact, atol=0.05)
    shifted = collapse.expected_log_variance(10, 10, variance=4.0)
    assert np.allclose(shifted - exact, np.log(4))


@pytest.mark.parametrize("accumulate", [False, True])
def test_class_shares_lose_diversity_by_the_same_law(accumulate: bool) -> None:
    random, n = np.random.default_rng(0), 30
    shares = np.full((4000, 10), 0.1)
    for k in range(8):
        drawn = np.stack([random.multinomial(n, p) for p in shares]) / n
        shares = (k * shares + drawn) / (k + 1) if accumulate and k else drawn
        shares = shares / shares.sum(axis=1, keepdims=True)
    found = 1 - (shares**2).sum(axis=1)
    exact = collapse.expected_diversity(n, 8, accumulate)[-1]
    assert found.mean() == pytest.approx(exact, abs=4 * found.std() / np.sqrt(4000))


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: collapse.expected_variance(1, 3), "n is a whole number from 2 up"),
        (lambda: collapse.expected_variance(5, -1), "from 0 up"),
        (lambda: collapse.expected_variance(5, 3, variance=0.0), "above 0"),
        (lambda: collapse.limit(5, float("nan")), "above 0"),
        (lambda: collapse.expected_diversity(5, 3, start=1.0), r"\[0, 1\)"),
        (lambda: collapse.simulate(5, 3, 0), "number of chains"),
        (lambda: collapse.simulate(5, 3, 9, True, True), "unbiased=False"),
    ],
)
def test_what_makes_no_sense_is_refused(call, words: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CourseError, match=words):
        call()


def some_digits(n: int = 300) -> tuple[torch.Tensor, torch.Tensor]:
    digits = data.load("digits")
    return digits.images[:n], digits.labels[:n]


def test_digits_fed_on_their_own_lose_variance_and_accumulated_ones_less() -> None:
    images, labels = some_digits()
    lost = {}
    for accumulate in (False, True):
        fit = own_output.class_gaussians
        run = own_output.feed(images, labels, fit, 5, accumulate, seed=0)
        assert len(run) == 6 and all(len(one.images) == 300 for one in run)
        assert run[-1].images.dtype == torch.uint8
        lost[accumulate] = run[-1].variance() / run[1].variance()
    # pixels are cut to 0..255 in each generation, so that both lose
    assert lost[False] < lost[True] - 0.05 < 1


def test_the_first_model_has_the_mean_and_the_spread_of_the_data() -> None:
    images, labels = some_digits(1000)
    draw = own_output.class_gaussians(images, labels, components=784)
    drawn, said = draw(4000, torch.Generator().manual_seed(0))
    for c in (0, 5):
        real = images[labels == c].double().mean(0)
        made = drawn[said == c].double().mean(0)
        assert float((real - made).abs().mean()) < 6  # of 255 grey levels
    share = float((said == 3).double().mean())
    assert share == pytest.approx(float((labels == 3).double().mean()), abs=0.03)


def test_feed_takes_any_model() -> None:
    images, labels = some_digits(20)
    seen: list[int] = []

    def copies(x: torch.Tensor, y: torch.Tensor) -> own_output.Draw:
        seen.append(len(x))
        return lambda n, generator: (x[:n], y[:n])

    own_output.feed(images, labels, copies, 3, accumulate=True)
    own_output.feed(images, labels, copies, 3)
    assert seen == [20, 40, 60, 20, 20, 20]


def test_diversity_counts_classes() -> None:
    x = torch.zeros(4, 1, 28, 28, dtype=torch.uint8)
    assert own_output.Digits(x, torch.tensor([0, 0, 1, 1])).diversity() == 0.5
    assert own_output.Digits(x, torch.tensor([3, 3, 3, 3])).diversity() == 0
    assert own_output.Digits(x, torch.tensor([0, 0, 1, 1])).variance() == 0


def test_other_images_are_refused() -> None:
    images, labels = some_digits(10)
    fit = own_output.class_gaussians
    with pytest.raises(CourseError, match="uint8"):
        own_output.feed(images.float(), labels, fit, 1)
    with pytest.raises(CourseError, match="one for each image"):
        own_output.feed(images, labels[:5], fit, 1)
