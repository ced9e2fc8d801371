"""Fixed random numbers and a small training step for the patients of ward C."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from aigc_course.clinic.steps import Step


def drawn(key: int, *shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """Normal numbers that belong to a key, whatever the global generator is at."""
    source = torch.Generator().manual_seed(key)
    return torch.randn(shape, generator=source, dtype=torch.float64).to(dtype)


def one_player(
    name: str,
    net: nn.Module,
    x: Tensor,
    loss: Callable[[Tensor], Tensor],
    aim: Callable[[], Tensor],
    *,
    draws: bool = True,
    lr: float = 0.02,
) -> Step:
    """A training step of one network on a batch x, by plain gradient descent."""
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)

    def advance(batch: Tensor, player: str) -> None:
        optimizer.zero_grad()
        loss(batch).backward()
        optimizer.step()

    def losses(batch: Tensor) -> dict[str, Tensor]:
        return {name: loss(batch)}

    return Step({name: net}, {name: x}, x, losses, advance, {name: aim}, draws)
