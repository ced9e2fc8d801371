"""The equations of chapter 16 on captions."""

import itertools
import math
import random

import pytest
import torch

from aigc_course.apps.captions import CaptionEncoder, measure, words
from aigc_course.apps.captions.learner import field
from aigc_course.apps.captions.networks import LATENTS, CaptionNetworks
from aigc_course.apps.captions.scenes import PLACES
from aigc_course.attention.functions import attention
from aigc_course.exercises.ch16.best_for_a_bag import best_for_a_bag
from aigc_course.exercises.ch16.true_obedience import true_obedience


@pytest.mark.equation("16.30")
def test_a_place_takes_a_weighted_mean_of_the_words() -> None:
    torch.manual_seed(0)
    d, words_seen = 8, 5
    q, k, v = torch.randn(4, d), torch.randn(7, d), torch.randn(7, 3)
    there = (torch.arange(7) < words_seen)[None]
    found = attention(q, k, v, there)
    for place in range(4):
        s = [float(q[place] @ k[j]) / math.sqrt(d) for j in range(words_seen)]
        total = sum(map(math.exp, s))
        parts = [math.exp(s[j]) / total * v[j] for j in range(words_seen)]
        want = torch.stack(parts).sum(0)
        assert torch.allclose(found[place], want, atol=1e-5)
    # and in the network empty places do not count
    networks = _stirred(True)
    told = words.tokens(["a 3 left of a 7"])
    short = told[:, : int((told != words.PAD).sum())]
    assert torch.allclose(networks.said(told), networks.said(short), atol=1e-5)


@pytest.mark.equation("16.31")
@torch.no_grad()
def test_a_bag_draws_one_picture_for_all_orders() -> None:
    told = words.tokens(["a thin 3 left of a 7", "a thin 7 left of a 3"])
    x = torch.randn(1, PLACES, LATENTS).expand(2, -1, -1)
    bag, order = (field(_stirred(o), told, 2.0)(x, 0.3) for o in (False, True))
    assert torch.allclose(bag[0], bag[1], atol=1e-4)
    assert (order[0] - order[1]).abs().max() > 1e-2
    # no rule that sees the bag alone obeys more captions than the bound says
    captions = ["3 left of 7", "7 left of 3", "3 left of 7", "1 above 2", "2 above 1"]
    bags = sorted({tuple(sorted(c.split())) for c in captions})
    shares = []
    for answers in itertools.product(sorted(set(captions)), repeat=len(bags)):
        rule = dict(zip(bags, answers, strict=True))
        shares.append(sum(rule[tuple(sorted(c.split()))] == c for c in captions) / 5)
    assert max(shares) == pytest.approx(best_for_a_bag(captions))


@pytest.mark.equation("16.29")
def test_the_true_share_behind_a_reader() -> None:
    chance, o, hit, false = random.Random(1), 0.7, 0.95, 0.1
    n = 40_000
    said = sum(
        chance.random() < (hit if chance.random() < o else false) for _ in range(n)
    )
    for share in (true_obedience, measure.true_share):
        assert share(said / n, hit, false) == pytest.approx(o, abs=0.012)


def _stirred(order: bool) -> CaptionNetworks:
    """Networks of which no layer is zero, so that words have an effect."""
    torch.manual_seed(1)
    networks = CaptionNetworks(order=order).eval().requires_grad_(False)
    assert isinstance(networks.reader, CaptionEncoder)
    for layer in (networks.drawer.last, *networks.drawer.modulate):
        torch.nn.init.normal_(layer.weight, std=0.2)
    return networks
