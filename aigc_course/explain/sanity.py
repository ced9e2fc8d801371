"""Does an explanation depend on the network? Give it a network that has learnt nothing.

The test of Adebayo et al. 2018, section 3.1: draw the weights anew, the last layer
first, and compare the maps. A map that stays the same explains the picture, if
anything, and not the network.
"""

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.explain.gradients import (
    class_score,
    guided_backprop,
    input_gradient,
    integrated_gradients,
    saliency,
)

Method = Callable[[nn.Module, Tensor, Tensor], Tensor]
STEPS = 16  # of integrated gradients: ranks need no more


def edges(net: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """The size of the picture's own slope (Sobel), [N, 1, 28, 28]; asks no network."""
    across = images.new_tensor([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    kernels = torch.stack([across, across.T])[:, None]  # [2, 1, 3, 3]
    dark = torch.nn.functional.pad(images, (1, 1, 1, 1), value=-1.0)
    return conv2d(dark, kernels).square().sum(1, keepdim=True).sqrt()


METHODS: dict[str, Method] = {
    "gradient": lambda net, x, y: saliency(class_score(net, y), x),
    "gradient x input": lambda net, x, y: input_gradient(class_score(net, y), x).values,
    "integrated gradients": lambda net, x, y: (
        integrated_gradients(class_score(net, y), x, steps=STEPS).values
    ),
    "guided backprop": guided_backprop,
    "edges": edges,
}


def weight_layers(net: nn.Module) -> list[str]:
    """The names of the layers with weights, the first one first."""
    return [
        name
        for name, layer in net.named_modules()
        if isinstance(getattr(layer, "weight", None), Tensor)
    ]


def randomised(net: nn.Module, last: int | None = None, seed: int = 0) -> nn.Module:
    """A copy whose last layers with weights are drawn anew; None: all of them.

    Raises CourseError when there are fewer layers than `last`.
    """
    names = weight_layers(net)
    count = len(names) if last is None else last
    if not 0 <= count <= len(names):
        raise CourseError(f"This network has {len(names)} layers to draw, not {last}.")
    fresh = copy.deepcopy(net)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for name in names[len(names) - count :]:
            layer = fresh.get_submodule(name)
            layer.reset_parameters()  # type: ignore[operator]
    return fresh


def rank_agreement(
    a: Tensor, b: Tensor, inside: Tensor | None = None, signed: bool = False
) -> Tensor:
    """Spearman's rank correlation of two maps, for each picture: float64 [N].

    1 for the same order of pixels, 0 for no relation; 0 also where a map is constant.

    a, b: [N, 1, 28, 28]. inside: bool, of the same shape, the pixels that count; all by
    default. signed: compare the values as they are, and not their sizes. Raises
    CourseError for maps of two shapes, and a picture with fewer than 3 pixels inside.
    """
    if a.shape != b.shape or (inside is not None and inside.shape != a.shape):
        raise CourseError(
            f"Maps are compared pixel by pixel; got shapes {list(a.shape)} and"
            f" {list(b.shape)}."
        )
    x, y = (m.detach() if signed else m.detach().abs() for m in (a, b))
    counts = torch.ones_like(a, dtype=torch.bool) if inside is None else inside
    rows = zip(x.flatten(1), y.flatten(1), counts.flatten(1), strict=True)
    return torch.tensor([_spearman(p[m], q[m]) for p, q, m in rows]).double()


def sanity(
    net: nn.Module,
    images: Tensor,
    labels: Tensor,
    method: str,
    seed: int = 0,
    ink_only: bool = False,
    signed: bool = False,
) -> list[float]:
    """Mean agreement with the trained network's map after 1, 2, ... all layers are new.

    images: [N, 1, 28, 28] in [-1, 1]; labels: int [N], whose logits are explained.
    method: a name in METHODS. ink_only: compare pixels with ink alone. A method that
    multiplies by the picture gives black pixels nothing with any network, and so agrees
    with itself where there is no ink. Raises CourseError for an unknown method.
    """
    if method not in METHODS:
        raise CourseError(
            f"There is no method {method!r}; choose from {', '.join(METHODS)}."
        )
    validate.images(images)
    wanted = validate.labels(labels, len(images), 10)
    assert wanted is not None
    explain, inside = METHODS[method], (images > -0.8) if ink_only else None
    trained = explain(net, images, wanted)
    return [
        float(
            rank_agreement(
                trained,
                explain(randomised(net, last, seed), images, wanted),
                inside,
                signed,
            ).mean()
        )
        for last in range(1, len(weight_layers(net)) + 1)
    ]


def _spearman(x: Tensor, y: Tensor) -> float:
    """Spearman's correlation; 0 where one of the two is the same everywhere."""
    from scipy.stats import spearmanr  # takes a while to load

    if len(x) < 3:
        raise CourseError("A picture has fewer than 3 pixels to compare.")
    if x.min() == x.max() or y.min() == y.max():
        return 0.0
    return float(spearmanr(x.numpy(), y.numpy()).statistic)
