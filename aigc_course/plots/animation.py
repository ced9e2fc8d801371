"""Animations as GIF: they play wherever a picture shows, without JavaScript."""

import io

from PIL import Image
from torch import Tensor

from aigc_course.plots.figures import caption
from aigc_course.plots.grids import tile, to_pixels

MOST = 5000  # ms: what moves longer needs a pause button (WCAG 2.2, 2.2.2)


def gif_bytes(
    frames: list[Tensor], columns: int, zoom: int = 3, ms: int = 100
) -> bytes:
    """An animation that plays once, for at most 5 seconds.

    frames: each [N, 1, H, W], tiled with `columns` in a row. zoom: screen pixels per
    pixel. ms: milliseconds a frame, fewer where all frames would take over 5 seconds.
    """
    ms = min(ms, MOST // len(frames))
    sheets = [tile(to_pixels(frame), columns) for frame in frames]
    images = [
        Image.fromarray(sheet.repeat(zoom, axis=0).repeat(zoom, axis=1))
        for sheet in sheets
    ]
    memory = io.BytesIO()
    # no `loop`: players then stop at the last frame
    images[0].save(memory, "GIF", save_all=True, append_images=images[1:], duration=ms)
    return memory.getvalue()


def show_animation(frames: list[Tensor], columns: int, description: str) -> None:
    """Show an animation in a notebook with its description beneath and as alt text."""
    from IPython.display import Image as Picture
    from IPython.display import display

    display(Picture(gif_bytes(frames, columns), format="gif", alt=description))
    caption(f"Animation: {description}")
