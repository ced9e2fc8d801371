"""Draw tokens one after another, with the keys and values of earlier ones kept."""

from collections.abc import Callable

import torch
from torch import Tensor

from aigc_course.attention.decoding import Decoding, draw
from aigc_course.attention.transformer import Transformer
from aigc_course.errors import CourseError

Allowed = Callable[[Tensor], Tensor]  # tokens so far [B, T] to bool [B, V] or [V]


@torch.no_grad()
def generate(
    model: Transformer,
    tokens: Tensor,
    count: int,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    allowed: Allowed | None = None,
    generator: torch.Generator | None = None,
    cached: bool = True,
    window: int | None = None,
) -> Tensor:
    """Tokens [B, T] and `count` more behind them, [B, T + count].

    temperature, top_k, top_p, min_p: see `Decoding`. allowed: says which tokens may
    follow those so far, such as a grammar; the others cannot be drawn. cached: reuse
    keys and values, which changes the time and not the result. window: the most tokens
    that the model looks at; when they are full it goes on from the later half, and
    keys and values are made anew. None lets them grow without end.

    Raises CourseError for settings out of range, and where nothing is allowed.
    """
    how = Decoding(temperature, top_k, top_p, min_p)
    if count < 1:
        raise CourseError(f"count is at least 1, not {count}.")
    if window is not None and window < 2:
        raise CourseError(f"A window holds at least 2 tokens, not {window}.")
    logits, seen = model.step(_last(tokens, window), None)
    for left in range(count - 1, -1, -1):
        may = allowed(tokens) if allowed else None
        p = how.probabilities(logits[:, -1], may)  # [B, V]
        token = draw(p, generator) if temperature else p.argmax(dim=-1)  # [B]
        tokens = torch.cat([tokens, token[:, None]], dim=1)
        full = window is not None and seen[0].keys.shape[-2] >= window
        if left and cached and not full:
            logits, seen = model.step(token[:, None], seen)
        elif left:
            logits, seen = model.step(_last(tokens, window), None)
    return tokens


def _last(tokens: Tensor, window: int | None) -> Tensor:
    return tokens if window is None else tokens[:, -(window // 2) :]
