"""Fine-tuning: what may change, windows, rehearsal, and nats over a whole text."""

import math

import pytest
import torch
from torch.nn import functional as F

from aigc_course import attention, training
from aigc_course.attention import finetune
from aigc_course.errors import CourseError


@pytest.fixture
def model():
    torch.manual_seed(0)
    shape = attention.Shape(8, context=16, width=16, layers=1)
    return attention.Transformer(shape).eval()


def tuned(model, how, steps=2):
    twin = finetune.prepared(model, how)
    learner = finetune.learner(twin, how)
    tokens = torch.arange(200) % 8
    batches = finetune.batches(finetune.windows(tokens, 16), 4)
    training.fit(learner, batches, training.Budget(steps=steps), progress=False)
    return learner.trained()


@pytest.mark.parametrize(
    ("how", "learns"),
    [
        ("full", lambda name: True),
        ("last", lambda name: name == "head.weight"),
        ("lora", lambda name: name.endswith((".a", ".b"))),
    ],
)
def test_only_what_was_named_changes(model, how, learns):
    start = finetune.prepared(model, how).state_dict()
    after = tuned(model, how).state_dict()
    torch.manual_seed(0)
    moved = {
        k
        for k in after
        if k in model.state_dict() and not torch.equal(after[k], model.state_dict()[k])
    }
    expected = {k for k in start if learns(k) and k in model.state_dict()}
    assert moved == expected


def test_from_scratch_keeps_the_shape_alone(model):
    fresh = finetune.prepared(model, "scratch")
    assert fresh.shape == model.shape
    assert not torch.equal(fresh.embed.weight, model.embed.weight)


def test_unknown_ways_and_characters_are_refused(model):
    with pytest.raises(CourseError, match="'half'"):
        finetune.prepared(model, "half")
    with pytest.raises(CourseError, match="é"):
        finetune.encode("café", "acf")
    with pytest.raises(CourseError, match="17 tokens"):
        finetune.windows(torch.arange(16), 16)
    with pytest.raises(CourseError, match="0 to 1"):
        finetune.replayed(None, None, 1.5)


def test_windows_are_pieces_of_the_text():
    make = finetune.windows(torch.arange(50), 8)
    rows = make(100, torch.Generator().manual_seed(0))
    assert rows.shape == (100, 9)
    assert torch.equal(rows - rows[:, :1], torch.arange(9).expand(100, 9))
    assert int(rows.min()) == 0
    assert int(rows.max()) == 49


@pytest.mark.parametrize(("share", "old"), [(0, 0), (0.25, 2), (1, 8)])
def test_rehearsal_takes_its_share_of_the_rows(share, old):
    new = finetune.windows(torch.zeros(50, dtype=torch.long), 8)
    kept = finetune.windows(torch.ones(50, dtype=torch.long), 8)
    rows = finetune.replayed(new, kept, share)(8, torch.Generator())
    assert int(rows[:, 0].sum()) == old


@pytest.mark.parametrize("length", [2, 16, 17, 18, 40, 53])
@pytest.mark.parametrize("stride", [None, 16, 3])
def test_every_token_is_judged_once_with_enough_before_it(model, length, stride):
    tokens = torch.randint(8, (length,), generator=torch.Generator().manual_seed(3))
    step, total, judged = stride or 8, 0.0, 0
    for place in range(1, length):
        # the window that first reaches this place
        first = max(0, math.ceil((place - 16) / step)) * step
        with torch.no_grad():
            logits = model(tokens[None, first:place])[0, -1]
        total += float(F.cross_entropy(logits[None], tokens[place : place + 1]))
        judged += 1
    assert judged == length - 1
    assert finetune.nats(model, tokens, stride) == pytest.approx(total / judged, 1e-5)
