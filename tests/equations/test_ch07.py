"""The displayed equations of chapter 07, likelihood to FID, each by a number."""

import math

import pytest
import torch
from torch.distributions import MultivariateNormal, Normal

from aigc_course import metrics


def randn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).double()


def covariance(d, seed=0):
    factor = randn(d, d + 1, seed=seed)
    return factor @ factor.T / d


def root(matrix):
    w, v = torch.linalg.eigh(matrix)
    return (v * w.clamp(min=0).sqrt()) @ v.T


def log_window(x, centres, sigma):
    squared = torch.cdist(x, centres).square()
    norm = x.shape[1] / 2 * math.log(2 * math.pi * sigma**2)
    return (-squared / (2 * sigma**2) - norm).logsumexp(1) - math.log(len(centres))


@pytest.mark.equation("7.1")
def test_expected_log_likelihood_is_minus_entropy_minus_kl():
    x = torch.linspace(-20, 20, 40_001, dtype=torch.float64)
    p, q = Normal(0.5, 1.2), Normal(-0.3, 2.0)

    def mean(values):  # E_p by quadrature
        return torch.trapezoid(p.log_prob(x).exp() * values, x)

    kl = torch.distributions.kl_divergence(p, q)
    assert torch.isclose(mean(q.log_prob(x)), (-p.entropy() - kl).double())


@pytest.mark.equation("7.2")
@pytest.mark.parametrize("delta", [0.0, 0.3])
def test_log_density_of_a_thin_sheet(delta):
    """Subtract the two terms that run away; what is left must settle."""
    D, d = 5, 2
    W = torch.zeros(D, d, dtype=torch.float64)
    W[:d] = randn(d, d) + 2 * torch.eye(d)
    x = torch.cat([W[:d] @ randn(d, seed=1), torch.zeros(D - d)]).double()
    x[-1] = delta  # off the sheet, at right angles to it
    rest = []
    for sigma in (3e-2, 1e-2, 3e-3):
        S = W @ W.T + sigma**2 * torch.eye(D)
        inverse = torch.linalg.inv(S)
        log_q = -0.5 * (x @ inverse @ x + torch.logdet(S) + D * math.log(2 * math.pi))
        run_away = -(delta**2) / (2 * sigma**2) - (D - d) * math.log(sigma)
        rest.append(float(log_q - run_away))
    assert abs(rest[1] - rest[0]) < 0.01 and abs(rest[2] - rest[1]) < 0.01
    assert abs(rest[2]) < 20


@pytest.mark.equation("7.3")
def test_parzen_window_is_a_mixture_of_normals():
    x, centres, sigma = randn(4, 3), randn(6, 3, seed=1), 0.7
    eye = sigma**2 * torch.eye(3).double()
    parts = [MultivariateNormal(c, eye).log_prob(x).exp() for c in centres]
    mean = torch.stack(parts).mean(0)
    assert torch.allclose(log_window(x, centres, sigma), mean.log())


@pytest.mark.equation("7.4")
def test_a_mixture_with_noise_loses_at_most_log_alpha():
    x = torch.linspace(-8, 8, 1001, dtype=torch.float64)
    p, noise = Normal(0.0, 1.0), Normal(5.0, 0.5)
    alpha = 0.01
    mixed = (alpha * p.log_prob(x).exp() + (1 - alpha) * noise.log_prob(x).exp()).log()
    loss = p.log_prob(x) - mixed
    assert loss.max() <= -math.log(alpha) + 1e-9
    assert math.isclose(loss.max(), math.log(100), abs_tol=1e-3)
    assert round(math.log(100), 2) == 4.61


def probabilities(n=50, k=7):
    return (3 * randn(n, k)).softmax(1)


@pytest.mark.equation("7.5")
def test_inception_score_is_the_exponential_of_a_mean_divergence():
    p = probabilities()
    marginal = p.mean(0)
    divergences = [(row * (row / marginal).log()).sum() for row in p]
    by_hand = torch.stack(divergences).mean().exp()
    assert math.isclose(metrics.inception_score(p), by_hand, rel_tol=1e-9)


@pytest.mark.equation("7.6")
def test_inception_score_by_entropies_and_its_bounds():
    p = probabilities()

    def entropy(q):
        return -(q * q.log()).sum(-1)

    information = entropy(p.mean(0)) - entropy(p).mean()
    assert math.isclose(math.log(metrics.inception_score(p)), information)
    for seed in range(20):
        q = (5 * randn(9, 4, seed=seed)).softmax(1)
        assert 1 <= metrics.inception_score(q) <= 4
    assert math.isclose(metrics.inception_score(torch.eye(4)), 4)
    assert math.isclose(metrics.inception_score(torch.full((5, 4), 0.25)), 1)


@pytest.mark.equation("7.7", "7.10", "7.12")
def test_the_map_carries_one_gaussian_to_the_other_and_nothing_does_it_cheaper():
    d = 3
    mu, nu = randn(d), randn(d, seed=1)
    S, T = covariance(d, 2), covariance(d, 3)
    half = root(S)
    A = half.inverse() @ root(half @ T @ half) @ half.inverse()
    # y = nu + A (x - mu) has covariance A S A^T
    assert torch.allclose(A, A.T) and torch.allclose(A @ S @ A.T, T)
    # E|x - y|^2 of this coupling, exactly
    way = (mu - nu).square().sum() + (
        (A - torch.eye(d)) @ S @ (A - torch.eye(d)).T
    ).trace()
    closed = (mu - nu).square().sum() + (S + T - 2 * root(half @ T @ half)).trace()
    assert math.isclose(way, closed) and math.isclose(
        metrics.frechet(mu, S, nu, T), closed
    )
    # other linear couplings: y = nu + T^1/2 Q S^-1/2 (x - mu), Q any rotation
    for seed in range(50):
        q = torch.linalg.qr(randn(d, d, seed=seed)).Q
        B = root(T) @ q @ half.inverse()
        assert torch.allclose(B @ S @ B.T, T)
        gap = B - torch.eye(d)
        assert (mu - nu).square().sum() + (gap @ S @ gap.T).trace() >= closed - 1e-9


@pytest.mark.equation("7.7")
def test_the_best_pairing_of_samples_tends_to_the_distance():
    """On a line the best coupling of two samples pairs them in order."""
    n = 200_000
    x, y = randn(n) * 2 + 1, randn(n, seed=1) * 0.5 - 1
    sorted_way = (x.sort().values - y.sort().values).square()
    unsorted_way = (x - y).square()
    exact = (1 - -1) ** 2 + (2 - 0.5) ** 2
    assert abs(sorted_way.mean() - exact) < 0.05
    assert unsorted_way.mean() > exact + 1


@pytest.mark.equation("7.8")
def test_mean_square_of_the_way_by_the_cross_covariance():
    n, d = 400_000, 3
    joint = randn(n, 2 * d) @ randn(2 * d, 2 * d, seed=1)
    x, y = joint[:, :d] + 1, joint[:, d:] - 0.5
    everything = torch.cov(torch.cat([x, y], 1).T, correction=0)
    S, T, C = everything[:d, :d], everything[d:, d:], everything[:d, d:]
    by_hand = (x.mean(0) - y.mean(0)).square().sum() + (S + T - 2 * C).trace()
    # with moments of the sample itself the identity is exact
    assert torch.isclose((x - y).square().sum(1).mean(), by_hand)


@pytest.mark.equation("7.9")
def test_the_greatest_trace_of_a_cross_covariance():
    d = 4
    S, T = covariance(d, 5), covariance(d, 6)
    bound = root(root(S) @ T @ root(S)).trace()
    for seed in range(100):
        K = randn(d, d, seed=seed)
        K = K / torch.linalg.matrix_norm(K, 2)  # stretches nothing
        C = root(S) @ K @ root(T)
        block = torch.cat([torch.cat([S, C], 1), torch.cat([C.T, T], 1)])
        assert torch.linalg.eigvalsh(block).min() > -1e-9
        assert C.trace() <= bound + 1e-9
    u, _, v = torch.linalg.svd(root(T) @ root(S))
    assert torch.isclose((root(S) @ (v.T @ u.T) @ root(T)).trace(), bound)


@pytest.mark.equation("7.11")
def test_one_dimension():
    one = torch.ones(1).double()
    for mu, sigma, nu, tau in ((0.3, 2.0, -1.0, 0.5), (0, 1, 0, 4), (2, 3, 5, 3)):
        found = metrics.frechet(
            mu * one, sigma**2 * one[None], nu * one, tau**2 * one[None]
        )
        assert math.isclose(found, (mu - nu) ** 2 + (sigma - tau) ** 2)


@pytest.mark.equation("7.13")
def test_the_mean_of_n_misses_by_the_trace_over_n():
    d, n, draws = 3, 20, 20_000
    S = covariance(d, 7)
    x = randn(draws, n, d) @ root(S)  # mean 0
    missed = x.mean(1).square().sum(1)
    error = missed.std() / math.sqrt(draws)
    assert abs(missed.mean() - S.trace() / n) < 4 * error < 0.05 * S.trace() / n


@pytest.mark.equation("7.14")
def test_fid_lies_on_a_line_over_one_over_n():
    """Means of FID_n against the exact Gaussian, at four n, follow one line."""
    d, gaussian = 4, metrics.Gaussian(torch.zeros(4).double(), torch.eye(4).double())
    sizes, draws, means, errors = (100, 200, 400, 800), 300, [], []
    for size in sizes:
        fits = [metrics.Gaussian.fit(randn(size, d, seed=s)) for s in range(draws)]
        fids = torch.tensor(
            [
                metrics.frechet(
                    f.mean, f.covariance, gaussian.mean, gaussian.covariance
                )
                for f in fits
            ]
        )
        means.append(float(fids.mean()))
        errors.append(float(fids.std()) / math.sqrt(draws))
    # b = d + d (d + 1) / 4 for equal Gaussians with S = I, FID_inf = 0
    b = d + d * (d + 1) / 4
    for size, mean, error in zip(sizes, means, errors, strict=True):
        assert abs(mean - b / size) < 4 * error + 2 * d**2 / size**2
