"""Tasks, the restorer and its learner: what is hidden, learnt and put back."""

import copy
import math

import pytest
import torch
from torch import nn

from aigc_course import apps, data, training
from aigc_course.apps import tasks
from aigc_course.apps.paired import Paired
from aigc_course.apps.reader import DigitClassifier
from aigc_course.errors import CourseError
from aigc_course.training import Budget, Sampler, Trainable


def pictures(n=8):
    return data.to_float(data.load("digits", "test").images[:n])


def judge(channels):
    return nn.Sequential(nn.Conv2d(channels, 4, 4, 4), nn.Flatten(), nn.Linear(196, 1))


def tiny(task=None, noise=3, **settings):
    training.seed_everything(0)
    task = task or apps.Inpainting(apps.centre_hole())
    restorer = apps.Restorer(task.channels, width=4, blocks=1, noise=noise)
    wanted = settings.get("adversarial", 1.0)
    critic = judge(task.channels + 1) if wanted else None
    return Paired(restorer, task, critic, **{"ema": None, "lr_warmup": 0, **settings})


def weights(network):
    return torch.cat([p.detach().reshape(-1) for p in network.parameters()])


def test_the_centre_hole_is_in_the_centre():
    mask = apps.centre_hole(14)
    assert mask.sum() == 196 and bool(mask[7:21, 7:21].all())
    for wrong in (13, 0, 28):
        with pytest.raises(CourseError, match="even, from 2 to 26"):
            apps.centre_hole(wrong)


def test_random_holes_are_boxes_inside_and_come_from_their_generator():
    holes = tasks.random_holes(500, torch.Generator().manual_seed(0))
    again = tasks.random_holes(500, torch.Generator().manual_seed(0))
    assert torch.equal(holes, again) and holes.shape == (500, 1, 28, 28)
    high = holes.any(3).sum((1, 2))  # rows that the hole touches
    wide = holes.any(2).sum((1, 2))
    assert torch.equal(high * wide, holes.sum((1, 2, 3)))  # a full box
    for side in (high, wide):
        assert side.min() == 4 and side.max() == 20
    assert holes[:, :, 0].any() and holes[:, :, 27].any()  # also at the rim


def test_what_is_hidden_does_not_reach_the_source():
    x, mask = pictures(), apps.centre_hole()
    other = torch.where(mask, torch.rand_like(x), x)
    source = apps.hide(x, mask)
    assert torch.equal(source, apps.hide(other, mask))
    assert source.shape == (8, 2, 28, 28)
    assert torch.equal(source[:, 1] > 0, mask.expand(8, 28, 28))


def test_known_pixels_come_back_untouched():
    x, mask = pictures(), apps.centre_hole()
    task = apps.Inpainting(mask)
    done = task.finish(task.source(x), torch.full_like(x, 0.25))
    assert torch.equal(done[..., ~mask], x[..., ~mask])
    assert bool((done[..., mask] == 0.25).all())


def test_half_of_the_random_task_is_the_centre():
    training.seed_everything(0)
    holes = apps.Inpainting().source(pictures(297))[:, 1] > 0
    centre = (holes == apps.centre_hole()).all(-1).all(-1)
    assert 0.35 < centre.double().mean() < 0.65
    assert len(holes[~centre].flatten(1).unique(dim=0)) > 50  # each its own


@pytest.mark.parametrize("times", [2, 4])
def test_smaller_pictures_are_means_of_squares(times):
    task, x = apps.SuperResolution(times), pictures()
    small = task.small(x)
    assert small.shape == (8, 1, 28 // times, 28 // times)
    first = x[0, 0, :times, :times].mean()
    torch.testing.assert_close(small[0, 0, 0, 0], first)
    source = task.source(x)
    assert source.shape == x.shape and float(source.abs().max()) <= 1


def test_other_factors_are_refused():
    with pytest.raises(CourseError, match="2 or 4 times smaller, not 3"):
        apps.SuperResolution(3)


def test_an_outline_is_hollow():
    square = torch.full((1, 1, 28, 28), -1.0)
    square[..., 10:16, 10:16] = 1
    line = apps.outline(square)[0, 0]
    assert int((line > 0).sum()) == 8 * 8 - 6 * 6
    assert bool((line[10:16, 10:16] == -1).all())
    assert torch.equal(apps.EdgesToImage().source(square)[0, 0], line)


@pytest.mark.parametrize("noise", [0, 3])
def test_a_restorer_keeps_the_size(noise):
    net = apps.Restorer(2, width=4, blocks=1, noise=noise).eval()
    for h, w in ((28, 28), (8, 20)):
        out = net(torch.randn(3, 2, h, w))
        assert out.shape == (3, 1, h, w) and bool((out.abs() <= 1).all())


def test_latents_choose_the_answer_and_pictures_do_not_meddle():
    training.seed_everything(0)
    net = apps.Restorer(1, width=4, blocks=1, noise=3)
    source, z = torch.randn(4, 1, 28, 28), torch.randn(4, 3)
    assert not torch.allclose(net(source, z), net(source, -z))
    torch.testing.assert_close(net(source, z)[:1], net(source[:1], z[:1]))


@pytest.mark.parametrize("shape", [(2, 1, 28, 28), (2, 2, 27, 28), (2, 28, 28)])
def test_sources_that_do_not_fit(shape):
    with pytest.raises(CourseError, match=r"\[N, 2, H, W\]"):
        apps.Restorer(2, width=4)(torch.zeros(shape))


def test_it_is_trainable_and_no_sampler():
    model = tiny()
    assert isinstance(model, Trainable) and not isinstance(model, Sampler)


def test_regression_learns_the_mean():
    model = tiny(
        apps.SuperResolution(4), 0, adversarial=0.0, pixel=100.0, power=2, lr=3e-3
    )
    batches = data.batches(data.load("digits"), 32, seed=0)
    history = training.fit(model, batches, Budget(steps=60), progress=False)
    pixel = history.column("pixel")
    assert pixel[-1] < 0.6 * pixel[0]
    assert "D" not in history.columns


def test_both_players_learn_and_both_losses_count():
    x = pictures()
    model = tiny()
    before = weights(model.restorer), weights(model.discriminator)
    seen = model.step(x)
    assert set(seen) == {"pixel", "G", "D", "D(y)", "D(G)"}
    assert all(math.isfinite(value) for value in seen.values())
    assert not torch.equal(weights(model.restorer), before[0])
    assert not torch.equal(weights(model.discriminator), before[1])
    moves = []
    for settings in ({"pixel": 0.0}, {"pixel": 10.0}, {"adversarial": 0.0}):
        other = tiny(**settings)
        other.step(x)
        moves.append(weights(other.restorer))
    assert not torch.equal(moves[0], moves[1])
    assert not torch.equal(moves[1], moves[2])


def test_d_joins_when_its_time_has_come():
    model = tiny(join=0.5)
    before = weights(model.discriminator)
    model.anneal(0.49)
    assert set(model.step(pictures())) == {"pixel"}
    assert torch.equal(weights(model.discriminator), before)
    model.anneal(0.5)
    assert "D" in model.step(pictures())
    assert not torch.equal(weights(model.discriminator), before)
    batches = data.batches(data.load("digits"), 8)
    history = training.fit(tiny(join=0.5), batches, Budget(steps=24), progress=False)
    assert set(history.rows[0]) < set(history.rows[-1])
    with pytest.raises(CourseError, match="join is a share"):
        tiny(join=2.0)


def test_d_sees_the_source_beside_the_picture():
    model = tiny(loss="wasserstein")
    shown = []
    model.discriminator.register_forward_pre_hook(lambda _, x: shown.append(x[0]))
    x = pictures()
    model.step(x)
    real, fake, again = (part.detach() for part in shown)
    source = model.task.source(x)
    assert torch.equal(real, torch.cat([source, x], dim=1))
    assert torch.equal(fake[:, :2], source) and torch.equal(fake, again)
    known = ~apps.centre_hole()
    assert torch.equal(fake[:, 2:][..., known], x[..., known])


def test_the_step_leaves_d_learnable_and_gradients_apart():
    model = tiny()
    model.step(pictures())
    assert all(p.requires_grad for p in model.discriminator.parameters())


def test_restoring_is_seeded_and_uses_the_average():
    model = tiny(ema=1000.0)
    for _ in range(3):
        model.step(pictures())
    source = model.task.source(pictures())
    one, two = (model.restore(source, torch.Generator().manual_seed(s)) for s in (0, 0))
    other = model.restore(source, torch.Generator().manual_seed(1))
    assert torch.equal(one, two) and not torch.equal(one, other)
    model.load_trained(model.trained().state_dict())
    torch.testing.assert_close(
        model.restore(source, torch.Generator().manual_seed(0)), one
    )


def test_a_saved_state_goes_on_exactly():
    one, x = tiny(ema=1000.0), pictures()
    one.step(x)
    state = copy.deepcopy(one.state_dict())
    two = tiny(ema=1000.0)
    two.load_state_dict(state)
    for model in (one, two):
        torch.manual_seed(5)
        model.step(x)
    assert torch.equal(weights(one.restorer), weights(two.restorer))
    assert torch.equal(weights(one.discriminator), weights(two.discriminator))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"pixel": -1.0}, "from 0 up"),
        ({"power": 3}, "power is 1 or 2"),
        ({"adversarial": 0.0, "pixel": 0.0}, "one of them above 0"),
        ({"loss": "best"}, "no loss 'best'"),
    ],
)
def test_settings_that_make_no_sense(settings, words):
    with pytest.raises(CourseError, match=words):
        tiny(**settings)


def test_networks_that_do_not_belong_together():
    net = apps.Restorer(1, width=4)
    with pytest.raises(CourseError, match="build it with channels=2"):
        Paired(net, apps.Inpainting(), judge(3))
    with pytest.raises(CourseError, match="give both, or neither"):
        Paired(net, apps.SuperResolution(2))
    with pytest.raises(CourseError, match="give both, or neither"):
        Paired(net, apps.SuperResolution(2), judge(2), adversarial=0.0)


def test_every_recipe_builds_what_its_task_wants():
    for (name, way), recipe in apps.RECIPES.items():
        assert apps.recipe(name, way) is recipe
        model = recipe.build(ema=None)
        assert (model.discriminator is None) == (way == "regression")
        assert model.restorer.noise == (0 if way == "regression" else 16)
        model.anneal(0.6)
        assert model.step(pictures(4))["pixel"] > 0
        size = sum(p.numel() for p in model.restorer.parameters())
        assert 2 * size < 600_000  # bytes in half precision
    with pytest.raises(CourseError, match="tasks are inpaint, upscale-2"):
        apps.recipe("sharpen")


def test_a_reader_learns_and_reads_what_it_is_given():
    training.seed_everything(0)
    digits = data.load("digits")
    hole = apps.centre_hole()
    reader = DigitClassifier(
        change=lambda x: x.masked_fill(hole, -1), lr=3e-3, ema=None
    )
    assert isinstance(reader, Trainable)
    batches = data.batches(digits, 50, labels=True)
    training.fit(reader, batches, Budget(steps=50), progress=False)
    x, y = data.to_float(digits.images[:300]), digits.labels[:300]
    hidden = x.masked_fill(hole, -1)
    assert reader.accuracy(hidden, y) > 0.3
    assert reader.accuracy(hidden, y) > reader.accuracy(-hidden, y)
    with pytest.raises(CourseError, match="pairs"):
        reader.step(x)
    with pytest.raises(CourseError, match="from 0 to 9"):
        reader.accuracy(x, y + 5)
