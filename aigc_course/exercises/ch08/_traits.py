"""What a small network does, whatever its layers are called and however it is written.

Two answers with the same traits behave in the same way, so a misconception is known by
them in any style. Weights are drawn anew for each look: none depends on one start.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from aigc_course.checks.compare import kind

LOOKS = 4  # how often the weights are drawn anew
Outputs = Callable[[Tensor], tuple[Tensor, ...]]


def module(network: object) -> nn.Module:
    """The network itself; an AssertionError with a sentence for what is no module."""
    if isinstance(network, type) and issubclass(network, nn.Module):
        raise AssertionError(
            "The function returned the class; return an instance of it, with"
            " parentheses."
        )
    if not isinstance(network, nn.Module):
        raise AssertionError(
            f"The function returned {kind(network)}; a torch.nn.Module is expected."
        )
    if any(isinstance(w, nn.UninitializedParameter) for w in network.parameters()):
        raise AssertionError(
            "A layer of yours has no weights before its first call (LazyLinear), so no"
            " optimiser can be made for it. Give every layer its sizes."
        )
    return network


def count(network: nn.Module) -> int:
    """The number of weights that an optimiser would be given."""
    return sum(weight.numel() for weight in network.parameters())


def shapes(returned: object) -> str:
    """The shapes that were returned, in words."""
    if isinstance(returned, tuple | list):
        return " and ".join(shapes(one) for one in returned) or "nothing"
    return str(list(returned.shape)) if isinstance(returned, Tensor) else kind(returned)


@torch.no_grad()
def stir(network: nn.Module) -> nn.Module:
    """New weights, three times as large as usual, so that limits of outputs show."""
    for weight in network.parameters():
        fan_in = weight.numel() // (weight.shape[0] if weight.ndim > 1 else 1)
        scale = 3 * fan_in**-0.5 if weight.ndim > 1 else 1.0
        weight.copy_(scale * torch.randn(weight.shape, dtype=weight.dtype))
    return network


def bends(network: nn.Module, x: Tensor) -> bool:
    """Whether the map is more than linear: f(x + d) + f(x - d) differs from 2 f(x).

    All inputs are between 0 and 1 or above 0, so a ReLU of the input itself is no bend.
    """
    network = stir(network.double().eval())
    x = 0.2 + 0.5 * x.double().abs()
    d = 0.4 * torch.rand_like(x) - 0.2
    with torch.no_grad():
        middle, up, down = (pieces(network(at)) for at in (x, x + d, x - d))
    triples = zip(middle, up, down, strict=True)
    gaps = [(a + b - 2 * m).abs().max() for m, a, b in triples]
    network.float()
    return bool(max(gaps) > 1e-6)


def pieces(returned: Any) -> tuple[Tensor, ...]:
    """What was returned as a tuple of tensors."""
    return tuple(returned) if isinstance(returned, tuple | list) else (returned,)


def draws(network: nn.Module, x: Tensor, training: bool = True) -> bool:
    """Whether two calls differ, in training mode or in evaluation mode."""
    network.train(training)
    with torch.no_grad():
        one, two = pieces(network(x)), pieces(network(x))
    return not all(torch.equal(a, b) for a, b in zip(one, two, strict=True))


def alone(network: nn.Module, x: Tensor) -> bool:
    """Whether an input's outputs stay the same when it comes without the others."""
    network.train()
    with torch.no_grad():
        every, few = pieces(network(x)), pieces(network(x[:2]))
    return all(
        torch.allclose(a[:2], b, atol=1e-4) for a, b in zip(every, few, strict=True)
    )


def idle(network: nn.Module, x: Tensor) -> int:
    """How many tensors of weights no gradient reaches."""
    network.train().zero_grad()
    total = sum((part**2).sum() for part in pieces(network(x)))
    if isinstance(total, Tensor) and total.requires_grad:
        total.backward()
    left = [w for w in network.parameters() if w.grad is None or not w.grad.any()]
    network.zero_grad()
    return len(left)


def reach(network: nn.Module, x: Tensor) -> list[tuple[float, float]]:
    """Lowest and highest value of each output, over several draws of weights."""
    network.eval()
    low, high = None, None
    for _ in range(LOOKS):
        with torch.no_grad():
            found = torch.stack([part.flatten() for part in pieces(stir(network)(x))])
        least, most = found.amin(1), found.amax(1)
        low = least if low is None else torch.minimum(low, least)
        high = most if high is None else torch.maximum(high, most)
    assert low is not None and high is not None
    return list(zip(low.tolist(), high.tolist(), strict=True))


def limits(low: float, high: float) -> str:
    """Where values lie: "free" if on both sides of 0 and beyond 1.5 on each."""
    if low < -1.5 and high > 1.5:
        return "free"
    if low >= 0:
        return "between 0 and 1" if high <= 1 else "never below 0"
    if high <= 0:
        return "never above 0"
    return "between -1.5 and 1.5"
