"""The map of a file's bytes."""

import pytest

from aigc_course import plots
from aigc_course.errors import CourseError


def test_every_part_has_a_bar_where_it_stands():
    figure = plots.byte_map({"length": (0, 8), "header": (8, 100), "w": (100, 4100)})
    (axes,) = figure.axes
    assert [bar.get_x() for bar in axes.patches] == [0, 8, 100]
    assert axes.patches[2].get_width() == 4000
    assert axes.patches[0].get_width() > 8  # widened, so that it can be seen
    assert [text.get_text().strip() for text in axes.texts][0] == "8 bytes"


@pytest.mark.parametrize("parts", [{}, {"w": (5, 3)}, {"w": (-1, 3)}])
def test_parts_that_cannot_be_are_refused(parts):
    with pytest.raises(CourseError, match="first, last"):
        plots.byte_map(parts)
