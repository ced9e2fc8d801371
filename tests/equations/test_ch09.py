"""The displayed equations of chapter 09, denoising to coding, each by its number."""

import math

import pytest
import torch
from torch.distributions import MultivariateNormal, Normal

from aigc_course import checks, metrics, vae
from aigc_course.checks import registry
from aigc_course.vae import coding, losses


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def randn(*shape, seed=0):
    return torch.randn(*shape, generator=seeded(seed), dtype=torch.float64)


def reference(name):
    return registry.get(f"09.{name}").reference


@pytest.fixture
def joint():
    """p(x, y) of five images of three pixels and four observations: [5, 4], [5, 3]."""
    p = randn(5, 4).softmax(1) * randn(5, 1, seed=1).softmax(0)
    return p, randn(5, 3, seed=2)


def posterior_means(p, x):
    """E[x|y] for each y: [4, 3]."""
    return (p / p.sum(0)).T @ x


def squared(p, x, guess):
    """E|x - guess(y)|^2."""
    return (p * (x[:, None] - guess).square().sum(2)).sum()


@pytest.mark.equation("9.1")
def test_psnr_on_the_scale_from_0_to_1_is_that_of_the_package():
    x = torch.rand(3, 1, 28, 28, generator=seeded())
    y = (x + 0.1 * torch.randn(x.shape, generator=seeded(1))).clamp(0, 1)
    mse = (x - y).double().square().mean((1, 2, 3))
    found = metrics.psnr(vae.to_signed(y), vae.to_signed(x)).each
    assert torch.allclose(found, 10 * torch.log10(1 / mse), atol=1e-4)


@pytest.mark.equation("9.2")
def test_the_error_of_any_guess_splits_in_two(joint):
    p, x = joint
    best = posterior_means(p, x)
    for seed in range(3):
        guess = randn(4, 3, seed=10 + seed)
        own = (p.sum(0) * (best - guess).square().sum(1)).sum()
        assert torch.isclose(squared(p, x, guess), squared(p, x, best) + own)


@pytest.mark.equation("9.3", "9.4")
def test_the_mean_of_known_images_by_bayes_and_by_the_slope():
    known, y, s = randn(6, 4), randn(3, 4, seed=1).requires_grad_(), 0.9
    log_joint = Normal(known, s).log_prob(y[:, None]).sum(2) - math.log(6)  # [3, 6]
    weights = (log_joint - log_joint.logsumexp(1, keepdim=True)).exp()
    mean = (weights @ known).detach()
    assert torch.allclose(reference("posterior_mean")(y.detach(), known, s), mean)
    (slope,) = torch.autograd.grad(log_joint.logsumexp(1).sum(), y)
    assert torch.allclose(y.detach() + s**2 * slope, mean)


@pytest.mark.equation("9.5")
def test_a_draw_costs_twice_the_error_of_the_mean(joint):
    p, x = joint
    given = p / p.sum(0)  # p(x|y)
    gaps = (x[:, None] - x).square().sum(2)  # |x - x'|^2
    drawn = torch.einsum("iy,jy,ij->", p, given, gaps)
    assert torch.isclose(drawn, 2 * squared(p, x, posterior_means(p, x)))


def chain(z_given, x_given):
    """How x_h moves in one step: [4, 4], rows from, columns to."""
    return z_given @ x_given


@pytest.mark.equation("9.6")
def test_with_the_true_posterior_the_chain_keeps_the_conditional():
    """Three latents, four hidden patterns, one known part that stays."""
    prior = randn(3).softmax(0)
    hidden = randn(3, 4, seed=1).softmax(1)  # p(x_h|z)
    seen = randn(3, seed=2).sigmoid()  # p(x_o|z) of the part that is known
    weighted = (prior * seen)[:, None] * hidden  # p(z, x_h, x_o)
    right = weighted.sum(0) / weighted.sum()  # p(x_h|x_o)
    z_given = (weighted / weighted.sum(0)).T  # p(z|x_o, x_h), [4, 3]
    kept = right @ chain(z_given, hidden)
    assert torch.allclose(kept, right)
    far = torch.eye(4).double()[0]
    for _ in range(500):
        far = far @ chain(z_given, hidden)
    assert torch.allclose(far, right)
    wrong = (z_given + 0.3).div((z_given + 0.3).sum(1, keepdim=True))
    assert not torch.allclose(right @ chain(wrong, hidden), right, atol=1e-3)


@pytest.mark.equation("9.7")
def test_the_conditional_of_a_normal():
    factor, b = randn(4, 4), randn(4, seed=1)
    C = factor @ factor.T + 0.1 * torch.eye(4).double()
    gain = C[2:, :2] @ torch.linalg.inv(C[:2, :2])
    x = randn(5, 4, seed=2)
    means = b[2:] + (x[:, :2] - b[:2]) @ gain.T
    rest = C[2:, 2:] - gain @ C[:2, 2:]
    conditional = torch.stack(
        [
            MultivariateNormal(m, rest).log_prob(h)
            for m, h in zip(means, x[:, 2:], strict=True)
        ]
    )
    both = MultivariateNormal(b, C).log_prob(x)
    seen = MultivariateNormal(b[:2], C[:2, :2]).log_prob(x[:, :2])
    assert torch.allclose(conditional, both - seen)


@pytest.mark.equation("9.7")
def test_chains_in_the_linear_model_arrive_there():
    """The chapter's experiment: each moment within five standard errors."""
    model = vae.LinearGaussian(randn(4, 2), torch.zeros(4).double(), 0.5)
    seen = model.sample(1, seeded(3))[0, :2]
    C, n, g = model.covariance(), 20_000, seeded(4)
    gain = C[2:, :2] @ torch.linalg.inv(C[:2, :2])
    mean, spread = gain @ seen, (C[2:, 2:] - gain @ C[:2, 2:]).diagonal()
    x = torch.cat([seen.expand(n, 2), torch.zeros(n, 2)], 1)
    for _ in range(100):
        m, covariance = model.posterior(x)
        e = torch.randn(n, 6, generator=g, dtype=torch.float64)
        z = m + e[:, :2] @ torch.linalg.cholesky(covariance).T
        x[:, 2:] = (z @ model.W.T + model.s * e[:, 2:])[:, 2:]
    found = x[:, 2:]
    assert bool(((found.mean(0) - mean).abs() < 5 * (spread / n).sqrt()).all())
    error = spread * math.sqrt(2 / n)  # of a normal's variance
    assert bool(((found.var(0) - spread).abs() < 5 * error).all())


@pytest.mark.equation("9.8")
def test_the_expected_length_is_entropy_and_kl():
    p, q = randn(6).softmax(0), randn(6, seed=1).softmax(0)
    expected = sum(
        p[k] * reference("code_length")(torch.tensor([k]), q[None]) for k in range(6)
    )
    entropy = -(p * p.log2()).sum()
    kl = (p * (p / q).log()).sum() / math.log(2)
    assert torch.isclose(expected, entropy + kl)


@pytest.mark.equation("9.9", "9.10")
def test_push_and_pop_undo_each_other_and_agree_with_the_package():
    push, r = reference("push"), coding.PRECISION
    table = coding.frequencies(randn(5).softmax(0)).tolist()
    ends = torch.tensor(table).cumsum(0).tolist()
    x = message_x = coding.LOW
    message, symbols = coding.Message(), [3, 0, 4]
    for k in symbols:
        x = push(x, ends[k] - table[k], table[k], r)
    # one push within the package, before any byte moves to the tail
    message.push(ends[3] - table[3], table[3])
    if not message.tail:
        assert message.x == push(message_x, ends[3] - table[3], table[3], r)
    for k in reversed(symbols):
        slot = x % 2**r
        c = ends[k] - table[k]
        assert c <= slot < ends[k]
        x = table[k] * (x >> r) + slot - c
    assert x == coding.LOW


@pytest.mark.equation("9.9")
def test_a_symbol_lengthens_the_number_by_its_bits():
    x, f = 3**200, 1000
    grown = reference("push")(x, 17, f, coding.PRECISION)
    bits = math.log2(grown) - math.log2(x)
    assert math.isclose(bits, -math.log2(f / coding.TOTAL), abs_tol=1e-9)


@pytest.mark.equation("9.11")
def test_the_terms_of_the_vq_loss():
    """The nearest code; codes move by one term alone, the encoder by the other two."""
    codes = randn(4, 3).float().requires_grad_()
    e = randn(2, 5, 3, seed=1).float().requires_grad_()
    k = vae.quantise.nearest(e, codes)
    away = (e[..., None, :] - codes).square().sum(-1)
    assert torch.equal(k, away.argmin(-1))
    q, beta = codes[k], 0.25
    loss = vae.quantise.vq_loss(e, q, beta)
    squares = (e - q).square().sum((1, 2))
    assert torch.allclose(loss, (1 + beta) * squares)
    to_codes, to_e = torch.autograd.grad(loss.sum(), (codes, e))
    want = torch.zeros(4, 3).index_add_(0, k.flatten(), 2 * (q - e).flatten(0, 1))
    assert torch.allclose(to_codes, want, atol=1e-5)
    assert torch.allclose(to_e, 2 * beta * (e - q), atol=1e-6)


@pytest.mark.equation("9.12")
def test_the_priors_conditionals_multiply_to_its_probability():
    torch.manual_seed(0)
    prior = vae.CodePrior(vae.VQVAE(vae.VQNetworks(codes=4, d=2, width=2)), width=4)
    maps = torch.randint(0, 4, (3, 7, 7), generator=seeded())
    p = prior.tables(maps).double() / coding.TOTAL  # [3, 49, 4]
    assert torch.allclose(p.sum(2), torch.ones(3, 49).double())
    chosen = p.gather(2, maps.flatten(1)[..., None])[..., 0]
    assert torch.allclose(chosen.log().sum(1), prior.log_prob(maps).double(), atol=0.05)
    changed = maps.clone()
    changed.view(3, 49)[:, 20:] = 0
    assert torch.equal(prior.table(changed, 20), prior.table(maps, 20))


@pytest.mark.equation("9.13")
def test_bits_back_costs_the_elbo_and_nothing_more_with_the_true_posterior():
    model = vae.LinearGaussian(randn(3, 1), randn(3, seed=1), 0.7)
    x = model.sample(6, seeded(2))
    best = vae.best_encoder(model)  # exact, as there is one latent
    crude = vae.LinearVAE(model, 0.7 * best.A, best.log_variance + 0.3)
    for q, spread in ((best, 1e-9), (crude, None)):
        m, v = q.encode(x)
        z = losses.reparameterise(m, v, 100_000, seeded(3))
        log_q, log_pz = losses.log_normal(z, m, v), losses.log_standard_normal(z)
        bits = reference("net_bits")(q.log_likelihood(x, z), log_pz, log_q)
        error = 5 * bits.std(0) / len(bits) ** 0.5 + 1e-6
        assert bool(((bits.mean(0) + q.elbo(x) / math.log(2)).abs() < error).all())
        if spread:
            exact = -model.log_marginal(x) / math.log(2)
            assert torch.allclose(bits, exact.expand_as(bits), atol=1e-6)


def test_the_references_are_those_of_the_chapter():
    assert [e.id for e in checks.exercises("09")][:3] == [
        "09.posterior_mean",
        "09.denoising_step",
        "09.refill",
    ]
