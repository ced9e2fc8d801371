"""Levels: a Transformer with a prefix against neighbours, swaps, a GAN and the maker.

    python benchmarks/levels.py [--n 600] [--only SEED [--part NAME ...]]

Per seed, on one thread: a Transformer of 204,096 weights learns from 40,000 levels, and
a GAN from the same levels for GAN_SECONDS processor seconds. Then each method writes n
levels. The Transformer is asked for the boxes and moves of n levels that were used for
no choice: as it is, with tokens excluded that lead to wrong numbers of boxes, goals or
players ("constrained"), so at lower temperatures ("cool"), and so with guidance on the
moves ("guided"). "swapped" takes a training level with the boxes and the band of moves
that are asked for and lets two of its tiles change places. "neighbours" is the tile
n-gram. Every level goes to the complete solver; no figure is filtered. --only measures
one seed and keeps its row in runs/levels; without it the kept rows are joined to
benchmarks/records/levels.json. Weights that runs/levels holds are not trained again.
"""

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from records import record
from safetensors.torch import load_file, save_file
from scipy.stats import t as student
from torch import nn

from aigc_course import training
from aigc_course.apps.levels import adversarial, measure, rivals, script, words, writer
from aigc_course.apps.levels.corpus import TEST, TRAIN, VALID, Corpus, corpus
from aigc_course.apps.levels.solver import fewest_moves
from aigc_course.apps.levels.tiles import BOXES, Tiles, count
from aigc_course.apps.levels.writer import Asked
from aigc_course.attention.transformer import Transformer
from aigc_course.errors import CourseError
from aigc_course.files import write_json
from aigc_course.training import Budget, fit

ROWS = Path("runs/levels")
SENTENCES = [f"two boxes, {length}" for length in words.LENGTHS]
EACH = 60  # levels a sentence
GAN_SECONDS = 12.0
AGAINST = ("transformer", "constrained", "cool", "guided")
COOL: dict[str, Any] = {"counted": True, "temperature": writer.COOL}
GUIDED = {**COOL, "guidance": writer.GUIDANCE}


def timed(make: Callable[[], Any]) -> tuple[Any, float]:
    """A result, and the processor seconds that it took."""
    start = time.process_time()
    return make(), time.process_time() - start


def gan(levels: Corpus, seconds: float, seed: int) -> nn.Module:
    """A generator after so many processor seconds."""
    torch.manual_seed(seed)
    learner = adversarial.TileGAN()
    batches = adversarial.batches(levels, seed)
    start = time.process_time()
    while time.process_time() - start < seconds:
        learner.step(next(batches))
    return learner.trained()


def swapped(levels: Corpus, asked: list[Asked], chance: np.random.Generator) -> Tiles:
    """For each request a training level as asked, two tiles of which changed places."""
    bands = script.bands(levels.moves)
    rows = []
    for one in asked:
        fits = np.flatnonzero((levels.boxes == one.boxes) & (bands == one.band))
        rows.append(chance.choice(fits))
    return rivals.changed(levels.tiles[rows], chance)


def told(model: Transformer, generator: torch.Generator) -> dict[str, Any]:
    """What sentences lead to: playable, boxes as asked, and moves of the solutions."""
    rows = {}
    for sentence in SENTENCES:
        asked = words.parse(sentence)
        drawn = writer.draw(model, [asked] * EACH, generator, **GUIDED)
        good = np.array([v == "solved" for v in measure.verdicts(drawn)])
        moves = np.array([fewest_moves(level)[0] or 0 for level in drawn[good]])
        rows[sentence] = {
            "asked": asked.moves,
            "playable": float(good.mean()),
            "boxes": float((count(drawn, BOXES) == asked.boxes).mean()),
            "moves": moves.tolist(),
        }
    return rows


def judged(
    way: Callable[[], Tiles], asked: list[Asked], known: set[bytes], real: Tiles
) -> dict[str, Any]:
    """The figures of what one way draws, and its milliseconds a level."""
    drawn, drawing = timed(way)
    _, solving = timed(lambda: measure.verdicts(drawn))
    boxes, bands = [one.boxes for one in asked], [one.band for one in asked]
    report = asdict(measure.report(drawn, known, real, boxes, bands))
    figures = {k: rounded(float(v)) for k, v in report.items()}
    milliseconds = {"ms_draw": drawing, "ms_solve": solving}
    return figures | {k: rounded(1e3 * v / len(drawn)) for k, v in milliseconds.items()}


def rounded(value: float) -> float | None:
    """Four decimals; None for what is not a number, which JSON does not know."""
    return None if math.isnan(value) else round(value, 4)


def whole(levels: Corpus, steps: int, seed: int) -> Transformer:
    """As `writer.trained`; raises CourseError for a training that was stopped."""
    torch.manual_seed(seed)
    one, batches = writer.learner(writer.network()), writer.batches(levels, seed)
    history = fit(one, batches, Budget(steps=steps), progress=False, threads=1)
    if history.status != "finished":
        raise CourseError(f"The training of seed {seed} was {history.status}.")
    return one.trained()


def writer_of(levels: Corpus, steps: int, seed: int) -> tuple[Transformer, float]:
    """The trained network of a seed and its processor seconds, kept in runs/levels."""
    weights, facts = ROWS / f"levels_{seed}.safetensors", ROWS / f"seconds_{seed}.json"
    if not facts.exists():
        model, seconds = timed(lambda: whole(levels, steps, seed))
        ROWS.mkdir(parents=True, exist_ok=True)
        save_file(model.state_dict(), weights)
        write_json(facts, {"seconds": seconds, "steps": steps})
    kept = json.loads(facts.read_text())
    if kept["steps"] != steps:
        raise CourseError(
            f"{weights} was trained for {kept['steps']} steps: remove it."
        )
    model = writer.network()
    model.load_state_dict(load_file(weights))
    return model.eval(), kept["seconds"]


def requests(test: Corpus, n: int, seed: int) -> list[Asked]:
    """The boxes and moves of n random levels of the test set."""
    rows = np.random.default_rng(seed).integers(len(test), size=n)
    pairs = zip(test.boxes[rows], test.moves[rows], strict=True)
    return [Asked(int(boxes), int(moves)) for boxes, moves in pairs]


def one_seed(
    levels: Corpus,
    test: Corpus,
    steps: int,
    n: int,
    seed: int,
    parts: tuple[str, ...],
) -> dict[str, Any]:
    """All parts of one seed, or some; what an earlier call measured is kept."""
    model, seconds = writer_of(levels, steps, seed)
    path = ROWS / f"row_{seed}.json"
    row: dict[str, Any] = {"seed": seed, "seconds": round(seconds, 1), "n": n}
    if path.exists():
        row = json.loads(path.read_text())
    asked, known = requests(test, n, seed), measure.names(levels.tiles)

    def of(name: str, way: Callable[[], Tiles]) -> dict[str, Any]:
        is_asked = name not in ("neighbours", "gan")
        return judged(way, asked if is_asked else [], known, test.tiles)

    works: dict[str, Callable[[], Any]] = {
        "bits": lambda: round(writer.bits(model, test), 3),
        "told": lambda: told(model, torch.Generator().manual_seed(seed)),
    }
    for name, way in ways(model, levels, asked, seed).items():
        works[name] = partial(of, name, way)
    for name in parts or works:
        if name not in row:
            row[name] = works[name]()
            write_json(path, row)
    return row


def ways(
    model: Transformer, levels: Corpus, asked: list[Asked], seed: int
) -> dict[str, Callable[[], Tiles]]:
    """What writes levels, by name."""

    def g() -> torch.Generator:
        return torch.Generator().manual_seed(seed)

    chance = np.random.default_rng(seed)
    table = rivals.TileCounts(levels.tiles)
    return {
        "transformer": lambda: writer.draw(model, asked, g()),
        "constrained": lambda: writer.draw(model, asked, g(), counted=True),
        "cool": lambda: writer.draw(model, asked, g(), **COOL),
        "guided": lambda: writer.draw(model, asked, g(), **GUIDED),
        "neighbours": lambda: table.draw(len(asked), chance),
        "swapped": lambda: swapped(levels, asked, chance),
        "gan": lambda: adversarial.draw(gan(levels, GAN_SECONDS, seed), len(asked)),
    }


def maker_facts(levels: Corpus, test: Corpus) -> dict[str, Any]:
    """What the maker itself costs, and how its levels measure."""
    _, seconds = timed(lambda: corpus(300, seed=99))
    bands = script.bands(levels.moves)
    shares = [
        {b: float(((levels.boxes == b) & (bands == k)).mean()) for b in (1, 2, 3)}
        for k in range(len(script.BANDS))
    ]
    patterns = measure.pattern_divergence(test.tiles, levels.tiles)
    return {"ms": 1e3 * seconds / 300, "shares": shares, "patterns": patterns}


def difference(rows: list[dict[str, Any]], one: str, other: str) -> list[float]:
    """One playable share minus another: mean over seeds and 95 % interval, sorted.

    mean +- t s / sqrt(n), Student's t with n - 1 degrees of freedom.
    """
    gaps = [row[one]["playable"] - row[other]["playable"] for row in rows]
    mean, half = np.mean(gaps), np.std(gaps, ddof=1) / math.sqrt(len(gaps))
    half *= student.ppf(0.975, len(gaps) - 1)
    return [round(float(mean + k * half), 4) for k in (-1, 0, 1)]


def corpora() -> tuple[Corpus, Corpus]:
    """Levels to learn from and others, made once and kept in runs/levels."""
    path = ROWS / "corpus.npz"
    if not path.exists():
        both, seconds = timed(lambda: corpus(TRAIN + VALID + TEST))
        ROWS.mkdir(parents=True, exist_ok=True)
        np.savez(path, **asdict(both), seconds=seconds)
    with np.load(path) as kept:
        both = Corpus(*(kept[name] for name in ("tiles", "boxes", "pushes", "moves")))
    return both.part(slice(TRAIN)), both.part(slice(TRAIN + VALID, None))


@click.command()
@click.option("--steps", default=writer.LONG_STEPS)
@click.option("--n", default=600)
@click.option("--only", type=int)
@click.option("--part", multiple=True)
def main(steps: int, n: int, only: int | None, part: tuple[str, ...]) -> None:
    """Measure one seed, or join what was measured."""
    torch.set_num_threads(1)
    training.prepare(torch.device("cpu"))
    levels, test = corpora()
    if only is not None:
        print(json.dumps(one_seed(levels, test, steps, n, only, part)))
        return
    rows = [json.loads(path.read_text()) for path in sorted(ROWS.glob("row_*.json"))]
    figures = {
        "seeds": rows,
        "maker": maker_facts(levels, test),
        "minus_swapped": {w: difference(rows, w, "swapped") for w in AGAINST},
    }
    record(
        "levels",
        figures,
        steps=steps,
        n=n,
        levels=TRAIN,
        cool=writer.COOL,
        guidance=writer.GUIDANCE,
        gan_seconds=GAN_SECONDS,
    )


if __name__ == "__main__":
    main()
