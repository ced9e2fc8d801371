"""Digit styles, translation without pairs, and style as statistics of features."""

import copy
import math

import pytest
import torch
from torch import nn

from aigc_course import apps, data, training
from aigc_course.apps import transfer
from aigc_course.errors import CourseError
from aigc_course.training import Trainable


def digits(n=8):
    return data.to_float(data.load("digits", "test").images[:n])


def judge():
    return nn.Sequential(nn.Conv2d(1, 4, 4, 4), nn.Flatten(), nn.Linear(196, 1))


def tiny(**settings):
    training.seed_everything(0)
    return apps.CycleGAN(
        lambda: apps.Restorer(1, width=4, blocks=1),
        judge,
        **{"ema": None, "lr_warmup": 0, **settings},
    )


def weights(network):
    return torch.cat([p.detach().reshape(-1) for p in network.parameters()])


@pytest.mark.parametrize("name", apps.STYLES)
def test_styles_keep_shape_and_range_and_change_something(name):
    x = digits()
    found = apps.style(name)(x)
    assert found.shape == x.shape and bool((found.abs() <= 1.0001).all())
    assert (found - x).abs().mean() > 0.02
    assert not torch.equal(x, found) and torch.equal(x, digits())


def test_what_the_styles_are():
    dot = torch.full((1, 1, 28, 28), -1.0)
    dot[..., 4, 10] = 1
    assert torch.equal(apps.style("inverted")(dot), -dot)
    assert int((apps.style("thick")(dot) > 0).sum()) == 9
    line = torch.full((1, 1, 28, 28), -1.0)
    line[..., :, 14] = 1
    places = apps.style("slanted")(line)[0, 0].argmax(1)  # of the ink, per row
    assert places[2] - places[25] == pytest.approx(0.5 * 23, abs=1)
    with pytest.raises(CourseError, match="no style 'bold'; choose from inverted"):
        apps.style("bold")


def test_no_a_has_its_b():
    images = torch.arange(40, dtype=torch.uint8)[:, None, None, None].expand(
        40, 1, 28, 28
    )
    batches = apps.unpaired(images.contiguous(), apps.style("inverted"), 10)
    seen_a, seen_b = set(), set()
    for _ in range(4):
        a, b = next(batches)
        seen_a |= set(data.to_uint8(a)[:, 0, 0, 0].tolist())
        seen_b |= set(data.to_uint8(-b)[:, 0, 0, 0].tolist())
    assert len(seen_a) == len(seen_b) == 20
    assert not seen_a & seen_b and seen_a | seen_b == set(range(40))
    assert seen_a != set(range(20))  # files are sorted: halves are random


def test_batches_go_on_where_they_were():
    one, two = (
        apps.unpaired(data.load("digits"), apps.style("thick"), 8) for _ in range(2)
    )
    next(one)
    two.load_state_dict(one.state_dict())
    for x, y in zip(next(one), next(two), strict=True):
        assert torch.equal(x, y)


def test_a_step_teaches_all_four_and_reports():
    model = tiny()
    assert isinstance(model, Trainable)
    parts = [*model.maps.values(), *model.judges.values()]
    before = [weights(part) for part in parts]
    seen = model.step((digits(), -digits()))
    assert set(seen) == {"D", "G", "cycle"}
    assert all(math.isfinite(value) for value in seen.values())
    for part, old in zip(parts, before, strict=True):
        assert not torch.equal(weights(part), old)
    assert all(p.requires_grad for p in model.judges.parameters())


class Fixed(nn.Module):
    """A map that is known: shift by `amount`."""

    def __init__(self, amount):
        super().__init__()
        self.amount = nn.Parameter(torch.tensor(amount))

    def forward(self, x):
        return x + self.amount


def test_the_cycle_loss_is_that_of_the_paper():
    amounts = iter((0.5, -0.25))  # there and back again: off by a quarter each way
    model = apps.CycleGAN(lambda: Fixed(next(amounts)), judge, ema=None)
    assert model.step((digits(), digits()))["cycle"] == pytest.approx(0.5, abs=1e-5)


def test_the_weights_of_cycle_and_identity_count():
    batch = digits(), -digits()
    moves = []
    for settings in ({"cycle": 0.0}, {"cycle": 10.0}, {"identity": 5.0}):
        model = tiny(**settings)
        model.step(batch)
        moves.append(weights(model.maps))
    assert not torch.equal(moves[0], moves[1]) and not torch.equal(moves[1], moves[2])
    with pytest.raises(CourseError, match="weight of the cycle is a number from 0"):
        tiny(cycle=-1.0)


def test_translators_learn_to_come_back():
    model = tiny(lr=3e-3, decay_start=1.0)
    batches = apps.unpaired(data.load("digits"), apps.style("thick"), 32)
    history = training.fit(model, batches, training.Budget(steps=60), progress=False)
    cycle = history.column("cycle")
    assert cycle[-1] < 0.7 * cycle[0]


def test_translating_and_going_on_exactly():
    one = tiny(ema=1000.0)
    one.step((digits(), -digits()))
    two = tiny(ema=1000.0)
    two.load_state_dict(copy.deepcopy(one.state_dict()))
    for model in (one, two):
        model.step((digits(), -digits()))
    there = one.translate(digits())
    assert torch.equal(there, two.translate(digits()))
    assert there.shape == (8, 1, 28, 28)
    assert not torch.equal(there, one.translate(digits(), "back"))
    with pytest.raises(CourseError, match="'there' or 'back', not 'up'"):
        one.translate(digits(), "up")
    with pytest.raises(CourseError, match="Images are float"):
        one.translate(digits()[0])


def test_gram_matrices_forget_places():
    features = torch.randn(2, 3, 4, 4)
    moved = features.flatten(2)[..., torch.randperm(16)].view(2, 3, 4, 4)
    found = transfer.gram(features)
    torch.testing.assert_close(found, transfer.gram(moved))
    one = (features[0, 0] * features[0, 2]).mean()
    torch.testing.assert_close(found[0, 0, 2], one)


def test_adain_takes_mean_and_spread_and_nothing_else():
    content, style = torch.randn(2, 3, 7, 7), 3 * torch.randn(1, 3, 5, 5) + 1
    found = transfer.adain(content, style)
    for mine, wanted in zip(
        transfer.moments(found), transfer.moments(style), strict=True
    ):
        torch.testing.assert_close(mine, wanted.expand_as(mine), atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(transfer.adain(content, content), content)


def test_layers_of_the_extractor():
    shapes = [tuple(f.shape[1:]) for f in transfer.maps(digits(2), (0, 1, 2, 3))]
    assert shapes == [(32, 14, 14), (48, 14, 14), (64, 7, 7), (96, 7, 7)]
    with pytest.raises(CourseError, match="layers are 0 to 3"):
        transfer.maps(digits(2), (4,))


def test_transfer_brings_the_style_nearer_and_keeps_the_content():
    content, style = digits(3), apps.style("thick")(digits(30)[20:])
    before = transfer.style_distance(content, style)
    done = transfer.transfer(content, style, steps=25)
    assert done.shape == content.shape and bool((done.abs() <= 1).all())
    assert bool((transfer.style_distance(done, style) < 0.7 * before).all())
    still = transfer.transfer(content, style, steps=25, weight=0.0)
    far = (done - content).abs().mean()
    assert (still - content).abs().mean() < 0.3 * far
    alone = transfer.transfer(content[:1], style, steps=25)
    # rounding differs with the batch, and 25 steps of Adam enlarge it at some pixels
    apart = (alone - done[:1]).abs()
    assert float(apart.mean()) < 1e-3 and float(apart.max()) < 0.05
    with pytest.raises(CourseError, match="number of steps"):
        transfer.transfer(content, style, steps=0)


def test_a_translator_keeps_the_size_and_the_range():
    training.seed_everything(0)
    network = apps.Translator(4)
    found = network(digits(3))
    assert found.shape == (3, 1, 28, 28) and bool((found.abs() < 1).all())
    assert network(torch.zeros(1, 1, 6, 10)).shape == (1, 1, 6, 10)
    alone = network(digits(3)[1:2])
    torch.testing.assert_close(alone, found[1:2])  # no statistics of the batch
    with pytest.raises(CourseError, match="H and W even; got"):
        network(torch.zeros(1, 1, 7, 10))
    with pytest.raises(CourseError, match=r"\[1, 2, 8, 8\]"):
        network(torch.zeros(1, 2, 8, 8))


def test_a_translator_looks_at_the_source_again_at_the_end():
    training.seed_everything(0)
    network = apps.Translator(4)
    with torch.no_grad():
        # nothing but the look at the source reaches the picture
        network.last.weight[:, :4] = 0
    one, two = network(digits(2))
    assert not torch.allclose(one, two, atol=1e-3)


def test_a_patch_judge_judges_patches():
    training.seed_everything(0)
    judge = apps.PatchDiscriminator(4, noise=0.0)
    dark, changed = torch.full((1, 1, 56, 56), -1.0), torch.full((1, 1, 56, 56), -1.0)
    changed[..., :4, :4] = 1
    one, two = (judge(x).view(14, 14) for x in (dark, changed))
    assert not torch.equal(one[:3, :3], two[:3, :3])
    assert torch.equal(one[8:, 8:], two[8:, 8:])  # far from what changed
    noisy = apps.PatchDiscriminator(4)
    assert not torch.equal(noisy(dark), noisy(dark))
