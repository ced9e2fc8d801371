"""Two rivals that learn nothing: the examples deformed, and the nearest known class."""

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, avg_pool2d, grid_sample, interpolate

from aigc_course import data, validate
from aigc_course.apps.glyphs import base as bases
from aigc_course.errors import CourseError
from aigc_course.flow.latent import LatentFlow
from aigc_course.flow.paths import on_line
from aigc_course.vae.observations import to_unit

TURN, SLANT, SCALE, SHIFT = 0.2, 0.2, 0.12, 0.06  # half ranges of `deformed`
WAVES, COARSE = 0.12, 4  # of the elastic field: its size, and its nodes a side


def deformed(
    images: Tensor,
    n: int,
    generator: torch.Generator | None = None,
    strength: float = 1.0,
) -> Tensor:
    """n pictures [n, 1, 28, 28] in [-1, 1], each one of the examples bent a little.

    Turned, slanted, scaled and shifted at random, and bent by a smooth random field
    (Simard et al. 2003, section 2). images: uint8 [k, 1, 28, 28]. strength: 0 gives
    copies. Raises CourseError for no examples and a strength below 0.
    """
    if not len(images):
        raise CourseError("There are no examples to deform.")
    validate.whole(n, "The number of pictures")
    validate.at_least_zero(strength, "The strength")
    rows = torch.randint(len(images), (n,), generator=generator)
    shown = data.to_float(images)[rows]
    half = torch.tensor([TURN, SLANT, SCALE, SHIFT, SHIFT]) * strength
    angle, slant, scale, *shift = ((2 * _uniform(n, 5, generator) - 1) * half).unbind(1)
    scale = 1 + scale
    matrix = torch.zeros(n, 2, 3)
    matrix[:, 0, 0], matrix[:, 0, 1] = scale * angle.cos(), slant - scale * angle.sin()
    matrix[:, 1, 0], matrix[:, 1, 1] = scale * angle.sin(), scale * angle.cos()
    matrix[:, :, 2] = torch.stack(shift, 1)
    grid = affine_grid(matrix, list(shown.shape), align_corners=False)
    nodes = torch.randn(n, 2, COARSE, COARSE, generator=generator)
    waves = interpolate(nodes, size=(28, 28), mode="bicubic", align_corners=False)
    waves = avg_pool2d(waves, 5, stride=1, padding=2)  # [n, 2, 28, 28]
    grid = grid + strength * WAVES * waves.permute(0, 2, 3, 1)
    # outside the image grid_sample reads 0: shift so that 0 means black, and back
    return grid_sample(shown + 1, grid, align_corners=False) - 1


@torch.no_grad()
def nearest_class(base: LatentFlow, images: Tensor, new: int, times: int = 64) -> int:
    """The old class whose condition explains the examples best: the smallest loss.

    images: uint8 [k, 1, 28, 28]. times: draws of t and noise for each example and
    class, the same for all classes.
    """
    networks = base.trained()
    mean, _ = networks.vae.encode(to_unit(data.to_float(images)))
    chance = torch.Generator().manual_seed(0)
    x1 = networks.standardise(mean).repeat(times, 1)
    x0 = torch.randn(x1.shape, generator=chance)
    t = torch.rand(len(x1), generator=chance)
    x_t = on_line(x0, x1, t[:, None])
    losses = {}
    for old in bases.others(new):
        v = networks.velocity(x_t, t, torch.full((len(x1),), old))
        losses[old] = float((v - (x1 - x0)).square().mean())
    return min(losses, key=lambda old: losses[old])


def _uniform(n: int, k: int, generator: torch.Generator | None) -> Tensor:
    return torch.rand(n, k, generator=generator)
