"""A network small enough to travel inside a web page, and still the same to the eye.

Weights become whole numbers times a step. Rounding each to the nearest makes 50 % more
error than it must: inputs of a layer depend on each other, so that the error of one
weight can be made up for by the weights that are rounded after it (Frantar, Ashkboos,
Hoefler & Alistarh 2023, "GPTQ", section 3). The whole numbers are then compressed, and
written in 91 printable characters, of which two hold 13 bits.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from aigc_course.errors import CourseError
from aigc_course.release.drawing import Drawing
from aigc_course.release.folding import folded

# All printable characters of ASCII but those that mean something in a page.
ALPHABET = "".join(c for c in map(chr, range(33, 127)) if c not in "<>&")
LINE = 1000  # characters
FINENESS = 85.0  # steps in a weight's standard deviation, in the largest layer
FINEST = 4000.0  # and in the smallest: they still fit in 16 bits
CALIBRATION = 4096  # pictures by which rounding knows what depends on what
DAMPING = 1e-4  # of the mean square input, or a unit that never acts divides by 0

Grid = NDArray[np.int32]


@dataclass
class Layer:
    """A layer of the page's network: what `network.js` needs to know of it.

    kind: "linear" or "up", a transposed convolution. weight: as in the module. step:
    of the whole numbers that the weights are, once they are rounded.
    """

    kind: str
    module: nn.Linear | nn.ConvTranspose2d
    activation: str = "none"
    slope: float = 0.0
    side: int = 0  # of the maps that come in
    step: float = 0.0
    numbers: Grid | None = field(default=None, repr=False)  # as the page keeps them

    def described(self) -> dict[str, Any]:
        """What the page reads beside the weights."""
        outputs = len(self.module.bias)  # type: ignore[arg-type]
        about = {
            "kind": self.kind,
            "weights": self.module.weight.numel(),
            "inputs": self.module.weight.numel() // outputs,
            "outputs": outputs,
            "activation": self.activation,
            "slope": self.slope,
            "step": self.step,
            "low": low_bits(self.numbers) if self.numbers is not None else 0,
        }
        if isinstance(self.module, nn.ConvTranspose2d):
            about |= {
                "inputs": self.module.in_channels,
                "side": self.side,
                "kernel": self.module.kernel_size[0],
                "stride": self.module.stride[0],
                "padding": self.module.padding[0],
                "extra": self.module.output_padding[0],
            }
        return about


def plain_layers(drawing: Drawing) -> list[Layer]:
    """The layers of a network of latents, batch norms folded, activations joined.

    Raises CourseError for a network with other layers than fully connected ones and
    transposed convolutions: a page does not draw with it.
    """
    net = getattr(drawing.module, "net", None)
    last = getattr(drawing.module, "last", None)
    if not isinstance(net, nn.Sequential) or drawing.output != "images":
        raise _other(drawing.module)
    layers: list[Layer] = []
    side = 0
    for part in cast(nn.Sequential, folded(net)):
        if isinstance(part, nn.Linear):
            layers.append(Layer("linear", part))
        elif isinstance(part, nn.ConvTranspose2d):
            layers.append(Layer("up", part, side=side))
            side = _size(part, side)
        elif isinstance(part, nn.Unflatten):
            side = int(part.unflattened_size[-1])
        elif not isinstance(part, nn.Flatten):
            _activate(layers, part)
    if last is not None and not isinstance(last, nn.Identity):
        _activate(layers, getattr(last, "observation", last))
    return layers


def _activate(layers: list[Layer], part: nn.Module) -> None:
    """Join an activation to the layer before it."""
    names = {"ReLU": "relu", "Tanh": "tanh", "Bernoulli": "half", "LeakyReLU": "leaky"}
    name = names.get(type(part).__name__)
    if name is None or not layers or layers[-1].activation != "none":
        raise _other(part)
    layers[-1].activation = name
    layers[-1].slope = float(getattr(part, "negative_slope", 0.0))


def _size(part: nn.ConvTranspose2d, side: int) -> int:
    one = {part.kernel_size, part.stride, part.padding, part.output_padding}
    plain = part.groups == 1 and part.dilation == (1, 1)
    if not plain or any(pair[0] != pair[1] for pair in one):
        raise _other(part)
    (kernel, _), (stride, _) = part.kernel_size, part.stride
    return int((side - 1) * stride - 2 * int(part.padding[0]) + kernel) + int(
        part.output_padding[0]
    )


def _other(part: nn.Module) -> CourseError:
    return CourseError(
        f"A page draws with fully connected layers and transposed convolutions, not"
        f" with {type(part).__name__}: dcgan, mlp-gan, cgan, vae, conv-vae and cvae"
        " have no others."
    )


@torch.no_grad()
def shrink(layers: list[Layer], inputs: Tensor, fineness: float = FINENESS) -> None:
    """Round all weights to whole numbers times a step, one for each layer.

    The step is the weights' standard deviation / c, with c = fineness N_max / N for a
    layer of N weights: what a small layer costs is little, and its errors pass through
    all layers behind it. The inputs of a fully connected layer are rounded together,
    for what the rounded layers before it give; other weights each to the nearest.

    inputs: rows [n, latent (+ classes)] that the first layer may see.
    """
    most = max(one.module.weight.numel() for one in layers)
    x = inputs.double()
    for layer in layers:
        weight = layer.module.weight.double()
        fine = min(fineness * most / weight.numel(), FINEST)
        layer.step = float(weight.std()) / fine
        if isinstance(layer.module, nn.Linear):  # [outputs, inputs]
            rounded = round_together(weight, layer.step, x.T @ x / len(x)).T
        else:
            rounded = (weight / layer.step).round()
        layer.numbers = rounded.numpy().astype(np.int32)
        if isinstance(layer.module, nn.Linear):
            x = compute([layer], x)


def round_together(weight: Tensor, step: float, products: Tensor) -> Tensor:
    """Whole numbers q [outputs, inputs] such that step * q does what `weight` does.

    Inputs are rounded one after another. With H = E[x x^T] + damping, and H^-1 = U^T U
    with U upper triangular, the error e_k of input k divided by U_kk, times row k of U,
    is taken from the weights to come (Frantar et al. 2023, algorithm 1).

    products: E[x x^T], [inputs, inputs].
    """
    h = products + DAMPING * products.diagonal().mean() * torch.eye(len(products))
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(h))
    u = torch.linalg.cholesky(inverse, upper=True)
    left, q = weight.clone(), torch.empty_like(weight)
    for k in range(weight.shape[1]):
        q[:, k] = (left[:, k] / step).round()
        error = (left[:, k] - step * q[:, k]) / u[k, k]  # [outputs]
        left[:, k:] -= error[:, None] * u[k, k:]
    return q


def _function(layer: Layer) -> Callable[[Tensor], Tensor]:
    """The activation of a layer."""
    return {
        "none": lambda x: x,
        "relu": torch.relu,
        "tanh": torch.tanh,
        "half": lambda x: torch.tanh(x / 2),
        "leaky": lambda x: nn.functional.leaky_relu(x, layer.slope),
    }[layer.activation]


@torch.no_grad()
def compute(layers: list[Layer], rows: Tensor) -> Tensor:
    """What the page draws, computed here: rows [n, ...] to [n, 784] in [-1, 1]."""
    x = rows.double()
    for layer in layers:
        module, weight = layer.module, _weight(layer)
        bias = module.bias.double()  # type: ignore[union-attr]
        if isinstance(module, nn.Linear):
            x = x @ weight.T + bias
        else:
            maps = x.view(len(x), module.in_channels, layer.side, layer.side)
            one: Any = (module.stride, module.padding, module.output_padding)
            x = nn.functional.conv_transpose2d(maps, weight, bias, *one).flatten(1)
        x = _function(layer)(x)
    return x


def _weight(layer: Layer) -> Tensor:
    """The weights with which the page computes, in the module's order."""
    if layer.numbers is None:
        return layer.module.weight.double()
    weight = torch.from_numpy(layer.numbers).double() * layer.step
    return weight.T if layer.kind == "linear" else weight


def packed(layers: list[Layer]) -> bytes:
    """All weights and biases, compressed by DEFLATE with Huffman codes alone.

    Whole numbers are written input by input, their high parts as bytes, then the low
    bits plane by plane; biases as 32-bit floats. Low bits have no pattern that
    a compressor could find; high parts are mostly small.
    """
    parts: list[bytes] = []
    for layer in layers:
        if layer.numbers is None:
            raise CourseError("The weights are not rounded yet: call `shrink` first.")
        parts += _whole(layer.numbers, low_bits(layer.numbers))
        parts.append(_floats(layer.module.bias))  # type: ignore[arg-type]
    press = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_HUFFMAN_ONLY)
    return press.compress(b"".join(parts)) + press.flush()


def low_bits(numbers: Grid) -> int:
    """How many low bits to split off, so that what is left fits in a signed byte."""
    low = 0
    while ((numbers >> low) < -128).any() or ((numbers >> low) > 127).any():
        low += 1
    return low


def _whole(numbers: Grid, low: int) -> list[bytes]:
    high = (numbers >> low).astype(np.int8).tobytes()
    planes = [(numbers >> (low - 1 - i)) & 1 for i in range(low)]
    return [high, *(np.packbits(plane.astype(np.uint8)).tobytes() for plane in planes)]


def _floats(values: Tensor) -> bytes:
    return values.detach().numpy().astype("<f4").tobytes()


def as_text(content: bytes) -> str:
    """Bytes as 91 printable characters, 13 bits in two of them, in lines.

    >>> as_text(b"ab")
    'F88R'
    """
    bits = np.unpackbits(np.frombuffer(content, np.uint8))
    rows = np.pad(bits, (0, -len(bits) % 13)).reshape(-1, 13)
    values = rows.astype(np.int64) @ (1 << np.arange(12, -1, -1))
    pairs = np.stack([values // len(ALPHABET), values % len(ALPHABET)], axis=1)
    text = np.frombuffer(ALPHABET.encode(), np.uint8)[pairs].tobytes().decode()
    return "\n".join(text[i : i + LINE] for i in range(0, len(text), LINE))
