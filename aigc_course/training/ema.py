"""Exponential moving average of a network's weights."""

import copy
from typing import TypeVar

import torch
from torch import Tensor, nn

Network = TypeVar("Network", bound=nn.Module)


class EMA:
    """A second set of weights that follows a network slowly.

    avg <- d avg + (1 - d) w  with d = 2^(-images / half_life): after `half_life` images
    an old weight counts half. While fewer than that have been seen the half-life is a
    share `ramp` of what has been seen, so that the random start is forgotten early
    (Karras et al. 2020, ADA's training code; idea: Polyak & Juditsky 1992).

    Only parameters are averaged. Batch-norm statistics belong to the weights they were
    measured with, so `network` is given fresh ones (see `refresh_batch_norm`).
    """

    def __init__(
        self, network: nn.Module, half_life: float, ramp: float = 0.15
    ) -> None:
        self.half_life, self.ramp, self.images = half_life, ramp, 0
        self.average = [p.detach().clone() for p in network.parameters()]

    @torch.no_grad()
    def update(self, network: nn.Module, images: int) -> None:
        """Move the average towards `network`, which has seen `images` more images."""
        self.images += images
        half_life = min(self.half_life, max(self.ramp * self.images, 1e-9))
        decay = 0.5 ** (images / half_life)
        weights = [p.detach() for p in network.parameters()]
        # avg + (1 - d)(w - avg), all tensors in one call
        torch._foreach_lerp_(self.average, weights, 1 - decay)

    def network(self, like: Network) -> Network:
        """A copy of `like` that carries the averaged weights."""
        twin = copy.deepcopy(like)
        for parameter, average in zip(twin.parameters(), self.average, strict=True):
            parameter.data.copy_(average)
        return twin

    def state_dict(self) -> dict[str, object]:
        """What `load_state_dict` needs to go on exactly here."""
        return {"images": self.images, "average": self.average}

    def load_state_dict(self, state: dict) -> None:
        """Go on from a saved state."""
        self.images = state["images"]
        for mine, saved in zip(self.average, state["average"], strict=True):
            mine.copy_(saved)


@torch.no_grad()
def refresh_batch_norm(network: nn.Module, inputs: list[Tensor]) -> None:
    """Measure the batch-norm statistics of `network` afresh over `inputs`.

    inputs: batches for `network`; the statistics become their plain average
    (Izmailov et al. 2018, section 3.2). Leaves the network in evaluation mode.
    """
    norms = [
        m for m in network.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)
    ]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # torch then keeps the cumulative average
    network.train()
    for batch in inputs if norms else []:
        network(batch)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    network.eval()
