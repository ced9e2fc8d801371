"""Pictures side by side, as they come."""

import pytest
import torch

from aigc_course import plots
from aigc_course.errors import CourseError


def test_every_picture_has_its_title_and_its_own_size():
    colour, grey = torch.rand(3, 5, 9) * 2 - 1, torch.rand(1, 7, 4) * 2 - 1
    figure = plots.photographs({"colour": colour, "grey": grey})
    first, second = figure.axes
    assert [axes.get_title() for axes in figure.axes] == ["colour", "grey"]
    assert first.images[0].get_array().shape == (5, 9, 3)
    assert second.images[0].get_array().shape == (7, 4)
    assert second.images[0].get_clim() == (0, 1)
    shown = torch.from_numpy(first.images[0].get_array().data)
    torch.testing.assert_close(2 * shown - 1, colour.permute(1, 2, 0))
    assert plots.png_bytes(figure).startswith(b"\x89PNG")


def test_what_is_beyond_the_range_is_clipped():
    figure = plots.photographs({"": torch.full((1, 2, 2), 3.0)})
    assert float(figure.axes[0].images[0].get_array().max()) == 1


@pytest.mark.parametrize("shape", [(2, 4, 4), (4, 4), (1, 1, 4, 4)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(CourseError, match=r"\[1, H, W\] or \[3, H, W\]"):
        plots.photographs({"": torch.zeros(shape)})


def test_nothing_is_refused():
    with pytest.raises(CourseError, match="nothing to show"):
        plots.photographs({})
