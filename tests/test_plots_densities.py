"""Densities drawn: what stands for what, and that zero stays where it is."""

import numpy as np
import pytest

from aigc_course import plots

X = np.linspace(-3, 3, 61)
P = np.exp(-(X**2) / 2) / np.sqrt(2 * np.pi)
Q = np.exp(-((X - 1) ** 2) / 2) / np.sqrt(2 * np.pi)


def look(axes, label):
    (line,) = [line for line in axes.lines if line.get_label() == label]
    return line.get_color(), line.get_linestyle()


def test_each_density_has_its_own_colour_and_line():
    (axes,) = plots.densities({"p": (X, P), "q": (X, Q)}, "two").axes
    assert [text.get_text() for text in axes.get_legend().texts] == ["p", "q"]
    (colour_p, line_p), (colour_q, line_q) = look(axes, "p"), look(axes, "q")
    assert colour_p != colour_q and line_p != line_q
    assert axes.lines[0].get_ydata() == pytest.approx(P)
    assert axes.get_title() == "two"


def test_samples_stand_beneath_zero_in_their_density_s_colour():
    values = [-1.0, 0.5, 2.0]
    figure = plots.densities({"p": (X, P)}, samples={"p": values, "other": [0.0]})
    (axes,) = figure.axes
    ticks = {line.get_label(): line for line in axes.lines}
    mine, other = ticks["samples of p"], ticks["samples of other"]
    assert mine.get_xdata() == pytest.approx(values)
    assert mine.get_color() == look(axes, "p")[0] != other.get_color()
    assert all(y < 0 for y in (*mine.get_ydata(), *other.get_ydata()))
    assert mine.get_ydata()[0] != other.get_ydata()[0]
    assert axes.get_ylim()[0] < other.get_ydata()[0]
    assert min(axes.get_yticks()) >= 0  # no density is negative


def test_a_label_looks_the_same_in_every_panel():
    panels = {"both": {"p": (X, P), "q": (X, Q)}, "one": {"q": (X, Q)}}
    both, one = plots.density_panels(panels).axes
    assert look(both, "q") == look(one, "q") != look(both, "p")
    assert both.get_ylim() == one.get_ylim()
    assert [axes.get_title() for axes in (both, one)] == ["both", "one"]


def test_beliefs_stand_under_their_densities():
    guesses = {"learned D": (X, 0 * X + 0.4), "p/(p+q)": (X, P / (P + Q))}
    curves = {"p": (X, P), "q": (X, Q)}
    mask = np.abs(X) < 1
    top, bottom = plots.beliefs(curves, guesses, dense=(X, mask)).axes
    assert {line.get_label() for line in top.lines} == {"p", "q"}
    assert bottom.get_ylim()[0] < 0 and bottom.get_ylim()[1] > 1  # 0 and 1 can be seen
    looks = {look(top, "p"), look(top, "q")}
    looks |= {look(bottom, name) for name in guesses}
    assert len(looks) == 4
    (shade,) = bottom.collections
    places = shade.get_paths()[0].vertices[:, 0]
    assert places.min() == pytest.approx(X[mask].min())
    assert places.max() == pytest.approx(X[mask].max())


def test_without_a_mask_nothing_is_shaded():
    bottom = plots.beliefs({"p": (X, P)}, {"D": (X, P)}).axes[1]
    assert not bottom.collections
