"""The displayed equations of chapter 21, each by its number."""

import math
from itertools import product
from statistics import NormalDist, fmean

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from aigc_course.capstone.quality import position
from aigc_course.checks import registry


def reference(name):
    return registry.get(f"21.{name}").reference


@pytest.mark.equation("21.1")
def test_the_variance_of_a_mean_over_trainings_and_samples() -> None:
    tau, sigma, n, m = 0.7, 3.0, 5, 20
    draw = np.random.default_rng(0)
    models = draw.normal(0, tau, (40_000, n))
    noise = draw.normal(0, sigma / math.sqrt(m), (40_000, n))
    want = tau**2 / n + sigma**2 / (n * m)
    assert (models + noise).mean(1).var() == pytest.approx(want, rel=0.03)


@pytest.mark.equation("21.2", "21.3")
def test_the_best_split_is_the_best_of_all_that_cost_the_same() -> None:
    tau, sigma, a, b, budget = 0.8, 9.0, 15.0, 0.02, 1000.0
    n, m = reference("best_split")(tau, sigma, a, b, budget)
    assert n * (a + b * m) == pytest.approx(budget)
    sizes = np.geomspace(1, 1e5, 200_001)
    variances = (tau**2 + sigma**2 / sizes) * (a + b * sizes) / budget
    assert sizes[variances.argmin()] == pytest.approx(m, rel=1e-3)
    assert tau**2 / n + sigma**2 / (n * m) == pytest.approx(variances.min(), rel=1e-8)


@pytest.mark.equation("21.4")
def test_students_interval_holds_its_level() -> None:
    n, draw = 4, np.random.default_rng(1)
    x = draw.normal(3.0, 2.0, (40_000, n))
    half = stats.t.ppf(0.975, n - 1) * x.std(1, ddof=1) / math.sqrt(n)
    held = np.abs(x.mean(1) - 3.0) <= half
    assert held.mean() == pytest.approx(0.95, abs=0.004)
    std, width = 1.3, 0.8
    k = reference("seeds_needed")(std, width)
    halves = [stats.t.ppf(0.975, i - 1) * std / math.sqrt(i) for i in (k - 1, k)]
    assert halves[1] <= width < halves[0]


@pytest.mark.equation("21.5")
def test_the_variance_of_paired_differences() -> None:
    a, b, rho, n = 0.5, 0.8, 0.9, 6
    covariance = [[a**2, rho * a * b], [rho * a * b, b**2]]
    draw = np.random.default_rng(2)
    pairs = draw.multivariate_normal([0, 0], covariance, (30_000, n))
    gaps = (pairs[..., 1] - pairs[..., 0]).mean(1)
    want = (a**2 + b**2 - 2 * rho * a * b) / n
    assert gaps.var() == pytest.approx(want, rel=0.03)


@pytest.mark.equation("21.6")
def test_the_expected_best_of_k_draws_with_replacement() -> None:
    scores = sorted([2.0, 5.0, 3.5, 3.5, 9.0])
    n, k = len(scores), 3
    share = [((n - i) / n) ** k for i in range(n + 1)]
    found = sum(x * (share[i] - share[i + 1]) for i, x in enumerate(scores))
    every = fmean(min(draw) for draw in product(scores, repeat=k))
    assert found == pytest.approx(every)


@pytest.mark.equation("21.7")
def test_attempts_at_a_key_are_right_rarely() -> None:
    """q different keys of 2^b are tried; the right one is among them q / 2^b often."""
    commitment, bits, attempts = reference("commitment"), 6, 10
    files = {"judge": b"same"}
    hashes = {commitment(files, bytes([key])): key for key in range(2**bits)}
    assert len(hashes) == 2**bits
    tried = {commitment(files, bytes([key])) for key in range(attempts)}
    found = [commitment(files, bytes([key])) in tried for key in range(2**bits)]
    assert fmean(found) == attempts / 2**bits


@pytest.mark.equation("21.8", "21.9")
def test_honest_claims_are_accused_rarely() -> None:
    alpha = 1 - NormalDist().cdf(3)
    assert alpha == pytest.approx(0.00135, abs=1e-5)
    draw = np.random.default_rng(3)
    s_c, s_j, k = 0.3, 0.2, 40
    claims = draw.normal(5.0, s_c, (20_000, k))
    found = draw.normal(5.0, s_j, (20_000, k))
    accused = (found - claims) / math.hypot(s_c, s_j) > 3
    assert accused.mean() == pytest.approx(alpha, rel=0.1)
    whole = 1 - (1 - alpha) ** k
    assert accused.any(1).mean() == pytest.approx(whole, rel=0.1)
    assert whole <= k * alpha


@pytest.mark.equation("21.10")
def test_how_many_samples_find_an_inflated_claim() -> None:
    sigma, delta, n_c, power = 6.0, 0.6, 10_000, 0.95
    n_j = reference("judge_samples")(delta, sigma, n_c, 3.0, power)
    z = 3 + NormalDist().inv_cdf(power)
    assert 1 / n_j == pytest.approx(delta**2 / (sigma * z) ** 2 - 1 / n_c)
    s_c, s_j = sigma / math.sqrt(n_c), sigma / math.sqrt(n_j)
    draw = np.random.default_rng(4)
    claims = draw.normal(5.0 - delta, s_c, 100_000)
    found = draw.normal(5.0, s_j, 100_000)
    caught = (found - claims) / math.hypot(s_c, s_j) > 3
    assert caught.mean() == pytest.approx(power, abs=0.003)
    assert math.isinf(reference("judge_samples")(delta, sigma, 2000, 3.0, power))


@pytest.mark.equation("21.11")
def test_the_position_is_0_and_1_at_its_ends() -> None:
    weak, strong = 116.0, 0.05
    assert position(weak, weak, strong) == 0
    assert position(strong, weak, strong) == 1
    middle = math.sqrt(weak * strong)
    assert position(middle, weak, strong) == pytest.approx(0.5)
    one = math.log(weak / 3.0) / math.log(weak / strong)
    assert position(3.0, weak, strong) == pytest.approx(one)
    # another unit of both extractors' FIDs changes nothing
    assert position(30.0, 10 * weak, 10 * strong) == pytest.approx(one)


def largest_of(k: int) -> float:
    """(21.13) by quadrature."""
    phi, cdf = stats.norm.pdf, stats.norm.cdf
    return integrate.quad(lambda x: x * k * phi(x) * cdf(x) ** (k - 1), -12, 12)[0]


@pytest.mark.equation("21.13")
def test_the_mean_of_the_largest_normal_number() -> None:
    assert largest_of(1) == pytest.approx(0, abs=1e-9)
    assert largest_of(2) == pytest.approx(1 / math.sqrt(math.pi))
    drawn = np.random.default_rng(5).normal(size=(100_000, 10)).max(1).mean()
    assert largest_of(10) == pytest.approx(drawn, rel=0.01)


@pytest.mark.equation("21.12", "21.14")
def test_a_chosen_public_score_flatters() -> None:
    tau, sigma, k = 0.9, 0.5, 8
    draw = np.random.default_rng(6)
    q, u = draw.normal(0, tau, (80_000, k)), draw.normal(0, sigma, (80_000, k))
    public = q + u
    rows, best = np.arange(len(q)), public.argmin(1)
    secret = q[rows, best] + draw.normal(0, sigma, len(q))
    want = reference("selection_gap")(tau, sigma, largest_of(k))
    assert (secret - public[rows, best]).mean() == pytest.approx(want, rel=0.02)
    # the share of the noise in a deviation
    share = np.polyfit(public.ravel(), u.ravel(), 1)[0]
    assert share == pytest.approx(sigma**2 / (tau**2 + sigma**2), rel=0.02)


@pytest.mark.equation("21.15")
def test_near_copies_by_counting_orders() -> None:
    n, m, r = 7, 5, 2
    ways = [
        math.comb(i + r - 1, i) * math.comb(n - i + m - r, n - i) for i in range(n + 1)
    ]
    assert sum(ways) == math.comb(n + m, n)
    draw = np.random.default_rng(7)
    samples, unseen = draw.random((60_000, n)), np.sort(draw.random((60_000, m)))
    counts = (samples < unseen[:, r - 1 : r]).sum(1)
    found = np.bincount(counts, minlength=n + 1) / len(counts)
    assert np.abs(found - np.array(ways) / sum(ways)).max() < 0.006
    want = stats.nhypergeom(n + m, n, r).pmf(np.arange(n + 1))
    assert np.allclose(np.array(ways) / sum(ways), want)


@pytest.mark.equation("21.16")
def test_a_permutation_p_value_is_valid() -> None:
    rounds, test = 9, reference("permutation_p")
    ps = []
    for seed in range(400):
        source = torch.Generator().manual_seed(seed)
        a, b = torch.randn(6, 1, generator=source), torch.randn(4, 1, generator=source)

        def gap(x: torch.Tensor, y: torch.Tensor) -> float:
            return abs(float(x.mean() - y.mean()))

        ps.append(test(a, b, gap, rounds, source))
    assert min(ps) >= 1 / (1 + rounds)
    for level in (0.1, 0.3, 0.5):
        # 400 draws: three standard errors are 0.075 at most
        assert np.mean(np.array(ps) <= level + 1e-9) <= level + 0.075
