"""Pictures of points: what is drawn where, and what is refused."""

import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex

from aigc_course import data, plots
from aigc_course.errors import CourseError

RING = data.toy("ring", 50)


def offsets(axes, i):
    return np.asarray(axes.collections[i].get_offsets())


def test_clouds_lie_where_their_points_do():
    other = torch.tensor([[2.0, 0.0], [0.0, -3.0]])
    (axes,) = plots.points({"data": RING, "generated": other}, "A title").axes
    assert np.allclose(offsets(axes, 0), RING)
    assert np.allclose(offsets(axes, 1), other)
    assert axes.get_xlim() == axes.get_ylim() == pytest.approx((-3.24, 3.24))
    assert axes.get_title() == "A title"


def test_clouds_differ_in_more_than_colour():
    clouds = {name: RING for name in "abcd"}
    figure = plots.points(clouds)
    (axes,) = figure.axes
    paths = [c.get_paths()[0].vertices.tobytes() for c in axes.collections]
    colours = {to_hex(c.get_facecolor()[0]) for c in axes.collections}
    assert len(set(paths)) == len(colours) == 4
    assert [text.get_text() for text in figure.legends[0].texts] == list("abcd")


def test_one_cloud_needs_no_legend():
    assert not plots.points({"data": RING}).legends


def test_beliefs_are_drawn_where_they_were_asked():
    places = plots.mesh(2.0, 5)
    assert places.shape == (25, 2) and places.dtype == np.float32
    # a belief that grows to the right
    belief = (places[:, 0] + 2) / 4
    figure = plots.points({"data": RING}, belief=belief, reach=2.0)
    ground = figure.axes[0].collections[0].get_array().reshape(5, 5)
    assert np.allclose(ground, np.linspace(0, 1, 5)[None, :].repeat(5, 0))
    # and one that grows upwards
    belief = (places[:, 1] + 2) / 4
    figure = plots.points({"data": RING}, belief=belief, reach=2.0)
    ground = figure.axes[0].collections[0].get_array().reshape(5, 5)
    assert np.allclose(ground, np.linspace(0, 1, 5)[:, None].repeat(5, 1))
    assert figure.axes[1].get_ylabel() == "D's belief in real"


def test_arrows_start_and_point_where_they_should():
    tails, steps = RING[:3], torch.tensor([[0.1, 0.0], [0.0, 0.2], [0.3, 0.3]])
    (axes,) = plots.points({"data": RING}, arrows=(tails, steps)).axes
    quiver = axes.collections[-1]
    assert np.allclose(quiver.XY, tails)
    assert np.allclose(np.stack([quiver.U, quiver.V], 1), steps)
    assert quiver.scale == 1  # drawn in the units of the axes


def test_panels_share_one_scale():
    panels = {"first": {"data": RING}, "then": {"data": RING, "generated": 3 * RING}}
    belief = {"then": torch.linspace(0, 1, 16)}
    figure = plots.point_panels(panels, beliefs=belief, reach=4.0)
    first, then = figure.axes[:2]
    assert first.get_title() == "first" and then.get_title() == "then"
    assert first.get_xlim() == then.get_xlim() == (-4, 4)
    assert [text.get_text() for text in figure.legends[0].texts] == [
        "data",
        "generated",
    ]
    assert len(first.collections) == 1 and len(then.collections) == 4


def test_panels_without_beliefs():
    figure = plots.point_panels({name: {name: RING} for name in ("a", "b")})
    assert len(figure.axes) == 2 and plots.png_bytes(figure).startswith(b"\x89PNG")


def test_what_is_refused():
    with pytest.raises(CourseError, match=r"'data' has \[4, 3\]"):
        plots.points({"data": torch.zeros(4, 3)})
    with pytest.raises(CourseError, match="needs `reach`"):
        plots.points({"data": RING}, belief=torch.zeros(16))
    with pytest.raises(CourseError, match="these are 15"):
        plots.points({"data": RING}, belief=torch.zeros(15), reach=1.0)
