"""Films of known physics: 32 x 32 pixels, one thing that moves.

Frames are float32 in [0, 1], 0 the background; places are (x, y) in pixels, x to the
right and y down, the first pixel's middle at 0.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import grid_sample, interpolate, pad

from aigc_course import data, validate

SIZE = 32
DIGIT = 14  # a digit's side in pixels: MNIST at half its size
LOW, HIGH = (
    (DIGIT - 1) / 2,
    SIZE - 1 - (DIGIT - 1) / 2,
)  # of a digit's middle: 6.5, 24.5
SLOWEST, FASTEST = 0.4, 1.8  # pixels a frame, along each axis
RADIUS = 2.5  # of the ball
SIDEWAYS = 1.2  # pixels a frame, behind the peg
PEG = 14.0  # where the ball meets the peg, y
PART = 50  # films that are drawn at a time


@dataclass(frozen=True)
class Films:
    """frames: [n, T, 32, 32]; places: of the middle, [n, T, 2]; labels: int64 [n].

    A label is the digit; for the ball it is 0 if it goes left and 1 if it goes right.
    """

    frames: Tensor
    places: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.frames)


def fold(x: Tensor, low: float = LOW, high: float = HIGH) -> Tensor:
    """Where a ball is that would be at x if there were no walls at low and high.

    L - |x mod 2L - L|, measured from low, with L = high - low: each bounce mirrors.

    >>> fold(torch.tensor([8.0, 25.0, 5.0]), 7.0, 24.0)
    tensor([ 8., 23.,  9.])
    """
    width = high - low
    return low + width - ((x - low).remainder(2 * width) - width).abs()


def shift(images: Tensor, by: Tensor, mode: str = "bilinear") -> Tensor:
    """Images [n, H, W] moved by (x, y) pixels, [n, 2]; what comes in is 0.

    mode: how a fraction of a pixel is interpolated; "bicubic" blurs less. Both have a
    gradient for `by`.
    """
    n, height, width = images.shape
    sides = by.new_tensor([width, height])
    x = torch.arange(width, dtype=by.dtype, device=by.device).view(1, 1, -1)
    y = torch.arange(height, dtype=by.dtype, device=by.device).view(1, -1, 1)
    where = torch.stack(
        [
            (x - by[:, 0].view(-1, 1, 1)).expand(n, height, width),
            (y - by[:, 1].view(-1, 1, 1)).expand(n, height, width),
        ],
        dim=-1,
    )
    grid = (2 * where + 1) / sides - 1  # grid_sample's -1 and 1 are the outer edges
    return grid_sample(images[:, None], grid, mode=mode, align_corners=False)[:, 0]


def digits(n: int, seed: int, length: int = 20, split: str = "train") -> Films:
    """Digits of MNIST that fly straight on and bounce at the edges of the frame."""
    validate.whole(n, "The number of films")
    generator = torch.Generator().manual_seed(seed)
    source = data.load("mnist", split)
    pick = torch.randint(len(source.images), (n,), generator=generator)
    images = source.images[pick].float().view(n, 1, 28, 28) / 255
    start = LOW + (HIGH - LOW) * torch.rand(n, 2, generator=generator)
    speed = SLOWEST + (FASTEST - SLOWEST) * torch.rand(n, 2, generator=generator)
    speed *= torch.randint(0, 2, (n, 2), generator=generator) * 2 - 1
    t = torch.arange(length).view(1, -1, 1)
    places = fold(start[:, None] + speed[:, None] * t)  # [n, length, 2]
    small = interpolate(images, DIGIT, mode="bilinear", antialias=True)
    edge = (SIZE - DIGIT) // 2
    first = pad(small, (edge, edge, edge, edge))[:, 0]  # in the frame's middle
    by = places - (SIZE - 1) / 2
    frames = torch.empty(n, length, SIZE, SIZE)
    for few in torch.arange(n).split(PART):  # all at once would take 1 GB
        many = first[few].repeat_interleave(length, 0)
        moved = shift(many, by[few].flatten(0, 1), "bicubic").clamp(0, 1)
        frames[few] = moved.view(-1, length, SIZE, SIZE)
    return Films(frames, places, source.labels[pick])


def ball(n: int, seed: int, length: int = 17) -> Films:
    """A ball that falls on a peg and goes on to the left or to the right, each 1/2."""
    validate.whole(n, "The number of films")
    generator = torch.Generator().manual_seed(seed)
    side = torch.randint(0, 2, (n,), generator=generator)
    start = 2 + 2 * torch.rand(n, 1, generator=generator)  # y
    t = torch.arange(length).view(1, -1)
    y = start + 1.1 * t
    after = (y - PEG).clamp(min=0) / 1.1  # frames since the peg
    x = (SIZE - 1) / 2 + (side[:, None] * 2 - 1) * SIDEWAYS * after
    places = torch.stack([x, y], 2)
    return Films(disc(places.flatten(0, 1)).view(n, length, SIZE, SIZE), places, side)


def disc(places: Tensor) -> Tensor:
    """A disc with a soft edge at each place [n, 2]: [n, 32, 32]."""
    x = torch.arange(SIZE).view(1, 1, -1) - places[:, 0].view(-1, 1, 1)
    y = torch.arange(SIZE).view(1, -1, 1) - places[:, 1].view(-1, 1, 1)
    return (RADIUS + 0.5 - (x**2 + y**2).sqrt()).clamp(0, 1)


def enlarged(frames: Tensor, places: Tensor) -> Tensor:
    """The digits at these places as images of MNIST's size: [n, 1, 28, 28] in [-1, 1].

    frames: [n, 32, 32]; places: of their middles, [n, 2].
    """
    edge = (SIZE - DIGIT) // 2
    middle = shift(frames, (SIZE - 1) / 2 - places, "bicubic")
    cut = middle[:, None, edge:-edge, edge:-edge]
    images = interpolate(cut, 28, mode="bicubic", align_corners=False)
    return 2 * images.clamp(0, 1) - 1
