"""What every figure shares: colours, a description in words, a way to be shown."""

import io
import sys
from html import escape

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

# Okabe & Ito 2008: eight colours that colour-blind readers can tell apart
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
DARK_VERMILION = "#B04C00"  # for text: 5.4:1 on white, where VERMILION has 3.9:1
CYCLE = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY)
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)))


def new_figure(width: float, height: float) -> Figure:
    """An empty figure, width x height inches, that belongs to no window."""
    figure = Figure(figsize=(width, height), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def png_bytes(figure: Figure) -> bytes:
    """The figure as a PNG file."""
    memory = io.BytesIO()
    figure.savefig(memory, format="png", dpi=figure.dpi)
    return memory.getvalue()


def show(figure: Figure, description: str) -> None:
    """Show a figure in a notebook, with its description beneath and as its alt text.

    description: one sentence that says what can be seen, for those who cannot see it.
    Outside of a notebook the description alone is printed.
    """
    if _in_notebook():
        from IPython.display import display

        display(
            {"image/png": png_bytes(figure), "text/plain": f"Figure: {description}"},
            metadata={"image/png": {"alt": description}},
            raw=True,
        )
    caption(f"Figure: {description}")


def caption(text: str) -> None:
    """Show a sentence under a picture: set as text in a notebook, printed elsewhere."""
    if not _in_notebook():
        return print(text)
    from IPython.display import display

    style = "max-width:46em;margin:0.2em 0 0.8em"
    html = f'<p style="{style}">{escape(text)}</p>'
    display({"text/html": html, "text/plain": text}, raw=True)


def _in_notebook() -> bool:
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    return get_ipython() is not None
