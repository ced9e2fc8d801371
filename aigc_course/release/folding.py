"""Two rewritings that leave the function as it is: fewer layers, and other layers.

In evaluation mode a batch norm is a fixed affine map, so the layer before it can do its
work (Jacob et al. 2018, section 3.2). A transposed convolution whose output is `stride`
times as large as its input is an ordinary convolution to stride^2 times as many maps,
followed by a pixel shuffle (Shi et al. 2016, "Is the deconvolution layer the same as a
convolutional layer?").
"""

import copy
from typing import cast

import torch
from torch import Tensor, nn

from aigc_course.errors import CourseError

Affine = nn.Linear | nn.Conv2d | nn.ConvTranspose2d
Norm = nn.BatchNorm1d | nn.BatchNorm2d


@torch.no_grad()
def fold_batch_norm(layer: Affine, norm: Norm) -> Affine:
    """One layer that does what `layer` and then `norm` do in evaluation mode.

        g = gamma / sqrt(variance + eps)                                      (19.1)
        W' = g W, for each output channel                                     (19.2)
        b' = beta + g (b - mean)                                              (19.3)

    The statistics are the running ones. Returns a new layer of the kind of `layer`,
    with a bias. Raises CourseError where the channels differ in number, or `norm` keeps
    no running statistics.
    """
    axis = 1 if isinstance(layer, nn.ConvTranspose2d) else 0  # of the output channels
    mean, variance = norm.running_mean, norm.running_var
    if mean is None or variance is None:
        raise CourseError("A batch norm without running statistics cannot be folded.")
    if layer.weight.shape[axis] != len(mean):
        raise CourseError(
            f"The batch norm has {len(mean)} channels, the layer before it gives"
            f" {layer.weight.shape[axis]}: they do not belong together."
        )
    gamma = norm.weight if norm.affine else torch.ones_like(mean)
    beta = norm.bias if norm.affine else torch.zeros_like(mean)
    bias = layer.bias if layer.bias is not None else torch.zeros_like(mean)
    # in double precision: what is rounded once is rounded less
    g = gamma.double() / (variance.double() + norm.eps).sqrt()
    folded = copy.deepcopy(layer)
    folded.weight = _scaled(layer.weight, g, axis)
    folded.bias = nn.Parameter((beta + g * (bias - mean)).to(layer.weight.dtype))
    return folded


def folded(network: nn.Module) -> nn.Module:
    """A copy in evaluation mode whose batch norms are folded, wherever they can be.

    That is wherever one stands right behind a Linear, Conv2d or ConvTranspose2d in an
    nn.Sequential, however deep. Other batch norms stay. The copy's parameters need no
    gradient.
    """
    network = copy.deepcopy(network).eval().requires_grad_(False)
    for part in [*network.modules()]:
        if isinstance(part, nn.Sequential):
            _replace(part, _without_norms([*part]))
    return network.requires_grad_(False)


@torch.no_grad()
def as_convolution(layer: nn.ConvTranspose2d) -> nn.Sequential:
    """A convolution and a pixel shuffle that do exactly what `layer` does.

    Output place s i + a, with 0 <= a < s, of a transposed convolution of stride s and
    padding p, along one axis:

        y[s i + a] = b + sum_d x[i + d] W[a + p - s d]                        (19.4)
        y[s i + a] = Y_a[i],   Y_a = x * K_a,   K_a[d] = W[a + p - s d]       (19.5)

    with W = 0 outside its kernel. Equation 19.5 is a convolution to s^2 maps for each
    channel, of which the pixel shuffle takes each place's own. The new kernel holds
    zeros where W ends, so it multiplies more often than it must.
    Raises CourseError unless the output is s times as large as the input, both axes are
    alike, and there are neither groups nor dilation.
    """
    s, p, k = _square(layer)
    reach = max(p // s, (s - 1 + p) // s, (k - 1 - p + s - 1) // s)  # largest |d|
    size = 2 * reach + 1
    inputs, outputs = layer.in_channels, layer.out_channels
    kernel = layer.weight.new_zeros(outputs, s, s, inputs, size, size)
    taps = [
        (a, d + reach, a + p - s * d)  # K_a[d] = W[a + p - s d]
        for a in range(s)
        for d in range(-reach, reach + 1)
        if 0 <= a + p - s * d < k
    ]
    for a, row, i in taps:
        for b, column, j in taps:
            kernel[:, a, b, :, row, column] = layer.weight[:, :, i, j].T
    wide = nn.Conv2d(inputs, outputs * s * s, size, padding=reach)
    wide.weight = nn.Parameter(kernel.flatten(0, 2))
    bias = layer.bias if layer.bias is not None else layer.weight.new_zeros(outputs)
    wide.bias = nn.Parameter(bias.repeat_interleave(s * s))
    return nn.Sequential(wide, nn.PixelShuffle(s)).requires_grad_(False).eval()


def rewritten(network: nn.Module) -> nn.Module:
    """A folded copy in which `as_convolution` has replaced transposed convolutions.

    Raises CourseError where one of them cannot be rewritten.
    """
    network = folded(network)
    for name, part in [*network.named_modules()]:
        if isinstance(part, nn.ConvTranspose2d):
            place, _, last = name.rpartition(".")
            setattr(network.get_submodule(place), last, as_convolution(part))
    return network


def _scaled(weight: Tensor, g: Tensor, axis: int) -> nn.Parameter:
    shape = [1] * weight.ndim
    shape[axis] = -1
    return nn.Parameter((weight.double() * g.view(shape)).to(weight.dtype))


def _without_norms(layers: list[nn.Module]) -> list[nn.Module]:
    kept: list[nn.Module] = []
    for layer in layers:
        before = kept[-1] if kept else None
        if isinstance(layer, Norm) and isinstance(before, Affine) and _runs(layer):
            kept[-1] = fold_batch_norm(before, layer)
        else:
            kept.append(layer)
    return kept


def _runs(norm: Norm) -> bool:
    return norm.running_mean is not None


def _replace(part: nn.Sequential, layers: list[nn.Module]) -> None:
    del part[:]
    part.extend(layers)


def _square(layer: nn.ConvTranspose2d) -> tuple[int, int, int]:
    """Stride, padding and kernel of a layer that `as_convolution` can rewrite."""
    axes = zip(
        layer.stride,
        cast(tuple[int, ...], layer.padding),
        layer.kernel_size,
        layer.output_padding,
        strict=True,
    )
    (s, p, k, extra), other = axes
    fits = (s, p, k, extra) == other and k + extra - 2 * p == s
    if not fits or layer.groups != 1 or layer.dilation != (1, 1):
        raise CourseError(
            "Only a transposed convolution whose output is `stride` times as large as"
            " its input is rewritten: kernel + output padding - 2 padding = stride,"
            " without groups or dilation."
        )
    return s, p, k
