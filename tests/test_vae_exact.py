"""The linear-Gaussian VAE, and the estimators held against it."""

import pytest
import torch
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from aigc_course import vae
from aigc_course.errors import CourseError
from aigc_course.vae import evidence, losses


@pytest.fixture
def model():
    seeded = torch.Generator().manual_seed(0)
    W, b = torch.randn(5, 3, generator=seeded, dtype=torch.float64).split([2, 1], 1)
    return vae.LinearGaussian(W, b[:, 0], 0.7)


@pytest.fixture
def rough(model):
    """An encoder that is not the best: its means are short, its variances equal."""
    A = 0.8 * vae.best_encoder(model).A
    return vae.LinearVAE(model, A, torch.full((2,), -1.0).double())


@pytest.fixture
def x(model):
    return model.sample(6, torch.Generator().manual_seed(1))


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_the_marginal_is_the_multivariate_normal(model, x):
    expected = MultivariateNormal(model.b, model.covariance()).log_prob(x)
    assert torch.allclose(model.log_marginal(x), expected)


def test_the_marginal_is_the_integral_over_latents(model, x):
    """log p(x) = log of the integral of p(x|z) p(z) dz, on a grid of z."""
    line = torch.linspace(-7, 7, 281, dtype=torch.float64)
    z = torch.cartesian_prod(line, line)[:, None].expand(-1, len(x), -1)
    log_joint = model.log_likelihood(x, z) + losses.log_standard_normal(z)
    cell = 2 * (line[1] - line[0]).log()
    assert torch.allclose(log_joint.logsumexp(0) + cell, model.log_marginal(x))


def test_the_posterior_is_bayes_rule(model, x):
    """log p(z|x) = log p(x|z) + log p(z) - log p(x) at any z."""
    mean, covariance = model.posterior(x)
    z = torch.randn(4, 6, 2, generator=seeded(), dtype=torch.float64)
    joint = model.log_likelihood(x, z) + losses.log_standard_normal(z)
    posterior = MultivariateNormal(mean, covariance).log_prob(z)
    assert torch.allclose(joint - model.log_marginal(x), posterior)


def test_samples_have_the_marginals_moments(model):
    x = model.sample(50_000, seeded())
    assert torch.allclose(x.mean(0), model.b, atol=0.04)
    assert torch.allclose(x.T.cov(), model.covariance(), atol=0.12)


def test_the_elbo_gap_is_the_kl_to_the_true_posterior(model, rough, x):
    assert torch.allclose(model.log_marginal(x) - rough.elbo(x), rough.gap(x))
    assert (rough.gap(x) > 0.01).all()


def test_the_kl_of_normals_is_the_distributions_one(model, rough, x):
    mean, log_v = rough.encode(x)
    q = MultivariateNormal(mean, torch.diag_embed(log_v.exp()))
    expected = kl_divergence(q, MultivariateNormal(*model.posterior(x)))
    assert torch.allclose(rough.gap(x), expected)


def test_no_diagonal_encoder_beats_the_best_one(model, x):
    best = vae.best_encoder(model)
    for shift in (-0.1, 0.1):
        for j in range(2):
            log_v = best.log_variance.clone()
            log_v[j] += shift
            worse = vae.LinearVAE(model, best.A, log_v)
            assert (worse.gap(x) > best.gap(x)).all()
        worse = vae.LinearVAE(model, best.A * (1 + shift), best.log_variance)
        assert (worse.gap(x) > best.gap(x)).all()


def test_the_monte_carlo_elbo_estimates_the_exact_one(rough, x):
    log_w = evidence.log_weights(rough, x, 20_000, generator=seeded())
    error = log_w.std(0) / len(log_w) ** 0.5
    assert ((log_w.mean(0) - rough.elbo(x)).abs() < 4 * error).all()
    mean, log_v = rough.encode(x)
    z = losses.reparameterise(mean, log_v, 20_000, seeded())
    kl = losses.kl_standard_normal(mean, log_v)
    closed = losses.elbo(rough.log_likelihood(x, z), kl)
    assert torch.allclose(closed, rough.elbo(x), atol=0.1)


def test_the_importance_weighted_bound_rises_with_k_towards_log_p(model, rough, x):
    log_w = evidence.log_weights(rough, x, 128 * 400, generator=seeded())
    bounds = []
    for k in (1, 2, 8, 128):
        groups = log_w.view(k, -1)  # [k, groups x images]
        bounds.append(losses.importance_weighted_bound(groups).mean())
    exactly = model.log_marginal(x).mean()
    assert abs(bounds[0] - rough.elbo(x).mean()) < 0.02
    steps = torch.stack([*bounds, exactly]).diff()
    assert (steps > 0).all() and steps[-1] < 0.03


def test_importance_sampling_agrees_with_the_exact_value(model, rough, x):
    found = vae.importance_sampled(rough, x, 5000, generator=seeded())
    exactly = model.log_marginal(x)
    assert ((found.log_p - exactly).abs() < 4 * found.errors).all()
    assert (found.errors > 1e-3).all() and found.error < found.errors.mean()
    assert abs(found.mean - exactly.mean()) < 4 * found.error
    assert (exactly - rough.elbo(x)).min() > 10 * found.errors.max()  # tells them apart


def test_the_error_bar_is_the_spread_of_repeated_estimates(rough, x):
    found = [
        vae.importance_sampled(rough, x, 200, generator=seeded(s)) for s in range(150)
    ]
    spread = torch.stack([f.log_p for f in found]).std(0)
    claimed = torch.stack([f.errors for f in found]).mean(0)
    assert torch.allclose(claimed, spread, rtol=0.3)
    overall = torch.tensor([f.mean for f in found]).std()
    assert found[0].error == pytest.approx(float(overall), rel=0.3)


def test_the_true_posterior_needs_one_sample(x):
    """q = p(z|x): every weight is p(x), so two samples are exact, with no error."""
    model = vae.ppca(x, 2)
    found = vae.importance_sampled(vae.best_encoder(model), x, 2, generator=seeded())
    assert torch.allclose(found.log_p, model.log_marginal(x))
    assert (found.errors < 1e-6).all()


def test_batches_and_chunks_bound_the_memory(rough, x, monkeypatch):
    seen = []

    class Watched:
        encode = staticmethod(rough.encode)

        @staticmethod
        def log_likelihood(x, z, labels=None):
            seen.append(z.shape[0] * z.shape[1])
            assert not torch.is_grad_enabled()
            return rough.log_likelihood(x, z)

    monkeypatch.setattr(evidence, "CHUNK", 50)
    found = vae.importance_sampled(Watched, x, 333, batch=4, generator=seeded())
    assert max(seen) <= 50 and sum(seen) == 333 * 6
    whole = evidence.log_weights(rough, x, 20_000, generator=seeded(1))
    expected = losses.importance_weighted_bound(whole)
    assert ((found.log_p - expected).abs() < 5 * found.errors).all()


def test_the_sentence_names_the_number_of_samples(rough, x):
    text = str(vae.importance_sampled(rough, x, 50, generator=seeded()))
    assert "-log p(x)" in text and "6 images" in text and "50 importance" in text


def test_one_dimension_by_hand():
    """W = 1, b = 0, s = 1: x ~ N(0, 2) and z|x ~ N(x / 2, 1/2)."""
    model = vae.LinearGaussian(torch.ones(1, 1).double(), torch.zeros(1).double(), 1.0)
    x = torch.tensor([[3.0]]).double()
    assert torch.isclose(model.log_marginal(x), Normal(0.0, 2**0.5).log_prob(x)[0])
    mean, covariance = model.posterior(x)
    assert mean.item() == pytest.approx(1.5) and covariance.item() == pytest.approx(0.5)


EYE = torch.eye(3).double()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: vae.LinearGaussian(EYE, EYE[0, :2], 1.0), r"b \[D\]"),
        (lambda: vae.LinearGaussian(EYE, EYE[0], 0.0), "above 0"),
        (lambda: vae.LinearGaussian(EYE, EYE[0], float("nan")), "above 0"),
        (lambda: vae.LinearGaussian(EYE * torch.nan, EYE[0], 1.0), "NaN"),
        (lambda: vae.LinearGaussian(EYE, EYE[0] * torch.nan, 1.0), "NaN"),
        (lambda: vae.ppca(EYE, 3), "PPCA with 3"),
        (lambda: vae.ppca(EYE, 0), "latents"),
        (lambda: vae.ppca(EYE * torch.nan, 1), "NaN"),
        (lambda: vae.ppca(EYE[:2], 1), "no noise"),
    ],
)
def test_models_that_make_no_sense_are_refused(call, words):
    with pytest.raises(CourseError, match=words):
        call()


def test_points_latents_and_encoders_that_do_not_fit_are_refused(model, rough, x):
    for bad, words in ((x[:, :3], r"\[N, 5\]"), (x * torch.nan, "NaN")):
        for call in (model.log_marginal, model.posterior, rough.encode, rough.elbo):
            with pytest.raises(CourseError, match=words):
                call(bad)
    with pytest.raises(CourseError, match=r"latents \[N, 2\]"):
        model.log_likelihood(x, torch.zeros(6, 3).double())
    with pytest.raises(CourseError, match="log-variance"):
        vae.LinearVAE(model, rough.A, torch.zeros(3).double())
    with pytest.raises(CourseError, match="from 1 up"):
        model.sample(0)


def test_what_cannot_be_estimated_is_refused(rough, x):
    with pytest.raises(CourseError, match="from 2 up"):
        vae.importance_sampled(rough, x, 1)
    with pytest.raises(CourseError, match="N = 0"):
        vae.importance_sampled(rough, x[:0], 10)
    with pytest.raises(CourseError, match="batch"):
        vae.importance_sampled(rough, x, 10, batch=0)
    broken = vae.LinearVAE(rough.model, rough.A * torch.nan, rough.log_variance)
    with pytest.raises(CourseError, match="importance weight"):
        vae.importance_sampled(broken, x, 10)
