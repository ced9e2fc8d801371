"""First names as rows of tokens, a small recurrent network that spells, and a judge.

A name is letters and then ends: token 0 is the end, and all that follows it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from string import ascii_lowercase

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course.classical.counts import KneserNey
from aigc_course.data.sequences.text import text
from aigc_course.errors import CourseError

END = 0
SYMBOLS = "." + ascii_lowercase
V = len(SYMBOLS)
LONGEST = 12  # tokens of a row: the longest names have 11 letters
ORDER = 5  # of the n-grams of the judge


@dataclass(frozen=True)
class Names:
    """Names to learn from and names for validation, int64 [N, 12] each."""

    train: Tensor
    valid: Tensor


@cache
def names() -> Names:
    """The first names that come with the course."""
    corpus = text("names")
    return Names(encode(corpus.train.split()), encode(corpus.valid.split()))


def encode(words: Sequence[str]) -> Tensor:
    """Names as tokens [N, 12]. Raises CourseError for other letters or long names."""
    rows = torch.zeros(len(words), LONGEST, dtype=torch.long)
    for row, word in zip(rows, words, strict=True):
        if not word or len(word) >= LONGEST or set(word) - set(ascii_lowercase):
            raise CourseError(
                f"A name has 1 to {LONGEST - 1} letters from a to z; got {word!r}."
            )
        row[: len(word)] = torch.tensor([SYMBOLS.index(c) for c in word])
    return rows


def decode(tokens: Tensor) -> list[str]:
    """The letters of each row before its end."""
    rows = ("".join(SYMBOLS[t] for t in row) for row in tokens.tolist())
    return [row.partition(".")[0] for row in rows]


def alive(tokens: Tensor) -> Tensor:
    """Which tokens belong to the names, their first end included: bool [N, T]."""
    ended = (tokens == END).cumsum(dim=1)
    return (ended == 0) | ((ended == 1) & (tokens == END))


class Speller(nn.Module):
    """A recurrent network (GRU, Cho et al. 2014) that gives logits of the next letter.

    It reads one-hot rows, so that also probabilities could be read.
    """

    def __init__(self, width: int = 128) -> None:
        super().__init__()
        self.width = width
        self.embed = nn.Linear(V, width, bias=False)
        self.cell = nn.GRU(width, width, batch_first=True)
        self.head = nn.Linear(width, V)

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits [N, T, V] of each token of [N, T], given those before it."""
        before = F.one_hot(tokens[:, :-1], V).float()
        start = torch.zeros(len(tokens), 1, V)
        out, _ = self.cell(self.embed(torch.cat([start, before], dim=1)))
        return self.head(out)

    def step(self, one_hot: Tensor, state: Tensor | None) -> tuple[Tensor, Tensor]:
        """Logits [N, V] behind one more token [N, V], and the new state."""
        out, state = self.cell(self.embed(one_hot)[:, None], state)
        assert state is not None
        return self.head(out[:, 0]), state

    @torch.no_grad()
    def sample(
        self,
        n: int,
        generator: torch.Generator | None = None,
        temperature: float = 1.0,
    ) -> Tensor:
        """n names, int64 [n, 12]. The last token is always the end."""
        last, state, drawn = torch.zeros(n, V), None, []
        for _ in range(LONGEST - 1):
            logits, state = self.step(last, state)
            p = (logits / temperature).softmax(dim=-1)
            token = torch.multinomial(p, 1, generator=generator)[:, 0]
            drawn.append(token)
            last = F.one_hot(token, V).float()
        return closed(torch.stack([*drawn, torch.zeros_like(drawn[0])], dim=1))


def closed(tokens: Tensor) -> Tensor:
    """The rows with nothing but ends behind their first end."""
    return torch.where(alive(tokens), tokens, END)


def nats(logits: Tensor, tokens: Tensor) -> Tensor:
    """Mean of -log p over the tokens that belong to the names; a scalar."""
    counts = alive(tokens)
    return F.cross_entropy(logits[counts], tokens[counts])


def flat(tokens: Tensor) -> tuple[Tensor, Tensor]:
    """All names in a row, with ORDER - 1 ends before each: int [M], and bool [M].

    One of them is the end of the name before. So an n-gram never sees letters of two
    names. The second tensor says which tokens belong to names; only those are judged.
    """
    before = torch.zeros(len(tokens), ORDER - 2, dtype=torch.long)
    is_name = torch.cat([before.bool(), alive(tokens)], dim=1)
    kept = is_name.clone()
    kept[:, : ORDER - 2] = True
    rows = torch.cat([before, tokens], dim=1)[kept]
    return F.pad(rows, (1, 0)), F.pad(is_name[kept], (1, 0))


@dataclass(frozen=True)
class Judged:
    """Names by a judge that knows no network.

    look: nats per letter of the samples under n-grams of real names; lower looks more
    like names. cover: nats per letter of unseen real names under n-grams of the
    samples; lower covers more of them. novel: share of samples that are no names to
    learn from. distinct: share of different ones.
    """

    look: float
    cover: float
    novel: float
    distinct: float


def judge(samples: Tensor, real: Names | None = None) -> Judged:
    """Kneser-Ney 5-grams in both directions (as in Caccia et al. 2020, section 4).

    samples: int64 [N, 12]; compare equal N.
    """
    real = real or names()
    words, known = decode(samples), set(decode(real.train))
    return Judged(
        _by_counts(real.train, samples),
        _by_counts(samples, real.valid),
        sum(word not in known for word in words) / len(words),
        len(set(words)) / len(words),
    )


def _by_counts(fitted: Tensor, asked: Tensor) -> float:
    """Nats per letter of some names under n-grams of others."""
    rows, is_name = flat(asked)
    model = KneserNey(ORDER).fit(flat(fitted)[0], V)
    return float(model.nats(rows)[is_name].mean())


def counted(n: int, generator: torch.Generator) -> Tensor:
    """n names drawn from n-grams of the names to learn from, int64 [n, 12]."""
    model = KneserNey(ORDER).fit(flat(names().train)[0], V)
    seen: dict[tuple[int, ...], Tensor] = {}
    rows = torch.zeros(n, LONGEST, dtype=torch.long)
    for row in rows:
        history = [END] * (ORDER - 1)
        for place in range(LONGEST - 1):
            key = tuple(history[-(ORDER - 1) :])
            if key not in seen:
                seen[key] = model.probabilities(torch.tensor(key))
            token = int(torch.multinomial(seen[key], 1, generator=generator))
            row[place] = token
            history.append(token)
            if token == END:
                break
    return rows
