"""Patterns that repeat: a small network of periodic coordinates draws one tile.

A network with random weights that maps a place to a colour is a compositional
pattern-producing network (Stanley 2007). Its inputs here are waves with the period of
the tile, so that the pattern fits itself at every edge, at any resolution.
"""

import math

import torch
from torch import Tensor, nn

from aigc_course.errors import CourseError

ORDERS = 3  # waves of each direction: one, two and three to a tile
WIDTH = 24
GAIN = 2.0  # of the random weights: larger ones give finer detail


def features(places: Tensor, orders: int = ORDERS) -> Tensor:
    """Waves cos(2 pi k x) and sin(2 pi k x), k = 1 to orders, of each coordinate.

    places: [..., 2] in tiles: 0 to 1 is one tile. Returns [..., 4 orders]. Places that
    differ by whole tiles have equal features.
    """
    k = torch.arange(1, orders + 1, dtype=places.dtype)
    angles = 2 * math.pi * places[..., None] * k  # [..., 2, orders]
    return torch.cat([angles.cos(), angles.sin()], dim=-1).flatten(-2)


class Pattern(nn.Module):
    """A colour in [-1, 1] for each place: [..., 2] to [..., 3]; the weights are random.

    orders, width: see above. generator: of the weights; each draw is another pattern.
    """

    def __init__(
        self,
        generator: torch.Generator | None = None,
        orders: int = ORDERS,
        width: int = WIDTH,
    ) -> None:
        super().__init__()
        self.orders = orders
        sizes = (4 * orders, width, width, 3)
        layers: list[nn.Module] = []
        for inputs, outputs in zip(sizes, sizes[1:], strict=False):
            layer = nn.Linear(inputs, outputs)
            with torch.no_grad():
                # variance GAIN^2 / inputs: each layer spreads its input over tanh
                layer.weight.normal_(0, GAIN / math.sqrt(inputs), generator=generator)
                layer.bias.normal_(0, 0.5, generator=generator)
            layers += [layer, nn.Tanh()]
        self.net = nn.Sequential(*layers)

    def forward(self, places: Tensor) -> Tensor:
        """[..., 2] to [..., 3]."""
        colours: Tensor = self.net(features(places, self.orders))
        return colours


class Symmetric(nn.Module):
    """A pattern averaged over the eight symmetries of the square: turned, mirrored.

    g(x) = 1/8 sum_s f(s x), s: the four sign changes, and the same after the two
    coordinates changed places. Then g(s x) = g(x) for each s.
    """

    def __init__(self, pattern: nn.Module) -> None:
        super().__init__()
        self.pattern = pattern

    def forward(self, places: Tensor) -> Tensor:
        """[..., 2] to [..., 3]."""
        total = torch.zeros(())
        for both in (places, places.flip(-1)):
            for signs in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
                turned = both * torch.tensor(signs, dtype=places.dtype)
                total = total + self.pattern(turned)
        return total / 8


class Bricks(nn.Module):
    """A pattern for tiles that are laid like bricks: each second row half a tile on.

    g(v, u) = f(v, u - v / 2), v down and u to the right. One row further down, and half
    a tile to the right, is the same colour.
    """

    def __init__(self, pattern: nn.Module) -> None:
        super().__init__()
        self.pattern = pattern

    def forward(self, places: Tensor) -> Tensor:
        """[..., 2] to [..., 3]."""
        down, right = places.unbind(-1)
        colours: Tensor = self.pattern(torch.stack([down, right - down / 2], dim=-1))
        return colours


@torch.no_grad()
def tile(pattern: nn.Module, side: int = 96) -> Tensor:
    """One tile of a pattern as a picture [3, side, side] in [-1, 1].

    Raises CourseError for sides that are not 2 to 2,000 pixels.
    """
    if not 2 <= side <= 2_000:
        raise CourseError(f"A tile has 2 to 2,000 pixels on a side, not {side}.")
    at = torch.arange(side) / side  # the last pixel is one step before the next tile
    places = torch.stack(torch.meshgrid(at, at, indexing="ij"), dim=-1)
    picture: Tensor = pattern(places).movedim(-1, 0)
    return picture


def mirrored(picture: Tensor) -> Tensor:
    """A tile of any picture [C, H, W] and its mirror images, [C, 2H, 2W]."""
    wide = torch.cat([picture, picture.flip(-1)], dim=-1)
    return torch.cat([wide, wide.flip(-2)], dim=-2)
