"""A small model that follows instructions: prompts in, answers out.

>>> from aigc_course.data.sequences import instructions
>>> answers(shipped(), [instructions.prompt("reverse", "abcd")])
['dcba']
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
    STOP,
    VOCABULARY,
    Item,
    prompt,
)
from aigc_course.errors import CourseError

NAME = "instruct_lm"


def shape(width: int = 64, layers: int = 2, context: int = 32) -> Shape:
    """A Transformer on the characters of the instruction language."""
    return Shape(
        len(VOCABULARY),
        context=context,
        width=width,
        layers=layers,
        feed_forward="relu2",
        normed=True,
    )


def shipped() -> Transformer:
    """The instruction model that comes with the course, ready for use.

    Raises CourseError where its files are damaged.
    """
    card = pretrained.card(NAME)
    model = Transformer(Shape(**card["shape"]))
    model.load_state_dict(pretrained.load_weights(NAME))
    return model.eval()


def learner(model: Transformer, **settings: Any) -> NextToken:
    """A learner with the settings that serve this language."""
    usual: dict[str, Any] = {
        "lr": 3e-3,
        "betas": (0.9, 0.98),
        "lr_warmup": 12_800,
        "decay_start": 0.5,
        "final_lr_factor": 0.05,
    }
    return NextToken(model, **usual | settings)


def answers(
    model: Transformer,
    prompts: Sequence[str],
    most: int = 16,
    temperature: float = 0.0,
    generator: torch.Generator | None = None,
) -> list[str]:
    """The model's answer to each prompt: what it writes until the line ends.

    most: characters at most. temperature: 0 takes the likeliest. Raises CourseError for
    an empty prompt, a character without a token, and a prompt that leaves no room for
    an answer in the model's context.
    """
    found = [""] * len(prompts)
    for places, tokens in _by_length(model, prompts, most):
        written = generate(
            model, tokens, most, temperature=temperature, generator=generator
        )
        texts = VOCABULARY.decode(written[:, tokens.shape[1] :])
        for place, text in zip(places, texts, strict=True):
            found[place] = text.split(STOP)[0]
    return found


@torch.no_grad()
def score(model: Transformer, asked: str, candidates: Sequence[str]) -> Tensor:
    """log p of each candidate as the whole answer to a prompt, [number of candidates].

    The end of the line counts. Raises CourseError as `answers` does.
    """
    if not candidates:
        raise CourseError("There is no candidate to score.")
    texts = [asked + candidate + STOP for candidate in candidates]
    _fits(model, max(map(len, texts)) - 1, 0)
    tokens = VOCABULARY.encode(texts)
    each = model(tokens[:, :-1]).log_softmax(dim=-1)
    taken = each.gather(-1, tokens[:, 1:, None])[..., 0]
    place = torch.arange(1, tokens.shape[1])
    length = torch.tensor([len(text) for text in texts])[:, None]
    return (taken * ((place >= len(asked)) & (place < length))).sum(dim=1)


def exact(model: Transformer, items: Sequence[Item]) -> float:
    """Share of items that the model answers to the letter, without a demonstration."""
    got = answers(model, [prompt(item.task, item.given) for item in items])
    pairs = zip(got, items, strict=True)
    return sum(answer == item.answer for answer, item in pairs) / len(items)


def _by_length(
    model: Transformer, prompts: Sequence[str], most: int
) -> list[tuple[list[int], Tensor]]:
    """Prompts of one length together: their places, and tokens [n, length]."""
    groups: dict[int, list[int]] = {}
    for place, text in enumerate(prompts):
        if not text:
            raise CourseError("A prompt has at least one character.")
        groups.setdefault(len(text), []).append(place)
    if groups:
        _fits(model, max(groups), most)
    return [
        (places, VOCABULARY.encode([prompts[p] for p in places]))
        for _, places in sorted(groups.items())
    ]


def _fits(model: Transformer, characters: int, most: int) -> None:
    context = model.shape.context
    if characters + most > context:
        raise CourseError(
            f"The model reads {context} characters; a prompt of {characters} leaves no"
            f" room for an answer of {most}."
            if most
            else f"The model reads {context} characters; prompt and answer have"
            f" {characters}."
        )
