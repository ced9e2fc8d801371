"""The sheet of scores: shades by rank, better ones in words."""

import numpy as np
import pytest

from aigc_course import plots
from aigc_course.errors import CourseError
from aigc_course.intervals import Estimate

ROWS = {
    "a": {"FID": 0.05, "recall": 0.9},
    "b": {"FID": 20.4, "recall": 0.9},
    "c": {"FID": 1.5, "recall": 0.1},
}


def shades(figure):
    return np.asarray(figure.axes[0].collections[0].get_array()).reshape(3, 2)


def test_shades_follow_the_ranks_and_their_direction():
    found = shades(plots.score_sheet(ROWS, lower=("FID",)))
    assert found.tolist() == [[1, 1], [0, 1], [0.5, 0]]
    found = shades(plots.score_sheet(ROWS))  # more FID were better
    assert found[:, 0].tolist() == [0, 1, 0.5]


def test_numbers_and_directions_are_written():
    (axes,) = plots.score_sheet(ROWS, lower=("FID",)).axes
    texts = {text.get_text(): text for text in axes.texts}
    assert {"0.050", "20.4", "1.50", "0.900", "0.100"} == set(texts)
    assert texts["0.050"].get_weight() == "bold"
    assert texts["1.50"].get_weight() == "normal"
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert labels == ["FID ↓", "recall ↑"]
    assert [label.get_text() for label in axes.get_yticklabels()] == list("abc")


def test_the_sheet_in_words_names_all_that_share_the_first_place():
    assert plots.best_of(ROWS, ["FID"]) == (
        "Best in FID: a; recall: a and b, which are even."
    )


NOISY = {
    "a": {"FID": Estimate(0.939, 0.04), "recall": Estimate(0.708, 0.02)},
    "b": {"FID": Estimate(0.987, 0.04), "recall": Estimate(0.507, 0.02)},
}


def test_a_difference_inside_the_noise_crowns_nobody():
    figure = plots.score_sheet(NOISY, lower=("FID",))
    (axes,) = figure.axes
    bold = [t.get_text() for t in axes.texts if t.get_weight() == "bold"]
    assert bold == ["0.708 ± 0.020"]
    found = np.asarray(axes.collections[0].get_array()).reshape(2, 2)
    assert found.tolist() == [[0, 1], [0, 0]]
    assert plots.best_of(NOISY, ["FID"]) == (
        "Best in FID: no row, all are even; recall: a."
    )
    starred = plots.score_table(NOISY, ["FID"]).splitlines()[1:]
    assert [line.count("*") for line in starred] == [1, 0]


def test_two_samples_of_one_method_are_even_in_nineteen_of_twenty():
    chance = np.random.default_rng(0)
    apart = 0
    for _ in range(1_000):
        a, b = chance.normal(size=(2, 100))
        pair = [Estimate(x.mean(), 1.96 * x.std(ddof=1) / 10) for x in (a, b)]
        apart += pair[0].differs(pair[1])
    assert 30 <= apart <= 75  # about 5 % of 1,000


@pytest.mark.parametrize("rows", [{}, {"a": {}}, {"a": {"x": 1}, "b": {"y": 1}}])
def test_rows_that_make_no_table_are_refused(rows):
    with pytest.raises(CourseError, match="the same columns"):
        plots.score_sheet(rows)
