"""One step: pairs are the flow's own, and a student learns where its paths end."""

import pytest
import torch

from aigc_course import flow, training
from aigc_course.errors import CourseError


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def teacher():
    """A flow whose map is known: data N(0, 0.2^2) make it x -> 0.2 x."""
    training.seed_everything(0)
    return flow.Flow(flow.mlp(2, 32, 1, spread=0.2), ema=None)


def test_pairs_are_where_the_flow_goes(teacher):
    pairs = flow.Pairs(teacher, 64, 16, steps=32)
    x0, x1 = next(pairs)
    assert x0.shape == x1.shape == (16, 2) and pairs.per_epoch == 4
    assert torch.allclose(x1, 0.2 * x0, atol=0.02)


def test_pairs_go_on_where_they_were(teacher):
    one, two = flow.Pairs(teacher, 64, 16), flow.Pairs(teacher, 64, 16)
    next(one)
    two.load_state_dict(one.state_dict())
    assert torch.equal(next(one)[0], next(two)[0])


def test_a_student_needs_one_step(teacher):
    training.seed_everything(1)
    student = flow.OneStep(flow.mlp(2, 32, 1), lr=1e-2, ema=None, lr_warmup=0)
    pairs = flow.Pairs(teacher, 2_000, 128)
    before = float(student.step(next(pairs))["loss"])
    budget = training.Budget(steps=150)
    history = training.fit(student, pairs, budget, progress=False, threads=1)
    assert history.rows[-1]["loss"] < 0.05 * before
    drawn = student.sample(2_000, seeded())
    assert float(drawn.std()) == pytest.approx(0.2, rel=0.15)


def test_what_makes_no_sense_is_refused(teacher):
    with pytest.raises(CourseError, match="The number of pairs"):
        flow.Pairs(teacher, 0)
    with pytest.raises(CourseError, match="The number of samples"):
        flow.OneStep(flow.mlp(2, 4, 1)).sample(0)
