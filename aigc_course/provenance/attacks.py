"""What happens to pictures on their way: by accident, and by people who remove marks.

They are here to test our own marks on our own pictures. Every attack takes and gives
pictures [N, 1, 28, 28] in [-1, 1], on the 256 levels of a file.
"""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from aigc_course.errors import CourseError
from aigc_course.provenance.geometry import SIDE, cropped, moved
from aigc_course.provenance.whitening import brightness, levels, signed

if TYPE_CHECKING:
    from aigc_course.vae import VAE


def jpeg(pictures: Tensor, quality: int = 25) -> Tensor:
    """Saved as JPEG of this quality, 1 to 95, and read again."""
    from PIL import Image

    if not 1 <= quality <= 95:
        raise CourseError(f"The quality of a JPEG is 1 to 95, not {quality}.")
    read = []
    for image in (255 * brightness(pictures)).round().to(torch.uint8).numpy():
        file = io.BytesIO()
        Image.fromarray(image).save(file, "JPEG", quality=quality)
        read.append(np.asarray(Image.open(file)))
    return signed(torch.from_numpy(np.stack(read)).float() / 255)


def noise(pictures: Tensor, sigma: float = 0.1, seed: int = 0) -> Tensor:
    """Normal noise of deviation sigma, where black is 0 and white 1, then clipped."""
    if not 0 <= sigma < float("inf"):
        raise CourseError(f"A standard deviation is 0 or more, not {sigma}.")
    x = brightness(pictures)
    generator = torch.Generator().manual_seed(seed)
    return signed(levels(x + sigma * torch.randn(x.shape, generator=generator)))


def shift(pictures: Tensor, dy: int = 1, dx: int = 0) -> Tensor:
    """Moved down by dy and right by dx pixels; background comes in."""
    return signed(moved(levels(brightness(pictures)), dy, dx))


def crop(
    pictures: Tensor, side: int = 24, top: int | None = None, left: int | None = None
) -> Tensor:
    """The part side x side, from the middle unless said, enlarged to 28 x 28."""
    top = (SIDE - side) // 2 if top is None else top
    left = (SIDE - side) // 2 if left is None else left
    inside = 0 <= top <= SIDE - side and 0 <= left <= SIDE - side
    if not (4 <= side <= SIDE and inside):
        raise CourseError(
            f"A part of {side} x {side} pixels at ({top}, {left}) does not lie in a"
            f" picture of {SIDE} x {SIDE}, or has fewer than 4 x 4."
        )
    return signed(levels(cropped(brightness(pictures), side, top, left)))


def median(pictures: Tensor) -> Tensor:
    """Each pixel becomes the median of the 3 x 3 pixels around it."""
    x = levels(brightness(pictures))
    framed = pad(x[:, None], (1, 1, 1, 1), mode="replicate")[:, 0]
    around = framed.unfold(1, 3, 1).unfold(2, 3, 1)  # [N, 28, 28, 3, 3]
    return signed(around.flatten(3).median(-1).values)


def regenerate(pictures: Tensor, vae: "VAE") -> Tensor:
    """Encoded and decoded by a variational autoencoder (Zhao et al. 2024).

    What its latents do not describe is lost, and a mark is of that kind.
    """
    x = brightness(pictures)
    return signed(levels((vae.reconstruct(signed(x))[:, 0] + 1) / 2))


ATTACKS: dict[str, Callable[[Tensor], Tensor]] = {
    "none": lambda x: signed(levels(brightness(x))),
    "JPEG 75": lambda x: jpeg(x, 75),
    "JPEG 50": lambda x: jpeg(x, 50),
    "JPEG 25": lambda x: jpeg(x, 25),
    "noise 0.1": noise,
    "median 3 x 3": median,
    "shift 1": shift,
    "crop 24 of 28": crop,
    "shift 3": lambda x: shift(x, 3),
}
