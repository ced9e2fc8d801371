"""The two small protocols that join models, training, metrics and command line."""

from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor


@runtime_checkable
class Trainable(Protocol):
    """What `fit` can train.

    A model may also have `anneal(progress)`, called before each step with the share of
    the budget that is spent, and `symptoms`, rules for the health monitor.
    """

    def step(self, batch: Any) -> dict[str, Tensor]:
        """Learn from one batch; return scalars to watch."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """All that must be saved to go on exactly here."""
        ...

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        ...


@runtime_checkable
class Sampler(Protocol):
    """What can be sampled from."""

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw n samples; images are float32 [n, C, H, W] in [-1, 1]."""
        ...
