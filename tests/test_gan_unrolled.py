"""The unrolled GAN against its equations, and what it must leave alone."""

import pytest
import torch
from torch import nn

from aigc_course import data, gan, training
from aigc_course.errors import CourseError


def small(kind=gan.UnrolledGAN, dtype=torch.float32, **settings):
    training.seed_everything(0)
    nets = gan.PointGenerator(width=8), gan.PointDiscriminator(width=8)
    return kind(*(net.to(dtype) for net in nets), **settings)


def weights(network):
    return nn.utils.parameters_to_vector(network.parameters()).detach().clone()


@pytest.fixture
def batches():
    seeded = torch.Generator().manual_seed(1)
    return torch.randn(2, 6, 2, generator=seeded, dtype=torch.float64).unbind()


def look_ahead(model, fake, real):
    real_logits = model.discriminator(real).detach()
    return model.generator_loss(fake, real, real_logits)


def test_no_steps_ahead_is_the_plain_gan():
    plain, unrolled = small(gan.GAN), small(unroll=0)
    for model in (plain, unrolled):
        for step in range(3):
            torch.manual_seed(step)
            model.step(data.toy("ring", 8, seed=step))
    assert torch.equal(weights(plain.generator), weights(unrolled.generator))
    assert torch.equal(weights(plain.discriminator), weights(unrolled.discriminator))


def test_the_loss_is_that_of_the_d_which_has_learnt(batches):
    """Against two steps of gradient descent really taken."""
    fake, real = batches
    model = small(dtype=torch.float64, unroll=2, unroll_lr=0.3)
    ahead = look_ahead(model, fake, real)
    D, game = model.discriminator, model.game
    descent = torch.optim.SGD(D.parameters(), 0.3)
    for _ in range(2):
        descent.zero_grad()
        game.discriminator(D(real), D(fake)).backward()
        descent.step()
    assert torch.isclose(ahead, game.discriminator(D(fake), D(real)))


@pytest.mark.parametrize("loss", ["non-saturating", "relativistic"])
def test_gradients_flow_through_the_steps_of_d(batches, loss):
    """Against central differences of the loss ahead in each generated number."""
    fake, real = batches
    model = small(dtype=torch.float64, unroll=3, unroll_lr=0.5, loss=loss)
    x = fake.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(look_ahead(model, x, real), x)
    plain = model.game.generator(model.discriminator(x), model.discriminator(real))
    (plain,) = torch.autograd.grad(plain, x)
    for place in [(0, 0), (2, 1), (5, 0)]:
        nudge = torch.zeros_like(fake)
        nudge[place] = 1e-5
        ends = [look_ahead(model, fake + sign * nudge, real) for sign in (1, -1)]
        numeric = (ends[0] - ends[1]).item() / 2e-5
        assert float(gradient[place]) == pytest.approx(numeric, rel=1e-5, abs=1e-9)
    assert not torch.allclose(gradient, plain, rtol=0.01)


def test_the_steps_ahead_are_forgotten():
    """D's weights and its layers' statistics are as if none had been taken."""
    nets = []
    for unroll in (0, 3):
        training.seed_everything(0)
        layers = [nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Linear(8, 1)]
        D = gan.spectral_norm(gan.Discriminator(layers))
        model = gan.UnrolledGAN(gan.PointGenerator(width=8), D, unroll=unroll)
        D.net[1].momentum = 0.0 if unroll else 0.1
        torch.manual_seed(1)
        model.step(data.toy("ring", 8))
        nets.append(model.discriminator)
    assert torch.equal(weights(nets[0]), weights(nets[1]))


def test_looking_ahead_changes_what_g_learns():
    plain, unrolled = small(unroll=0), small(unroll=5, unroll_lr=1.0)
    for model in (plain, unrolled):
        torch.manual_seed(1)
        model.step(data.toy("ring", 64))
    assert not torch.equal(weights(plain.generator), weights(unrolled.generator))
    assert torch.equal(weights(plain.discriminator), weights(unrolled.discriminator))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"unroll": -1}, "0 steps ahead or more"),
        ({"regularisers": [gan.penalties.r1]}, "leave the regularisers out"),
    ],
)
def test_what_it_cannot_do_is_refused(settings, message):
    with pytest.raises(CourseError, match=message):
        small(**settings)


def test_a_recipe_builds_it():
    recipe = gan.Recipe(
        gan.PointGenerator,
        gan.PointDiscriminator,
        8,
        {"unroll": 2},
        learner=gan.UnrolledGAN,
    )
    model = recipe.build(lr=1e-3)
    assert isinstance(model, gan.UnrolledGAN) and model.unroll == 2
