"""Low-rank additions: what learns, that they start at nothing, and that they merge."""

import pytest
import torch
from torch import nn

from aigc_course import attention
from aigc_course.attention import lora
from aigc_course.errors import CourseError


@pytest.fixture
def model():
    torch.manual_seed(0)
    shape = attention.Shape(20, context=16, width=32, layers=2)
    return attention.Transformer(shape).eval()


@pytest.fixture
def tokens():
    return torch.randint(20, (3, 12), generator=torch.Generator().manual_seed(1))


def shaken(model):
    """The additions away from their start."""
    seeded = torch.Generator().manual_seed(2)
    for part in model.modules():
        if isinstance(part, lora.LowRank):
            with torch.no_grad():
                part.b += 0.1 * torch.randn(part.b.shape, generator=seeded)
    return model


def test_nothing_changes_before_the_first_step(model, tokens):
    assert torch.equal(lora.added(model, 2)(tokens), model(tokens))


def test_merged_matrices_do_the_same(model, tokens):
    adapted = shaken(lora.added(model, 2, alpha=4.0))
    plain = lora.merged(adapted)
    assert (adapted(tokens) - model(tokens)).abs().max() > 0.01
    assert torch.allclose(plain(tokens), adapted(tokens), atol=1e-6)
    assert plain.state_dict().keys() == model.state_dict().keys()


def test_the_addition_counts_alpha_over_r_times():
    layer = lora.LowRank(nn.Linear(6, 5, bias=False), rank=2, alpha=6.0)
    torch.nn.init.normal_(layer.b)
    x = torch.randn(3, 6)
    want = x @ layer.frozen.weight.T + 6.0 / 2 * x @ (layer.b @ layer.a).T
    assert torch.allclose(layer(x), want, atol=1e-5)


def test_the_change_has_the_rank_that_was_asked_for(model):
    adapted = shaken(lora.added(model, 3))
    after = lora.merged(adapted).blocks[0].attend.query.weight
    change = after - model.blocks[0].attend.query.weight
    assert int(torch.linalg.matrix_rank(change, rtol=1e-4)) == 3


def test_only_the_additions_learn(model, tokens):
    adapted = lora.added(model, 2)
    learner = attention.NextToken(adapted, lr=0.1)
    before = {k: v.clone() for k, v in adapted.state_dict().items()}
    learner.step(tokens)
    learner.step(tokens)
    moved = {k for k, v in adapted.state_dict().items() if not v.equal(before[k])}
    assert moved
    assert all(k.endswith((".a", ".b")) for k in moved)
    # 2 layers, 4 matrices of 32 x 32, rank 2: 2 (32 + 32) each
    assert attention.parameters(adapted) == 2 * 4 * 2 * 64
    whole = attention.parameters(model)
    assert lora.share(adapted) == pytest.approx(1024 / whole)
    assert lora.share(model) == 1.0


def test_the_model_itself_is_left_alone(model):
    before = {k: v.clone() for k, v in model.state_dict().items()}
    shaken(lora.added(model, 2))
    assert all(v.equal(before[k]) for k, v in model.state_dict().items())
    assert all(p.requires_grad for p in model.parameters())


@pytest.mark.parametrize("rank", [0, -1, 32, 40])
def test_a_rank_that_saves_nothing_is_refused(rank):
    with pytest.raises(CourseError, match="rank"):
        lora.LowRank(nn.Linear(32, 40, bias=False), rank)


def test_a_matrix_that_is_not_there_is_named(model):
    with pytest.raises(CourseError, match="called nothing"):
        lora.added(model, 2, where=("nothing",))
