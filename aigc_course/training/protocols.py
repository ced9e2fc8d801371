"""The two protocols that join models, training, metrics and the command line."""

from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor

from aigc_course.training.health import Rule


@runtime_checkable
class Trainable(Protocol):
    """What `fit` can train. `training.Learner` has it all but the step.

    bf16: whether to compute inside the networks in bfloat16, where `fit` is not told.
    """

    bf16: bool

    @property
    def symptoms(self) -> tuple[Rule, ...]:
        """Rules for the health monitor."""
        ...

    def anneal(self, progress: float) -> None:
        """Be told, before each step, the share of the budget that is spent."""
        ...

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
