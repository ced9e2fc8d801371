"""The VAE's step, its settings, and resuming to the bit."""

from copy import deepcopy

import pytest
import torch
from tiny_vae import pictures, tiny, weights
from torch import nn
from torch.distributions import Bernoulli, Normal, kl_divergence

from aigc_course import data, training, vae
from aigc_course.errors import CourseError
from aigc_course.training import Sampler, Trainable


@pytest.fixture
def images():
    return pictures()


def same(one, two):
    return all(map(torch.equal, weights(one), weights(two)))


def test_it_is_trainable_and_a_sampler():
    assert isinstance(tiny(), Trainable) and isinstance(tiny(), Sampler)


def written_out(networks, images, k, beta):
    """The loss with torch.distributions; draws in the order of the learner's step."""
    x = (torch.rand(images.shape) < (images + 1) / 2).float()
    mean, log_variance = networks.encoder(x)
    q, prior = Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0)
    z = q.mean + q.stddev * torch.randn(k, *mean.shape)
    logits = networks.decoder(z)
    log_px = Bernoulli(logits=logits).log_prob(x).sum((-3, -2, -1))
    if k == 1:
        return (-log_px + beta * kl_divergence(q, prior).sum(-1)).mean()
    log_w = log_px + beta * (prior.log_prob(z) - q.log_prob(z)).sum(-1)
    return -log_w.double().exp().mean(0).log().mean()  # e^-540 is 0 in float32


@pytest.mark.parametrize(("k", "beta"), [(1, 1.0), (1, 4.0), (5, 1.0), (5, 0.5)])
def test_the_step_is_the_algorithm_written_out(images, k, beta):
    model, oracle = (tiny(samples=k, beta=beta) for _ in range(2))
    torch.manual_seed(7)
    values = model.step(images)
    torch.manual_seed(7)
    loss = written_out(oracle.networks, images, k, beta)
    assert torch.isclose(values["loss"], loss.float(), rtol=1e-6)
    optimizer = torch.optim.Adam(oracle.networks.parameters(), 1e-3)
    loss.backward()
    for mine, theirs in zip(
        model.networks.parameters(), oracle.networks.parameters(), strict=True
    ):
        assert torch.allclose(mine.grad, theirs.grad, atol=1e-4)
    optimizer.step()
    for mine, theirs in zip(weights(model), weights(oracle), strict=True):
        assert (mine - theirs).abs().mean() < 1e-6


def test_the_step_reports_its_parts(images):
    values = tiny(beta=3.0).step(images)
    assert list(values) == ["loss", "reconstruction", "KL", "active"]
    for value in values.values():
        assert value.isfinite() and value.dim() == 0 and not value.requires_grad
    parts = values["reconstruction"] + 3 * values["KL"]
    assert torch.isclose(values["loss"], parts)


def test_free_bits_raise_the_loss_to_their_floor(images):
    model = tiny(free_bits=2.0)
    values = model.step(images)
    # an untrained encoder spends less than 2 nats on each of 3 latents
    assert values["KL"] < 6
    assert torch.isclose(values["loss"], values["reconstruction"] + 6)


@pytest.mark.parametrize("samples", [1, 3])
def test_the_kl_warms_up(images, samples):
    model, seen = tiny(beta=2.0, kl_warmup=0.5, samples=samples), {}
    for progress in (0.0, 0.25, 0.5, 1.0):
        model.anneal(progress)
        seen[progress] = model.weight
    assert seen == {0.0: 0.0, 0.25: 1.0, 0.5: 2.0, 1.0: 2.0}
    model.anneal(0.0)
    values = model.step(images)
    if samples == 1:
        assert torch.isclose(values["loss"], values["reconstruction"])
    else:  # the mean of exp is above exp of the mean
        assert values["loss"] < values["reconstruction"]


def test_without_warm_up_the_weight_is_beta_at_once():
    model = tiny(beta=3.0)
    assert model.weight == 3.0
    model.anneal(0.0)
    assert model.weight == 3.0


def test_the_learning_rate_holds_and_falls():
    model = tiny(lr=2.0, decay_start=0.5, final_lr_factor=0.1)
    for progress, factor in {0.0: 1.0, 0.5: 1.0, 0.75: 0.55, 1.0: 0.1}.items():
        model.anneal(progress)
        rate = model.descent.adam.param_groups[0]["lr"]
        assert rate == pytest.approx(2 * factor)


def test_clipping_bounds_the_gradient(images):
    model = tiny(max_grad_norm=0.5)
    model.step(images)
    norms = [p.grad.norm() for p in model.networks.parameters()]
    assert float(torch.stack(norms).norm()) == pytest.approx(0.5, rel=1e-3)


def test_pixels_are_drawn_anew_for_bernoulli_and_kept_for_others(images):
    model = tiny()
    one, two = model.observe(images), model.observe(images)
    assert set(one.unique().tolist()) == {0.0, 1.0} and not torch.equal(one, two)
    for other in (tiny(likelihood="gaussian"), tiny(binarised=False)):
        assert torch.equal(other.observe(images), vae.to_unit(images))


def test_a_learned_deviation_is_trained(images):
    model = tiny(likelihood=vae.Gaussian(learned=True))
    before = float(model.networks.observation.log_variance.detach())
    model.step(images)
    assert float(model.networks.observation.log_variance.detach()) != before


def test_labels_reach_the_networks(images):
    labels = torch.arange(8)
    losses = []
    for batch in ((images, labels), (images, labels.flip(0)), (images, labels)):
        model = tiny(classes=10)
        torch.manual_seed(1)
        losses.append(model.step(batch)["loss"])
    assert losses[0] == losses[2] != losses[1]
    with pytest.raises(CourseError, match="with labels"):
        tiny(classes=10).step(images)
    with pytest.raises(CourseError, match="without labels"):
        tiny().step((images, labels))


def digits():
    return data.batches(data.load("digits"), 32)


@pytest.mark.parametrize("samples", [1, 2])
def test_a_resumed_run_ends_with_the_same_bits(tmp_path, samples):
    def run(budget, model, **more):
        budget = training.Budget(steps=budget)
        return training.fit(model, digits(), budget, progress=False, **more)

    settings = {
        "samples": samples,
        "kl_warmup": 0.8,
        "decay_start": 0.3,
        "final_lr_factor": 0.1,
        "ema": 300,
    }
    whole, again = tiny(**settings), tiny(**settings)
    training.seed_everything(0)
    run(40, whole)

    def stop(step, pictures):
        if step >= 20:
            raise KeyError

    half, file = tiny(**settings), tmp_path / "c.pt"
    training.seed_everything(0)
    with pytest.raises(KeyError):
        run(40, half, checkpoint=file, save_seconds=0, on_picture=stop)
    training.seed_everything(9)
    history = run(40, again, checkpoint=file, resume=True)
    assert same(whole, again) and not same(whole, half)
    for one, two in zip(
        whole.descent.ema.average, again.descent.ema.average, strict=True
    ):
        assert torch.equal(one, two)
    assert whole.weight == again.weight and history.rows[-1]["step"] == 40


def test_state_goes_round_without_anneal(images):
    model, other = tiny(kl_warmup=0.5), tiny(kl_warmup=0.5)
    model.anneal(0.2)
    model.step(images)
    other.load_state_dict(deepcopy(model.state_dict()))
    for m in (model, other):
        torch.manual_seed(1)
        m.step(images)
    assert same(model, other) and model.weight == other.weight == pytest.approx(0.4)


def test_another_models_state_is_refused(images):
    with pytest.raises(RuntimeError, match="size mismatch"):
        tiny(classes=10).load_state_dict(tiny().state_dict())
    with pytest.raises(KeyError):
        tiny(ema=100).load_state_dict(tiny().state_dict())


def test_it_learns(images):
    model = tiny(lr=1e-2)
    history = training.fit(model, digits(), training.Budget(steps=60), progress=False)
    assert history.status == "finished"
    assert history.rows[-1]["loss"] < 0.5 * history.rows[0]["loss"]


def test_a_step_without_gradients_is_refused(images):
    with torch.no_grad(), pytest.raises(CourseError, match="no_grad"):
        tiny().step(images)


def test_a_diverged_network_reaches_the_loss_and_stops_the_training():
    model = tiny()
    nn.init.constant_(model.networks.encoder.head[0].weight, torch.nan)
    history = training.fit(model, digits(), training.Budget(steps=20), progress=False)
    assert history.status == "diverged"


def test_the_learning_rate_rises_over_the_first_images(images):
    model, rates = tiny(lr=2.0, lr_warmup=32), []
    for _ in range(6):
        model.anneal(0.0)
        rates.append(model.descent.adam.param_groups[0]["lr"])
        model.step(images)  # 8 of them
    assert rates == pytest.approx(
        [2 * s for s in (1 / 32, 9 / 32, 17 / 32, 25 / 32)] + [2, 2]
    )
    other = tiny(lr=2.0, lr_warmup=32)
    other.load_state_dict(deepcopy(model.state_dict()))
    other.anneal(0.0)
    assert other.descent.adam.param_groups[0]["lr"] == 2.0
