"""The step of flow matching: its loss, what it learns, labels, sampling, bad input."""

import copy
import math

import pytest
import torch

from aigc_course import data, flow, training
from aigc_course.errors import CourseError
from aigc_course.flow import learner
from aigc_course.training import Sampler, Trainable


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def model(classes=0, **settings):
    training.seed_everything(0)
    network = flow.mlp(2, 32, 2, classes, spread=0.7)
    return flow.Flow(network, **{"ema": 2_000, **settings})


def test_it_is_trainable_and_a_sampler():
    one = model()
    assert isinstance(one, Trainable) and isinstance(one, Sampler)


def test_untrained_the_loss_is_what_a_normal_law_leaves():
    """E Var(x1 - x0 | x_t) of N(0, s^2) data: the integral of s^2 / q(t) over t."""
    training.seed_everything(1)
    one = flow.Flow(flow.mlp(2, 8, 1, spread=0.7), lr=0.0)
    found = one.step(0.7 * torch.randn(40_000, 2))
    t = (torch.arange(10_000) + 0.5) / 10_000
    wanted = (0.49 / ((1 - t) ** 2 + 0.49 * t**2)).mean()
    assert float(found["loss"]) == pytest.approx(float(wanted), rel=0.03)
    halves = (found["t below 0.5"] + found["t above 0.5"]) / 2
    assert float(halves) == pytest.approx(float(found["loss"]), rel=1e-3)


def test_it_learns_where_the_data_are():
    one = model(lr=1e-2)
    batches = data.ToyBatches("moons", 256)
    history = training.fit(
        one, batches, training.Budget(steps=150), progress=False, threads=1
    )
    assert history.rows[-1]["loss"] < history.rows[0]["loss"]
    real = data.ToyBatches("moons", 500, 9)
    there = next(real)
    drawn, normal = one.sample(500, seeded()), 0.7 * torch.randn(500, 2)
    near = [torch.cdist(x, there).min(1).values.mean() for x in (drawn, normal)]
    assert near[0] < 0.8 * near[1]


@pytest.mark.parametrize("kind", learner.TIMES)
def test_times_lie_between_0_and_1(kind):
    t = learner.TIMES[kind](4_000)
    assert float(t.min()) >= 0 and float(t.max()) <= 1
    assert float(t.mean()) == pytest.approx(0.5, abs=0.02)


def test_uniform_times_fill_every_part():
    t = learner.TIMES["uniform"](100)
    assert (t * 100).long().sort().values.tolist() == list(range(100))


def test_labels_are_dropped_as_often_as_asked():
    training.seed_everything(0)
    one = model(classes=3, label_dropout=0.25)
    seen = one.untold(torch.ones(8_000, dtype=torch.long))
    assert float((seen == 3).float().mean()) == pytest.approx(0.25, abs=0.02)
    assert set(seen.tolist()) == {1, 3}


def stirred(one):
    with torch.no_grad():
        for weight in one.networks.parameters():
            weight.add_(0.1 * torch.randn(weight.shape, generator=seeded(3)))
    one.descent.ema = None
    return one


def test_guidance_goes_on_along_the_difference():
    one = stirred(model(classes=3))
    labels, x = torch.tensor([0, 1, 2]), torch.randn(3, 2, generator=seeded())
    told = [learner.told(one.networks, labels, g)(x, 0.4) for g in (0.0, 1.0, 2.5)]
    assert torch.allclose(told[0], one.networks(x, 0.4))
    assert torch.allclose(told[1], one.networks(x, 0.4, labels))
    assert torch.allclose(told[2], told[0] + 2.5 * (told[1] - told[0]), atol=1e-6)
    drawn = [one.sample(6, seeded(), guidance=g, steps=2) for g in (1.0, 3.0)]
    assert not torch.allclose(*drawn)


def test_labels_go_through_the_classes_in_turn():
    one = stirred(model(classes=3))
    turn = one.sample(6, seeded(), steps=1)
    asked = one.sample(6, seeded(), torch.arange(6) % 3, steps=1)
    assert torch.equal(turn, asked)


def test_steps_may_be_times():
    one = stirred(model())
    assert torch.equal(
        one.sample(4, seeded(), steps=2), one.sample(4, seeded(), steps=[0, 0.5, 1])
    )


def test_a_saved_state_goes_on():
    one, two = model(), model()
    batch = torch.randn(16, 2, generator=seeded())
    one.step(batch)
    two.load_state_dict(copy.deepcopy(one.state_dict()))  # Adam keeps what it is given
    for both in (one, two):
        training.seed_everything(4)
        both.step(batch)
    assert torch.equal(one.sample(3, seeded()), two.sample(3, seeded()))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: model(times="late"), "times is one of uniform, logit-normal"),
        (lambda: model(label_dropout=2), "label_dropout is a share"),
        (lambda: model().sample(0), "The number of samples is a whole number"),
        (lambda: model().sample(2, steps=0), "The number of steps is a whole number"),
        (lambda: model().sample(2, guidance=math.nan), "guidance is a finite number"),
        (lambda: model(3).sample(1, labels=torch.tensor([3])), "Labels are from 0 to"),
        (lambda: model().sample(1, labels=torch.tensor([0])), "not conditional"),
        (lambda: model(3).step(torch.zeros(4, 2)), "learns from pairs"),
        (lambda: model().step(torch.zeros(4, 3)), r"takes \['N', 2\]"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(call, sentence):
    with pytest.raises(CourseError, match=sentence):
        call()


def test_what_is_wrong_is_said_in_words():
    from aigc_course.flow import health
    from aigc_course.training.health import Evidence

    def said(rule, **row):
        return rule(Evidence([{"step": 500.0, **row}]))

    late = {"t below 0.5": 0.5, "t above 0.5": 9.0}
    assert "near the data (t > 1/2) is 18 times" in said(health.uneven, **late)
    assert said(health.uneven, **{"t below 0.5": 0.5, "t above 0.5": 1.0}) is None


def test_muon_moves_the_matrices_of_the_blocks_and_adam_the_rest():
    """With one of the two rates at 0, only the other part moves."""
    for muon, lr in ((0.1, 0.0), (0.0, 0.1)):
        torch.manual_seed(0)
        network = flow.mlp(2, 8, 1)
        for w in network.parameters():  # some start at 0, and hold back a gradient
            torch.nn.init.normal_(w)
        model = flow.Flow(network, lr=lr, muon=muon, ema=None)
        before = {k: w.clone() for k, w in model.networks.named_parameters()}
        model.step(torch.randn(16, 2))
        moved = {
            name
            for name, w in model.networks.named_parameters()
            if not torch.equal(w, before[name])
        }
        inside = {
            name
            for name, w in model.networks.named_parameters()
            if ".blocks." in name and w.ndim == 2
        }
        assert inside and moved
        assert moved == inside if muon else not moved & inside


def test_muon_asks_for_blocks():
    with pytest.raises(CourseError, match="Muon needs a network with blocks"):
        flow.Flow(flow.unet(4), muon=0.1)
