"""The one place that knows anywidget: a page on one side, a desk on the other."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from aigc_course import plots
from aigc_course.training import fast_mode
from aigc_course.widgets.bundle import bundle, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Answer = Callable[[dict[str, Any]], tuple[dict[str, Any], list[bytes]]]
Picture = Callable[[], tuple["Figure", str]]


def can_play() -> bool:
    """Whether labs are live: anywidget is there and AIGC_FAST is not set."""
    return find_spec("anywidget") is not None and not fast_mode()


def stage(page: str, answer: Answer, picture: Picture, offer: dict[str, Any]) -> Any:
    """A widget that runs static/`page` and answers what it sends.

    answer: message to (header, buffers). picture: makes a figure and its description,
    for places where the notebook is read without a kernel. offer: what the page can
    read from the start.
    """
    import anywidget
    import traitlets

    class Stage(anywidget.AnyWidget):
        _esm = bundle(page)
        _css = style()
        offer = traitlets.Dict().tag(sync=True)

        def _repr_mimebundle_(self, **kwargs: Any) -> Any:
            data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
            figure, description = picture()
            data["text/plain"] = f"Figure: {description}"
            data["image/png"] = plots.png_bytes(figure)
            return data, {**metadata, "image/png": {"alt": description}}

    widget = Stage(offer=offer)
    widget.on_msg(lambda _, content, buffers: widget.send(*answer(content)))
    return widget
