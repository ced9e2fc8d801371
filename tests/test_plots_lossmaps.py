"""Pictures of losses: what is drawn is what was given."""

import numpy as np
import pytest
import torch

from aigc_course import plots


def test_critics_leave_a_gap_where_they_are_infinite():
    x = np.linspace(-1, 1, 5)
    critic = np.array([np.inf, 1.0, 0.0, -1.0, -np.inf])
    figure = plots.critics({"a": (x, critic), "b": (x, x)}, {"p": (x, np.ones(5) / 2)})
    assert len(figure.axes) == 2
    drawn = figure.axes[0].lines[0].get_ydata()
    assert np.isnan(drawn[[0, -1]]).all() and drawn[1] == 1
    shadow = figure.axes[0].child_axes[0]
    assert shadow.get_xlim() == figure.axes[0].get_xlim() == (-1, 1)


def test_arrows_start_at_the_fakes():
    points, arrows = torch.tensor([[0.0, 1.0], [2.0, 0.0]]), torch.ones(2, 2)
    figure = plots.arrow_panels({"a": (points, arrows)}, torch.zeros(3, 2), scale=0.5)
    quiver = figure.axes[0].collections[0]
    assert pytest.approx(points.numpy()) == quiver.XY
    assert pytest.approx([1, 1]) == quiver.U and quiver.scale == 2  # half as long


def test_fields_show_directions_and_a_path():
    at = np.array([-1.0, 0.0, 1.0])
    dx, dy = np.meshgrid(3 * at, 4 * at)
    path = np.array([[1.0, 0.0], [0.5, 0.5]])
    figure = plots.vector_fields({"a": (at, at, dx, dy)}, {"a": path})
    quiver = figure.axes[0].collections[0]
    lengths = np.hypot(quiver.U, quiver.V)
    assert lengths == pytest.approx([1, 1, 1, 1, 0, 1, 1, 1, 1])  # rest at the centre
    assert figure.axes[0].lines[0].get_xydata() == pytest.approx(path)


def test_eigenvalues_beside_the_unit_circle():
    figure = plots.eigenvalues({"a": np.array([1 + 0.1j, 1 - 0.1j]), "b": [0.5, 0.9]})
    circle, first, second = figure.axes[0].lines
    assert np.hypot(*circle.get_data()) == pytest.approx(1)
    assert first.get_ydata() == pytest.approx([0.1, -0.1])
    assert second.get_xdata() == pytest.approx([0.5, 0.9])
    assert first.get_marker() != second.get_marker()
