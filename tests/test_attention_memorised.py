"""Copied runs against a slow search, and the scaling law on losses that follow one."""

import random

import numpy as np
import pytest

from aigc_course.attention import memorised, scaling
from aigc_course.errors import CourseError


def by_all_pairs(text, source):
    found = ""
    for a in range(len(text)):
        for b in range(a + len(found) + 1, len(text) + 1):
            if text[a:b] in source:
                found = text[a:b]
    return found


@pytest.mark.parametrize("seed", range(20))
def test_the_longest_run_is_that_of_a_full_search(seed):
    chance = random.Random(seed)
    text = "".join(chance.choices("abc", k=60))
    source = "".join(chance.choices("abcd", k=200))
    assert memorised.longest_run(text, source) == by_all_pairs(text, source)


def test_a_copied_piece_is_found_among_others():
    source = "".join(random.Random(1).choices("abcdefgh", k=3_000))
    text = "x" * 40 + source[500:537] + "y" * 63
    assert memorised.longest_run(text, source) == source[500:537]
    assert memorised.longest_runs(text, source, 70) == [30, 7]
    assert memorised.longest_run("xyz", source) == ""
    with pytest.raises(CourseError, match="shorter|no piece"):
        memorised.longest_runs("abc", source, 4)


LAW = scaling.Law(1.1, 30.0, 0.45, 900.0, 0.55)
GRID = [x.ravel() for x in np.meshgrid([2e3, 1e4, 5e4, 2e5], [1e5, 3e5, 1e6])]


def test_a_law_is_found_again_and_predicts_beyond_its_points():
    law = scaling.fit(*GRID, LAW.loss(*GRID))
    assert float(law.loss(1e6, 4e6)) == pytest.approx(
        float(LAW.loss(1e6, 4e6)), abs=0.01
    )
    assert abs(law.E - LAW.E) < 0.05


def test_noise_of_a_hundredth_moves_the_prediction_little():
    noise = 0.01 * np.random.default_rng(0).standard_normal(12)
    law = scaling.fit(*GRID, LAW.loss(*GRID) + noise)
    assert float(law.loss(4e5, 2e6)) == pytest.approx(
        float(LAW.loss(4e5, 2e6)), abs=0.04
    )


def test_the_best_share_is_no_worse_than_its_neighbours():
    weights, tokens = LAW.best_share(1e12)
    assert 6 * weights * tokens == pytest.approx(1e12)
    near = np.array([0.9, 1.0, 1.1])
    losses = LAW.loss(weights * near, tokens / near)
    assert losses.argmin() == 1


def test_too_few_points_are_refused():
    with pytest.raises(CourseError, match="three"):
        scaling.fit([1e3, 1e4], [1e5, 1e5], [2.0, 1.9])
    with pytest.raises(CourseError, match="share"):
        scaling.Law(1, 0, 0.5, 2, 0.5).best_share(1e9)
