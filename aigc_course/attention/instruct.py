"""A small model that follows instructions: prompts in, answers out.

>>> from aigc_course.data.sequences import instructions
>>> model, words = shipped()
>>> asked = instructions.prompt("positive or negative", "a lovely song")
>>> answers(model, [asked], words)
['positive']
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from aigc_course import pretrained
from aigc_course.attention.generate import generate
from aigc_course.attention.learner import NextToken
from aigc_course.attention.transformer import Shape, Transformer
from aigc_course.data.sequences.instructions import (
    LEXICON,
    STOP,
    Item,
    padded,
    prompt,
)
from aigc_course.data.sequences.lexicon import Lexicon
from aigc_course.errors import CourseError

NAME = "instruct_lm"
SETTINGS: dict[str, Any] = {
    "lr": 3e-3,
    "betas": (0.9, 0.98),
    "lr_warmup": 12_800,
    "decay_start": 0.5,
    "final_lr_factor": 0.05,
}


def shape(width: int = 64, layers: int = 2, context: int = 32) -> Shape:
    """A Transformer on the characters of the instruction language."""
    return Shape(
        len(LEXICON),
        context=context,
        width=width,
        layers=layers,
        feed_forward="relu2",
        normed=True,
    )


def shipped() -> tuple[Transformer, Lexicon]:
    """The instruction model that comes with the course, and its vocabulary.

    Raises CourseError where its files are damaged.
    """
    card = pretrained.card(NAME)
    model = Transformer(Shape(**card["shape"]))
    weights = pretrained.load_weights(NAME)
    if model.shape.tied:
        weights["head.weight"] = weights["embed.weight"]
    model.load_state_dict(weights)
    return model.eval(), Lexicon(card["words"])


def learner(model: Transformer, **settings: Any) -> NextToken:
    """A learner for this language: SETTINGS, and what is given here instead."""
    return NextToken(model, **SETTINGS | settings)


def answers(
    model: Transformer,
    prompts: Sequence[str],
    words: Lexicon = LEXICON,
    most: int = 10,
    temperature: float = 0.0,
    generator: torch.Generator | None = None,
) -> list[str]:
    """The model's answer to each prompt: what it writes until the line ends.

    most: tokens at most. temperature: 0 takes the likeliest. Raises CourseError for an
    empty prompt, a character without a token, and a prompt that leaves no room for an
    answer in the model's context.
    """
    found = [""] * len(prompts)
    for places, tokens in _by_length(model, prompts, words, most):
        written = generate(
            model, tokens, most, temperature=temperature, generator=generator
        )
        for place, row in zip(places, written[:, tokens.shape[1] :], strict=True):
            found[place] = words.decode(row).split(STOP)[0]
    return found


@torch.no_grad()
def score(
    model: Transformer,
    asked: str,
    candidates: Sequence[str],
    words: Lexicon = LEXICON,
) -> Tensor:
    """log p of each candidate as the whole answer to a prompt, [number of candidates].

    The end of the line counts. Raises CourseError as `answers` does.
    """
    if not candidates or not asked:
        raise CourseError("There is no prompt, or no candidate, to score.")
    rows = [[(asked, False), (candidate + STOP, True)] for candidate in candidates]
    tokens, counts = padded(rows, words)
    _fits(model, tokens.shape[1] - 1, 0)
    each = model(tokens[:, :-1]).log_softmax(dim=-1)
    taken = each.gather(-1, tokens[:, 1:, None])[..., 0]
    return (taken * counts).sum(dim=1)


def exact(model: Transformer, items: Sequence[Item], words: Lexicon = LEXICON) -> float:
    """Share of items that the model answers to the letter, without a demonstration."""
    got = answers(model, [prompt(item.task, item.given) for item in items], words)
    pairs = zip(got, items, strict=True)
    return sum(answer == item.answer for answer, item in pairs) / len(items)


def _by_length(
    model: Transformer, prompts: Sequence[str], words: Lexicon, most: int
) -> list[tuple[list[int], Tensor]]:
    """Prompts of one length together: their places, and tokens [n, length]."""
    groups: dict[int, list[tuple[int, Tensor]]] = {}
    for place, text in enumerate(prompts):
        if not text:
            raise CourseError("A prompt has at least one character.")
        tokens = words.encode(text)
        groups.setdefault(len(tokens), []).append((place, tokens))
    if groups:
        _fits(model, max(groups), most)
    return [
        ([place for place, _ in group], torch.stack([tokens for _, tokens in group]))
        for _, group in sorted(groups.items())
    ]


def _fits(model: Transformer, tokens: int, most: int) -> None:
    context = model.shape.context
    if tokens + most > context:
        raise CourseError(
            f"The model reads {context} tokens; these are {tokens}, with an answer of"
            f" at most {most}."
        )
