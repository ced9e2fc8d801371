"""Pictures of meshes from any side, and turning ones; both work without a network."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from torch import Tensor

from aigc_course.apps.shapes.mesh import Mesh
from aigc_course.plots.animation import gif_bytes
from aigc_course.plots.figures import caption

SIZE, FINE = 112, 3  # pixels of a picture's side; drawn so many times as large
TURN, TILT = 55.0, 22.0  # degrees around, and from above
LIGHT = np.array([-0.5, -0.62, 0.6]) / np.linalg.norm([0.5, 0.62, 0.6])
FRAMES = 30


def image(mesh: Mesh, turn: float = TURN, size: int = SIZE) -> NDArray[np.uint8]:
    """A mesh as a grey picture [size, size], turned by so many degrees around z.

    The triangles that face us are drawn from the farthest to the nearest, each as
    bright as its angle to the light.
    """
    seen = mesh.places.astype(np.float64) @ _view(turn).T  # right, up, towards us
    across, over = seen[:, 1] - seen[:, 0], seen[:, 2] - seen[:, 0]
    normal = np.cross(across, over)
    length = np.linalg.norm(normal, axis=1)
    facing = normal[:, 2] > 0
    bright = (normal @ (_view(0) @ LIGHT)) / np.where(length > 0, length, 1)
    shade = (105 + 130 * bright.clip(-0.4, 1)).astype(int)
    side = size * FINE
    places = side / 2 * (1 + seen[:, :, :2] * [0.78, -0.78])
    canvas = Image.new("L", (side, side), 255)
    draw = ImageDraw.Draw(canvas)
    for i in np.argsort(seen[:, :, 2].mean(1)):
        if facing[i]:
            draw.polygon([tuple(p) for p in places[i]], fill=int(shade[i]))
    small = canvas.resize((size, size), Image.Resampling.BOX)
    return np.asarray(small)


def images(meshes: Sequence[Mesh], turn: float = TURN, size: int = SIZE) -> Tensor:
    """Pictures uint8 [N, 1, size, size] of meshes."""
    return torch.from_numpy(
        np.stack([image(one, turn, size) for one in meshes])[:, None]
    )


def around(mesh: Mesh, turns: Sequence[float]) -> Tensor:
    """One mesh from several sides, uint8 [N, 1, SIZE, SIZE]."""
    return torch.cat([images([mesh], turn) for turn in turns])


def turning(meshes: Sequence[Mesh], frames: int = FRAMES) -> bytes:
    """A GIF in which the meshes turn around once, side by side."""
    turns = [TURN + 360 * k / frames for k in range(frames)]
    return gif_bytes([images(meshes, turn) for turn in turns], len(meshes), zoom=1)


def show_turning(
    meshes: Sequence[Mesh], description: str, frames: int = FRAMES
) -> None:
    """Show turning meshes in a notebook, with a description beneath and as alt text."""
    from IPython.display import Image as Picture
    from IPython.display import display

    display(Picture(turning(meshes, frames), format="gif", alt=description))
    caption(f"Animation: {description}")


def _view(turn: float) -> NDArray[np.float64]:
    """Rows: right, up and towards us, for eyes at `turn` degrees and TILT above."""
    a, b = math.radians(turn), math.radians(TILT)
    right = [math.cos(a), math.sin(a), 0.0]
    back = [-math.sin(a), math.cos(a), 0.0]  # away from us, on the floor
    up = [math.sin(b) * back[0], math.sin(b) * back[1], math.cos(b)]
    front = [-math.cos(b) * back[0], -math.cos(b) * back[1], math.sin(b)]
    return np.array([right, up, front])
