"""Draw tokens one after another, with the keys and values of earlier ones kept."""

import torch
from torch import Tensor

from aigc_course.attention.transformer import Transformer
from aigc_course.errors import CourseError


@torch.no_grad()
def generate(
    model: Transformer,
    tokens: Tensor,
    count: int,
    *,
    temperature: float = 1.0,
    generator: torch.Generator | None = None,
    cached: bool = True,
) -> Tensor:
    """Tokens [B, T] and `count` more behind them, [B, T + count].

    temperature: the logits are divided by it; 0 takes the likeliest token. cached:
    reuse keys and values, which changes the time and not the result.

    Raises CourseError for a temperature below 0 and a count below 1.
    """
    if not 0 <= temperature < float("inf"):
        raise CourseError(f"The temperature is at least 0, not {temperature}.")
    if count < 1:
        raise CourseError(f"count is at least 1, not {count}.")
    logits, seen = model.step(tokens, None)
    for left in range(count - 1, -1, -1):
        token = draw(logits[:, -1], temperature, generator)  # [B]
        tokens = torch.cat([tokens, token[:, None]], dim=1)
        if left and cached:
            logits, seen = model.step(token[:, None], seen)
        elif left:
            logits = model(tokens)
    return tokens


def draw(
    logits: Tensor, temperature: float, generator: torch.Generator | None = None
) -> Tensor:
    """A token for each row of logits [B, vocabulary]: [B]."""
    if temperature == 0:
        return logits.argmax(dim=-1)
    shares = (logits / temperature).softmax(dim=-1)
    return torch.multinomial(shares, 1, generator=generator)[:, 0]
