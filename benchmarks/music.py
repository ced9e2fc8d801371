"""Chorales: nats per note on the canonical set, and what the rules of harmony count.

    python benchmarks/music.py likelihood JSB16 [--budget medium] [--seed 0]
    python benchmarks/music.py shipped
    python benchmarks/music.py contour

JSB16: the canonical split of Boulanger-Lewandowski et al. (2012) in sixteenths, the
file Jsb16thSeparated of github.com/czhuang/JSB-Chorales-dataset as plain arrays
(train_notes [N, 4], train_lengths, valid_notes, ...; -1 is a rest). It does not come
with the course; the variable AIGC_JSB16 may name it. All of the validation part is
judged, each chorale whole, every note of four in each step. One thread. A budget is a
number of training steps; the processor seconds that they took are in the record.

`likelihood` trains a network and its rival of counts, and draws from the network.
`shipped` measures what the shipped networks write. `contour` trains the melodies'
network. Figures are recorded as soon as they are measured; those of other calls stay.
"""

import hashlib
import json
import random
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from records import FOLDER, record, whole

from aigc_course.apps.music import (
    composer,
    contour,
    corpus,
    counts,
    harmoniser,
    rules,
    shipped,
    writer,
)
from aigc_course.apps.music.network import Shape, StepNetwork
from aigc_course.apps.music.tokens import LOWEST, PITCHES, Context, decode

SHA = "b152ec75d74cf7c8c99578cb3ad919ba2eb3c26c3de24d0d089312dac5e52a3d"
SCORES, STEPS = 32, 128  # drawn, for the rules
MELODY = 96  # steps of a melody that is harmonised: the shortest chorale has as many
KINDS = 88  # pitches of a piano, for the counts' base: Huang et al. 2019


@dataclass(frozen=True)
class Plan:
    """A training: its shape, how many steps of how many scores, and what differs."""

    width: int
    layers: int
    inner: int
    dropout: float
    steps: int
    size: int
    longest: int


PLANS = {
    "short": Plan(96, layers=3, inner=96, dropout=0.1, steps=280, size=3, longest=128),
    "medium": Plan(
        96, layers=3, inner=96, dropout=0.2, steps=1_200, size=3, longest=128
    ),
    "large": Plan(
        128, layers=3, inner=128, dropout=0.3, steps=1_200, size=6, longest=128
    ),
    "long": Plan(
        128, layers=3, inner=128, dropout=0.2, steps=2_500, size=3, longest=256
    ),
}


def so_far() -> dict[str, Any]:
    """The figures recorded by earlier calls."""
    file = FOLDER / "music.json"
    if not file.exists():
        return {}
    return json.loads(file.read_text(encoding="utf-8"))["figures"]


def keep_figures(**figures: Any) -> None:
    """Add them to the record."""
    plans = {budget: asdict(plan) for budget, plan in PLANS.items()}
    record("music", {**so_far(), **figures}, plans=plans)


def load(path: Path) -> dict[str, list[np.ndarray]]:
    """The three parts, pitches [T, 4] each, 0 for a rest. SystemExit otherwise."""
    if hashlib.sha256(path.read_bytes()).hexdigest() != SHA:
        raise SystemExit(f"{path} is not the canonical file: its SHA-256 is another.")
    found = {}
    with np.load(path, allow_pickle=False) as file:
        for part in ("train", "valid"):
            notes = np.maximum(file[f"{part}_notes"], 0)
            ends = np.cumsum(file[f"{part}_lengths"])[:-1]
            found[part] = np.split(notes, ends)
    return found


def network(
    plan: Plan, parts: dict[str, list[np.ndarray]], seed: int, file: Path | None
) -> tuple[StepNetwork, float]:
    """The network after its steps, and the processor seconds of the training."""
    rest = {"causal": True, "repeats": False}
    shape = Shape(plan.width, plan.layers, 4, plan.inner, dropout=plan.dropout, **rest)
    if file and file.exists():
        saved = torch.load(file, weights_only=True)
        model = StepNetwork(shape)
        model.load_state_dict(saved["weights"])
        return model.eval(), saved["seconds"]
    pieces = [composer.piece(one) for one in parts["train"]]
    start = time.process_time()
    model = composer.trained(
        pieces, plan.steps, seed, shape, size=plan.size, longest=plan.longest
    )
    seconds = time.process_time() - start
    whole()
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        torch.save({"weights": model.state_dict(), "seconds": seconds}, file)
    return model, seconds


def of_rules(scores: list[np.ndarray], known: np.ndarray) -> dict[str, Any]:
    """Figures of some scores, and a 95 % interval of the parallels over the scores."""
    found = asdict(rules.report(scores, known))
    every = [rules.report([one], known) for one in scores]
    moves = np.array([one.changes for one in every])
    broken = np.array([one.parallels for one in every]) * moves  # times 100
    chance = np.random.default_rng(0)
    drawn = chance.integers(len(scores), size=(1_000, len(scores)))
    again = broken[drawn].sum(axis=1) / moves[drawn].sum(axis=1)
    low, high = np.quantile(again, [0.025, 0.975])
    found["parallels_interval"] = [round(float(low), 3), round(float(high), 3)]
    return {k: round(v, 4) if isinstance(v, float) else v for k, v in found.items()}


def drawn(
    model: StepNetwork, context: Context, seed: int, temperature: float
) -> list[np.ndarray]:
    """Scores that a causal network writes, as pitches."""
    generator = torch.Generator().manual_seed(seed)
    tokens = writer.compose(model, context, generator, temperature)
    return [decode(one)[0] for one in tokens]


@click.group()
def main() -> None:
    """Measure, and write benchmarks/records/music.json."""
    torch.set_num_threads(1)


@main.command()
@click.argument(
    "jsb16", type=click.Path(exists=True, path_type=Path), envvar="AIGC_JSB16"
)
@click.option("--budget", type=click.Choice(list(PLANS)), default="short")
@click.option("--seed", default=0)
@click.option("--keep", type=Path, help="Folder of the trained networks.")
def likelihood(jsb16: Path, budget: str, seed: int, keep: Path | None) -> None:
    """The canonical validation set, and what the network draws."""
    parts, plan = load(jsb16), PLANS[budget]
    file = keep / f"{budget}_{seed}.pt" if keep else None
    model, seconds = network(plan, parts, seed, file)
    valid = [composer.piece(one) for one in parts["valid"]]
    known = rules.ranges(parts["train"])
    context = writer.phrases(STEPS, SCORES, upbeat=0)
    context = Context(context.beat, torch.zeros_like(context.fermata))
    row = {
        "training_cpu_seconds": round(seconds),
        "weights": sum(w.numel() for w in model.parameters()),
        "nats_per_note": round(composer.per_note(model, valid), 4),
        "rules": {
            str(t): of_rules(drawn(model, context, seed, t), known) for t in (1.0, 0.8)
        },
    }
    symbols = {k: [(p.astype(int), p.astype(int)) for p in v] for k, v in parts.items()}
    rival = counts.ChoraleCounts(KINDS).fit(symbols["train"])
    keep_figures(
        **{
            f"canonical, {budget}, seed {seed}": row,
            "canonical, counts": {
                "nats_per_note": round(rival.nats(symbols["valid"]), 4)
            },
            "canonical, Bach": {
                part: of_rules(parts[part], known) for part in ("train", "valid")
            },
        }
    )


@main.command("shipped")
def measure_shipped() -> None:
    """Rules: the shipped networks, the counts, and Bach."""
    train, valid = corpus.chorales()
    bach = [one.pitches for one in train]
    known = rules.ranges(bach)
    found: dict[str, Any] = {
        "Bach, learnt from": of_rules(bach, known),
        "Bach, other tunes": of_rules([one.pitches for one in valid], known),
    }
    context = writer.phrases(STEPS, SCORES)
    scores = counts.scores([one.piece() for one in train])
    rival = counts.ChoraleCounts().fit(scores)
    pieces = [one.piece() for one in valid]
    nats = {
        "composer": composer.per_note(shipped.composer(), pieces),
        "counts": rival.nats(counts.scores(pieces)),
        "harmoniser, lower voices": harmoniser.hidden_nats(
            shipped.harmoniser(), pieces
        ),
    }
    found["nats"] = {name: round(value, 4) for name, value in nats.items()}
    for t in (1.0, 0.8):
        for seed in range(3):
            made = drawn(shipped.composer(), context, seed, t)
            row = of_rules(made, known)
            row["copied"] = round(rules.copied(made, bach), 4)
            found[f"composer, temperature {t}, seed {seed}"] = row
    for seed in range(3):
        chance = random.Random(seed)
        made = [_pitches(rival.draw(STEPS, chance)) for _ in range(SCORES)]
        found[f"counts, seed {seed}"] = of_rules(made, known)
        for name, rounds, t in (
            ("one pass", 0, 1.0),
            ("one pass, temperature 0.8", 0, 0.8),
            ("Gibbs", harmoniser.ROUNDS, 1.0),
        ):
            made = harmonies(valid, seed, rounds, t)
            row = of_rules(made, known)
            row["notes_of_bach"] = round(_agreement(made, valid), 4)
            found[f"harmoniser, {name}, seed {seed}"] = row
    keep_figures(shipped=found)


def _pitches(states: np.ndarray) -> np.ndarray:
    return np.where(states < PITCHES, states + LOWEST, 0).astype(np.int8)


def harmonies(
    valid: tuple[corpus.Chorale, ...], seed: int, rounds: int, temperature: float
) -> list[np.ndarray]:
    """The beginnings of these chorales, their lower voices by the shipped network."""
    pieces = [one.part(0, MELODY).piece() for one in valid]
    tokens, context, _ = composer.padded(
        [one.tokens for one in pieces], [one.context for one in pieces]
    )
    made = harmoniser.harmonise(
        shipped.harmoniser(),
        tokens[..., 0],
        context,
        torch.Generator().manual_seed(seed),
        rounds=rounds,
        temperature=temperature,
    )
    return [decode(one)[0] for one in made]


def _agreement(made: list[np.ndarray], valid: tuple[corpus.Chorale, ...]) -> float:
    """Share of the lower voices' notes that are Bach's own."""
    pairs = zip(made, valid, strict=True)
    same = [(p[:, 1:] == one.pitches[: len(p), 1:]).mean() for p, one in pairs]
    return float(np.mean(same))


@main.command("contour")
@click.option("--steps", default=contour.STEPS)
def measure_contour(steps: int) -> None:
    """The wanted curve against that of the melody, for 300 unseen curves."""
    train, valid = corpus.chorales()
    known, unseen = contour.melodies(train), contour.melodies(valid)
    rows: dict[str, Any] = {}
    for seed in range(3):
        chance = np.random.default_rng(seed)
        wanted = contour.curves(unseen[chance.choice(len(unseen), 300, replace=False)])
        start = time.process_time()
        model = contour.trained(known, steps, seed)
        seconds = time.process_time() - start
        generator = torch.Generator().manual_seed(seed)
        chain = contour.Chain(known)
        made = {
            "prefix": contour.draw(model, wanted, generator),
            "counts, one": chain.nearest(wanted, 1, seed),
            "counts, nearest of 16": chain.nearest(wanted, 16, seed),
            "nearest of the corpus": contour.looked_up(known, wanted),
        }
        rows[f"seed {seed}"] = {"training_cpu_seconds": round(seconds)} | {
            name: {
                "error": round(contour.error(lines, wanted), 3),
                "copied": round(contour.in_corpus(lines, known), 3),
            }
            for name, lines in made.items()
        }
    keep_figures(contour={"steps": steps, **rows})


if __name__ == "__main__":
    main()
