"""What a network computes, whatever its layers are called and however they started."""

from typing import Any

import torch
from torch import Tensor, nn

from aigc_course.checks.compare import kind


def fingerprint(network: object, *inputs: Tensor) -> dict[str, object]:
    """The network's output for given weights, and its number of parameters.

    For exercises that build a network: two networks with the same layers in the same
    order have the same fingerprint, even if their attributes are named or declared
    differently. Each layer gets weights that depend on when it is first called only.

    inputs: what the network is called with. Random numbers, as dropout draws them, are
    the global generator's. Raises AssertionError, with a sentence, for what is no
    module.
    """
    if not isinstance(network, nn.Module):
        raise AssertionError(
            f"The result is {kind(network)}; expected is a torch.nn.Module."
        )
    hooks = _fill_when_called(network)
    output = network(*inputs)
    for hook in hooks:
        hook.remove()
    count = sum(parameter.numel() for parameter in network.parameters())
    return {"output": output, "number of parameters": count}


def _fill_when_called(network: nn.Module) -> list[Any]:
    filled: list[nn.Module] = []

    def fill(layer: nn.Module, _: object) -> None:
        if layer not in filled:
            filled.append(layer)
            _fill(layer, len(filled))

    owners = [m for m in network.modules() if list(m.parameters(recurse=False))]
    return [owner.register_forward_pre_hook(fill) for owner in owners]


@torch.no_grad()
def _fill(layer: nn.Module, order: int) -> None:
    generator = torch.Generator().manual_seed(order)
    for parameter in layer.parameters(recurse=False):
        # 1/sqrt(fan in) keeps the signal in range, so that no tanh saturates
        fan_in = parameter.numel() // (parameter.shape[0] if parameter.ndim else 1)
        scale = fan_in**-0.5
        parameter.copy_(torch.randn(parameter.shape, generator=generator) * scale)
