"""Names: the speller, the judge, and three ways to train."""

import pytest
import torch
from torch.nn import functional as F

from aigc_course.apps.verse import names, picture, rivals
from aigc_course.errors import CourseError


@pytest.fixture
def speller() -> names.Speller:
    torch.manual_seed(0)
    return names.Speller(width=16)


def test_names_are_read_and_written() -> None:
    rows = names.encode(["anna", "o", "christopher"])
    assert names.decode(rows) == ["anna", "o", "christopher"]
    assert names.alive(rows).sum(dim=1).tolist() == [5, 2, 12]
    for word in ("", "Anna", "ann a", "christophers"):
        with pytest.raises(CourseError, match="from a to z"):
            names.encode([word])
    assert len(names.names().train) == 4_647 and len(names.names().valid) == 516


def test_samples_end_and_stay_ended(speller: names.Speller) -> None:
    rows = speller.sample(50, torch.Generator().manual_seed(0))
    assert rows.shape == (50, names.LONGEST) and (rows[:, -1] == names.END).all()
    assert torch.equal(names.closed(rows), rows)
    cold = speller.sample(5, torch.Generator().manual_seed(0), temperature=1e-7)
    assert len(set(names.decode(cold))) == 1


def test_a_step_at_a_time_gives_the_same_logits(speller: names.Speller) -> None:
    rows, state = names.names().train[:4], None
    whole, last, parts = speller(rows), torch.zeros(4, names.V), []
    for place in range(names.LONGEST):
        logits, state = speller.step(last, state)
        parts.append(logits)
        last = F.one_hot(rows[:, place], names.V).float()
    assert torch.allclose(torch.stack(parts, 1), whole, atol=1e-5)


def test_the_judge_knows_names_from_noise() -> None:
    generator = torch.Generator().manual_seed(0)
    real = names.names()
    good = names.judge(real.train[:1_000])
    noise = torch.randint(1, names.V, (1_000, names.LONGEST), generator=generator)
    noise[:, 6:] = names.END
    bad = names.judge(noise)
    assert good.look < bad.look and good.cover < bad.cover
    assert good.novel == 0 and bad.novel > 0.99
    one = names.judge(real.train[:1].expand(1_000, -1))
    assert one.distinct == 0.001 and one.cover > good.cover


def test_counted_names_cover_and_start_as_names_do() -> None:
    found = names.counted(300, torch.Generator().manual_seed(0))
    assert all(names.decode(found))  # none is empty
    judged = names.judge(found)
    assert judged.look < 2 and judged.distinct > 0.8


def test_gumbel_draws_have_the_right_shares_and_a_gradient() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.tensor([0.5, 0.3, 0.2]).log().repeat(20_000, 1).requires_grad_()
    drawn = rivals.gumbel(logits, generator)
    assert ((drawn == 0) | (drawn == 1) | ((drawn - 1).abs() < 1e-6)).all()
    assert torch.allclose(drawn.mean(0), torch.tensor([0.5, 0.3, 0.2]), atol=0.02)
    drawn[:, 0].sum().backward()
    assert float(logits.grad[:, 0].sum()) > 0 > float(logits.grad[:, 1].sum())


def test_returns_are_discounted() -> None:
    found = rivals.discounted(torch.tensor([[1.0, 0.0, 2.0]]), discount=0.5)
    assert torch.allclose(found, torch.tensor([[1.5, 1.0, 2.0]]))


def test_a_critic_sees_no_later_letter() -> None:
    critic = rivals.Critic(8)
    one = F.one_hot(names.names().train[:2], names.V).float()
    other = one.clone()
    other[:, 6:] = other[:, 6:].roll(1, dims=-1)
    assert torch.allclose(critic(one)[:, :6], critic(other)[:, :6])
    assert not torch.allclose(critic(one)[:, 6:], critic(other)[:, 6:])


@pytest.mark.parametrize("way", list(rivals.WAYS))
def test_every_way_moves_the_speller(way: str, speller: names.Speller) -> None:
    before = speller.head.weight.clone()
    trial = rivals.WAYS[way](speller)
    first = trial.step()
    trial.step()
    assert isinstance(first, float) and not torch.equal(before, speller.head.weight)


def test_likelihood_learns(speller: names.Speller) -> None:
    trial = rivals.Likelihood(speller, rate=1e-2)
    losses = [trial.step() for _ in range(25)]
    assert losses[-1] < losses[0] - 0.3


def test_reinforce_follows_a_reward(speller: names.Speller, monkeypatch) -> None:
    trial = rivals.Reinforce(speller, rate=1e-2)
    monkeypatch.setattr(trial, "learn_critic", lambda rows: None)
    # a critic that likes the letter a
    monkeypatch.setattr(trial, "critic", lambda one_hot: 8 * one_hot[..., 1] - 4)
    generator = torch.Generator().manual_seed(0)
    before = float((speller.sample(200, generator) == 1).float().mean())
    for _ in range(15):
        trial.step()
    assert float((speller.sample(200, generator) == 1).float().mean()) > before + 0.05


def test_trials_run_and_are_drawn() -> None:
    share, way, settings = rivals.TRIALS["half likelihood, then REINFORCE"]
    speller, steps = rivals.run(share, way, settings, seconds=0.05)
    assert steps >= 1
    found = {
        "one": names.judge(speller.sample(50)),
        "two": names.judge(speller.sample(50)),
    }
    assert len(picture.trials(found).axes[0].lines) == 2
    with pytest.raises(CourseError, match="ways"):
        rivals.run(0.0, "magic", {}, 1.0)
