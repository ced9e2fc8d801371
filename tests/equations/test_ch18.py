"""The displayed equations of chapter 18, each by its number."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import beta, binom, norm, ttest_1samp

from aigc_course.checks import registry

DOUBLE = torch.float64


def reference(name):
    return registry.get(f"18.{name}").reference


def chance(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pictures(n: int, d: int, seed: int = 0) -> torch.Tensor:
    """Correlated numbers [n, d]; the same distribution for every seed."""
    mix = torch.randn(d, d, generator=chance(99), dtype=DOUBLE) / d**0.5
    return torch.randn(n, d, generator=chance(seed), dtype=DOUBLE) @ mix + 0.3


def signs(d: int) -> torch.Tensor:
    return 2.0 * torch.randint(0, 2, (d,), generator=chance(1)).double() - 1


@pytest.mark.equation("18.1")
def test_a_mark_of_strength_alpha_has_this_psnr() -> None:
    x = torch.rand(50, 784, generator=chance(0)) - 0.5  # nothing is clipped
    k = 28 * torch.nn.functional.normalize(torch.randn(784, generator=chance(1)), dim=0)
    assert float(k.square().mean()) == pytest.approx(1, abs=1e-4)
    marked = (x + 0.05 * k).clamp(-1, 1)
    psnr = 10 * math.log10(4 / float((marked - x).square().mean()))
    assert psnr == pytest.approx(20 * math.log10(2 / 0.05), abs=0.01)


@pytest.mark.equation("18.2")
def test_shift_and_variance_of_a_score() -> None:
    x, k = pictures(4000, 6), signs(6)
    w, mean = torch.randn(6, generator=chance(2), dtype=DOUBLE), x.mean(0)
    before, after = (x - mean) @ w, (x + 0.1 * k - mean) @ w
    torch.testing.assert_close((after - before).mean(), 0.1 * w @ k)
    torch.testing.assert_close(before.var(), w @ torch.cov(x.T) @ w)


@pytest.mark.equation("18.3")
def test_no_direction_shifts_the_score_further() -> None:
    x, k = pictures(500, 6), signs(6)
    C = torch.cov(x.T)
    w = reference("whitened_key")(x, k, 0.0)
    torch.testing.assert_close(w @ C @ w, torch.tensor(1.0, dtype=DOUBLE))
    torch.testing.assert_close(w @ k, (k @ torch.linalg.solve(C, k)).sqrt())
    others = torch.randn(5000, 6, generator=chance(3), dtype=DOUBLE)
    others /= ((others @ C) * others).sum(1, keepdim=True).sqrt()
    assert float((others @ k).max()) < float(w @ k)


@pytest.mark.equation("18.4")
def test_rates_of_normal_scores() -> None:
    s = torch.randn(200_000, generator=chance(4)).double()
    shift, t = 2.0, 1.5
    assert float((s + shift > t).double().mean()) == pytest.approx(
        norm.cdf(shift - t), abs=0.004
    )
    assert float((s > t).double().mean()) == pytest.approx(norm.cdf(-t), abs=0.003)


@pytest.mark.equation("18.5")
@pytest.mark.parametrize("k", [1, 2, 5])
def test_the_next_score_among_the_others(k: int) -> None:
    n, times = 19, 20_000
    scores = torch.randn(times, n + 1, generator=chance(5)).sinh()  # long tails
    limit = scores[:, :n].topk(k, dim=1).values[:, -1]
    rate = float((scores[:, n] > limit).double().mean())
    error = math.sqrt(k / (n + 1) / times)
    assert rate == pytest.approx(k / (n + 1), abs=4 * error)


@pytest.mark.equation("18.6")
@pytest.mark.parametrize(("d", "c"), [(3, 0.5), (20, 0.3), (200, 0.1)])
def test_the_cosine_with_a_random_direction(d: int, c: float) -> None:
    want = beta.sf((1 + c) / 2, (d - 1) / 2, (d - 1) / 2)
    if d == 3:  # on the sphere a height is uniform (Archimedes)
        assert want == pytest.approx((1 - c) / 2)
    keys = torch.randn(60_000, d, generator=chance(d))
    cosines = keys[:, 0] / keys.norm(dim=1)  # with the first axis: any will do
    found = float((cosines >= c).double().mean())
    assert found == pytest.approx(want, abs=4 * math.sqrt(want / 60_000))


@pytest.mark.equation("18.7")
@pytest.mark.parametrize("common", [0.0, 0.8])
def test_the_union_bound_holds_for_dependent_scores(common: float) -> None:
    m, rate = 25, 0.02
    t = reference("search_threshold")(rate, m)
    assert m * norm.sf(t) == pytest.approx(rate)
    own = torch.randn(40_000, m, generator=chance(6))
    shared = torch.randn(40_000, 1, generator=chance(7))
    s = common**0.5 * shared + (1 - common) ** 0.5 * own
    found = float((s.max(1).values > t).double().mean())
    assert found <= rate + 4 * math.sqrt(rate / 40_000)
    if common == 0:  # nearly attained by independent scores
        assert found == pytest.approx(rate, abs=0.004)


@pytest.mark.equation("18.8")
def test_the_cosine_of_an_estimate_by_averaging() -> None:
    d, alpha, n, m = 784, 0.1, 60, 90
    spread = 0.2 + torch.rand(d, generator=chance(8))
    k = signs(d).float()
    cosines = []
    for seed in range(20):
        x = spread * torch.randn(n + m, d, generator=chance(100 + seed))
        guess = (x[:n] + alpha * k).mean(0) - x[n:].mean(0)
        cosines.append(float(torch.cosine_similarity(guess, k, dim=0)))
    sigma2 = float(spread.square().mean())
    want = (1 + sigma2 / alpha**2 * (1 / n + 1 / m)) ** -0.5
    assert np.mean(cosines) == pytest.approx(want, abs=0.015)


@pytest.mark.equation("18.9")
def test_raised_logits_raise_the_green_probability() -> None:
    logits = torch.randn(30, generator=chance(9), dtype=DOUBLE)
    green = torch.rand(30, generator=chance(10)) < 0.4
    G = logits.softmax(0)[green].sum()
    after = (logits + 1.7 * green).softmax(0)[green].sum()
    torch.testing.assert_close(after, G * math.exp(1.7) / (1 - G + G * math.exp(1.7)))


@pytest.mark.equation("18.10")
def test_the_tail_and_its_z() -> None:
    n, share, g = 40, 0.25, 17
    p = sum(
        math.comb(n, i) * share**i * (1 - share) ** (n - i) for i in range(g, n + 1)
    )
    assert p == pytest.approx(binom.sf(g - 1, n, share))
    tokens = list(range(n + 1))  # all pairs differ, the first g are green
    found = reference("green_p_value")(tokens, lambda a, b: a < g, share)
    assert found == pytest.approx(p)
    big = 100_000
    z = 2.0
    count = share * big + z * math.sqrt(big * share * (1 - share))
    assert binom.sf(count, big, share) == pytest.approx(norm.sf(z), rel=0.03)


@pytest.mark.equation("18.11")
def test_random_signs_make_normal_noise() -> None:
    s = 2.0 * torch.randint(0, 2, (100_000,), generator=chance(11)) - 1
    u = s * torch.randn(100_000, generator=chance(12)).abs()
    quantiles = torch.tensor([0.05, 0.25, 0.5, 0.75, 0.95])
    want = torch.tensor(norm.ppf(quantiles.numpy())).float()
    torch.testing.assert_close(u.quantile(quantiles), want, atol=0.03, rtol=0)
    assert torch.equal(u.sign(), s)  # and the owner can read them


@pytest.mark.equation("18.12")
@pytest.mark.parametrize("n", [10, 32, 64])
def test_the_signs_that_are_needed(n: int) -> None:
    k = reference("bits_needed")(n, 1e-2)

    def tail(k: int) -> float:
        return sum(math.comb(n, i) for i in range(k, n + 1)) / 2**n

    assert tail(k) <= 1e-2 < tail(k - 1)


@pytest.mark.equation("18.13")
@pytest.mark.parametrize("step", [0.0, 0.3, 1.0, 2.5])
def test_no_detector_has_a_larger_auc(step: float) -> None:
    """N(0, 1) and N(step, 1): the likelihood ratio is the best detector."""
    tv = 2 * norm.cdf(step / 2) - 1
    auc = norm.cdf(step / math.sqrt(2))
    bound = 0.5 + tv - tv**2 / 2
    assert auc <= bound + 1e-12
    if step == 0:
        assert auc == bound == 0.5


@pytest.mark.equation("18.14", "18.15")
def test_how_often_an_accusation_is_right() -> None:
    tpr, fpr, share = 0.9, 0.05, 0.1
    made = torch.rand(400_000, generator=chance(13)) < share
    accused = torch.rand(400_000, generator=chance(14)) < torch.where(made, tpr, fpr)
    ppv = reference("positive_predictive_value")(tpr, fpr, share)
    assert float(made[accused].double().mean()) == pytest.approx(ppv, abs=0.01)
    odds = share / (1 - share) * tpr / fpr
    assert ppv / (1 - ppv) == pytest.approx(odds)


@pytest.mark.equation("18.16")
def test_the_interval_of_paired_differences() -> None:
    from aigc_course.explain.intervals import effect

    before = torch.randn(40, generator=chance(15), dtype=DOUBLE)
    after = before + 0.1 + 0.2 * torch.randn(40, generator=chance(16), dtype=DOUBLE)
    want = ttest_1samp((after - before).numpy(), 0).confidence_interval(0.95)
    found = effect(before, after)
    assert (found.low, found.high) == pytest.approx((want.low, want.high))


def cubic(x: torch.Tensor) -> torch.Tensor:
    return x[:, 0] ** 2 * x[:, 1] + 3 * x[:, 2]


@pytest.mark.equation("18.17")
def test_integrated_gradients_of_a_polynomial() -> None:
    """From 0 to x: the integral of 2 s^2 x0 x1 is 2/3 x0 x1, of s^2 x0^2 is 1/3."""
    x = torch.tensor([[1.0, 2.0, -1.0]], dtype=DOUBLE)
    found = reference("integrated_gradients")(cubic, x, torch.zeros_like(x), 2000)
    want = torch.tensor([[2 / 3 * 2, 1 / 3 * 2, -3.0]], dtype=DOUBLE)
    torch.testing.assert_close(found, want, atol=1e-5, rtol=0)


@pytest.mark.equation("18.18")
def test_nothing_is_lost() -> None:
    x, b = pictures(5, 3, 17), pictures(5, 3, 18)
    found = reference("integrated_gradients")(cubic, x, b, 2000).sum(1)
    torch.testing.assert_close(found, cubic(x) - cubic(b), atol=1e-4, rtol=1e-4)


@pytest.mark.equation("18.19")
def test_the_probability_of_so_many_near_copies() -> None:
    from aigc_course.provenance import copies

    n, c, r = 500, 11, 0.01
    p = sum(math.comb(n, i) * r**i * (1 - r) ** (n - i) for i in range(c, n + 1))
    assert copies.accused_of_copying(c, n, r).p_value == pytest.approx(p)


@pytest.mark.equation("18.20")
def test_the_gram_matrix_forgets_places() -> None:
    F = torch.randn(4, 30, generator=chance(19), dtype=DOUBLE)
    moved = F[:, torch.randperm(30, generator=chance(20))]
    torch.testing.assert_close(F @ F.T / 30, moved @ moved.T / 30)
    other = torch.randn(4, 30, generator=chance(21), dtype=DOUBLE)
    away = (F @ F.T / 30 - other @ other.T / 30).norm()
    assert float(away) > 0.1
