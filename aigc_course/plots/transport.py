"""A transport plan as a table of masses."""

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from aigc_course.errors import CourseError
from aigc_course.plots.figures import VERMILION, new_figure


def transport_plan(places: ArrayLike, plan: ArrayLike) -> Figure:
    """Mass [n, n] that goes from each place of the fakes (rows) to each of the data.

    places: [n], rising, evenly spaced. Mass on the dashed diagonal stays where it is.
    Raises CourseError for a plan that is not a table over the places.
    """
    at, mass = np.asarray(places, dtype=float), np.asarray(plan, dtype=float)
    if at.ndim != 1 or len(at) < 2 or mass.shape != (len(at), len(at)):
        raise CourseError("A plan is a table [n, n] over two or more places [n].")
    half = (at[1] - at[0]) / 2
    ends = (at[0] - half, at[-1] + half)
    figure = new_figure(4.6, 3.8)
    axes = figure.subplots()
    shades = axes.imshow(
        mass, origin="lower", extent=(*ends, *ends), cmap="Greys", vmin=0
    )
    axes.plot(ends, ends, "--", color=VERMILION, linewidth=1)
    axes.set(xlabel="to x, a place of the data", ylabel="from y, a place of the fakes")
    figure.colorbar(shades, label="mass")
    return figure
