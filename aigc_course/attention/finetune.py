"""Fine-tuning: a model that has learnt one kind of text learns another.

`prepared` says what may change: everything ("full"), a low-rank addition ("lora"), the
last matrix ("last"), or everything from new random weights ("scratch").
"""

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_course import pretrained
from aigc_course.attention import lora
from aigc_course.attention.learner import NextToken
from aigc_course.attention.tokens import Characters
from aigc_course.attention.transformer import Shape, Transformer
from aigc_course.data.sequences.batches import TaskBatches
from aigc_course.errors import CourseError

NAME = "plays_lm"  # the base that ships
HOW = ("full", "lora", "last", "scratch")
CHUNK = 64  # windows at a time
RANK = 2  # of the additions
RATES = {"full": 2e-3, "lora": 2e-2, "last": 2e-2, "scratch": 3e-3}

Make = Callable[[int, torch.Generator], Tensor]


def shape(vocabulary: int) -> Shape:
    """The shape of the base that ships."""
    return Shape(
        vocabulary,
        context=64,
        width=96,
        layers=4,
        heads=4,
        feed_forward="relu2",
        normed=True,
    )


def base() -> tuple[Transformer, str]:
    """The model that has read the plays, and its characters in order of their tokens.

    Raises CourseError where its files are damaged.
    """
    card = pretrained.card(NAME)
    model = Transformer(Shape(**card["shape"]))
    model.load_state_dict(pretrained.load_weights(NAME))
    return model.eval(), card["symbols"]


def encode(text: str, symbols: str) -> Tensor:
    """Characters as tokens, int [N]. Raises CourseError for one that is not there."""
    return Characters(symbols).encode(text)


def windows(tokens: Tensor, context: int) -> Make:
    """A source of batches: random windows of context + 1 tokens, [B, context + 1].

    Raises CourseError for a text that is shorter.
    """
    if len(tokens) <= context:
        raise CourseError(
            f"A window takes {context + 1} tokens; the text has {len(tokens)}."
        )

    def make(n: int, generator: torch.Generator) -> Tensor:
        first = torch.randint(len(tokens) - context, (n, 1), generator=generator)
        return tokens[first + torch.arange(context + 1)]

    return make


def replayed(new: Make, old: Make, share: float) -> Make:
    """Batches of which this share of the rows comes from the old text (rehearsal).

    Raises CourseError for a share outside 0 to 1.
    """
    if not 0 <= share <= 1:
        raise CourseError(f"The share of old text lies in 0 to 1, not {share}.")

    def make(n: int, generator: torch.Generator) -> Tensor:
        kept = round(n * share)
        parts = [m(k, generator) for m, k in ((new, n - kept), (old, kept)) if k]
        return torch.cat(parts)

    return make


@torch.no_grad()
def nats(model: Transformer, tokens: Tensor, stride: int | None = None) -> float:
    """Mean of -log p over the tokens from the second on, each judged once.

    Windows of the context, `stride` apart (half the context by default): a token sees
    at least context - stride tokens before it, except in the first window.
    """
    context = model.shape.context
    stride = min(stride or context // 2, context)
    fits = len(tokens) > context
    whole = tokens.unfold(0, context + 1, stride) if fits else tokens[:0]
    total, judged = 0.0, 0
    for start in range(0, len(whole), CHUNK):
        part = whole[start : start + CHUNK]
        each = _each(model, part)  # [W, context]
        if start == 0:
            total += float(each[0, : context - stride].double().sum())
        # what the window before has judged already is left out
        total += float(each[:, context - stride :].double().sum())
        judged = context + (start + len(part) - 1) * stride
    first = len(whole) * stride
    if judged < len(tokens) - 1:
        rest = _each(model, tokens[None, first:])[0]
        total += float(rest[judged - first :].double().sum())
    return total / (len(tokens) - 1)


def _each(model: Transformer, rows: Tensor) -> Tensor:
    """-log p of each token from the second on, [W, T], for rows [W, T + 1]."""
    logits = model(rows[:, :-1]).transpose(1, 2)  # [W, vocabulary, T]
    return F.cross_entropy(logits, rows[:, 1:], reduction="none")


def prepared(model: Transformer, how: str, rank: int = RANK) -> Transformer:
    """A copy of the model in which only what `how` names learns; see HOW.

    rank: of the addition, for "lora". Raises CourseError for another `how`.
    """
    if how not in HOW:
        raise CourseError(f"Fine-tuning is {', '.join(HOW)}; there is no {how!r}.")
    if how == "scratch":
        return Transformer(model.shape)
    if how == "lora":
        return lora.added(model, rank)
    twin = copy.deepcopy(model).requires_grad_(how == "full")
    twin.head.requires_grad_(True)
    return twin


def learner(model: Transformer, how: str, lr: float | None = None) -> NextToken:
    """The learner for a model that `prepared` made: Adam, warm-up, linear decay."""
    settings: dict[str, Any] = {"lr_warmup": 640, "decay_start": 0.3}
    return NextToken(model, lr=RATES[how] if lr is None else lr, **settings)


def batches(make: Make, batch_size: int = 32, seed: int = 0) -> TaskBatches:
    """Endless minibatches for `training.fit`."""
    return TaskBatches(make, batch_size, seed)
