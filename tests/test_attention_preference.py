"""Preferences: the loss leads to the closed form, on a table and in a model."""

import pytest
import torch

from aigc_course import attention
from aigc_course.attention import preference
from aigc_course.errors import CourseError


def drawn(k, seed=0):
    seeded = torch.Generator().manual_seed(seed)
    reference = torch.randn(k, generator=seeded, dtype=torch.float64).softmax(0)
    return reference, 2 * torch.randn(k, generator=seeded, dtype=torch.float64)


@pytest.mark.parametrize("beta", [0.1, 0.5, 2.0])
@pytest.mark.parametrize("k", [2, 5, 12])
def test_the_loss_leads_to_the_closed_form_on_a_table(k, beta):
    reference, reward = drawn(k, k)
    want = preference.best_policy(reference, reward, beta)
    got = preference.tabular(reference, reward, beta)
    assert (got - want).abs().max() < 1e-3
    assert (want - reference).abs().max() > 0.05  # there was something to learn


def test_the_closed_form_is_the_best_of_many_policies():
    reference, reward = drawn(6)
    best = preference.best_policy(reference, reward, 0.5)

    def value(p):
        return (p * reward).sum(-1) - 0.5 * (p * (p / reference).log()).sum(-1)

    noise = torch.randn(500, 6, generator=torch.Generator().manual_seed(1))
    others = (best.log() + 0.2 * noise).softmax(-1)
    assert bool((value(others) < value(best)).all())


def test_far_pairs_do_not_overflow():
    far = torch.tensor([-1.0]), torch.tensor([-5000.0])
    zero = torch.zeros(1)
    assert float(preference.dpo_loss(*far, zero, zero, 1.0)) == 0.0
    assert float(preference.dpo_loss(*far[::-1], zero, zero, 1.0)) == 4999.0


def test_a_beta_of_zero_is_refused():
    reference, reward = drawn(3)
    with pytest.raises(CourseError, match="above 0"):
        preference.best_policy(reference, reward, 0.0)


@pytest.fixture
def model():
    torch.manual_seed(0)
    shape = attention.Shape(8, context=16, width=16, layers=1)
    return attention.Transformer(shape).eval()


def pairs(n):
    """After 1 comes 2 or 3; 2 is liked better."""
    start = torch.tensor([1, 1]).expand(n, 2)
    counts = torch.tensor([False, True]).expand(n, 2)
    one, other = (torch.cat([start, torch.full((n, 1), y)], 1) for y in (2, 3))
    return one, counts, other, counts


def test_a_model_learns_what_is_liked_and_its_reference_stays(model):
    learner = preference.Preferring(model, beta=0.5, lr=1e-2)
    first = learner.step(pairs(4))
    assert float(first["loss"]) == pytest.approx(0.6931, abs=1e-4)
    for _ in range(30):
        last = learner.step(pairs(4))
    assert float(last["loss"]) < 0.4
    assert float(last["accuracy"]) == 1.0
    logits = learner.trained()(torch.tensor([[1, 1]]))[0, -1]
    assert logits[2] > logits[3] + 1
    state = learner.reference.state_dict()
    assert all(v.equal(model.state_dict()[k]) for k, v in state.items())


def test_log_probability_adds_up_what_counts(model):
    tokens, counts, _, _ = pairs(2)
    with torch.no_grad():
        got = preference.log_probability(model, (tokens, counts))
        want = model(tokens[:, :-1])[:, 1].log_softmax(-1)[:, 2]
    assert torch.allclose(got, want)
