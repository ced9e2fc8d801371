"""What a network that is told a label does, as facts that no name or layer decides."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from aigc_course.checks.compare import kind, same

Facts = dict[str, object]
Builder = Callable[..., nn.Module]


def weights_of(network: object) -> int:
    """The number of its weights. Raises AssertionError for what is not a module."""
    if not isinstance(network, nn.Module):
        raise AssertionError(
            f"The function returned {kind(network)}; a torch.nn.Module is expected."
        )
    return sum(weight.numel() for weight in network.parameters())


def gradient(network: nn.Module, output: Tensor) -> Tensor:
    """The gradient of the sum in all weights, [weights]; 0 where none arrives."""
    weights = list(network.parameters())
    wanted = [weight for weight in weights if weight.requires_grad]
    if not wanted or not output.requires_grad:
        return torch.zeros(weights_of(network))
    found = iter(torch.autograd.grad(output.sum(), wanted, allow_unused=True))
    parts = []
    for weight in weights:
        slope = next(found) if weight.requires_grad else None
        parts.append(torch.zeros_like(weight) if slope is None else slope)
    return torch.cat([part.flatten() for part in parts])


def own_weights(slopes: Tensor) -> Tensor:
    """Which weights get a gradient from one label alone, bool [C, weights].

    slopes: [C, weights], the gradients where one label is asked for.
    """
    felt = slopes != 0
    return felt & (felt.sum(0) == 1)


def idle(network: nn.Module, output: Tensor) -> bool:
    """Whether some weights have no part in the output, or get no gradient from it."""
    if not output.requires_grad:
        return True
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    found = torch.autograd.grad(output.square().sum(), weights, allow_unused=True)
    return any(slope is None for slope in found)


def one_by_one(network: nn.Module, first: Tensor, labels: Tensor) -> bool:
    """Whether each sample in evaluation mode depends on its own label and input."""
    whole = network(first, labels).detach()
    rows = zip(first, labels, strict=True)
    each = [network(x[None], y[None]).detach() for x, y in rows]
    return same(whole, torch.cat(each), 1e-3)


def louder(network: nn.Module, times: float = 100.0) -> nn.Module:
    """The network with matrices and kernels so large that a bounded end shows."""
    with torch.no_grad():
        for weight in network.parameters():
            if weight.ndim > 1:
                weight.mul_(times)
    return network
