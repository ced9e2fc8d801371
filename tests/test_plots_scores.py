"""The sheet of scores: shades by rank, better ones in words."""

import numpy as np
import pytest

from aigc_course import plots
from aigc_course.errors import CourseError

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
    assert plots.best_of(ROWS, ["FID"]) == "Best in FID: a; recall: a and b."


@pytest.mark.parametrize("rows", [{}, {"a": {}}, {"a": {"x": 1}, "b": {"y": 1}}])
def test_rows_that_make_no_table_are_refused(rows):
    with pytest.raises(CourseError, match="the same columns"):
        plots.score_sheet(rows)
