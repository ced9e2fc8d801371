"""Train the Transformer on quatrains, measure it, and draw with constraints."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_course import pretrained, validate
from aigc_course.apps.verse import forms
from aigc_course.apps.verse.grid import QUATRAIN, Grid, Letters
from aigc_course.apps.verse.network import Poet
from aigc_course.apps.verse.wish import Allowed, Wish
from aigc_course.attention.decoding import Decoding, draw
from aigc_course.attention.learner import NextToken
from aigc_course.data.sequences.batches import TaskBatches
from aigc_course.data.sequences.text import text
from aigc_course.errors import CourseError
from aigc_course.training import Budget, fit

Poem = Sequence[str]
Next = Callable[[Tensor], Tensor]  # tokens [B, T] to log p of the next one [B, V]

NAME = "verse_lm"  # the weights that ship
BATCH = 32
CHUNK = 64  # poems judged at once
SETTINGS: dict[str, Any] = {
    "lr": 8e-3,
    "betas": (0.9, 0.95),
    "lr_warmup": 20 * BATCH,
    "muon": 0.02,
    "muon_decay": 0.1,
    "max_grad_norm": None,
    "decay_start": 0.3,
}


def shipped_poems() -> tuple[list[Poem], list[Poem]]:
    """The quatrains that come with the course: to learn from, and for validation."""
    corpus = text("verse")
    parts = (corpus.train, corpus.valid)
    train, valid = ([forms.lines(row) for row in part.split()] for part in parts)
    return train, valid  # type: ignore[return-value]


def letters_of(*parts: Sequence[Poem]) -> Letters:
    """The alphabet of poems."""
    return Letters({c for part in parts for poem in part for c in "".join(poem)})


def trained(
    model: Poet,
    poems: Sequence[Poem],
    steps: int,
    seed: int = 0,
    batch: int = BATCH,
    **settings: Any,
) -> Poet:
    """The model after `steps` batches of poems, drawn at random.

    settings: of `NextToken`, in place of SETTINGS. Blanks are not learnt.
    """
    tokens = model.letters.encode(poems, model.grid)
    counts = model.letters.counts(tokens)
    # whether the first place holds a blank says how long the lines are
    counts[:, 0] = True
    model.start_from(tokens, counts)

    def make(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        rows = torch.randint(len(tokens), (n,), generator=generator)
        return tokens[rows], counts[rows]

    learner = NextToken(model, **{**SETTINGS, **settings})  # type: ignore[arg-type]
    batches = TaskBatches(make, batch, seed)
    budget = Budget(steps=steps)
    fit(learner, batches, budget, picture_size=1, progress=False, threads=1)
    return model.eval()


@torch.no_grad()
def bits(model: Poet, poems: Sequence[Poem]) -> Tensor:
    """-log2 p of each poem per character, [N]; the length of the lines is given.

    Only characters may stand where characters stand: the blank and the start are not
    among the choices.
    """
    model.eval()
    tokens = model.letters.encode(poems, model.grid)
    found = []
    for part in tokens.split(CHUNK):
        logits = model(part[:, :-1])[..., : model.letters.blank]  # [B, T, characters]
        counts = model.letters.counts(part)
        nats = F.cross_entropy(logits[counts], part[:, 1:][counts], reduction="none")
        each = torch.zeros(counts.shape).masked_scatter(counts, nats)
        found.append(each.sum(dim=1) / counts.sum(dim=1))
    return torch.cat(found) / torch.log(torch.tensor(2.0))


@dataclass(frozen=True)
class Drawn:
    """Poems, and the log of the weight of each, [N]: sum over places of log Z.

    Z is what the allowed tokens of a place have together before they are scaled to 1.
    """

    poems: list[tuple[str, ...]]
    log_weights: Tensor


@torch.no_grad()
def write(
    model: Poet,
    wishes: Sequence[Wish],
    generator: torch.Generator | None = None,
    *,
    temperature: float = 1.0,
    min_p: float | None = None,
) -> Drawn:
    """A quatrain for each wish.

    At each place the tokens that the wish does not allow are as if they did not exist.
    temperature, min_p: see `Decoding`. Raises CourseError for an acrostic that the
    model does not know.
    """
    seen: list[Any] = [None]

    def following(tokens: Tensor) -> Tensor:
        logits, seen[0] = model.step(tokens[:, -1:], seen[0])
        return logits[:, -1].log_softmax(dim=-1)

    model.eval()
    rule = Decoding(temperature, min_p=min_p)
    return compose(model.letters, following, wishes, rule, generator)


def compose(
    letters: Letters,
    following: Next,
    wishes: Sequence[Wish],
    rule: Decoding,
    generator: torch.Generator | None = None,
) -> Drawn:
    """Poems place by place, by any model that gives log p of the next token."""
    if not wishes:
        raise CourseError("Ask for at least one poem.")
    allowed = [Allowed(letters, wish) for wish in _distinct(wishes)]
    number = {wish: n for n, wish in enumerate(_distinct(wishes))}
    tokens = torch.full((len(wishes), 1), letters.start)
    log_weights = torch.zeros(len(wishes))
    for _ in range(QUATRAIN.places):
        log_p = following(tokens)  # [B, V]
        may = torch.stack(
            [allowed[number[w]](row) for w, row in zip(wishes, tokens, strict=True)]
        )
        # log Z = log of the sum of p over the allowed tokens
        p = (log_p / (rule.temperature or 1.0)).log_softmax(dim=-1)
        log_weights += p.masked_fill(~may, -torch.inf).logsumexp(dim=-1)
        token = draw(rule.probabilities(log_p, may), generator)
        tokens = torch.cat([tokens, token[:, None]], dim=1)
    return Drawn(letters.decode(tokens), log_weights)


def resampled(
    model: Poet,
    wishes: Sequence[Wish],
    tries: int,
    generator: torch.Generator | None = None,
    *,
    temperature: float = 1.0,
) -> list[tuple[str, ...]]:
    """One of `tries` poems for each wish, drawn in proportion to their weights.

    Sampling-importance-resampling (Rubin 1987): with more tries the poems come closer
    to what the model would write, given that the wish is kept. Arguments as in `write`.
    """
    validate.whole(tries, "tries", 1)
    every = [wish for wish in wishes for _ in range(tries)]
    found = write(model, every, generator, temperature=temperature)
    p = found.log_weights.view(-1, tries).softmax(dim=-1)
    chosen = draw(p, generator) + tries * torch.arange(len(wishes))
    return [found.poems[n] for n in chosen.tolist()]


def _distinct(wishes: Sequence[Wish]) -> list[Wish]:
    return list(dict.fromkeys(wishes))


def random_wishes(
    n: int, generator: torch.Generator, acrostic: str = "", size: int = 7
) -> list[Wish]:
    """n wishes, each with one of the four regular patterns."""
    chosen = torch.randint(2, (n, 2), generator=generator).bool().tolist()
    return [Wish(size, acrostic, (level, first)) for level, first in chosen]


def packed(model: Poet) -> dict[str, Tensor]:
    """The weights for a file: matrices as int8 with a scale for each row."""
    found = {}
    for name, w in model.state_dict().items():
        if w.ndim != 2:
            found[name] = w.half()
            continue
        # w = s q with q from -127 to 127
        s = (w.abs().amax(dim=1, keepdim=True).clamp(min=1e-4) / 127).half()
        found[name] = (w / s).round().clamp(-127, 127).to(torch.int8)
        found[name + ".scale"] = s
    return found


def unpacked(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """The weights of `packed` as float32."""
    return {
        name: w.float() * weights[name + ".scale"].float() if w.ndim == 2 else w.float()
        for name, w in weights.items()
        if not name.endswith(".scale")
    }


def shipped() -> Poet:
    """The model that comes with the course. CourseError where it is damaged."""
    with pretrained.building(NAME):
        card = pretrained.card(NAME)
        grid = Grid(**card["grid"])
        model = Poet(Letters(card["symbols"]), grid, dropout=0.0, **card["shape"])
        model.load_state_dict(unpacked(pretrained.load_weights(NAME)))
    return model.eval()
