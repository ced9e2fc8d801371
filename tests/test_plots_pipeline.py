"""The pipeline diagram, and densities carried over by a function."""

import numpy as np
import pytest

from aigc_course import plots

STAGES = [plots.Stage(name, f"about {name}", "01") for name in ("a", "b", "c", "d")]


def boxes(axes):
    return [p.get_bbox() for p in axes.patches if hasattr(p, "get_boxstyle")]


def test_each_stage_is_a_box_with_its_words():
    (axes,) = plots.pipeline(STAGES).axes
    written = [text.get_text() for text in axes.texts]
    assert [name for name in written if len(name) == 1] == ["a", "b", "c", "d"]
    assert "about c" in written and written.count("01") == 4
    found = boxes(axes)
    assert len(found) == 4
    for left, right in zip(found, found[1:], strict=False):
        assert left.x1 < right.x0 and left.y0 == right.y0


def test_ways_back_start_and_end_at_their_boxes():
    ways = [plots.Return(3, 1, "near"), plots.Return(2, 0, "far")]
    (axes,) = plots.pipeline(STAGES, ways).axes
    found = boxes(axes)
    for line, way in zip(axes.lines, ways, strict=True):
        x, y = line.get_data()
        assert found[way.start].x0 < x[0] < found[way.start].x1
        assert found[way.end].x0 < x[-1] < found[way.end].x1
        assert y[0] == found[0].y1 < y[1] and line.get_linestyle() == "--"
    assert axes.lines[0].get_ydata()[1] < axes.lines[1].get_ydata()[1]


@pytest.mark.parametrize("slope", [2.0, -2.0])
def test_points_run_up_to_the_curve_and_on_to_its_value(slope):
    z = np.linspace(-1, 1, 101)
    x = np.linspace(-2, 2, 101)
    even = np.full(101, 0.5)
    figure = plots.pushforward((z, even), slope * z, (x, even / 2), [-0.5, 0.25])
    main, side, below = figure.axes
    for line, point in zip(main.lines[1:], (-0.5, 0.25), strict=True):
        right, end = line.get_xydata()[-1]
        assert end == pytest.approx(slope * point) and right == 1
    assert side.lines[-1].get_ydata() == pytest.approx([-0.5 * slope, 0.25 * slope])
    assert below.lines[-1].get_xdata() == pytest.approx([-0.5, 0.25])
    assert side.lines[0].get_linestyle() != below.lines[0].get_linestyle()
