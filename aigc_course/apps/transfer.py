"""Style as statistics of features: Gram matrices, and mean and spread per channel.

Gatys et al. (2015; 2016) took style to be the correlations between a classifier's
features, wherever in the picture they occur, and changed pixels until those of
another picture were met. Huang & Belongie (2017) moved mean and spread only.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.metrics.features import extractor
from aigc_course.metrics.images import checked, to_float

STYLE_LAYERS = (0, 1, 2)  # convolutions whose statistics are style
CONTENT_LAYER = 3  # the one whose features themselves are content
STEPS = 150


def maps(images: Tensor, layers: Sequence[int] = STYLE_LAYERS) -> list[Tensor]:
    """Features after the extractor's convolutions 0 to 3, and their ReLU.

    images: [N, 1, 28, 28] in [-1, 1]; gradients pass. Returns one [N, C, h, w] for
    each layer: 32 and 48 channels at 14 x 14, 64 and 96 at 7 x 7. Raises CourseError
    for another layer.
    """
    if not layers or not set(layers) <= {0, 1, 2, 3}:
        raise CourseError(f"The extractor's layers are 0 to 3, not {list(layers)}.")
    found: list[Tensor] = []
    x = images
    for part in extractor().body:
        x = part(x)
        if isinstance(part, nn.ReLU):
            found.append(x)
        if len(found) > max(layers):
            break
    return [found[layer] for layer in layers]


def gram(features: Tensor) -> Tensor:
    """G_ij = mean over places of F_i F_j: [N, C, h, w] to [N, C, C].

    Gatys et al. 2016, equation 3, divided by the number of places.

    >>> gram(torch.ones(1, 2, 3, 3))
    tensor([[[1., 1.],
             [1., 1.]]])
    """
    flat = features.flatten(2)  # [N, C, h w]
    return flat @ flat.transpose(1, 2) / flat.shape[2]


def moments(features: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation over places: [N, C, h, w] to [N, C, 1, 1] each."""
    variance, mean = torch.var_mean(features, (2, 3), correction=0, keepdim=True)
    return mean, (variance + 1e-6).sqrt()


def adain(content: Tensor, style: Tensor) -> Tensor:
    """Content's features with style's mean and spread (Huang & Belongie 2017, eq. 8).

    AdaIN(x, y) = sigma(y) (x - mu(x)) / sigma(x) + mu(y), per picture and channel.

    content: [N, C, h, w]. style: [N or 1, C, h', w'].
    """
    mean, spread = moments(content)
    wanted_mean, wanted_spread = moments(style)
    return wanted_spread * (content - mean) / spread + wanted_mean


def style_distance(images: Tensor, style: Tensor) -> Tensor:
    """How far the pictures' style is from that of `style`, per picture: [N].

    The squared distance between Gram matrices, relative to the size of those wanted,
    averaged over layers. Of several pictures in `style` the mean Gram matrix counts.
    """
    wanted = [gram(f).mean(0, keepdim=True) for f in maps(style)]
    found = [gram(f) for f in maps(images)]
    terms = [
        (f - w).square().sum((1, 2)) / w.square().sum()
        for f, w in zip(found, wanted, strict=True)
    ]
    return torch.stack(terms).mean(0)


def transfer(
    content: Tensor,
    style: Tensor,
    *,
    weight: float = 1.0,
    steps: int = STEPS,
    lr: float = 0.1,
) -> Tensor:
    """Pictures with what `content` shows, written as `style` is.

    min over x of |F(x) - F(content)|^2 / |F(content)|^2 + weight * style distance,

    F the deepest convolution's features (Gatys et al. 2016, equation 7); Adam changes
    the pixels, starting from content.

    content: [N, 1, 28, 28] in [-1, 1], each changed by itself. style: [M, 1, 28, 28],
    whose mean statistics are wanted. Returns float32 as content. Raises CourseError
    for images the metrics refuse, and settings out of range.
    """
    validate.whole(steps, "The number of steps")
    validate.at_least_zero(weight, "The weight of style")
    start, wanted = (to_float(checked(part)).cpu() for part in (content, style))
    (kept,) = maps(start, [CONTENT_LAYER])
    scale = kept.square().sum((1, 2, 3)).clamp(1e-6)
    raw = torch.atanh(start.clamp(-0.995, 0.995)).requires_grad_()  # x = tanh(raw)
    optimizer = torch.optim.Adam([raw], lr)
    for _ in range(steps):
        x = torch.tanh(raw)
        (found,) = maps(x, [CONTENT_LAYER])
        content_loss = (found - kept).square().sum((1, 2, 3)) / scale  # [N]
        loss = (content_loss + weight * style_distance(x, wanted)).sum()
        (raw.grad,) = torch.autograd.grad(loss, raw)
        optimizer.step()
    return torch.tanh(raw).detach()
