"""Endless minibatches of random windows of one long text, that know their position."""

from typing import Any

import torch
from torch import Tensor

from aigc_course.errors import CourseError


class Windows:
    """Random windows of `tokens`, int64 [B, T + 1], for `training.fit`.

    T inputs and, one place further on, T targets. Every start is equally likely. The
    batch number is the position, so that a training that goes on from a checkpoint sees
    the windows that it would have seen.

    tokens: int [N]; they stay in memory once. context: T. One epoch is as many batches
    as hold N tokens.

    Raises CourseError for tokens of another shape, or fewer than T + 1, and for a
    context, batch size or seed out of range.

    >>> next(Windows(torch.arange(10), context=4, batch_size=2, seed=1))
    tensor([[4, 5, 6, 7, 8],
            [3, 4, 5, 6, 7]])
    """

    def __init__(
        self,
        tokens: Tensor,
        context: int,
        batch_size: int,
        seed: int = 0,
        device: torch.device | str = "cpu",
    ) -> None:
        if tokens.ndim != 1 or tokens.is_floating_point():
            raise CourseError(
                f"Tokens are whole numbers [N]; got {tokens.dtype}"
                f" {list(tokens.shape)}."
            )
        if min(context, batch_size) < 1 or seed < 0:
            raise CourseError(
                "context and batch_size are at least 1, and a seed is not below 0; got"
                f" {context}, {batch_size} and {seed}."
            )
        if len(tokens) <= context:
            raise CourseError(
                f"A window of {context + 1} tokens does not fit into a text of"
                f" {len(tokens)}: take a longer text or a smaller context."
            )
        self.tokens = tokens.to(device)
        self.context, self.batch_size, self.seed = context, batch_size, seed
        self.drawn = 0
        self.unit, self.units = "tokens", batch_size * context  # of one batch
        self.per_epoch = max(1, len(tokens) // (batch_size * context))

    def __iter__(self) -> "Windows":
        return self

    def __next__(self) -> Tensor:
        seeded = torch.Generator().manual_seed(self.seed * 1_000_003 + self.drawn)
        self.drawn += 1
        last = len(self.tokens) - self.context
        starts = torch.randint(last, (self.batch_size, 1), generator=seeded)
        places = starts + torch.arange(self.context + 1)  # [B, T + 1]
        return self.tokens[places.to(self.tokens.device)].long()

    def state_dict(self) -> dict[str, Any]:
        """Seed and position."""
        return {"seed": self.seed, "drawn": self.drawn}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where another left off."""
        self.seed, self.drawn = state["seed"], state["drawn"]
