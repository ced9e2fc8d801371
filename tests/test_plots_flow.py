"""Figures of points that move in time."""

import numpy as np
import pytest

from aigc_course import plots
from aigc_course.errors import CourseError

STATES = [np.array([-1.0, 0.5]), np.array([[-2.0], [1.0]]), np.array([-3.0, 2.0])]


def test_paths_differ_in_line_as_well_as_in_colour():
    figure = plots.paths({"a": STATES, "b": STATES[:2]})
    first, second = figure.axes
    assert [line.get_linestyle() for line in first.lines] == ["--", "-"]
    assert first.lines[0].get_ydata().tolist() == [-1, -2, -3]
    assert second.lines[1].get_xdata().tolist() == [0, 1]


def test_a_density_lies_beneath():
    places = np.linspace(-3, 3, 7)
    figure = plots.paths({"a": STATES}, (places, np.ones((7, 5))))
    assert len(figure.axes[0].collections) == 1


def test_velocity_panels_share_a_legend():
    curves = {"exact": ([0, 1], [1, 2]), "learned": ([0, 1], [1, 1])}
    figure = plots.velocity_panels({"t = 0": curves, "t = 1": curves}, "density")
    assert [t.get_text() for t in figure.legends[0].get_texts()] == [*curves]
    assert figure.axes[0].get_ylabel() == "density"


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: plots.paths({"a": STATES[:1]}), "two states"),
        (lambda: plots.paths({"a": STATES}, ([0, 1], np.ones(2))), "a table"),
    ],
)
def test_bad_input_is_one_sentence(call, sentence):
    with pytest.raises(CourseError, match=sentence):
        call()
