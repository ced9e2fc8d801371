"""Kneser-Ney: against a plain dictionary of counts, and known answers."""

import math
from collections import defaultdict

import pytest
import torch
from torch import Tensor

from aigc_course.classical.counts import KneserNey, discount
from aigc_course.classical.online import OnlineKneserNey
from aigc_course.errors import CourseError


def plain(order: int, train: list[int], v: int, history: list[int], w: int) -> float:
    """p(w | history) by the definition, with dictionaries and no arithmetic tricks."""
    p = 1 / v
    for n in range(1, min(order, len(history) + 1) + 1):
        if n == order:
            raw: defaultdict[tuple[int, ...], int] = defaultdict(int)
            for i in range(len(train) - n + 1):
                raw[tuple(train[i : i + n])] += 1
            c = dict(raw)
        else:
            before: defaultdict[tuple[int, ...], set[int]] = defaultdict(set)
            for i in range(len(train) - order + 1):
                gram = train[i : i + order]
                before[tuple(gram[order - n :])].add(gram[order - n - 1])
            c = {gram: len(left) for gram, left in before.items()}
        once, twice = (sum(x == k for x in c.values()) for k in (1, 2))
        d = once / (once + 2 * twice) if once else 0.5
        h = tuple(history[len(history) - n + 1 :])
        behind = {gram[-1]: x for gram, x in c.items() if gram[:-1] == h}
        if behind:
            s, u = sum(behind.values()), len(behind)
            p = max(behind.get(w, 0) - d, 0) / s + d * u / s * p
    return p


@pytest.fixture(scope="module")
def text() -> Tensor:
    g = torch.Generator().manual_seed(0)
    steps = torch.randint(3, (300,), generator=g).cumsum(0) % 5  # neighbours matter
    return torch.where(torch.rand(300, generator=g) < 0.1, 0, steps)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_it_is_the_definition(text: Tensor, order: int) -> None:
    train, valid = text[:260], text[260:]
    found = KneserNey(order).fit(train, 6).nats(valid, train)
    rows = text.tolist()
    for i in range(40):
        p = plain(order, rows[:260], 6, rows[: 260 + i], rows[260 + i])
        assert float(found[i]) == pytest.approx(-math.log(p), abs=1e-9)


@pytest.mark.parametrize("history", [None, torch.tensor([1]), torch.tensor([4, 5, 5])])
def test_distributions_sum_to_one_and_agree(text: Tensor, history: Tensor) -> None:
    """A token that was never seen has a probability, too."""
    model = KneserNey(4).fit(text, 6)
    valid = torch.cat([text[:50], torch.tensor([5, 5, 1])])
    rows = model.distributions(valid, history)
    assert torch.allclose(rows.sum(-1), torch.ones(53).double(), atol=1e-12)
    assert bool((rows > 0).all())
    picked = -rows.gather(1, valid[:, None])[:, 0].log()
    assert torch.allclose(picked, model.nats(valid, history), atol=1e-12)


def test_a_lower_order_counts_neighbours() -> None:
    """Here 'San Francisco': token 1 is frequent, and only ever behind token 0."""
    train = torch.tensor([0, 1] * 20 + [2, 3, 4, 3, 5, 3, 2])
    p = KneserNey(2).fit(train, 7).probabilities(torch.tensor([6]))  # 6 was never seen
    assert p[1] < p[3]  # 1 occurs 20 times, 3 three times behind three different tokens
    assert p[1] == pytest.approx(float(p[4]))  # both have one neighbour


def test_discount() -> None:
    assert discount(torch.tensor([1, 1, 1, 2, 5])) == pytest.approx(3 / 5)
    assert discount(torch.tensor([4, 5])) == 0.5


def test_online_starts_where_the_frozen_counts_are(text: Tensor) -> None:
    frozen = KneserNey(4).fit(text[:200], 6)
    online = OnlineKneserNey(frozen)
    first = frozen.nats(text[200:201], text[:200])
    assert float(online.nats(text[200:], text[:200])[0]) == pytest.approx(float(first))


@pytest.mark.parametrize("order", [1, 2, 4])
def test_online_counts_are_those_of_a_new_count(text: Tensor, order: int) -> None:
    """Having read a text, it predicts as if it had been fitted to all of it."""
    online = OnlineKneserNey(KneserNey(order).fit(text[:200], 6))
    online.nats(text[200:290], text[:200])
    anew = KneserNey(order).fit(text[:290], 6)
    found = online.probabilities(text[:290])
    assert torch.allclose(found, anew.probabilities(text[:290]), atol=1e-12)


def test_online_distributions_agree_with_its_nats(text: Tensor) -> None:
    frozen = KneserNey(3).fit(text[:200], 6)
    rows = OnlineKneserNey(frozen).distributions(text[200:], text[:200])
    nats = OnlineKneserNey(frozen).nats(text[200:], text[:200])
    picked = -rows.gather(1, text[200:, None])[:, 0].log()
    assert torch.allclose(picked, nats, atol=1e-12)
    assert torch.allclose(rows.sum(-1), torch.ones(100).double(), atol=1e-12)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: KneserNey(0),
        lambda: KneserNey(2).nats(torch.tensor([1])),
        lambda: KneserNey(3).fit(torch.tensor([0, 1]), 2),
        lambda: KneserNey(2).fit(torch.tensor([0, 5]), 2),
        lambda: KneserNey(2).fit(torch.tensor([0.0, 1.0]), 2),
        lambda: KneserNey(20).fit(torch.arange(100), 100),
    ],
)
def test_refused(ask: object) -> None:
    with pytest.raises(CourseError):
        ask()  # type: ignore[operator]
