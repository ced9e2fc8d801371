"""Velocity networks: an MLP for points and latents, a small U-Net for digits.

A velocity is called as velocity(x, t, labels) and gives v of the shape of x. x [N, ...]
is a place on the path x_t = (1 - t) x0 + t x1. t is [N], or one number for all rows;
what depends on t alone is then computed once. labels: int [N] for a network with
classes, where the label `classes` stands for "not told" (see `Flow`).
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course import validate
from aigc_course.errors import CourseError

OUTPUTS = ("residual", "velocity", "data", "noise")
NEAREST = 0.05  # no less is taken for 1 - t and t where something is divided by them
FREQUENCIES = 8  # of the Fourier features of t
TOLD = 64  # numbers by which an MLP is told t and the label: few, or they cost most


class Velocity(nn.Module):
    """v(x, t) from the output of a network `net(x, t, labels)`, by what it predicts.

    predict: "velocity", "data" (x1), or "noise" (x0), whose errors are divided by 1 - t
    and t. "residual" is what the velocity of a normal law with deviation `spread`
    leaves over, in units of its own size. So the network is given and asked for numbers
    of variance 1 at every t (the idea of Karras et al. 2022, section 5, on this path).
    spread: deviation of the data per coordinate. nearest: no less is taken for 1 - t
    and t where an error is divided by them. Raises CourseError for an unknown
    prediction, and for numbers that are not above 0.
    """

    def __init__(
        self,
        net: nn.Module,
        shape: tuple[int, ...],
        classes: int = 0,
        *,
        predict: str = "residual",
        spread: float = 1.0,
        nearest: float = NEAREST,
    ) -> None:
        super().__init__()
        if predict not in OUTPUTS:
            raise CourseError(
                f"A velocity network predicts one of {', '.join(OUTPUTS)}, not"
                f" {predict!r}."
            )
        for value, what in ((spread, "The spread of the data"), (nearest, "nearest")):
            if not 0 < value < float("inf"):
                raise CourseError(f"{what} is a number above 0, not {value}.")
        self.net, self.shape, self.classes = net, shape, classes
        self.predict, self.spread, self.nearest = predict, spread, nearest

    def forward(
        self, x: Tensor, t: Tensor | float, labels: Tensor | None = None
    ) -> Tensor:
        """Velocities [N, *shape] at x [N, *shape] and t, [N] or a number in [0, 1].

        Raises CourseError for another shape, and labels that do not fit.
        """
        if x.ndim != 1 + len(self.shape) or x.shape[1:] != self.shape:
            raise CourseError(
                f"This velocity takes {['N', *self.shape]}; got {list(x.shape)}."
            )
        # not len(x), which is a plain number and would fix the batch of an export
        labels = told(labels, x.shape[0], self.classes)
        t = torch.as_tensor(t, dtype=x.dtype, device=x.device).reshape(-1)  # [N] or [1]
        s = t.view(-1, *[1] * len(self.shape))  # beside x
        if self.predict == "residual":
            # of data N(0, spread^2): Var x_t = (1 - t)^2 + spread^2 t^2 = q,
            # E[x1 - x0 | x_t] = (spread^2 t - (1 - t)) / q x_t, rest spread^2 / q
            q = (1 - s).square() + (self.spread * s).square()
            normal = (self.spread**2 * s - (1 - s)) / q * x
            rest = self.net(x * q.rsqrt(), t, labels).to(x.dtype)
            return normal + self.spread * q.rsqrt() * rest
        found = self.net(x, t, labels).to(x.dtype)
        if self.predict == "data":
            # v = (x1 - x_t) / (1 - t)
            return (found - x) / (1 - s).clamp(min=self.nearest)
        if self.predict == "noise":
            return (x - found) / s.clamp(min=self.nearest)  # v = (x_t - x0) / t
        return found


class MLP(nn.Module):
    """Residual blocks on vectors [N, size], scaled and shifted by t and the label."""

    def __init__(self, size: int, width: int, blocks: int, classes: int = 0) -> None:
        super().__init__()
        self.condition = Condition(TOLD, classes)
        self.first = nn.Linear(size, width)
        self.blocks = nn.ModuleList(_MLPBlock(width) for _ in range(blocks))
        self.last = nn.Linear(width, size)
        _start_at_zero(self.last)

    def forward(self, x: Tensor, t: Tensor, labels: Tensor | None) -> Tensor:
        """x [N, size], t [N] or [1], labels [N] or None to [N, size]."""
        c = self.condition(t, labels)  # [N, 64] or [1, 64]
        h = self.first(x)  # [N, width]
        for block in self.blocks:
            h = block(h, c)  # [N, width]
        return self.last(F.rms_norm(h, h.shape[-1:]))  # [N, size]


class _MLPBlock(nn.Module):
    """h + gate W2 silu(W1 (norm(h) (1 + scale) + shift))    (Peebles & Xie 2023)."""

    muon = True  # its matrices map hidden vectors to hidden vectors

    def __init__(self, width: int) -> None:
        super().__init__()
        self.modulation = nn.Linear(TOLD, 3 * width)
        self.up, self.down = nn.Linear(width, width), nn.Linear(width, width)
        _start_at_zero(self.modulation)

    def forward(self, h: Tensor, c: Tensor) -> Tensor:
        """h [N, width] and the condition c, [N, 64] or [1, 64]."""
        scale, shift, gate = self.modulation(c).chunk(3, dim=1)  # [N, width] each
        inside = F.rms_norm(h, h.shape[-1:]) * (1 + scale) + shift
        return h + gate * self.down(F.silu(self.up(inside)))


class UNet(nn.Module):
    """Digits [N, 1, 28, 28] in patches of 2 x 2: nothing is computed at 28 x 28.

    width: channels at 14 x 14, twice as many at 7 x 7.
    """

    def __init__(self, width: int = 24, classes: int = 0) -> None:
        super().__init__()
        wide = 2 * width
        self.condition = Condition(4 * width, classes)
        self.stem = nn.Conv2d(1, width, 4, stride=2, padding=1)  # [N, width, 14, 14]
        self.fine = _ConvBlock(width, 4 * width)  # [N, width, 14, 14]
        self.down = nn.Conv2d(width, wide, 4, stride=2, padding=1)  # [N, wide, 7, 7]
        self.coarse = nn.ModuleList(_ConvBlock(wide, 4 * width) for _ in range(2))
        self.up = nn.ConvTranspose2d(wide, width, 4, stride=2, padding=1)
        self.joined = _ConvBlock(width, 4 * width)  # [N, width, 14, 14]
        self.last = nn.ConvTranspose2d(width, 1, 4, stride=2, padding=1)
        _start_at_zero(self.last)

    def forward(self, x: Tensor, t: Tensor, labels: Tensor | None) -> Tensor:
        """x [N, 1, 28, 28], t [N] or [1], labels [N] or None to [N, 1, 28, 28]."""
        c = self.condition(t, labels)  # [N, 4 width] or [1, 4 width]
        fine = self.fine(self.stem(x), c)  # [N, width, 14, 14]
        h = self.down(fine)  # [N, 2 width, 7, 7]
        for block in self.coarse:
            h = block(h, c)  # [N, 2 width, 7, 7]
        h = self.joined(self.up(h) + fine, c)  # [N, width, 14, 14]
        return self.last(F.silu(h))  # [N, 1, 28, 28]


class _ConvBlock(nn.Module):
    """As `_MLPBlock`, with 3 x 3 convolutions; the norm is over the channels."""

    def __init__(self, width: int, told: int) -> None:
        super().__init__()
        self.modulation = nn.Linear(told, 3 * width)
        self.up = nn.Conv2d(width, width, 3, padding=1)
        self.down = nn.Conv2d(width, width, 3, padding=1)
        _start_at_zero(self.modulation)

    def forward(self, h: Tensor, c: Tensor) -> Tensor:
        """h [N, width, H, W] and the condition c, [N, told] or [1, told]."""
        scale, shift, gate = self.modulation(c)[..., None, None].chunk(3, dim=1)
        size = h.square().mean(1, keepdim=True).add(1e-5).rsqrt()
        inside = h * size * (1 + scale) + shift
        return h + gate * self.down(F.silu(self.up(inside)))


class Condition(nn.Module):
    """What a network is told of t and the label: [N, width], or [1, width]."""

    frequencies: Tensor

    def __init__(self, width: int, classes: int = 0) -> None:
        super().__init__()
        self.register_buffer(
            "frequencies", torch.pi * torch.arange(1, FREQUENCIES + 1), persistent=False
        )
        self.net = nn.Sequential(nn.Linear(2 * FREQUENCIES, width), nn.SiLU())
        # one more for "not told"
        self.label = nn.Embedding(classes + 1, width) if classes else None
        if self.label is not None:
            nn.init.normal_(self.label.weight, std=0.5)

    def forward(self, t: Tensor, labels: Tensor | None) -> Tensor:
        """t [N] or [1] in [0, 1]; labels int [N] or None."""
        angles = t[:, None] * self.frequencies  # [N, 8]
        c: Tensor = self.net(torch.cat([angles.cos(), angles.sin()], dim=1))
        if self.label is not None and labels is not None:
            c = c + self.label(labels)
        return F.silu(c)


def mlp(
    size: int, width: int = 256, blocks: int = 3, classes: int = 0, **kind: Any
) -> Velocity:
    """A velocity for vectors [N, size]. kind: `predict` and `spread` of `Velocity`.

    With width 256 and 3 blocks a forward pass in 32 dimensions takes 0.41 million
    multiply-adds a row, and 0.15 million more where every row has its own t. Raises
    CourseError for sizes below 1.
    """
    for value, what in ((size, "The size"), (width, "A layer's width")):
        validate.whole(value, what)
    validate.whole(blocks, "The number of blocks")
    validate.whole(classes, "The number of classes", 0)
    return Velocity(MLP(size, width, blocks, classes), (size,), classes, **kind)


def unet(width: int = 24, classes: int = 0, **kind: Any) -> Velocity:
    """A velocity for digits [N, 1, 28, 28]. Raises CourseError for sizes below 1."""
    validate.whole(width, "The number of channels")
    validate.whole(classes, "The number of classes", 0)
    return Velocity(UNet(width, classes), validate.IMAGE, classes, **kind)


def told(labels: Tensor | None, n: int, classes: int) -> Tensor | None:
    """Labels as a network with `classes` takes them, the label `classes` among them.

    None becomes "not told" for every row; None for a network without classes. Raises
    CourseError for labels that do not fit.
    """
    if classes and labels is None:
        return torch.full((n,), classes)
    return validate.labels(labels, n, classes + 1 if classes else 0)


def _start_at_zero(layer: nn.Linear | nn.ConvTranspose2d) -> None:
    """Zero weights: before the first step the layer's output is 0."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
