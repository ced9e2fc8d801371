"""A text is judged whole, each token once, with as much context as promised."""

import math

import pytest
import torch
from torch.nn import functional as F

from aigc_course import attention as att
from aigc_course.attention import evaluate
from aigc_course.errors import CourseError


@pytest.fixture(scope="module")
def model() -> att.Transformer:
    torch.manual_seed(0)
    made = att.Transformer(att.Shape(7, context=8, width=16, layers=1, heads=2))
    for p in made.parameters():  # sharp enough that context matters
        p.data *= 5
    return made


@pytest.mark.parametrize("length", [1, 2, 8, 9, 26])
@pytest.mark.parametrize("history", [0, 5, 12])
@pytest.mark.parametrize("stride", [1, 3, 8])
@torch.no_grad()
def test_each_token_is_judged_once(
    model: att.Transformer, length: int, history: int, stride: int
) -> None:
    """Against one pass for each token, with the context that the docstring promises."""
    g = torch.Generator().manual_seed(length)
    tokens = torch.randint(7, (length,), generator=g)
    before = torch.randint(7, (history,), generator=g)
    found = evaluate.nats(model, tokens, before, stride)
    assert found.shape == (length,)
    whole = torch.cat([before[-8:], tokens])
    kept = len(whole) - length
    for i in range(length):
        place = kept + i
        if place == 0:
            assert found[0] == pytest.approx(math.log(7))
            continue
        costs = []
        for seen in range(min(8 - stride + 1, place), min(8, place) + 1):
            logits = model(whole[None, place - seen : place])[0, -1]
            costs.append(float(F.cross_entropy(logits, whole[place])))
        assert float(found[i]) in [pytest.approx(cost, rel=1e-4) for cost in costs]


def test_log_probabilities_are_what_nats_picks_from(model: att.Transformer) -> None:
    tokens = torch.randint(7, (40,), generator=torch.Generator().manual_seed(1))
    for history in (None, tokens[:5]):
        table = evaluate.log_probabilities(model, tokens, history)
        assert torch.allclose(table.exp().sum(-1), torch.ones(40), atol=1e-5)
        picked = -table.gather(1, tokens[:, None])[:, 0]
        assert torch.allclose(picked, evaluate.nats(model, tokens, history), atol=1e-6)


def test_a_model_in_training_stays_in_training(model: att.Transformer) -> None:
    model.train()
    evaluate.nats(model, torch.arange(7))
    assert model.training


@pytest.mark.parametrize(
    ("tokens", "stride"),
    [(torch.arange(0), None), (torch.zeros(2, 2).long(), None), (torch.arange(5), 0)]
    + [(torch.arange(5), 9), (torch.arange(9), None)],
)
def test_refused(
    model: att.Transformer, tokens: torch.Tensor, stride: int | None
) -> None:
    with pytest.raises(CourseError):
        evaluate.nats(model, tokens, None, stride)
