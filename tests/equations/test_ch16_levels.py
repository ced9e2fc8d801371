"""The equations of chapter 16 on levels and on patterns."""

import itertools
import math
import random

import numpy as np
import pytest
import torch

from aigc_course.apps import patterns
from aigc_course.apps.levels import measure, script, writer
from aigc_course.apps.levels.corpus import corpus
from aigc_course.exercises.ch16.seconds_per_level import seconds_per_level


@pytest.mark.equation("16.18")
@torch.no_grad()
def test_a_level_is_as_probable_as_its_tiles_one_after_another() -> None:
    torch.manual_seed(0)
    model = writer.network(width=16, layers=1).eval()
    torch.nn.init.normal_(model.head.weight)
    levels = corpus(3)
    before = script.prefix(levels.boxes, levels.moves)
    spelled, counts = script.spelled(script.inside(levels.tiles))
    total = 0.0
    for start, level, told in zip(before, spelled, counts, strict=True):
        tokens = start
        for token in level[told]:  # one factor, from what was written before alone
            p = model(tokens[None])[0, -1].softmax(-1)
            total -= math.log2(float(p[token]))
            tokens = torch.cat([tokens, token[None]])
    assert total / 3 == pytest.approx(writer.bits(model, levels), rel=1e-5)
    # the factors of one place sum to 1 over the vocabulary
    p = model(before)[:, -1].softmax(-1)
    assert torch.allclose(p.sum(-1), torch.ones(3))


@pytest.mark.equation("16.19")
def test_the_divergence_of_patterns() -> None:
    real = np.array([[[0, 1, 0], [1, 0, 1]]], dtype=np.uint8)
    made = np.array([[[0, 1, 1], [1, 0, 1]]], dtype=np.uint8)
    # windows of 2 x 2: real 01/10 and 10/01, made 01/10 and 11/01
    epsilon = measure.EPSILON
    p = [(1 + epsilon), (1 + epsilon), epsilon]
    q = [(1 + epsilon), epsilon, (1 + epsilon)]
    p, q = ([v / sum(shares) for v in shares] for shares in (p, q))
    want = sum(a * math.log(a / b) for a, b in zip(p, q, strict=True))
    assert measure.pattern_divergence(made, real) == pytest.approx(want)
    assert measure.pattern_divergence(real, real) == pytest.approx(0, abs=1e-12)


@pytest.mark.equation("16.20")
def test_the_cost_of_a_kept_level() -> None:
    chance, spent = random.Random(3), []
    for _ in range(4_000):
        cost = 0.0
        while True:
            cost += 1.0 + 2.0  # drawn and solved
            if chance.random() < 0.4:
                cost += 0.5  # looked up
                if chance.random() < 0.7:
                    break
        spent.append(cost)
    error = 4 * np.std(spent) / math.sqrt(len(spent))
    want = seconds_per_level(1.0, 2.0, 0.5, 0.4, 0.7)
    assert abs(np.mean(spent) - want) < error


@pytest.mark.equation("16.26")
def test_a_pattern_of_waves_repeats() -> None:
    places = torch.rand(50, 2, dtype=torch.float64)
    found = patterns.features(places, orders=2)
    k = torch.tensor([1.0, 2.0], dtype=torch.float64)
    x = 2 * math.pi * places[:, :1] * k
    assert torch.allclose(found[:, :4], torch.cat([x.cos(), x.sin()], 1))
    for shift in itertools.product((-1, 0, 2), repeat=2):
        moved = places + torch.tensor(shift, dtype=torch.float64)
        assert torch.allclose(patterns.features(moved, orders=2), found, atol=1e-9)


@pytest.mark.equation("16.27")
def test_the_mean_over_symmetries_is_symmetric() -> None:
    pattern = patterns.Pattern(torch.Generator().manual_seed(1))
    g = patterns.Symmetric(pattern)
    places = torch.rand(20, 2)
    want = g(places)
    for both in (places, places.flip(-1)):
        for signs in itertools.product((1.0, -1.0), repeat=2):
            assert torch.allclose(g(both * torch.tensor(signs)), want, atol=1e-5)
    assert not torch.allclose(pattern(places.flip(-1)), pattern(places), atol=1e-2)


@pytest.mark.equation("16.28")
def test_a_sheared_pattern_fits_bricks() -> None:
    f = patterns.Pattern(torch.Generator().manual_seed(2)).double()
    g = patterns.Bricks(f)
    places = torch.rand(20, 2, dtype=torch.float64)
    v, u = places.unbind(-1)
    assert torch.allclose(g(places), f(torch.stack([v, u - v / 2], -1)))
    for rows, columns in ((1, 0.5), (-1, -0.5), (2, 0.0), (0, 1.0)):
        moved = places + torch.tensor([rows, columns], dtype=torch.float64)
        assert torch.allclose(g(moved), g(places))
    assert not torch.allclose(f(places + torch.tensor([1, 0.5])), f(places), atol=1e-2)
