"""The displayed equations of chapter 17, each by its number."""

import itertools
import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import beta, binom, norm
from torch import nn
from torch.nn import functional as F

from aigc_course import energy, privacy
from aigc_course.checks import registry
from aigc_course.metrics import shares
from aigc_course.theory import collapse


def reference(name):
    return registry.get(f"17.{name}").reference


def judge(classes: int, seed: int = 1) -> torch.Tensor:
    """A confusion matrix with rows of true classes, float64."""
    g = torch.Generator().manual_seed(seed)
    rows = torch.rand(classes, classes, generator=g, dtype=torch.float64)
    rows += 4 * torch.eye(classes)
    return rows / rows.sum(1, keepdim=True)


@pytest.mark.equation("17.1")
def test_shares_read_are_mixed_and_unmixed() -> None:
    A, p = judge(4), torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64)
    g = torch.Generator().manual_seed(2)
    true = torch.multinomial(p, 200_000, replacement=True, generator=g)
    read = torch.multinomial(A[true], 1, generator=g)[:, 0].bincount(minlength=4)
    q = read.double() / read.sum()
    torch.testing.assert_close(q, A.T @ p, atol=0.004, rtol=0)
    torch.testing.assert_close(reference("corrected_shares")(A.T @ p, A), p)


@pytest.mark.equation("17.2")
def test_covariance_of_corrected_shares() -> None:
    A, p, n, m = judge(3), np.array([0.2, 0.3, 0.5]), 2000, 700
    rows, q = A.numpy(), A.T.numpy() @ p
    B = np.linalg.inv(rows.T)
    inner = (np.diag(q) - np.outer(q, q)) / n
    for share, a in zip(p, rows, strict=True):
        inner += share**2 * (np.diag(a) - np.outer(a, a)) / m
    rng, found = np.random.default_rng(3), []
    for _ in range(4000):
        seen = rng.multinomial(n, q) / n
        judged = np.stack([rng.multinomial(m, a) / m for a in rows])
        found.append(np.linalg.solve(judged.T, seen))
    want = B @ inner @ B.T
    np.testing.assert_allclose(np.cov(np.array(found).T), want, atol=0.06 * want.max())
    counts = torch.from_numpy(np.round(rows * m)).long()
    seen = shares.corrected_shares(torch.from_numpy(np.round(q * n)).long(), counts)
    np.testing.assert_allclose(seen.covariance, want, atol=0.05 * want.max())


@pytest.mark.equation("17.3")
def test_variance_of_data_that_accumulate() -> None:
    rng, n, chains = np.random.default_rng(4), 5, 40_000
    kept = rng.normal(size=(chains, n))
    for k in range(1, 5):
        mean, deviation = kept.mean(1, keepdims=True), kept.std(1, keepdims=True)
        want = reference("accumulated_variance")(n, k)
        assert np.mean(deviation**2) == pytest.approx(want, abs=0.012)
        assert collapse.expected_variance(n, k, accumulate=True)[k] == pytest.approx(
            want
        )
        kept = np.hstack([kept, mean + deviation * rng.normal(size=(chains, n))])


@pytest.mark.equation("17.4")
def test_limit_by_eulers_product() -> None:
    for n, told in ((10, 0.843), (100, 0.984)):
        x = math.pi / math.sqrt(n)
        product = reference("accumulated_variance")(n, 50_000)
        assert math.sin(x) / x == pytest.approx(product, rel=1e-5)
        assert collapse.limit(n) == pytest.approx(product, rel=1e-5)
        assert round(product, 3) == told


@pytest.mark.equation("17.5")
def test_variety_is_lost_by_chance() -> None:
    rng, n, start = np.random.default_rng(5), 20, np.array([0.05, 0.25, 0.7])
    p = np.tile(start, (20_000, 1))
    for t in range(6):
        diversity = (1 - (p**2).sum(1)).mean()
        want = (1 - 1 / n) ** t * (1 - (start**2).sum())
        assert diversity == pytest.approx(want, abs=0.006)
        p = rng.multinomial(n, p) / n
        if t == 0:
            assert (p[:, 0] == 0).mean() == pytest.approx(0.95**n, abs=0.012)
    np.testing.assert_allclose(p.mean(0), start, atol=0.01)


@pytest.mark.equation("17.6")
def test_members_found_at_few_accusations() -> None:
    g = torch.Generator().manual_seed(6)
    members = torch.randn(4000, generator=g).double() + 1
    others = torch.randn(4000, generator=g).double()
    accused = others.sort().values
    found = max(
        float((members >= t).double().mean())
        for t in torch.cat([members, others])
        if float((others >= t).double().mean()) <= 0.01
    )
    assert privacy.tpr_at(members, others, 0.01) == pytest.approx(found, abs=1e-3)
    assert found == pytest.approx(norm.cdf(norm.ppf(0.01) + 1), abs=0.02)
    assert len(accused) == 4000


@pytest.mark.equation("17.7")
def test_ratio_of_two_normal_densities() -> None:
    g = torch.Generator().manual_seed(7)
    scores = torch.randn(6, 4, generator=g, dtype=torch.float64)
    member = torch.arange(6)[:, None].expand(6, 4) % 2 == 0
    score = torch.randn(4, generator=g, dtype=torch.float64)
    logs = []
    for group in (scores[::2], scores[1::2]):
        mean = group.mean(0)
        deviation = float((group - mean).square().mean().sqrt())
        logs.append(norm.logpdf(score, mean, deviation))
    found = reference("likelihood_ratio")(score, scores, member)
    np.testing.assert_allclose(found, logs[0] - logs[1])


def excess(epsilon: float, mu: float) -> float:
    """sup over S of P(S) - e^epsilon Q(S) of N(mu, 1) and N(0, 1), by quadrature."""

    def part(x: float) -> float:
        return max(0.0, norm.pdf(x, mu) - math.exp(epsilon) * norm.pdf(x))

    start = epsilon / mu + mu / 2  # where the difference becomes positive
    return quad(part, start, start + 40)[0]


@pytest.mark.equation("17.8", "17.10")
def test_delta_of_normal_noise() -> None:
    rng = np.random.default_rng(8)
    for epsilon, mu in ((0.5, 1.0), (1.0, 0.6), (3.0, 1.5)):
        delta = norm.cdf(mu / 2 - epsilon / mu)
        delta -= math.exp(epsilon) * norm.cdf(-mu / 2 - epsilon / mu)
        assert delta == pytest.approx(excess(epsilon, mu), rel=1e-6)
        assert privacy.gaussian_delta(epsilon, mu) == pytest.approx(delta)
        for _ in range(200):  # no set of outcomes breaks the promise
            low, high = np.sort(rng.normal(mu, 2, 2))
            p = norm.cdf(high, mu) - norm.cdf(low, mu)
            q = norm.cdf(high) - norm.cdf(low)
            assert p <= math.exp(epsilon) * q + delta + 1e-12
    sigma = reference("gaussian_sigma")(1.0, 1e-5, 2.0)
    assert privacy.gaussian_delta(1.0, 2.0 / sigma) == pytest.approx(1e-5, rel=1e-3)


@pytest.mark.equation("17.9")
def test_best_test_of_two_normal_distributions() -> None:
    rng, mu = np.random.default_rng(9), 0.8
    outside, inside = rng.normal(size=200_000), rng.normal(mu, size=200_000)
    for alpha in (0.01, 0.1):
        threshold = np.quantile(outside, 1 - alpha)
        want = norm.cdf(norm.ppf(alpha) + mu)
        assert (inside >= threshold).mean() == pytest.approx(want, abs=0.005)


@pytest.mark.equation("17.11")
def test_releases_together() -> None:
    releases = [(None, 1.0, 4.0), (3, 2.0, 5.0), (3, 1.0, 2.0), (7, 1.0, 2.0)]
    mu = reference("compose")(releases)
    assert mu == pytest.approx(math.sqrt(0.25**2 + 0.4**2 + 0.5**2))
    # a person of class 3 moves three standard normal numbers: best is their direction
    move = np.array([0.25, 0.4, 0.5])
    noise = np.random.default_rng(10).normal(size=(200_000, 3))
    outside, inside = noise @ move, (noise + move) @ move
    found = (inside >= np.quantile(outside, 0.95)).mean()
    assert found == pytest.approx(norm.cdf(norm.ppf(0.05) + mu), abs=0.005)


@pytest.mark.equation("17.12")
def test_sensitivity_of_three_sums() -> None:
    g = torch.Generator().manual_seed(11)
    p = F.normalize(torch.randn(50, 6, generator=g, dtype=torch.float64), dim=1)
    p *= torch.rand(50, 1, generator=g, dtype=torch.float64)
    lengths = p.norm(dim=1)
    squares = torch.einsum("ni,nj->nij", p, p).flatten(1).square().sum(1)
    torch.testing.assert_close(squares, lengths**4)
    whole = 1 + lengths**2 + squares
    assert float(whole.max()) <= 3
    zero = tuple(torch.zeros(s, dtype=torch.float64) for s in ((), (6,), (6, 6)))
    n, mean, covariance = reference("private_moments")(p, 1.0, 1.0, zero)
    assert float(n) == 50
    torch.testing.assert_close(covariance, torch.cov(p.T, correction=0))
    torch.testing.assert_close(mean, p.mean(0))


def squared(weights, x, y):
    return ((weights["w"] @ x - y) ** 2).sum()


@pytest.mark.equation("17.13")
def test_step_of_dp_sgd() -> None:
    g = torch.Generator().manual_seed(12)
    weights = {"w": torch.randn(2, 3, generator=g, dtype=torch.float64)}
    x = torch.randn(5, 3, generator=g, dtype=torch.float64)
    y = torch.randn(5, 2, generator=g, dtype=torch.float64)
    xi = {"w": torch.randn(2, 3, generator=g, dtype=torch.float64)}
    each = 2 * torch.einsum("no,ni->noi", x @ weights["w"].T - y, x)
    factor = (1.5 / each.flatten(1).norm(dim=1)).clamp(max=1)
    want = ((factor[:, None, None] * each).sum(0) + 0.7 * 1.5 * xi["w"]) / 8
    step = reference("private_gradient")(squared, weights, x, y, 1.5, 0.7, 8.0, xi)
    torch.testing.assert_close(step["w"], want)


@pytest.mark.equation("17.14")
def test_loss_of_a_random_batch() -> None:
    q, s = 0.1, 1.3
    x = np.linspace(-4, 5, 50)
    mixed = (1 - q) * norm.pdf(x, 0, s) + q * norm.pdf(x, 1, s)
    loss = np.log(1 - q + q * np.exp((2 * x - 1) / (2 * s**2)))
    np.testing.assert_allclose(np.log(mixed / norm.pdf(x, 0, s)), loss)


@pytest.mark.equation("17.15")
def test_delta_of_finitely_many_outcomes() -> None:
    p, q = [0.5, 0.3, 0.2], [0.35, 0.25, 0.4]
    for epsilon in (0.0, 0.2, 0.5):
        outcomes = range(3)
        subsets = itertools.chain.from_iterable(
            itertools.combinations(outcomes, r) for r in range(4)
        )
        worst = max(
            max(
                sum(a[o] for o in s) - math.exp(epsilon) * sum(b[o] for o in s)
                for a, b in ((p, q), (q, p))
            )
            for s in map(tuple, list(subsets))
        )
        assert reference("delta_after")(p, q, 1, epsilon) == pytest.approx(worst)
    # of a random batch, by a fine grid of outcomes, for one step
    rate, s = 0.2, 1.0
    ends = np.linspace(-9, 10, 4001)
    without = np.diff(norm.cdf(ends, 0, s))
    within = (1 - rate) * without + rate * np.diff(norm.cdf(ends, 1, s))
    found = reference("delta_after")(within.tolist(), without.tolist(), 1, 0.3)
    assert privacy.subsampled_delta(s, rate, 1, 0.3) == pytest.approx(found, rel=0.01)


@pytest.mark.equation("17.16", "17.17")
def test_right_guesses_bound_epsilon() -> None:
    epsilon, guesses = 1.0, 60
    # randomised response is the mechanism that is easiest to guess
    p = math.exp(epsilon) / (1 + math.exp(epsilon))
    rng = np.random.default_rng(13)
    right = (rng.random((20_000, guesses)) < p).sum(1)
    for v in (40, 45, 50):
        assert (right >= v).mean() <= binom.sf(v - 1, guesses, p) + 0.01
    proved = np.array(
        [reference("audited_epsilon")(r, guesses, 0.95) for r in range(61)]
    )
    assert (proved[right] > epsilon).mean() <= 0.05 + 0.005
    low = beta.ppf(0.05, 45, 16)
    assert binom.sf(44, guesses, low) == pytest.approx(0.05)
    assert reference("audited_epsilon")(45, 60, 0.95) == pytest.approx(
        math.log(low / (1 - low))
    )
    assert privacy.audited_epsilon(45, 60) == pytest.approx(math.log(low / (1 - low)))


@pytest.mark.equation("17.18")
def test_weighted_average_of_clients() -> None:
    updates = [{"w": torch.tensor([1.0, 2.0])}, None, {"w": torch.tensor([4.0, -1.0])}]
    found = reference("fed_average")(updates, [30, 100, 10])["w"]
    torch.testing.assert_close(found, torch.tensor([1.75, 1.25]))


@pytest.mark.equation("17.19")
def test_picture_in_a_gradient() -> None:
    torch.manual_seed(14)
    first, second = nn.Linear(20, 7).double(), nn.Linear(7, 3).double()
    x = torch.rand(20, dtype=torch.float64)
    outputs = first(x)
    outputs.retain_grad()
    F.cross_entropy(second(F.relu(outputs))[None], torch.tensor([2])).backward()
    slope = outputs.grad
    assert slope is not None and first.weight.grad is not None
    torch.testing.assert_close(first.weight.grad, slope[:, None] * x)
    torch.testing.assert_close(first.bias.grad, slope)
    found = reference("picture_from_gradient")(first.weight.grad, first.bias.grad)
    torch.testing.assert_close(found, x)


@pytest.mark.equation("17.20")
def test_masks_cancel_and_hide() -> None:
    g = torch.Generator().manual_seed(15)
    updates = [torch.full((4000,), 7) for _ in range(4)]
    pairs = itertools.combinations(range(4), 2)
    masks = {pair: torch.randint(0, 2**32, (4000,), generator=g) for pair in pairs}
    sent = []
    for k in range(4):
        own = {sum(pair) - k: m for pair, m in masks.items() if k in pair}
        sent.append(reference("masked_update")(k, updates[k], own))
    total = torch.stack(sent).sum(0) % 2**32
    assert torch.equal(total, torch.stack(updates).sum(0))
    # each alone is uniform: its mean is half of the modulus
    mean = sent[0].double().mean() / 2**32
    assert float(mean) == pytest.approx(0.5, abs=4 * 0.2887 / math.sqrt(4000))


@pytest.mark.equation("17.21")
def test_energy_for_pictures_and_points() -> None:
    used = energy.Used(watts=10.0, joules=50.0, seconds=4.0, cpu_seconds=5.0)
    assert energy.per_pictures(used, 2500) == pytest.approx(1000 * 50 / 2500)
    assert energy.per_fid_point(used, 12.0, 2.0) == pytest.approx(50 / 10)
    # a counter that is read while the power changes adds up its integral
    t = np.linspace(0, 4, 4001)
    power = 10 + 5 * np.sin(t)
    counted = np.concatenate(
        [[0], np.cumsum((power[1:] + power[:-1]) / 2 * np.diff(t))]
    )
    readings = [int(1e6 * e) % 30_000_000 for e in counted[::100]]
    found = reference("joules")(readings, 30_000_000 - 1)
    assert found == pytest.approx(40 + 5 * (1 - math.cos(4)), rel=1e-4)
