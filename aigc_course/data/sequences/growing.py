"""Random windows that grow longer in the course of a training."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from aigc_course.data.sequences.windows import Windows
from aigc_course.errors import CourseError


class Growing:
    """`Windows` of one context after another, all batches of about as many tokens.

    Short windows cost less attention, and hold most of what there is to learn first.

    tokens: int [N]. stages: (context, batches) in order; the last one goes on for ever.
    size: tokens in a batch; a stage takes as many windows as fit, at least one. Raises
    CourseError without stages, for a stage of no batches, and where `Windows` does.

    >>> import torch
    >>> text = torch.arange(50)
    >>> batches = Growing(text, [(4, 1), (8, 1)], size=16)
    >>> [list(next(batches).shape) for _ in range(2)]
    [[4, 5], [2, 9]]
    """

    def __init__(
        self,
        tokens: Tensor,
        stages: Sequence[tuple[int, int]],
        size: int,
        seed: int = 0,
    ) -> None:
        if not stages or min(count for _, count in stages) < 1:
            raise CourseError("Growing windows need stages of at least one batch each.")
        self.parts = [
            Windows(tokens, context, max(1, size // context), seed)
            for context, _ in stages
        ]
        self.ends = [
            sum(count for _, count in stages[: i + 1]) for i in range(len(stages))
        ]
        self.drawn = 0
        self.batch_size, self.per_epoch = (
            self.parts[0].batch_size,
            self.parts[0].per_epoch,
        )

    def __iter__(self) -> "Growing":
        return self

    def __next__(self) -> Tensor:
        stage = sum(self.drawn >= end for end in self.ends[:-1])
        part = self.parts[stage]
        part.drawn = self.drawn  # one position for all stages: no window comes twice
        self.drawn += 1
        return next(part)

    def state_dict(self) -> dict[str, Any]:
        """Seed and position."""
        return {"seed": self.parts[0].seed, "drawn": self.drawn}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where another left off."""
        self.drawn = state["drawn"]
        for part in self.parts:
            part.seed = state["seed"]
