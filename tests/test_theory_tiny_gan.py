"""The NumPy GAN: every hand-written gradient equals autograd's to 1e-10."""

import numpy as np
import pytest
import torch

from aigc_course import theory
from aigc_course.errors import CourseError
from aigc_course.gan import losses

NAMES = ("w1", "b1", "w2", "b2")


def tensors(net):
    return {name: torch.tensor(v, requires_grad=True) for name, v in net.items()}


def forward(net, x):
    return torch.tanh(x[:, None] * net["w1"] + net["b1"]) @ net["w2"] + net["b2"]


def batch(seed, n=37, m=23):
    rng = np.random.default_rng(seed)
    return rng.normal(2, 0.5, n), rng.standard_normal(m)


@pytest.fixture(params=[(1, 0), (5, 1), (16, 2)], ids=str)
def gan(request):
    """A GAN some steps into training, so that no parameter is still special."""
    gan = theory.TinyGAN(*request.param)
    for seed in range(20):
        gan.step(*batch(seed), lr=0.1)
    return gan


def agrees(found, loss, net):
    value, grads = found
    assert abs(value - loss.item()) < 1e-10
    expected = torch.autograd.grad(loss, [net[name] for name in NAMES])
    assert tuple(grads) == NAMES
    for name, theirs in zip(NAMES, expected, strict=True):
        assert grads[name].shape == theirs.shape, name
        assert np.abs(grads[name] - theirs.numpy()).max() < 1e-10, name
        assert np.abs(theirs.numpy()).max() > 1e-6, name  # something was compared


def test_the_discriminators_gradients(gan):
    real, z = batch(99)
    d, fake = tensors(gan.discriminator), torch.tensor(gan.generate(z))
    logits = forward(d, torch.tensor(real)), forward(d, fake)
    loss = losses.cross_entropy_discriminator(*logits)
    agrees(gan.d_loss_and_grads(real, z), loss, d)


def test_the_generators_gradients(gan):
    _, z = batch(99)
    g, d = tensors(gan.generator), tensors(gan.discriminator)
    loss = losses.non_saturating(forward(d, forward(g, torch.tensor(z))))
    agrees(gan.g_loss_and_grads(z), loss, g)


def test_outputs(gan):
    x = np.linspace(-3, 3, 11)
    for found, net in (
        (gan.logits(x), gan.discriminator),
        (gan.generate(x), gan.generator),
    ):
        theirs = forward(tensors(net), torch.tensor(x)).detach().numpy()
        assert np.abs(found - theirs).max() < 1e-12


def test_extreme_logits_stay_finite():
    gan = theory.TinyGAN(4)
    for sign in (1, -1):
        gan.discriminator["b2"] = np.array(sign * 1e4)
        for loss, grads in (gan.d_loss_and_grads(*batch(0)), gan.g_loss_and_grads([1])):
            assert np.isfinite(loss)
            assert all(np.isfinite(g).all() for g in grads.values())


def test_a_step_is_d_first_and_then_g_against_the_new_d():
    gan, twin = theory.TinyGAN(6, seed=3), theory.TinyGAN(6, seed=3)
    real, z = batch(0)
    found = gan.step(real, z, lr=0.1)
    d_loss, d_grads = twin.d_loss_and_grads(real, z)
    for name in NAMES:
        twin.discriminator[name] = twin.discriminator[name] - 0.1 * d_grads[name]
    g_loss, g_grads = twin.g_loss_and_grads(z)
    assert found == (d_loss, g_loss)
    for name in NAMES:
        assert np.array_equal(gan.discriminator[name], twin.discriminator[name])
        moved = twin.generator[name] - 0.1 * g_grads[name]
        assert np.array_equal(gan.generator[name], moved)


def test_looking_at_gradients_moves_nothing():
    gan = theory.TinyGAN(6)
    before = [
        net[name].copy() for net in (gan.generator, gan.discriminator) for name in net
    ]
    gan.d_loss_and_grads(*batch(0)), gan.g_loss_and_grads([0.5, 1])
    after = [net[name] for net in (gan.generator, gan.discriminator) for name in net]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_the_seed_decides():
    first, again, other = (theory.TinyGAN(4, seed) for seed in (1, 1, 2))
    assert np.array_equal(first.generator["w1"], again.generator["w1"])
    assert not np.array_equal(first.generator["w1"], other.generator["w1"])
    assert not np.array_equal(first.generator["w1"], first.discriminator["w1"])


@pytest.mark.parametrize("seed", range(3))
def test_it_learns_a_normal(seed):
    """Its samples come near N(2, 0.5^2), whatever the seed."""
    gan, rng = theory.TinyGAN(16, seed), np.random.default_rng(seed)
    far = theory.wasserstein1_samples(gan.sample(4000, rng), rng.normal(2, 0.5, 4000))
    for _ in range(2000):
        gan.step(rng.normal(2, 0.5, 64), rng.standard_normal(64), lr=0.05)
    near = theory.wasserstein1_samples(gan.sample(4000, rng), rng.normal(2, 0.5, 4000))
    assert near < 0.5 < far


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: theory.TinyGAN(0), "at least 1 hidden unit; got 0"),
        (lambda: theory.TinyGAN().step([1, np.nan], [0], 0.1), "real numbers.*NaN"),
        (lambda: theory.TinyGAN().g_loss_and_grads([np.inf]), "infinite"),
        (lambda: theory.TinyGAN().step([1], [0], 0), "learning rate must be above 0"),
        (lambda: theory.TinyGAN().generate(np.ones((2, 2))), "line of numbers"),
    ],
)
def test_unsuitable_input_is_refused(call, words):
    with pytest.raises(CourseError, match=words):
        call()
