"""Computations as graphs: what is given, drawn and computed, and where gradients go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, FancyArrowPatch
from numpy.typing import ArrayLike

from aigc_course.errors import CourseError
from aigc_course.plots.figures import BLACK, BLUE, CYCLE, LINES, VERMILION, new_figure

Kind = Literal["given", "drawn", "computed", "loss"]
Link = tuple[str, str] | tuple[str, str, str]
# face, edge and the form of the frame
_LOOKS: dict[Kind, tuple[str, str, str]] = {
    "given": ("0.93", "0.35", "round,pad=0.35"),
    "drawn": ("#FFF3D6", "#B37400", "circle,pad=0.3"),
    "computed": ("#E3EFF8", BLUE, "round,pad=0.35"),
    "loss": ("#FBE4D6", VERMILION, "round,pad=0.35"),
}


@dataclass(frozen=True)
class Node:
    """A value of a computation at (x, y): what it is called, and where it comes from.

    kind: "given" from outside, "drawn" at random, "computed", or part of the "loss".
    """

    x: float
    y: float
    label: str
    kind: Kind = "computed"


@dataclass(frozen=True)
class Graph:
    """Nodes by name, arrows (from, to), and the arrows along which gradients go back.

    links: (from, to), or (from, to, label). back: (from, to) of gradients, against the
    arrows; cut: where a gradient would have to pass and cannot.
    """

    nodes: Mapping[str, Node]
    links: Sequence[Link]
    back: Sequence[tuple[str, str]] = ()
    cut: Sequence[tuple[str, str]] = ()


def graphs(panels: Mapping[str, Graph], width: float = 8.0) -> Figure:
    """One graph beside the other, by title; gradients are dashed lines back.

    width: of the figure, in inches. Raises CourseError for links between unknown nodes.
    """
    spans = [_span(graph) for graph in panels.values()]
    total = sum(right - left for left, right, _, _ in spans)
    heights = min(span[2] for span in spans), max(span[3] for span in spans)
    tall = heights[1] - heights[0]
    figure = new_figure(width, width / total * tall + 0.35)
    ratios = [right - left for left, right, _, _ in spans]
    row = figure.subplots(1, len(panels), squeeze=False, width_ratios=ratios)[0]
    for axes, (title, graph), span in zip(row, panels.items(), spans, strict=True):
        axes.set(xlim=span[:2], ylim=heights, aspect="equal")
        axes.set_axis_off()
        axes.set_title(title, fontsize=10)
        _draw(axes, graph)
    return figure


def vae_graph() -> Graph:
    """One training step of a VAE: x, mean and log-variance, z, probabilities, loss."""
    nodes = {
        "x": Node(0, 0, "image\n$x$", "given"),
        "m": Node(2.1, 0.5, "mean $m$"),
        "s": Node(2.1, -0.5, r"log-variance $\log\sigma^2$"),
        "e": Node(3.9, 1.35, "$e$", "drawn"),
        "z": Node(4.35, 0.25, r"code" + "\n" + r"$z = m + \sigma e$"),
        "pi": Node(6.6, 0.25, "probabilities\n" + r"of ink $\pi$"),
        "fit": Node(6.6, -1.3, r"$-\log p(x \mid z)$", "loss"),
        "kl": Node(2.1, -1.3, "KL to the prior,\nof $m$ and $\\sigma^2$", "loss"),
        "loss": Node(4.35, -1.3, "loss = sum", "loss"),
    }
    links: list[Link] = [
        ("x", "m", "encoder"),
        ("x", "s"),
        ("m", "z"),
        ("s", "z"),
        ("e", "z"),
        ("z", "pi", "decoder"),
        ("pi", "fit"),
        ("s", "kl"),
        ("kl", "loss"),
        ("fit", "loss"),
    ]
    return Graph(nodes, links)


def sampled_graph() -> Graph:
    """A code drawn from q as it stands: the gradient ends at the random node."""
    nodes = {
        "m": Node(0, 0.5, "$m$"),
        "s": Node(0, -0.5, r"$\sigma$"),
        "z": Node(1.8, 0, r"$z \sim q$", "drawn"),
        "f": Node(3.6, 0, "$f(z)$", "loss"),
    }
    links: list[Link] = [("m", "z"), ("s", "z"), ("z", "f")]
    return Graph(nodes, links, back=[("f", "z")], cut=[("z", "m"), ("z", "s")])


def reparameterised_graph() -> Graph:
    """A code computed from noise: the gradient reaches mean and deviation."""
    nodes = {
        "m": Node(0, 0.5, "$m$"),
        "s": Node(0, -0.5, r"$\sigma$"),
        "e": Node(1.8, 1.1, "$e$", "drawn"),
        "z": Node(1.8, 0, r"$z = m + \sigma e$"),
        "f": Node(3.6, 0, "$f(z)$", "loss"),
    }
    links: list[Link] = [("m", "z"), ("s", "z"), ("e", "z"), ("z", "f")]
    return Graph(nodes, links, back=[("f", "z"), ("z", "m"), ("z", "s")])


def ellipses(normals: Mapping[str, tuple[ArrayLike, ArrayLike]]) -> Figure:
    """Normal distributions of the plane, each as the ellipse one deviation wide.

    normals: (mean [2], covariance [2, 2]) by name. Raises CourseError for other shapes.
    """
    figure = new_figure(4.6, 4.2)
    axes = figure.subplots()
    styles = zip(normals.items(), CYCLE, LINES, strict=False)
    for (name, (mean, covariance)), colour, line in styles:
        centre, C = np.asarray(mean, float), np.asarray(covariance, float)
        if centre.shape != (2,) or C.shape != (2, 2):
            raise CourseError("A mean is [2] and a covariance [2, 2].")
        values, vectors = np.linalg.eigh(C)  # from the least
        angle = np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1]))
        long, short = 2 * np.sqrt(values[1]), 2 * np.sqrt(values[0])
        look: dict[str, Any] = {"fill": False, "edgecolor": colour, "linestyle": line}
        axes.add_patch(
            Ellipse(tuple(centre), long, short, angle=angle, lw=2, label=name, **look)
        )
    axes.autoscale_view()
    axes.margins(0.15)
    axes.set(xlabel="$z_1$", ylabel="$z_2$", aspect="equal")
    axes.legend(frameon=False, fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1))
    return figure


def latent_curve(
    places: ArrayLike, z: ArrayLike, samples: ArrayLike, marks: Sequence[float]
) -> Figure:
    """One latent as a curve in the plane, with samples that lie about it.

    places: g(z) [n, 2] for z [n], in order. samples: x = g(z) + noise, [m, 2]. marks:
    values of z to write beside the curve. Raises CourseError for other shapes.
    """
    curve, line, cloud = (np.asarray(a, float) for a in (places, z, samples))
    if curve.shape != (len(line), 2) or cloud.shape[1:] != (2,):
        raise CourseError("The curve is [n, 2] for z [n], the samples are [m, 2].")
    figure = new_figure(5.4, 3.8)
    axes = figure.subplots()
    axes.scatter(cloud[:, 0], cloud[:, 1], s=8, color="0.6", label="samples $x$")
    axes.plot(*curve.T, color=BLUE, linewidth=2, label="decoder's means $g(z)$")
    for mark in marks:
        at = int(np.abs(line - mark).argmin())
        place = curve[at]
        falls = curve[at : at + len(line) // 6, 1].mean() < place[1]
        axes.plot(*place, "o", color=VERMILION, markersize=6)
        axes.annotate(
            f"$z = {mark:g}$",
            place,
            (8, 5 if falls else -13),  # on the side that the curve leaves free
            textcoords="offset points",
            color=BLACK,
            zorder=1.5,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.5},
        )
    axes.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    axes.legend(
        frameon=False, fontsize=8, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1)
    )
    return figure


def _span(graph: Graph) -> tuple[float, float, float, float]:
    xs = [node.x for node in graph.nodes.values()]
    ys = [node.y for node in graph.nodes.values()]
    return min(xs) - 0.9, max(xs) + 0.9, min(ys) - 0.5, max(ys) + 0.5


def _draw(axes: Axes, graph: Graph) -> None:
    drawn = {}
    for name, node in graph.nodes.items():
        face, edge, form = _LOOKS[node.kind]
        drawn[name] = axes.text(
            node.x,
            node.y,
            node.label,
            ha="center",
            va="center",
            fontsize=9,
            bbox={"boxstyle": form, "facecolor": face, "edgecolor": edge},
        )
    for start, end, *label in graph.links:
        _arrow(axes, graph, drawn, (start, end), color="0.25")
        if label:
            a, b = graph.nodes[start], graph.nodes[end]
            middle = (a.x + b.x) / 2 - 0.1, (a.y + b.y) / 2 + 0.2
            axes.text(*middle, label[0], fontsize=8, ha="center", style="italic")
    dashed: dict[str, Any] = {"color": VERMILION, "linestyle": "--", "bend": 0.35}
    for pair in graph.back:
        _arrow(axes, graph, drawn, pair, **dashed)
    for start, end in graph.cut:
        a, b = graph.nodes[start], graph.nodes[end]
        middle = (a.x + b.x) / 2, (a.y + b.y) / 2
        axes.plot(*middle, "x", color=VERMILION, markersize=11, markeredgewidth=2.5)


def _arrow(
    axes: Axes,
    graph: Graph,
    drawn: Mapping[str, Any],
    pair: tuple[str, str],
    *,
    color: str,
    linestyle: str = "-",
    bend: float = 0.0,
) -> None:
    unknown = [name for name in pair if name not in graph.nodes]
    if unknown:
        raise CourseError(f"There is no node called {unknown[0]!r} to draw a link to.")
    start, end = (graph.nodes[name] for name in pair)
    style: dict[str, Any] = {
        "arrowstyle": "-|>",
        "mutation_scale": 11,
        "color": color,
        "linestyle": linestyle,
        "connectionstyle": f"arc3,rad={bend}",
        "shrinkA": 2,
        "shrinkB": 2,
    }
    patches = {
        "patchA": drawn[pair[0]].get_bbox_patch(),
        "patchB": drawn[pair[1]].get_bbox_patch(),
    }
    axes.add_patch(
        FancyArrowPatch((start.x, start.y), (end.x, end.y), **style, **patches)
    )
