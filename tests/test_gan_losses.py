"""Losses against torch's own cross-entropy, their definitions and their limits."""

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

from aigc_course.errors import CourseError
from aigc_course.gan import losses


@pytest.fixture
def logits():
    seeded = torch.Generator().manual_seed(0)
    shape = (2, 64, 1)
    return (3 * torch.randn(shape, generator=seeded, dtype=torch.float64)).unbind()


def gradient(loss, logits):
    logits = logits.clone().requires_grad_()
    return torch.autograd.grad(loss(logits), logits)[0]


def test_discriminator_is_two_cross_entropies(logits):
    real, fake = logits
    ones, zeros = torch.ones_like(real), torch.zeros_like(fake)
    expected = cross_entropy(real, ones) + cross_entropy(fake, zeros)
    assert torch.isclose(losses.cross_entropy_discriminator(real, fake), expected)


def test_non_saturating_is_cross_entropy_with_the_real_label(logits):
    _, fake = logits
    expected = cross_entropy(fake, torch.ones_like(fake))
    assert torch.isclose(losses.non_saturating(fake), expected)


def test_minimax_generator_is_minus_the_discriminators_fake_half(logits):
    _, fake = logits
    expected = -cross_entropy(fake, torch.zeros_like(fake))
    assert torch.isclose(losses.minimax(fake), expected)


def test_gradients_in_the_logit(logits):
    _, fake = logits
    d = fake.sigmoid() / len(fake)
    # dL/da = -(1 - sigmoid(a)) for non-saturating, -sigmoid(a) for minimax
    assert torch.allclose(gradient(losses.non_saturating, fake), d - 1 / len(fake))
    assert torch.allclose(gradient(losses.minimax, fake), -d)


def test_only_non_saturating_teaches_when_the_discriminator_wins():
    lost = torch.tensor([-20.0])
    assert gradient(losses.non_saturating, lost).abs() > 0.99
    assert gradient(losses.minimax, lost).abs() < 1e-8


@pytest.mark.parametrize("name", losses.GAMES)
def test_extreme_logits_stay_finite(name):
    game, far = losses.GAMES[name], torch.tensor([1e4, -1e4])
    assert game.discriminator(far, -far).isfinite()
    assert game.generator(far, -far).isfinite()


@pytest.mark.parametrize("name", losses.GAMES)
def test_descending_moves_the_logits_the_right_way(name):
    game, start = losses.GAMES[name], torch.zeros(8, 1)
    real = gradient(lambda a: game.discriminator(a, start), start)
    fake = gradient(lambda a: game.discriminator(start, a), start)
    fooled = gradient(lambda a: game.generator(a, start), start)
    # D pushes real up and fake down, G pushes fake up
    assert (real < 0).all() and (fake >= 0).all() and (fooled < 0).all()
    assert name == "least-squares" or (fake > 0).all()


def test_least_squares_by_hand():
    real, fake = torch.tensor([3.0, 1.0]), torch.tensor([2.0, 0.0])
    assert losses.least_squares_discriminator(real, fake) == (2 + 2) / 2
    assert losses.least_squares_generator(fake) == (1 + 1) / 2 / 2


def test_hinge_is_flat_beyond_the_margin():
    beyond = torch.tensor([2.0])
    loss = lambda a: losses.hinge_discriminator(a, -beyond)  # noqa: E731
    assert gradient(loss, beyond) == 0
    assert losses.hinge_discriminator(torch.zeros(3), torch.zeros(3)) == 2


def test_wasserstein_sees_only_differences(logits):
    real, fake = logits
    shifted = losses.wasserstein_critic(real + 5, fake + 5)
    assert torch.isclose(shifted, losses.wasserstein_critic(real, fake))
    assert torch.isclose(losses.wasserstein_generator(fake), -fake.mean())


def test_relativistic_is_the_same_game_with_roles_swapped(logits):
    real, fake = logits
    generator = losses.relativistic_generator(fake, real)
    assert torch.isclose(generator, losses.relativistic_discriminator(fake, real))
    shifted = losses.relativistic_discriminator(real + 7, fake + 7)
    assert torch.isclose(shifted, losses.relativistic_discriminator(real, fake))


def test_relativistic_generator_asks_for_the_real_logits():
    with pytest.raises(CourseError, match="real logits"):
        losses.relativistic_generator(torch.zeros(2))


def test_an_unknown_loss_is_named_with_the_known_ones():
    with pytest.raises(CourseError, match="'hing'.*hinge"):
        losses.game("hing")


def test_smoothing_is_cross_entropy_with_soft_real_labels(logits):
    real, fake = logits
    expected = cross_entropy(real, torch.full_like(real, 0.8))
    expected = expected + cross_entropy(fake, torch.zeros_like(fake))
    game = losses.smoothed(0.8)
    assert torch.isclose(game.discriminator(real, fake), expected)
    assert torch.isclose(game.generator(fake, None), losses.non_saturating(fake))
    plain = losses.smoothed(1.0).discriminator(real, fake)
    assert torch.isclose(plain, losses.cross_entropy_discriminator(real, fake))


@pytest.mark.parametrize(("p", "q"), [(0.3, 0.1), (0.2, 0.7), (0.4, 1e-9)])
def test_the_best_smoothed_d_is_t_p_over_p_plus_q(p, q):
    """One place with densities p and q; the loss there, minimised over the logit."""
    t, logits = 0.9, torch.linspace(-12, 12, 240_001, dtype=torch.float64)
    a = logits[:, None]  # every candidate a batch of its own
    loss = torch.func.vmap(
        lambda a: (
            p * losses.smoothed_discriminator(a, torch.full_like(a, -99), t)
            + q * losses.cross_entropy_discriminator(torch.full_like(a, 99), a)
        )
    )(a)
    best = logits[loss.argmin()].sigmoid()
    assert float(best) == pytest.approx(t * p / (p + q), abs=1e-4)


@pytest.mark.parametrize("target", [0.5, 1.1, float("nan")])
def test_a_label_that_makes_no_sense_is_refused(target):
    with pytest.raises(CourseError, match="above 0.5"):
        losses.smoothed(target)


def test_a_game_is_given_back():
    mine = losses.smoothed()
    assert losses.game(mine) is mine
