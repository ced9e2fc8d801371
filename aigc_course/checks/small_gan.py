"""A GAN of a few hundred weights, for exercises about one training step."""

import torch
from torch import Tensor, nn

from aigc_course.checks.compare import kind, same

Net = nn.Module
Opt = torch.optim.Optimizer

LR = 0.5  # large, so that one step shows


def networks() -> tuple[nn.Module, nn.Module]:
    """G maps latents [N, 3] to [N, 1, 4, 4]; D maps such pictures to logits [N, 1]."""
    G = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Unflatten(1, (1, 4, 4)))
    D = nn.Sequential(nn.Flatten(), nn.Linear(16, 8), nn.Tanh(), nn.Linear(8, 1))
    with torch.no_grad():
        for weight in D.parameters():
            weight.mul_(3)  # logits of some size: the losses then differ in slope
    return G, D


def batch(size: int = 6) -> tuple[Tensor, Tensor]:
    """Real pictures [size, 1, 4, 4] in [-1, 1] and latents [size, 3]."""
    return torch.randn(size, 1, 4, 4).tanh(), torch.randn(size, 3)


def sgd(network: nn.Module, lr: float = LR) -> torch.optim.SGD:
    """Plain gradient descent: the change of a weight is -lr times its gradient."""
    return torch.optim.SGD(network.parameters(), lr=lr)


def weights(network: nn.Module) -> list[Tensor]:
    """Copies of the network's parameters."""
    return [weight.detach().clone() for weight in network.parameters()]


def gradients(network: nn.Module) -> list[Tensor]:
    """Copies of the gradients that are left in the network; zeros where none is."""
    return [
        torch.zeros_like(weight) if weight.grad is None else weight.grad.clone()
        for weight in network.parameters()
    ]


def trainable(network: nn.Module) -> bool:
    """Whether every parameter can get a gradient."""
    return all(weight.requires_grad for weight in network.parameters())


def descend(optimizer: torch.optim.Optimizer, loss: Tensor) -> Tensor:
    """One step of the optimiser down the loss; returns the loss without its graph."""
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


def other_loss(returned: object, want: float) -> str | None:
    """A sentence if a step has not returned this loss, as a number or a scalar."""
    if isinstance(returned, Tensor) and returned.numel() == 1:
        returned = returned.item()
    if same(returned, want):
        return None
    return (
        f"the step returns its loss before the update, {want:.4f} here;"
        f" not {kind(returned)}."
    )
