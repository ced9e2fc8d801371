"""A GAN of a few hundred weights, for exercises about one training step."""

import torch
from torch import Tensor, nn

from aigc_course.checks.compare import kind, same

Net = nn.Module
Opt = torch.optim.Optimizer

LR = 0.5  # large, so that one step shows


class ModeShows(nn.Module):
    """The identity in training, half as much in evaluation.

    Like batch normalisation and dropout it depends on the mode, but each sample is
    judged alone and nothing is drawn, so that right answers of all forms agree.
    """

    def forward(self, x: Tensor) -> Tensor:
        return x if self.training else x / 2


def networks(*, shift: float = 0.0, norm: bool = False) -> tuple[nn.Module, nn.Module]:
    """G maps latents [N, 3] to [N, 1, 4, 4]; D maps such pictures to logits [N, 1].

    shift: added to D's logits. norm: D normalises by its batch, as a DCGAN's does.
    """
    G = nn.Sequential(
        nn.Linear(3, 16), nn.Tanh(), ModeShows(), nn.Unflatten(1, (1, 4, 4))
    )
    middle = nn.BatchNorm1d(8) if norm else ModeShows()
    D = nn.Sequential(
        nn.Flatten(), nn.Linear(16, 8), nn.Tanh(), middle, nn.Linear(8, 1)
    )
    with torch.no_grad():
        for weight in D.parameters():
            weight.mul_(3)  # logits of some size: the losses then differ in slope
        list(D.parameters())[-1].add_(shift)
    return G, D


def left_behind(G: nn.Module, D: nn.Module) -> dict[str, object]:
    """In which mode both networks are, and whether they can learn."""
    found: dict[str, object] = {}
    for name, network in (("G", G), ("D", D)):
        modes = all(part.training for part in network.modules())
        found[f"whether {name} is in training mode afterwards"] = modes
        found[f"whether {name} can learn afterwards"] = trainable(network)
    return found


def disturbed(G: nn.Module, D: nn.Module) -> str | None:
    """A sentence if a network was left in evaluation mode or frozen."""
    for name, network in (("G", G), ("D", D)):
        if not all(part.training for part in network.modules()):
            return (
                f"{name} is in training mode afterwards, as it was before; undo"
                f" `{name}.eval()` with `{name}.train()`, or leave the mode alone."
            )
        if not trainable(network):
            return (
                f"{name} can learn afterwards; if you freeze it, call"
                f" `{name}.requires_grad_(True)` at the end."
            )
    return None


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
