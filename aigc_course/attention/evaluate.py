"""How probable a language model finds a text: the whole text once, at a fixed stride.

Random crops, as in many published figures, give most tokens less context than the model
can use, and another number at each draw.
"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_course.attention.transformer import Transformer
from aigc_course.errors import CourseError

BATCH = 16  # windows at once


def nats(
    model: Transformer,
    tokens: Tensor,
    history: Tensor | None = None,
    stride: int | None = None,
) -> Tensor:
    """-log p of each token given those before it, float32 [N]; each counts once.

    The text is read in windows of the model's context T that begin `stride` tokens
    apart. A window is asked only for its last `stride` tokens, so that each token has
    T - stride + 1 to T tokens before it, as far as the text has them.

    tokens: int [N]. history: tokens before the first. Without any, the first token
    costs log V: nothing is known of it. stride: 1 to T; None takes T / 4.

    Raises CourseError for an empty text, tokens out of range and strides out of range.
    """
    parts = []
    for logits, targets in _read(model, tokens, history, stride):
        parts.append(F.cross_entropy(logits, targets, reduction="none"))
    return torch.cat(_first(model, history) + parts)


def log_probabilities(
    model: Transformer,
    tokens: Tensor,
    history: Tensor | None = None,
    stride: int | None = None,
) -> Tensor:
    """The log-probabilities [N, V] that `nats` picks from; arguments as there."""
    v = model.shape.vocabulary
    first = [part.new_full((1, v), -math.log(v)) for part in _first(model, history)]
    read = _read(model, tokens, history, stride)
    return torch.cat(first + [logits.log_softmax(-1) for logits, _ in read])


def _first(model: Transformer, history: Tensor | None) -> list[Tensor]:
    """The cost of a first token with nothing before it: log V."""
    if history is not None and len(history):
        return []
    return [torch.tensor([math.log(model.shape.vocabulary)])]


@torch.no_grad()
def _read(
    model: Transformer, tokens: Tensor, history: Tensor | None, stride: int | None
) -> Iterator[tuple[Tensor, Tensor]]:
    """Logits [M, V] and targets [M] on the CPU, piece by piece, in order."""
    context = model.shape.context
    stride = max(1, context // 4) if stride is None else stride
    if not 1 <= stride <= context:
        raise CourseError(f"The stride is 1 to {context}, not {stride}.")
    if tokens.ndim != 1 or not len(tokens):
        raise CourseError(f"A text is int [N], N at least 1; got {list(tokens.shape)}.")
    before = tokens[:0] if history is None else history[-context:]
    whole = torch.cat([before, tokens]).long()
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    try:
        for starts, width, asked in _windows(len(before), len(whole), context, stride):
            places = torch.tensor(starts)[:, None] + torch.arange(width + 1)
            part = whole[places]  # [B, width + 1]
            logits = model(part[:, :-1].to(device))[:, width - asked :].float().cpu()
            yield logits.flatten(0, 1), part[:, width + 1 - asked :].flatten()
    finally:
        model.train(was_training)


def _windows(
    first: int, end: int, context: int, stride: int
) -> Iterator[tuple[list[int], int, int]]:
    """Starts of windows of one width, that width, and how many last targets count.

    Together the targets are the places max(first, 1) to end - 1, in order.
    """
    first = max(first, 1)
    if first >= end:
        return
    # the first window: from the beginning, all of its targets that are asked for
    width = min(context, end - 1)
    yield [0], width, width + 1 - first
    done = width + 1  # targets below are judged
    full = list(range(done, end - stride + 1, stride))  # first targets of full strides
    for i in range(0, len(full), BATCH):
        some = full[i : i + BATCH]
        yield [target + stride - 1 - context for target in some], context, stride
    done += stride * len(full)
    if done < end:
        yield [end - 1 - context], context, end - done
