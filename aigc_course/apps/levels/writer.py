"""A Transformer that writes levels token by token, after a prefix of what is asked.

The tokens and their order are those of `script`: the room first, then the boxes and the
player. Training adds the eight symmetries.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aigc_course.apps.levels.corpus import Corpus
from aigc_course.apps.levels.maker import BOXES
from aigc_course.apps.levels.script import (
    CELLS,
    FIRST_BAND,
    LENGTH,
    NO_BAND,
    VOCABULARY,
    band_of,
    fitting,
    in_order,
    inside,
    prefix,
    read_back,
    spelled,
    turned,
)
from aigc_course.apps.levels.tiles import Tiles
from aigc_course.attention.generate import generate
from aigc_course.attention.layers import Seen
from aigc_course.attention.learner import NextToken
from aigc_course.attention.transformer import Shape, Transformer
from aigc_course.data.sequences.batches import TaskBatches
from aigc_course.errors import CourseError
from aigc_course.training import Budget, fit

MOST_MOVES = 200

WIDTH, LAYERS, HEADS = 64, 4, 4
BATCH = 64
UNTOLD = 0.1  # of the levels that are learned from; see `Guided`
STEPS = 200
LONG_STEPS = 1_400  # of the shipped network
COOL = (0.6, 0.1)  # temperatures of the room and of the places
GUIDANCE = 1.3  # see `Guided`
SETTINGS: dict[str, Any] = {
    "lr": 3e-3,
    "betas": (0.9, 0.95),
    "lr_warmup": 20 * BATCH,
    "muon": 0.02,
    "max_grad_norm": None,
    "decay_start": 0.3,
}


@dataclass(frozen=True)
class Asked:
    """What a level shall be: boxes 1 to 3, and moves of a shortest solution.

    Raises CourseError for other numbers.
    """

    boxes: int
    moves: int

    def __post_init__(self) -> None:
        if self.boxes not in BOXES:
            raise CourseError(f"A level has 1 to {BOXES[-1]} boxes, not {self.boxes}.")
        if not 2 <= self.moves <= MOST_MOVES:
            raise CourseError(
                f"A solution has 2 to {MOST_MOVES} moves, not {self.moves}."
            )

    @property
    def band(self) -> int:
        """The number of the band of the moves, 0 to 6."""
        return band_of(self.moves)


def network(width: int = WIDTH, layers: int = LAYERS) -> Transformer:
    """A fresh network of the course's levels, 204,096 weights as it is."""
    return Transformer(
        Shape(
            VOCABULARY,
            context=LENGTH + 1,
            width=width,
            layers=layers,
            heads=HEADS,
            positions="learned",
            feed_forward="relu2",
            normed=True,
            zero_start=True,
        )
    )


def batches(levels: Corpus, seed: int, size: int = BATCH) -> TaskBatches:
    """Endless batches: tokens [B, 31], and which predictions count, bool [B, 30].

    Each eighth of a batch is turned or mirrored in another way. The tokens of the
    prefix are given, not predicted. In a share UNTOLD of the levels the band is hidden.
    """
    before, tiles = prefix(levels.boxes, levels.moves), inside(levels.tiles)

    def make(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        rows = torch.randint(len(tiles), (n,), generator=generator)
        parts = [turned(part, way) for way, part in enumerate(tiles[rows].chunk(8))]
        tokens, counts = spelled(torch.cat(parts))
        first = before[rows]
        first[torch.rand(n, generator=generator) < UNTOLD, 1] = NO_BAND
        given = torch.zeros(n, 1, dtype=torch.bool)
        return torch.cat([first, tokens], 1), torch.cat([given, counts], 1)

    return TaskBatches(make, size, seed)


def learner(model: Transformer) -> NextToken:
    """The network in training, by Muon as in chapter 12."""
    return NextToken(model, **SETTINGS)


class Guided(Transformer):
    """A trained network whose answer to the band is exaggerated.

    scores = without + w (with - without): the scores with the band that is asked for,
    and those with the band hidden (Ho and Salimans 2022; for language models, Sanchez
    et al. 2023). w = 1 is the network itself.
    """

    def __init__(self, model: Transformer, weight: float) -> None:
        super().__init__(model.shape)
        self.load_state_dict(model.state_dict())
        self.weight = weight
        self.eval()

    def step(
        self,
        tokens: Tensor,
        seen: Sequence[Seen] | None,
        mask: Tensor | None = None,
    ) -> tuple[Tensor, list[Seen]]:
        """The guided scores of tokens [N, T], and what both readings keep."""
        hidden = tokens.clone()
        hidden[(tokens >= FIRST_BAND) & (tokens < NO_BAND)] = NO_BAND
        scores, kept = super().step(torch.cat([tokens, hidden]), seen, mask)
        told, untold = scores.chunk(2)
        return untold + self.weight * (told - untold), kept


def draw(
    model: Transformer,
    asked: list[Asked],
    generator: torch.Generator | None = None,
    *,
    temperature: float | tuple[float, float] = 1.0,
    counted: bool = False,
    guidance: float = 1.0,
) -> Tiles:
    """One level for each request, uint8 [N, 7, 7]; nothing says that it can be solved.

    temperature: one for all tokens, or one of the room and one of the places. counted:
    tokens that lead to another number of players, boxes or goals cannot be drawn.
    guidance: see `Guided`; 1 is the model as it is.
    """
    reader = model if guidance == 1 else Guided(model, guidance)
    boxes = np.array([one.boxes for one in asked])
    room, places = temperature if isinstance(temperature, tuple) else 2 * (temperature,)
    tokens = prefix(boxes, np.array([one.moves for one in asked]))
    for count, t in ((CELLS, room), (LENGTH - CELLS, places)):
        tokens = generate(
            reader,
            tokens,
            count,
            temperature=t,
            allowed=fitting if counted else in_order,
            generator=generator,
        )
    return read_back(tokens[:, 2:], torch.from_numpy(boxes))


@torch.no_grad()
def bits(model: Transformer, levels: Corpus) -> float:
    """Mean of -log2 p(level | boxes, band) over levels."""
    tokens, counts = spelled(inside(levels.tiles))
    given = torch.cat([prefix(levels.boxes, levels.moves), tokens[:, :-1]], dim=1)
    logits = model(given)[:, 1:]  # [N, 29, V]
    nats = torch.nn.functional.cross_entropy(logits[counts], tokens[counts])
    return float(nats * counts.sum() / len(levels) / np.log(2))


def trained(levels: Corpus, steps: int, seed: int) -> Transformer:
    """A network after so many steps on these levels, on one thread, for use."""
    torch.manual_seed(seed)
    one = learner(network())
    fit(one, batches(levels, seed), Budget(steps=steps), progress=False, threads=1)
    return one.trained()
