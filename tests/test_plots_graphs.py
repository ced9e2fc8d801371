"""Graphs of computations, ellipses of normals, and one latent as a curve."""

import numpy as np
import pytest
from matplotlib.patches import Ellipse, FancyArrowPatch

from aigc_course import plots
from aigc_course.errors import CourseError
from aigc_course.plots import graphs


def arrows(axes):
    return [patch for patch in axes.patches if isinstance(patch, FancyArrowPatch)]


def test_every_link_and_gradient_is_an_arrow():
    graph = graphs.reparameterised_graph()
    (axes,) = graphs.graphs({"": graph}).axes
    assert len(arrows(axes)) == len(graph.links) + len(graph.back)
    texts = [text.get_text() for text in axes.texts]
    assert texts == [node.label for node in graph.nodes.values()]


def test_a_cut_is_marked_and_panels_stand_side_by_side():
    panels = {"one": graphs.sampled_graph(), "two": graphs.reparameterised_graph()}
    left, right = graphs.graphs(panels).axes
    assert [axes.get_title() for axes in (left, right)] == ["one", "two"]
    assert len(left.lines) == 2 and not right.lines


def test_the_training_step_has_two_costs_and_draws():
    figure = graphs.graphs({"": graphs.vae_graph()})
    assert plots.png_bytes(figure)[:4] == b"\x89PNG"
    labels = " ".join(text.get_text() for text in figure.axes[0].texts)
    assert "encoder" in labels and "decoder" in labels and "KL" in labels


def test_a_link_to_nowhere_is_refused():
    graph = graphs.Graph({"a": graphs.Node(0, 0, "a")}, [("a", "b")])
    with pytest.raises(CourseError, match="'b'"):
        graphs.graphs({"": graph})


def test_an_ellipse_is_as_wide_as_the_deviations():
    figure = graphs.ellipses({"q": ([1.0, 2.0], [[4.0, 0.0], [0.0, 1.0]])})
    (found,) = [p for p in figure.axes[0].patches if isinstance(p, Ellipse)]
    assert found.center == (1.0, 2.0)
    assert (found.width, found.height) == pytest.approx((4.0, 2.0))
    assert abs(np.sin(np.radians(found.angle))) < 1e-9
    with pytest.raises(CourseError):
        graphs.ellipses({"q": ([1.0], [[1.0]])})


def test_a_curve_marks_latents():
    z = np.linspace(-1, 1, 21)
    places = np.stack([z, z**2], axis=1)
    figure = graphs.latent_curve(places, z, places[:5], (0.5,))
    marked = figure.axes[0].lines[-1].get_xydata()[0]
    assert marked == pytest.approx([0.5, 0.25])
    with pytest.raises(CourseError):
        graphs.latent_curve(places, z[:3], places, ())
