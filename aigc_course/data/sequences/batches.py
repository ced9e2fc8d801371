"""Endless minibatches of a task, that know their position."""

from collections.abc import Callable
from typing import Any

import torch

from aigc_course.errors import CourseError


class TaskBatches:
    """`make(batch_size, generator)` again and again, each time with its own seed.

    The batch number is the position: a training that goes on from a checkpoint sees
    the batches that it would have seen. Raises CourseError for a batch size below 1 and
    a seed below 0.
    """

    def __init__(
        self,
        make: Callable[[int, torch.Generator], Any],
        batch_size: int,
        seed: int = 0,
        device: torch.device | str = "cpu",
    ) -> None:
        if batch_size < 1 or seed < 0:
            raise CourseError(
                "A batch has at least one sequence, and a seed is not below 0; got"
                f" batch_size {batch_size} and seed {seed}."
            )
        self.make, self.batch_size, self.seed = make, batch_size, seed
        self.device, self.drawn = device, 0
        self.per_epoch = 1_000  # a number for display; the tasks have no end

    def __iter__(self) -> "TaskBatches":
        return self

    def __next__(self) -> Any:
        seeded = torch.Generator().manual_seed(self.seed * 1_000_003 + self.drawn)
        self.drawn += 1
        made = self.make(self.batch_size, seeded)
        if isinstance(made, tuple):
            return tuple(part.to(self.device) for part in made)
        return made.to(self.device)

    def state_dict(self) -> dict[str, Any]:
        """Seed and position."""
        return {"seed": self.seed, "drawn": self.drawn}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where another left off."""
        self.seed, self.drawn = state["seed"], state["drawn"]
