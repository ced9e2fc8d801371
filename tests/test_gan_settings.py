"""The learner's settings: lazy penalties, views, D's steps, clipping, one pass."""

from copy import deepcopy
from functools import partial

import pytest
import torch
from torch import nn

from aigc_course import data, gan, training
from aigc_course.errors import CourseError
from aigc_course.gan import penalties


def small(**settings):
    training.seed_everything(0)
    nets = gan.PointGenerator(width=8), gan.PointDiscriminator(width=8)
    return gan.GAN(*nets, **settings)


def real(n=6):
    return data.toy("moons", n)


def weights(network):
    return nn.utils.parameters_to_vector(network.parameters()).detach().clone()


def gradient_norm(network):
    return torch.cat([p.grad.flatten() for p in network.parameters()]).norm()


def one(discriminator, real_points, fake_points):
    return torch.tensor(1.0)


def test_lazy_penalties_act_every_third_step_and_three_times_as_strong():
    plain, lazy = small(), small(regularisers=[one], reg_interval=3)
    gaps = []
    for step in range(5):
        losses = []
        for model in (plain, lazy):
            torch.manual_seed(step)
            losses.append(model.step(real())["D"].item())
        gaps.append(round(losses[1] - losses[0], 4))
    assert gaps == [3, 0, 0, 3, 0]


def test_g_learns_at_every_third_batch_and_d_at_each():
    model, g_moved, d_moved = small(d_steps=3), [], []
    for _ in range(7):
        g, d = weights(model.generator), weights(model.discriminator)
        values = model.step(real())
        g_moved.append(not torch.equal(g, weights(model.generator)))
        d_moved.append(not torch.equal(d, weights(model.discriminator)))
        assert set(values) == {"D", "G", "D(x)", "D(G(z))"}
    assert g_moved == [False, False, True] * 2 + [False]
    assert all(d_moved)


RICH = {
    "regularisers": [penalties.r1, penalties.dragan],
    "reg_interval": 4,
    "d_steps": 3,
    "augment": gan.InstanceNoise(0.1, until=0.9),
    "max_grad_norm": 0.5,
    "ema": 100,
}


def go_on(model, batches, first, last):
    for step in range(first, last):
        model.anneal(step / 14)
        model.step(next(batches))


def test_a_resumed_run_keeps_count_of_lazy_and_d_steps():
    """Cut in the middle of both cycles."""
    straight, batches = small(**RICH), data.ToyBatches("ring", 8)
    go_on(straight, batches, 0, 6)
    state, random = deepcopy(straight.state_dict()), torch.get_rng_state()
    position = batches.state_dict()
    go_on(straight, batches, 6, 14)
    resumed = small(**RICH)
    resumed.load_state_dict(state)
    batches.load_state_dict(position)
    torch.set_rng_state(random)
    go_on(resumed, batches, 6, 14)
    assert torch.equal(weights(resumed.generator), weights(straight.generator))
    assert torch.equal(weights(resumed.discriminator), weights(straight.discriminator))


def test_a_checkpoint_without_the_count_is_read():
    model = small()
    state = model.state_dict()
    del state["batches"]
    model.load_state_dict(state)
    assert model.batches == 0


def test_clipping_shortens_long_gradients_of_both_and_leaves_short_ones():
    norms = {}
    for clip in (None, 1e-3, 1e3):
        model = small(max_grad_norm=clip)
        torch.manual_seed(1)
        model.step(real())
        # D is frozen while G learns, so its gradients are still those of its own step
        nets = model.generator, model.discriminator
        norms[clip] = [float(gradient_norm(net)) for net in nets]
    assert min(norms[None]) > 2e-3
    assert norms[1e-3] == pytest.approx([1e-3, 1e-3], rel=1e-3)
    assert norms[1e3] == norms[None]


def test_one_pass_gives_what_two_give():
    calls, results = [], []
    for joint in (False, True):
        model = small(joint=joint)
        model.discriminator.register_forward_hook(lambda *_: calls.append(1))
        torch.manual_seed(1)
        values = model.step(real())
        results.append((values["D"].detach(), weights(model.discriminator)))
        calls.append(0)
    assert calls == [1, 1, 1, 0, 1, 1, 0]
    assert torch.allclose(results[0][0], results[1][0])
    assert torch.allclose(results[0][1], results[1][1], atol=1e-6)


def test_d_its_penalties_and_g_all_see_through_the_view():
    seen, passed = [], []

    def view(samples):
        seen.append(samples.requires_grad)
        return 3 * samples

    def penalty(discriminator, real_points, fake_points):
        passed.append(real_points)
        return torch.tensor(0.0)

    model, blind = (
        small(augment=view, regularisers=[penalty]),
        small(augment=lambda x: 0 * x),
    )
    before = weights(model.generator)
    model.step(real())
    assert seen == [False, False, True]  # real and fake for D, then fake for G
    assert torch.equal(passed[0], 3 * real())
    assert not torch.equal(weights(model.generator), before)
    values = blind.step(real())
    assert values["D(x)"] == values["D(G(z))"]  # it is shown the same of both


def test_a_game_of_ones_own_is_played():
    own = gan.losses.Game(lambda a, b: b.mean() - a.mean(), lambda b, a: -b.mean())
    losses = []
    for loss in (own, "wasserstein"):
        model = small(loss=loss)
        torch.manual_seed(1)
        losses.append(model.step(real())["D"].item())
    assert losses[0] == losses[1]


@pytest.mark.parametrize("stop", [torch.zeros_like, torch.Tensor.detach])
def test_a_view_that_stops_gradients_is_refused(stop):
    with pytest.raises(CourseError, match="such as a view, has cut its path"):
        small(augment=stop).step(real())


def test_a_step_without_gradients_is_refused():
    with torch.no_grad(), pytest.raises(CourseError, match="under torch.no_grad"):
        small().step(real())


def with_norm():
    return gan.Discriminator([nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)])


REFUSED = {
    "shared between real and fake": (with_norm, {"joint": True}),
    "statistics shared": (
        lambda: gan.add_minibatch_std(gan.PointDiscriminator()),
        {"joint": True},
    ),
    "into one pack": (lambda: gan.Packed(gan.PointDiscriminator(4)), {"joint": True}),
    "without it.*norm=False": (with_norm, {"regularisers": [penalties.r1]}),
    "batch norm mixes": (
        with_norm,
        {"regularisers": [one, partial(partial(penalties.dragan, weight=1))]},
    ),
    "reg_interval is a whole number": (gan.PointDiscriminator, {"reg_interval": 0}),
    "d_steps is a whole number": (gan.PointDiscriminator, {"d_steps": 1.5}),
    "above 0, not 0": (gan.PointDiscriminator, {"max_grad_norm": 0.0}),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_makes_no_sense_is_refused_at_once(message):
    make, settings = REFUSED[message]
    with pytest.raises(CourseError, match=message):
        gan.GAN(gan.PointGenerator(), make(), **settings)


def test_batch_norm_is_welcome_where_it_does_no_harm():
    gan.GAN(gan.PointGenerator(), with_norm(), regularisers=[one])


def test_the_fast_discriminator_without_norm_takes_penalties():
    training.seed_everything(0)
    D = gan.DCGANDiscriminator(width=4, norm=False)
    assert not any(isinstance(m, nn.BatchNorm2d | nn.BatchNorm1d) for m in D.modules())
    model = gan.GAN(gan.DCGANGenerator(width=4), D, regularisers=[penalties.r1])
    values = model.step(torch.rand(4, 1, 28, 28) * 2 - 1)
    assert all(value.isfinite() for value in values.values())
