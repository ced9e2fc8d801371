"""What each head of a Transformer looks at, for tokens that the reader types."""

from collections.abc import Sequence
from typing import Any

import torch
from matplotlib.figure import Figure
from torch import Tensor

from aigc_course import plots
from aigc_course.attention.transformer import Transformer, attention_maps
from aigc_course.errors import CourseError
from aigc_course.widgets.engine import single_thread
from aigc_course.widgets.replies import Reply, pack
from aigc_course.widgets.stage import can_play, stage

MOST = 48  # tokens that the page can show
NEXT = 3  # predictions that are told for each position
PANELS = 4  # heads in the figure that stands for the page


class TokenDesk:
    """Answers the page: the weights of all heads for a list of tokens.

    It sends {"kind": "read", "id": ..., "tokens": [text, ...]}; the answer holds
    weights [layers, heads, T, T] and the likeliest next tokens, or is "refused" with a
    sentence.
    """

    def __init__(self, model: Transformer, words: Sequence[str] | None = None) -> None:
        size = model.shape.vocabulary
        self.words = [str(i) for i in range(size)] if words is None else list(words)
        if not len(set(self.words)) == len(self.words) == size:
            raise CourseError(
                f"The model knows {size} tokens and needs a different word for each;"
                f" {len(self.words)} were given, {len(set(self.words))} of them"
                " different."
            )
        self.model = model
        self.ids = {word: i for i, word in enumerate(self.words)}

    def answer(self, message: dict[str, Any]) -> Reply:
        """Do what the message asks."""
        with single_thread():
            try:
                return self._answer(message)
            except (CourseError, TypeError, ValueError) as reason:
                return {"kind": "refused", "text": str(reason)}, []

    def _answer(self, message: dict[str, Any]) -> Reply:
        kind = message.get("kind")
        if kind != "read":
            raise CourseError(f"The explorer knows no message {kind!r}.")
        told = message.get("tokens")
        if not isinstance(told, list):
            raise CourseError("Tokens come as a list of words.")
        tokens = self.tokens(told)
        weights, shares = self.read(tokens)
        header = {
            "kind": "weights",
            "id": message.get("id"),
            "tokens": [self.words[i] for i in tokens[0].tolist()],
            "layers": weights.shape[0],
            "heads": weights.shape[1],
            "next": self.likeliest(shares),
        }
        return pack(header, {"weights": weights})

    def tokens(self, words: Sequence[object]) -> Tensor:
        """Words as ids [1, T].

        Raises CourseError for none, for too many and for a word that is not known.
        """
        if not 0 < len(words) <= MOST:
            raise CourseError(f"Type 1 to {MOST} tokens, not {len(words)}.")
        strange = [str(word) for word in words if str(word) not in self.ids]
        if strange:
            some = " ".join(self.words[:12]) + (" …" if len(self.words) > 12 else "")
            raise CourseError(
                f"The model does not know the token {strange[0]!r}; it knows {some}"
            )
        return torch.tensor([[self.ids[str(word)] for word in words]])

    @torch.no_grad()
    def read(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Weights [layers, heads, T, T]; probabilities of what is next [T, words]."""
        device = next(self.model.parameters()).device
        tokens = tokens.to(device)
        maps = torch.cat(attention_maps(self.model, tokens)).cpu()
        return maps, self.model(tokens)[0].softmax(dim=-1).cpu()

    def likeliest(self, shares: Tensor) -> list[list[list[Any]]]:
        """For each position the likeliest next words: [word, probability] each."""
        top = shares.topk(min(NEXT, shares.shape[-1]))
        return [
            [[self.words[i], round(p, 4)] for i, p in zip(ids, values, strict=True)]
            for ids, values in zip(
                top.indices.tolist(), top.values.tolist(), strict=True
            )
        ]


def attention_explorer(
    model: Transformer,
    tokens: Sequence[object],
    words: Sequence[str] | None = None,
) -> Any:
    """Type tokens, move them, choose a layer and a head, and see who looks where.

    model: any `attention.Transformer`. tokens: what stands there at first, as words or
    ids, at most 48. words: the vocabulary in order; ids are their own words without it.

    Returns a widget, to stand last in a cell. Where no widget can run (anywidget is
    missing, or AIGC_FAST=1) a figure is shown and None returned. Raises CourseError for
    tokens that the model does not know and words that do not fit it.
    """
    desk = TokenDesk(model, words)
    first = desk.tokens(_as_words(tokens, desk.words))
    if not can_play():
        plots.show(*explorer_strip(desk, first))
        return None
    return stage(
        "attention_explorer.js",
        desk.answer,
        lambda: explorer_strip(desk, first),
        offer={
            "tokens": [desk.words[i] for i in first[0].tolist()],
            "most": MOST,
            "letters": all(len(word) == 1 for word in desk.words),
        },
    )


def explorer_strip(desk: TokenDesk, tokens: Tensor) -> tuple[Figure, str]:
    """The last layer's first heads for these tokens, and where the last token looks."""
    weights, _ = desk.read(tokens)
    layer = len(weights)
    words = [desk.words[i] for i in tokens[0].tolist()]
    panels = {
        f"layer {layer}, head {h}": table.numpy()
        for h, table in enumerate(weights[-1][:PANELS], start=1)
    }
    last = [
        f"head {h} most at position {int(table[-1].argmax())}"
        f" ({words[int(table[-1].argmax())]}, {float(table[-1].max()):.0%})"
        for h, table in enumerate(weights[-1][:PANELS], start=1)
    ]
    return plots.attention_rows(panels, words, words), (
        f"Weights of the heads of layer {layer} for the tokens {' '.join(words)}. The"
        f" last token looks: {', '.join(last)}."
    )


def _as_words(tokens: Sequence[object], words: Sequence[str]) -> list[str]:
    """Ids become their words; words stay. Ids out of range stay, to be refused."""
    listed = tokens.tolist() if isinstance(tokens, Tensor) else list(tokens)
    return [
        words[token]
        if isinstance(token, int) and 0 <= token < len(words)
        else str(token)
        for token in listed
    ]
