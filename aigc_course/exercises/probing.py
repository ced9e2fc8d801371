"""Probes of a network that somebody else wrote: what it computes for chosen weights.

The weights are found by their number of entries and never by name or order, so that a
Sequential, a class and a function of bare parameters are judged alike. A fully
connected layer and a convolution over the whole map have the same number, and count as
the same.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from aigc_course.checks.compare import kind


def module(found: object) -> nn.Module:
    """The network itself. Raises AssertionError, with a sentence, for anything else."""
    if isinstance(found, type) and issubclass(found, nn.Module):
        raise AssertionError(
            "The function returned a class; call it, so that a network is returned."
        )
    if not isinstance(found, nn.Module):
        raise AssertionError(
            f"The function returned {kind(found)}; a torch.nn.Module is expected."
        )
    return found


def output(network: nn.Module, x: Tensor, wanted: str) -> Tensor:
    """The network's output. Raises AssertionError for what is no tensor.

    wanted: the shape to name in the sentence.
    """
    y = network(x)
    if not isinstance(y, Tensor):
        raise AssertionError(
            f"Your network returned {kind(y)}; a tensor {wanted} is expected."
        )
    return y


def sizes(network: nn.Module) -> list[int]:
    """The numbers of entries of its matrices and kernels, largest first."""
    found = (w.numel() for w in network.parameters() if w.ndim > 1)
    return sorted(found, reverse=True)


def count(network: nn.Module) -> int:
    """The number of its parameters."""
    return sum(w.numel() for w in network.parameters())


def of_size(network: nn.Module, numel: int, *, flat: bool = False) -> Tensor:
    """The matrix or kernel with so many entries; flat: the vector instead.

    Raises AssertionError where there is none.
    """
    for w in network.parameters():
        if w.numel() == numel and (w.ndim == 1) is flat:
            return w
    raise AssertionError(f"No weight of your network has {numel:,} entries.")


@torch.no_grad()
def set_weights(network: nn.Module, values: Mapping[int, float]) -> nn.Module:
    """Every matrix or kernel of so many entries filled with its value; vectors at 0 or
    1, whichever is nearer to their mean. Returns the network."""
    for w in network.parameters():
        if w.ndim > 1:
            w.fill_(values[w.numel()])
        else:
            w.fill_(float(w.mean().round()))
    return network


@torch.no_grad()
def shuffle_weights(network: nn.Module, gain: float = 1.0) -> nn.Module:
    """Matrices and kernels from a normal distribution that keeps a signal's size.

    Vectors as in `set_weights`. Returns the network.
    """
    for w in network.parameters():
        if w.ndim > 1:
            w.normal_(std=gain * (w.numel() / w.shape[0]) ** -0.5)
        else:
            w.fill_(float(w.mean().round()))
    return network


def learns(network: nn.Module, x: Tensor) -> bool:
    """Whether a gradient that is not 0 reaches every parameter."""
    y = shuffle_weights(network)(x)
    (y * torch.linspace(-1, 2, y.numel()).view_as(y)).sum().backward()
    return all(w.grad is not None and bool(w.grad.any()) for w in network.parameters())


def pattern(
    y: Tensor, known: Sequence[Tensor], tolerance: float = 2e-3
) -> Tensor | Literal[0]:
    """0 where y is one of the known pictures up to a factor, else y with the sum 1."""
    got = y.detach() / y.detach().sum()
    for picture in known:
        want = picture / picture.sum()
        if float((got - want).abs().max()) <= tolerance * float(want.max()):
            return 0
    return got


def tidy(value: float | Tensor, digits: int = 2) -> float:
    """A number rounded, for comparison; never -0."""
    return round(float(value), digits) + 0.0
