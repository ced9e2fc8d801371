"""The figure of wishes: one panel each, the correlation in its title."""

import numpy as np
import pytest

from aigc_course import plots
from aigc_course.errors import CourseError


def test_a_panel_for_each_title_with_its_correlation():
    x = np.linspace(0, 1, 9)
    figure = plots.asked_obtained({"same": (x, x), "turned": (x, -x)}, "pixels")
    assert [axes.get_title() for axes in figure.axes] == [
        "same, r = 1.00",
        "turned, r = -1.00",
    ]
    points = figure.axes[1].collections[0].get_offsets()
    assert np.allclose(points, np.stack([x, -x], axis=1))
    line = figure.axes[1].lines[0].get_xydata()
    assert np.allclose(line[:, 0], line[:, 1])


def test_rows_of_different_lengths_are_refused():
    with pytest.raises(CourseError, match=r"\[3\] and \[2\]"):
        plots.asked_obtained({"odd": ([1, 2, 3], [1, 2])})


def test_constant_values_have_no_correlation_and_no_warning():
    figure = plots.asked_obtained({"flat": ([1, 2], [3, 3])})
    assert figure.axes[0].get_title() == "flat, r = nan"
