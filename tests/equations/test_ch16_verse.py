"""The equations of chapter 16 on verse and on names."""

import itertools
import math

import pytest
import torch

from aigc_course.apps.verse import writer
from aigc_course.apps.verse.grid import QUATRAIN, Letters
from aigc_course.apps.verse.network import Poet
from aigc_course.apps.verse.wish import Allowed, Wish
from aigc_course.exercises.ch16.draw_weight import draw_weight
from aigc_course.exercises.ch16.reinforce_loss import reinforce_loss

POEM = ("江碧鳥逾白", "山青花欲然", "今春看又過", "何日是歸年")


@pytest.fixture(scope="module")
def poet() -> Poet:
    torch.manual_seed(0)
    letters = Letters("".join(POEM) + "東風空中紅同公春月")
    model = Poet(letters, width=16, layers=1, heads=2)
    torch.nn.init.normal_(model.embed.own, std=0.5)
    return model.eval()


@pytest.mark.equation("16.1")
@torch.no_grad()
def test_a_poem_is_as_probable_as_its_characters_one_after_another(poet: Poet) -> None:
    tokens = poet.letters.encode([POEM])
    total, characters = 0.0, 0
    for place in range(QUATRAIN.places):
        logits = poet(tokens[:, : 1 + place])[
            0, -1
        ]  # from what was written before alone
        token = int(tokens[0, 1 + place])
        if token < poet.letters.blank:
            p = logits[: poet.letters.blank].softmax(-1)
            assert float(p.sum()) == pytest.approx(1, abs=1e-5)
            total -= math.log2(float(p[token]))
            characters += 1
    assert characters == 20
    assert total / 20 == pytest.approx(float(writer.bits(poet, [POEM])), rel=1e-5)


@pytest.mark.equation("16.2")
@torch.no_grad()
def test_the_constrained_draw_is_the_model_among_the_allowed(poet: Poet) -> None:
    may = Allowed(poet.letters, Wish(5, pattern=(False, False)))
    start = poet.letters.encode([POEM])[
        0, :11
    ]  # the next place is the second character
    allowed = may(start)
    p = poet(start[None])[0, -1].softmax(-1)
    z = float(p[allowed].sum())
    assert 0 < z < 1
    rule = writer.Decoding()
    q = rule.probabilities(p.log()[None], allowed)[0]
    assert torch.allclose(q, torch.where(allowed, p / z, 0.0), atol=1e-6)


@pytest.mark.equation("16.3")
def test_weights_turn_constrained_draws_into_conditional_ones() -> None:
    # a model of two tokens of three kinds, with a constraint on the pair
    torch.manual_seed(1)
    first = torch.randn(3, dtype=torch.float64).softmax(-1)
    second = torch.randn(3, 3, dtype=torch.float64).softmax(-1)
    may_first = torch.tensor([True, True, False])
    may_second = torch.tensor([[True, False, False], [False, True, True], [False] * 3])
    pairs = [
        (a, b)
        for a, b in itertools.product(range(3), repeat=2)
        if may_first[a] and may_second[a, b]
    ]
    p = torch.stack([first[a] * second[a, b] for a, b in pairs])
    q, log_w = [], []
    for a, b in pairs:
        one, two = first * may_first, second[a] * may_second[a]
        q.append(one[a] / one.sum() * two[b] / two.sum())
        log_p = torch.stack([first, second[a]]).log()[None]
        allowed = torch.stack([may_first, may_second[a]])[None]
        log_w.append(draw_weight(log_p, allowed)[0])
    weighted = torch.stack(q) * torch.stack(log_w).exp()
    assert torch.allclose(weighted, p)
    conditional = weighted / weighted.sum()
    assert torch.allclose(conditional, p / p.sum())
    # without the weights the draw is another one
    assert not torch.allclose(torch.stack(q), p / p.sum(), atol=0.01)


@pytest.mark.equation("16.4")
def test_the_score_function_gradient_is_that_of_the_mean_reward() -> None:
    torch.manual_seed(2)
    logits = torch.randn(4, dtype=torch.float64, requires_grad=True)
    reward = torch.tensor([1.0, -2.0, 0.5, 3.0], dtype=torch.float64)
    p = logits.softmax(-1)
    (exact,) = torch.autograd.grad((p * reward).sum(), logits)
    # E[(R - b) grad log p(x)] over all x, for any b that does not depend on x
    for b in (0.0, 1.7):
        logs = logits.log_softmax(-1)
        mean = (p.detach() * (reward - b) * logs).sum()
        (found,) = torch.autograd.grad(mean, logits)
        assert torch.allclose(found, exact)
    # two draws, each the baseline of the other: the mean over all pairs is exact, too
    total = torch.zeros(4, dtype=torch.float64)
    for i, j in itertools.product(range(4), repeat=2):
        log_p = logits.log_softmax(-1)[[i, j]][:, None]
        loss = reinforce_loss(log_p, reward[[i, j]], torch.ones(2, 1))
        total -= float((p[i] * p[j]).detach()) * torch.autograd.grad(loss, logits)[0]
    assert torch.allclose(total, exact)
