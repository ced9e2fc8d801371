"""A Transformer that writes levels tile by tile, after a prefix of what is asked.

The inner tiles of a level are read row by row; the wall around them is always there and
is not written. Before them stand two tokens: how many boxes, and how many moves a
shortest solution has, in one of seven bands. Training adds the eight symmetries.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aigc_course.apps.levels.corpus import Corpus
from aigc_course.apps.levels.maker import BOXES, SIZE
from aigc_course.apps.levels.tiles import BOXES as BOX_TILES
from aigc_course.apps.levels.tiles import GOALS, PLAYERS, TILES, WALL, Tiles
from aigc_course.attention.generate import generate
from aigc_course.attention.learner import NextToken
from aigc_course.attention.transformer import Shape, Transformer
from aigc_course.data.sequences.batches import TaskBatches
from aigc_course.errors import CourseError
from aigc_course.training import Budget, fit

INNER = SIZE - 2
CELLS = INNER * INNER  # 25 tokens a level
EDGES = (10, 13, 16, 19, 23, 28)  # the first move of each band but the first
BANDS = (
    "2 to 9",
    "10 to 12",
    "13 to 15",
    "16 to 18",
    "19 to 22",
    "23 to 27",
    "28 or more",
)
FIRST_BOXES = len(TILES)  # the token of one box
FIRST_BAND = FIRST_BOXES + len(BOXES)
VOCABULARY = FIRST_BAND + len(BANDS)
MOST_MOVES = 200

WIDTH, LAYERS, HEADS = 64, 4, 4
BATCH = 64
STEPS = 250
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


def bands(moves: NDArray[np.int64]) -> NDArray[np.int64]:
    """The band of each number of moves, 0 to 6."""
    return np.searchsorted(np.array(EDGES), moves, side="right")


def band_of(moves: int) -> int:
    """The band of one number of moves, 0 to 6."""
    return int(bands(np.array(moves)))


def network(width: int = WIDTH, layers: int = LAYERS) -> Transformer:
    """A fresh network of the course's levels, 201,024 weights as it is."""
    return Transformer(
        Shape(
            VOCABULARY,
            context=CELLS + 1,
            width=width,
            layers=layers,
            heads=HEADS,
            positions="learned",
            feed_forward="relu2",
            normed=True,
            zero_start=True,
        )
    )


def prefix(boxes: NDArray[np.int64], moves: NDArray[np.int64]) -> Tensor:
    """The two tokens before each level, int [N, 2]."""
    tokens = np.stack([FIRST_BOXES + boxes - 1, FIRST_BAND + bands(moves)], axis=1)
    return torch.from_numpy(tokens.astype(np.int64))


def inside(levels: Tiles) -> Tensor:
    """The tiles within the outer wall, int [N, 5, 5]."""
    return torch.from_numpy(levels[:, 1:-1, 1:-1].astype(np.int64))


def walled(tiles: Tensor) -> Tiles:
    """Inner tiles [N, 25] with the wall around them, uint8 [N, 7, 7]."""
    inner = tiles.reshape(-1, INNER, INNER).numpy().astype(np.uint8)
    return np.pad(inner, ((0, 0), (1, 1), (1, 1)), constant_values=WALL)


def turned(tiles: Tensor, way: int) -> Tensor:
    """One of the eight symmetries, way 0 to 7, of tiles [N, 5, 5]."""
    turned = torch.rot90(tiles, way % 4, (1, 2))
    return turned.flip(2) if way >= 4 else turned


def batches(levels: Corpus, seed: int, size: int = BATCH) -> TaskBatches:
    """Endless batches: tokens [B, 27], and which predictions count, bool [B, 26].

    Each eighth of a batch is turned or mirrored in another way. The tokens of the
    prefix are given, not predicted.
    """
    before, tiles = prefix(levels.boxes, levels.moves), inside(levels.tiles)
    counts = torch.ones(size, CELLS + 1, dtype=torch.bool)
    counts[:, 0] = False

    def make(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        rows = torch.randint(len(tiles), (n,), generator=generator)
        parts = [turned(part, way) for way, part in enumerate(tiles[rows].chunk(8))]
        written = torch.cat(parts).flatten(1)  # [B, 25]
        return torch.cat([before[rows], written], dim=1), counts

    return TaskBatches(make, size, seed)


def learner(model: Transformer) -> NextToken:
    """The network in training, by Muon as in chapter 12."""
    return NextToken(model, **SETTINGS)


def draw(
    model: Transformer,
    asked: list[Asked],
    generator: torch.Generator | None = None,
    *,
    temperature: float = 1.0,
    counted: bool = False,
) -> Tiles:
    """One level for each request, uint8 [N, 7, 7]; nothing says that it can be solved.

    Only tiles can be drawn, never a token of the prefix. counted: tiles that lead to
    another number of players, boxes or goals cannot be drawn either.
    """
    boxes = np.array([one.boxes for one in asked])
    moves = np.array([one.moves for one in asked])
    tiles = torch.arange(VOCABULARY) < len(TILES)
    tokens = generate(
        model,
        prefix(boxes, moves),
        CELLS,
        temperature=temperature,
        allowed=fitting if counted else lambda _: tiles,
        generator=generator,
    )
    return walled(tokens[:, 2:])


def fitting(tokens: Tensor) -> Tensor:
    """Which tokens leave a level with one player and as many boxes and goals as asked.

    tokens: so far, int [N, 2 + t]. Returns bool [N, V]. A tile fits if what is still
    missing after it finds room: a box and the player need a cell each, and a goal may
    lie under either.
    """
    written, wanted = tokens[:, 2:], tokens[:, :1] - FIRST_BOXES + 1
    left = CELLS - written.shape[1] - 1  # cells after the next one
    missing = []
    for codes, most in ((PLAYERS, 1), (BOX_TILES, wanted), (GOALS, wanted)):
        one = torch.zeros(len(TILES), dtype=torch.long)
        one[list(codes)] = 1
        missing.append(most - one[written].sum(dim=1, keepdim=True) - one)  # [N, 7]
    player, box, goal = missing
    room = (player + box <= left) & (goal <= left)
    fits = (player >= 0) & (box >= 0) & (goal >= 0) & room
    may = torch.zeros(len(tokens), VOCABULARY, dtype=torch.bool)
    may[:, : len(TILES)] = fits
    return may


@torch.no_grad()
def bits(model: Transformer, levels: Corpus) -> float:
    """Mean of -log2 p(level | boxes, band) over levels."""
    tiles = inside(levels.tiles).flatten(1)
    tokens = torch.cat([prefix(levels.boxes, levels.moves), tiles], dim=1)
    nats = torch.nn.functional.cross_entropy(
        model(tokens[:, :-1])[:, 1:].flatten(0, 1), tiles.flatten()
    )
    return float(nats) * CELLS / float(np.log(2))


def trained(levels: Corpus, steps: int, seed: int) -> Transformer:
    """A network after so many steps on these levels, on one thread, for use."""
    torch.manual_seed(seed)
    one = learner(network())
    fit(one, batches(levels, seed), Budget(steps=steps), progress=False, threads=1)
    return one.trained()
