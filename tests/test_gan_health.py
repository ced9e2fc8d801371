"""The GAN's health monitor: what it says of each loss, and that it says it in time."""

import pytest
import torch

from aigc_course import gan
from aigc_course.gan.health import collapsed, discriminator_won, rules
from aigc_course.training.health import Evidence, Monitor


def rows(real, fake, n=20, step=1000):
    return [{"step": step, "D(x)": real, "D(G(z))": fake} for _ in range(n)]


def advice(loss, lr=(1e-3, 1e-3), samples=None):
    """What a monitor with a GAN's rules says of a D that has won."""
    real = torch.randn(64, 2)
    evidence = Evidence(rows(0.995, 0.004), samples, real)
    return " ".join(Monitor(rules(gan.losses.game(loss), lr)).examine(evidence))


def test_with_the_minimax_loss_a_winning_d_means_a_vanishing_gradient():
    said = advice("minimax")
    assert "G's gradient vanishes" in said
    assert "Try the non-saturating loss" in said


@pytest.mark.parametrize("loss", ["non-saturating", "relativistic", "least-squares"])
def test_no_other_loss_is_told_that_its_gradient_vanishes(loss):
    said = advice(loss)
    assert "D has won" in said
    assert "vanish" not in said and "non-saturating" not in said


def test_the_gradient_is_what_the_monitor_says_it_is():
    # a D that is sure of every fake: logits near -8
    slopes = {}
    for loss in ("minimax", "non-saturating"):
        logits = torch.full((16, 1), -8.0, requires_grad=True)
        gan.losses.game(loss).generator(logits, None).backward()
        slopes[loss] = float(logits.grad.abs().sum())
    assert slopes["minimax"] < 1e-3
    assert slopes["non-saturating"] > 0.99


def test_a_collapse_is_blamed_on_the_faster_generator_only_where_it_is_faster():
    heap = torch.zeros(64, 2)
    faster = advice("non-saturating", (1e-3, 1e-4), samples=heap)
    assert "try equal learning rates" in faster
    assert "lower learning rates" not in faster
    equal = advice("non-saturating", (1e-3, 1e-3), samples=heap)
    assert "G has collapsed" in equal and "equal learning rates" not in equal


def test_a_gan_hands_its_settings_to_the_monitor():
    def built(loss):
        networks = gan.PointGenerator(), gan.PointDiscriminator()
        return gan.GAN(*networks, loss=loss, lr=(1e-3, 1e-4))

    evidence = Evidence(rows(0.995, 0.004), torch.zeros(64, 2), torch.randn(64, 2))
    said = {
        loss: " ".join(Monitor(built(loss).symptoms).examine(evidence))
        for loss in ("minimax", "non-saturating")
    }
    assert "vanishes" in said["minimax"] and "vanish" not in said["non-saturating"]
    assert all("equal learning rates" in words for words in said.values())


def test_a_symptom_is_told_once():
    monitor = Monitor(rules(gan.losses.game("minimax"), (1e-3, 1e-3)))
    evidence = Evidence(rows(0.995, 0.004))
    assert len(monitor.examine(evidence)) == 1
    assert monitor.examine(evidence) == []


def test_a_collapse_that_lasts_is_told_once():
    monitor = Monitor(rules(gan.losses.game("non-saturating"), (1e-3, 1e-4)))
    heap, points = torch.zeros(64, 2), torch.randn(64, 2)
    drawn = (heap, None, heap, points, None, heap)
    said = [
        len(monitor.examine(Evidence(rows(0.5, 0.5), samples, points)))
        for samples in drawn
    ]
    assert said == [1, 0, 0, 0, 0, 1]


def test_a_d_in_doubt_and_spread_samples_are_no_symptom():
    assert discriminator_won(Evidence(rows(0.8, 0.2))) is None
    assert discriminator_won(Evidence(rows(0.995, 0.004)[:3])) is None
    points = torch.randn(64, 2)
    assert collapsed(Evidence(rows(0.5, 0.5), points, points)) is None
