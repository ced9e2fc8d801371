"""Ask a language model for labels: one shared prefix, many texts in a batch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from aigc_course.apps.prompts.prompt import Prompt
from aigc_course.attention import Seen, Transformer
from aigc_course.errors import CourseError

BATCH = 25  # texts at a time: memory stays small


@dataclass(frozen=True, eq=False)
class Speaker:
    """A language model with its vocabulary.

    encode: text to tokens, int64 [N]. decode: back. lead: what stands before a label,
    " " where words begin with a space.
    """

    model: Transformer
    encode: Callable[[str], Tensor]
    decode: Callable[[Tensor], str]
    name: str = ""
    lead: str = " "


class Answers(NamedTuple):
    """For N texts and L labels.

    scores: log-probabilities among the labels, [N, L]. valid: whether the likeliest
    token of the whole vocabulary begins a label, bool [N].
    """

    scores: Tensor
    valid: Tensor

    @property
    def chosen(self) -> Tensor:
        """The likeliest label of each text, int [N]."""
        return self.scores.argmax(dim=1)

    def right(self, wanted: Tensor) -> Tensor:
        """Which texts are answered correctly, bool [N]."""
        return self.chosen == wanted


@torch.no_grad()
def answers(
    speaker: Speaker, prompt: Prompt, texts: Sequence[str], labels: Sequence[str]
) -> Answers:
    """Which label follows the prompt for each text.

    Only the first tokens of the labels are compared, which is what greedy decoding
    under the constraint "one of the labels" does. Raises CourseError where two labels
    begin with the same token.
    """
    first = first_tokens(speaker, labels)
    logits = next_logits(speaker, prompt.prefix(), [prompt.suffix(t) for t in texts])
    valid = (logits.argmax(dim=1)[:, None] == first).any(dim=1)
    return Answers(logits[:, first].log_softmax(dim=1), valid)


def first_tokens(speaker: Speaker, labels: Sequence[str]) -> Tensor:
    """The first token of each label, int64 [L]."""
    first = [int(speaker.encode(speaker.lead + label)[0]) for label in labels]
    if len(set(first)) < len(first):
        raise CourseError(
            f"Labels are told apart by their first token; of {', '.join(labels)} two"
            " share it."
        )
    return torch.tensor(first)


@torch.no_grad()
def next_logits(speaker: Speaker, prefix: str, suffixes: Sequence[str]) -> Tensor:
    """Logits of the token after prefix + suffix, [N, vocabulary].

    The prefix goes through the model once; each batch of suffixes uses its keys and
    values. Prefix and suffix are encoded apart, so the border is a border of tokens.
    """
    model = speaker.model
    _, seen = hidden(model, speaker.encode(prefix)[None], None)
    tokens = [speaker.encode(suffix) for suffix in suffixes]
    # texts of like lengths together: less padding
    order = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))
    found: dict[int, Tensor] = {}
    for start in range(0, len(order), BATCH):
        part = order[start : start + BATCH]
        rows = _last(model, [tokens[i] for i in part], seen)
        found.update(zip(part, rows, strict=True))
    return torch.stack([found[i] for i in range(len(tokens))])


def _last(model: Transformer, tokens: Sequence[Tensor], seen: Sequence[Seen]) -> Tensor:
    """Logits behind the last token of each row, [B, vocabulary]."""
    # padding stands behind the last token, where no causal query looks
    batch = pad_sequence(list(tokens), batch_first=True)
    x, _ = hidden(model, batch, [widened(s, len(batch)) for s in seen])
    last = torch.tensor([len(row) - 1 for row in tokens])
    out: Tensor = model.head(x[torch.arange(len(batch)), last])
    return out


def hidden(
    model: Transformer, tokens: Tensor, seen: Sequence[Seen] | None
) -> tuple[Tensor, list[Seen]]:
    """`Transformer.step` without the output matrix: [B, T, C] and what is seen."""
    x, mask, bias = model.before(tokens, seen, None)
    after = []
    for layer, block in enumerate(model.blocks):
        earlier = seen[layer] if seen else None
        x, now = block(x, mask=mask, bias=bias, seen=earlier)
        after.append(now)
    return model.norm(x), after


def widened(seen: Seen, rows: int) -> Seen:
    """Keys and values of one sequence for a batch of `rows`; nothing is copied."""
    return Seen(*(part.expand(rows, -1, -1, -1) for part in seen))
