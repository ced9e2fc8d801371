"""From a contour to a melody: a small Transformer with the contour as its prefix.

A melody here is 16 quarter notes, four bars. Its contour says for each bar how high the
bar lies against the mean of the melody, in one of five levels. These four tokens stand
before the notes, which are counted in semitones from that mean: so the same melody in
another key is the same sequence.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aigc_course.apps.music.corpus import Chorale
from aigc_course.apps.music.midi import SOPRANO
from aigc_course.attention.generate import generate
from aigc_course.attention.learner import NextToken
from aigc_course.attention.transformer import Shape, Transformer
from aigc_course.data.sequences.batches import TaskBatches
from aigc_course.errors import CourseError
from aigc_course.training import Budget, fit

BEATS, BARS = 16, 4
QUARTER = 4  # sixteenths
EDGES = (-2.5, -0.75, 0.75, 2.5)  # semitones between the five levels
CENTRE = (SOPRANO[0] + SOPRANO[1]) // 2
REACH = CENTRE - SOPRANO[0]  # semitones from the mean, down and up
KINDS = 2 * REACH + 1
VOCABULARY = KINDS + len(EDGES) + 1
STEPS, BATCH = 400, 16
SETTINGS: dict[str, Any] = {
    "lr": 3e-3,
    "betas": (0.9, 0.95),
    "lr_warmup": 20 * BATCH,
    "muon": 0.02,
    "decay_start": 0.3,
}

Melodies = NDArray[np.int64]  # MIDI numbers [N, 16]
Curves = NDArray[np.float64]  # semitones [N, 4]


def melodies(chorales: Sequence[Chorale]) -> Melodies:
    """The soprano at 16 quarters in a row, from every quarter on; without rests."""
    found = []
    for one in chorales:
        line = one.pitches[::QUARTER, 0].astype(np.int64)
        if len(line) >= BEATS:
            found.append(np.lib.stride_tricks.sliding_window_view(line, BEATS))
    every = np.concatenate(found)
    sung = every[(every >= SOPRANO[0]).all(axis=1)]
    return sung[(np.abs(offsets(sung)) <= REACH).all(axis=1)]


def offsets(lines: Melodies) -> Melodies:
    """Semitones of each note from the rounded mean of its melody."""
    return lines - np.rint(lines.mean(axis=1, keepdims=True)).astype(np.int64)


def curves(lines: Melodies) -> Curves:
    """Mean pitch of each bar minus that of the melody, in semitones, [N, 4].

    c_b = mean of m in bar b - mean of m
    """
    bars = lines.reshape(len(lines), BARS, -1).mean(axis=2)
    return np.asarray(bars - bars.mean(axis=1, keepdims=True))


def levels(wanted: Curves) -> NDArray[np.int64]:
    """The level of each bar, 0 (much lower) to 4 (much higher)."""
    return np.searchsorted(np.array(EDGES), wanted)


def prefix(wanted: Curves) -> Tensor:
    """The four tokens of each contour, int [N, 4]. Raises CourseError otherwise."""
    if wanted.ndim != 2 or wanted.shape[1] != BARS or not np.isfinite(wanted).all():
        raise CourseError(
            f"A contour is {BARS} finite numbers, one for each bar, in semitones."
        )
    centred = wanted - wanted.mean(axis=1, keepdims=True)
    return torch.from_numpy(KINDS + levels(centred))


def trained(lines: Melodies, steps: int, seed: int, told: bool = True) -> Transformer:
    """A network after so many steps; told=False hides the contour: a rival."""
    torch.manual_seed(seed)
    shape = Shape(
        VOCABULARY,
        context=BARS + BEATS,
        width=64,
        layers=2,
        positions="learned",
        feed_forward="relu2",
        normed=True,
        zero_start=True,
    )
    before = prefix(curves(lines)) if told else torch.full((len(lines), BARS), KINDS)
    whole = torch.cat([before, torch.from_numpy(offsets(lines) + REACH)], dim=1)
    counts = torch.ones(BATCH, BARS + BEATS - 1, dtype=torch.bool)
    counts[:, : BARS - 1] = False  # the contour is given, not predicted

    def make(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        return whole[torch.randint(len(whole), (n,), generator=generator)], counts

    learner = NextToken(Transformer(shape), **SETTINGS)
    source = TaskBatches(make, BATCH, seed)
    fit(learner, source, Budget(steps=steps), progress=False, threads=1)
    return learner.trained()


def draw(
    model: Transformer,
    wanted: Curves,
    generator: torch.Generator | None = None,
    temperature: float = 0.9,
) -> Melodies:
    """One melody for each contour [N, 4] in semitones."""
    pitches = torch.arange(VOCABULARY) < KINDS
    tokens = generate(
        model,
        prefix(wanted),
        BEATS,
        temperature=temperature,
        allowed=lambda _: pitches,
        generator=generator,
    )
    return tokens[:, BARS:].numpy() - REACH + CENTRE


def error(lines: Melodies, wanted: Curves) -> float:
    """Mean distance between the curve of each melody and the wanted one, semitones."""
    return float(np.abs(curves(lines) - wanted).mean())


class Chain:
    """A rival: counts of the next note after the last two."""

    def __init__(self, lines: Melodies) -> None:
        self.first = Counter((int(a), int(b)) for a, b in lines[:, :2])
        self.next: dict[tuple[int, int], Counter[int]] = defaultdict(Counter)
        for line in lines.tolist():
            for a, b, c in zip(line, line[1:], line[2:], strict=False):
                self.next[a, b][c] += 1

    def draw(self, n: int, chance: np.random.Generator) -> Melodies:
        """n melodies; where two notes never stood together, their last one goes on."""
        starts = list(self.first)
        p = np.array([self.first[s] for s in starts]) / self.first.total()
        found = []
        for pick in chance.choice(len(starts), n, p=p):
            line = list(starts[pick])
            while len(line) < BEATS:
                seen = self.next.get((line[-2], line[-1]))
                if not seen:
                    line.append(line[-1])
                    continue
                total, u = 0, chance.integers(seen.total())
                for note, count in seen.items():
                    total += count
                    if u < total:
                        line.append(note)
                        break
            found.append(line)
        return np.array(found)

    def nearest(self, wanted: Curves, tries: int, seed: int) -> Melodies:
        """Draw `tries` melodies for each contour and keep the one nearest to it."""
        chance = np.random.default_rng(seed)
        kept = []
        for one in wanted:
            lines = self.draw(tries, chance)
            kept.append(lines[np.abs(curves(lines) - one).sum(axis=1).argmin()])
        return np.array(kept)


def looked_up(lines: Melodies, wanted: Curves) -> Melodies:
    """A rival that copies: for each contour the melody of the corpus nearest to it."""
    known = curves(lines)
    nearest = [int(np.abs(known - one).sum(axis=1).argmin()) for one in wanted]
    return lines[nearest]


def in_corpus(lines: Melodies, corpus: Melodies) -> float:
    """Share of the melodies that stand in the corpus, in some key."""
    known = {tuple(np.diff(line).tolist()) for line in corpus}
    return float(np.mean([tuple(np.diff(line).tolist()) in known for line in lines]))
