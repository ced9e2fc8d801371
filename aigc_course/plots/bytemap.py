"""What stands where in a file."""

from collections.abc import Mapping

from matplotlib.figure import Figure

from aigc_course.errors import CourseError
from aigc_course.plots.figures import CYCLE, new_figure


def byte_map(parts: Mapping[str, tuple[int, int]]) -> Figure:
    """The parts of a file as bars over the byte at which each starts and ends.

    parts: (first byte, last byte + 1) by name, in the order of the file; each gets a
    row of its own, so that short parts can be seen. Raises CourseError for no parts,
    and for a part that ends before it starts.
    """
    if not parts or any(first < 0 or last < first for first, last in parts.values()):
        raise CourseError("Give at least one part, each as (first, last) in bytes.")
    end = max(last for _, last in parts.values())
    figure = new_figure(7.0, 0.7 + 0.24 * len(parts))
    axes = figure.subplots()
    for row, (first, last) in enumerate(parts.values()):
        width = max(last - first, end / 400)  # a bar too short to print is widened
        axes.barh(row, width, left=first, height=0.7, color=CYCLE[row % len(CYCLE)])
        axes.text(
            first + width, row, f" {last - first:,} bytes", va="center", fontsize=8
        )
    axes.set_yticks(range(len(parts)), list(parts), fontsize=8)
    axes.set(xlabel="byte of the file", xlim=(0, 1.2 * end))
    axes.invert_yaxis()
    return figure
