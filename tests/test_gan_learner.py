"""The alternating step: who learns when, and what the regulariser hook sees."""

from copy import deepcopy

import pytest
import torch
from torch import nn

from aigc_course import gan, training
from aigc_course.errors import CourseError
from aigc_course.gan.health import collapsed, discriminator_won
from aigc_course.training import Evidence


def tiny(**settings):
    training.seed_everything(0)
    flat = [nn.Linear(4, 784), nn.Tanh(), nn.Unflatten(1, (1, 28, 28))]
    generator = gan.Generator(4, flat)
    discriminator = gan.Discriminator([nn.Flatten(), nn.Linear(784, 1)])
    return gan.GAN(generator, discriminator, **settings)


@pytest.fixture
def real():
    seeded = torch.Generator().manual_seed(3)
    return torch.rand(8, 1, 28, 28, generator=seeded) * 2 - 1


def copy(network):
    return [p.detach().clone() for p in network.parameters()]


def changed(before, network):
    return [
        not torch.equal(a, b) for a, b in zip(before, network.parameters(), strict=True)
    ]


@pytest.mark.parametrize("loss", gan.losses.GAMES)
def test_both_networks_learn_in_every_game(loss, real):
    model = tiny(loss=loss)
    before_g, before_d = copy(model.generator), copy(model.discriminator)
    values = model.step(real)
    assert all(changed(before_g, model.generator))
    # hinge, Wasserstein and relativistic losses do not see a bias of D
    assert changed(before_d, model.discriminator)[0]
    assert set(values) == {"D", "G", "D(x)", "D(G(z))"}
    assert all(value.isfinite() and value.dim() == 0 for value in values.values())


def test_each_phase_updates_its_own_network(real):
    model = tiny(lr=(0.0, 1e-3))
    before = copy(model.generator)
    model.step(real)
    assert not any(changed(before, model.generator))
    model = tiny(lr=(1e-3, 0.0))
    before = copy(model.discriminator)
    model.step(real)
    assert not any(changed(before, model.discriminator))


def test_the_step_is_the_algorithm_written_out(real):
    """One step against the two updates written with plain torch."""
    model, oracle = tiny(lr=1e-3), tiny(lr=1e-3)
    torch.manual_seed(7)
    model.step(real)
    torch.manual_seed(7)
    g, d = oracle.generator, oracle.discriminator
    bce = nn.functional.binary_cross_entropy_with_logits
    fake, ones = g(torch.randn(8, 4)), torch.ones(8, 1)
    for network, loss in (
        (d, lambda: bce(d(real), ones) + bce(d(fake.detach()), 0 * ones)),
        (g, lambda: bce(d(fake), ones)),
    ):
        optimizer = torch.optim.Adam(network.parameters(), 1e-3, (0.5, 0.999))
        network.zero_grad()
        loss().backward(inputs=list(network.parameters()))
        optimizer.step()
    for mine, theirs in ((model.generator, g), (model.discriminator, d)):
        for a, b in zip(mine.parameters(), theirs.parameters(), strict=True):
            assert torch.allclose(a, b, atol=1e-7)


def test_regularisers_add_to_the_discriminators_loss(real):
    seen = []

    def penalty(discriminator, real_images, fake_images):
        seen.append((real_images.shape, fake_images.requires_grad))
        return torch.tensor(10.0)

    plain, penalised = tiny(), tiny(regularisers=[penalty])
    losses = []
    for model in (plain, penalised):
        torch.manual_seed(1)
        losses.append(model.step(real)["D"].detach())
    assert torch.isclose(losses[1] - losses[0], torch.tensor(10.0))
    assert seen == [(real.shape, False)]


def test_the_learning_rate_holds_and_falls():
    model = tiny(lr=(2.0, 1.0), decay_start=0.5, final_lr_factor=0.1)
    expected = {0.0: 1.0, 0.5: 1.0, 0.75: 0.55, 1.0: 0.1, 1.2: 0.1}
    for progress, factor in expected.items():
        model.anneal(progress)
        rates = [o.adam.param_groups[0]["lr"] for o in (model.g, model.d)]
        assert rates == pytest.approx([2 * factor, factor])


def test_the_learning_rate_rises_with_the_images_seen(real):
    model, rates = tiny(lr=1.0, lr_warmup=16), []
    for _ in range(4):
        model.anneal(0.0)
        rates.append(model.g.adam.param_groups[0]["lr"])
        model.step(real)
    assert rates == [0.0, 0.5, 1.0, 1.0]


def test_sampling_is_seeded_and_leaves_training_as_it_was(real):
    model = gan.build("dcgan")
    model.step(torch.cat([real] * 2))
    before, state = copy(model.generator), torch.get_rng_state()
    one, two = (model.sample(7, torch.Generator().manual_seed(5)) for _ in range(2))
    assert torch.equal(one, two) and one.shape == (7, 1, 28, 28)
    assert not any(changed(before, model.generator)) and model.generator.training
    assert torch.equal(state, torch.get_rng_state())


def test_sampling_asks_for_at_least_one():
    with pytest.raises(CourseError, match="at least 1"):
        tiny().sample(0)


def test_state_goes_round(real):
    model, other = tiny(ema=100), tiny(ema=100)
    model.step(real)
    other.load_state_dict(deepcopy(model.state_dict()))
    for m in (model, other):
        torch.manual_seed(1)
        m.step(real)
    for a, b in zip(
        model.generator.parameters(), other.generator.parameters(), strict=True
    ):
        assert torch.equal(a, b)


def rows(real, fake, step=500):
    return [{"step": step, "D(x)": real, "D(G(z))": fake}] * 12


def test_the_monitor_says_when_d_has_won():
    assert "D has won" in discriminator_won(Evidence(rows(0.995, 0.004)))
    assert discriminator_won(Evidence(rows(0.8, 0.2))) is None
    assert discriminator_won(Evidence(rows(0.995, 0.004)[:3])) is None


def test_the_monitor_says_when_g_has_collapsed():
    seeded = torch.Generator().manual_seed(0)
    real = torch.randn(64, 1, 28, 28, generator=seeded)
    same = real[:1] + 0.01 * real
    assert "collapsed" in collapsed(Evidence(rows(0.5, 0.5), same, real))
    assert collapsed(Evidence(rows(0.5, 0.5), real.flip(0), real)) is None
    assert collapsed(Evidence(rows(0.5, 0.5, step=20), same, real)) is None
