"""Verse and names: what is learnt, what is kept, and three ways to train.

    python benchmarks/verse.py quatrains [--seed 0]
    python benchmarks/verse.py regulated ARCHIVE [--seed 0]
    python benchmarks/verse.py names [--seed 0] [--seconds 8]

quatrains: the Transformer on the quatrains that come with the course, its poems with
and without constraints; `rivals` adds those without a network. Seed 0 is the model that
ships. regulated: bits per character on poems of 8 x 5 characters. ARCHIVE is
chinese-poetry-2.0.1.tgz as published; it does not come with the course. names: a
generator of first names by likelihood, by REINFORCE and by a straight-through gradient,
with equal seconds of the processor. One thread. Figures of a seed are recorded as soon
as they are measured; those of other calls stay.
"""

import json
import random
import re
import tarfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import click
import torch
from records import FOLDER, record

from aigc_course import attention, pretrained, training
from aigc_course.apps.verse import counts, measure, names, rivals, writer
from aigc_course.apps.verse.grid import Grid, Letters
from aigc_course.apps.verse.network import Poet
from aigc_course.apps.verse.wish import Wish

MARKS = "，。！？；：、"
REGULATED = Grid(8, 5)
STEPS = {"quatrains": 170, "regulated": 900}
SHORT: dict[str, Any] = {"batch": 16, "lr_warmup": 256}  # as tools/ship_verse.py trains
POEMS, JUDGED, ACROSTIC = 100, 300, "春江花月"
Poem = Sequence[str]


def so_far() -> dict[str, Any]:
    """The figures recorded by earlier calls."""
    file = FOLDER / "verse.json"
    if not file.exists():
        return {}
    return dict(json.loads(file.read_text(encoding="utf-8"))["figures"])


def keep(part: str, key: str, row: Any) -> None:
    """Add one figure to the record."""
    figures = so_far()
    figures.setdefault(part, {})[key] = row
    record("verse", figures, steps=STEPS, poems=POEMS)


def regulated(archive: Path) -> tuple[list[Poem], list[Poem]]:
    """Poems of eight lines of five characters: nine tenths, and one tenth."""
    found: list[Poem] = []
    with tarfile.open(archive) as packed:
        pattern = "*/yudingquantangshi/json/*.json"
        members = [m for m in packed.getmembers() if fnmatch(m.name, pattern)]
        for member in sorted(members, key=lambda m: m.name):
            file = packed.extractfile(member)
            assert file is not None
            for poem in json.load(file):
                whole = "".join(poem["paragraphs"])
                if re.fullmatch(f"[\u3400-\u9fff{MARKS}]+", whole):
                    lines = [part for part in re.split(f"[{MARKS}]", whole) if part]
                    if [len(line) for line in lines] == [5] * 8:
                        found.append(tuple(lines))
    random.Random(0).shuffle(found)
    cut = len(found) - len(found) // 10
    return found[:cut], found[cut:]


def unigram(train: Sequence[Poem], valid: Sequence[Poem], letters: Letters) -> float:
    """Bits per character when each character is drawn by its share."""
    flat = letters.known.encode("".join("".join(poem) for poem in train))
    n = torch.bincount(flat, minlength=letters.blank).double() + 0.1
    asked = letters.known.encode("".join("".join(poem) for poem in valid))
    return float(-(n / n.sum()).log2()[asked].mean())


def figures(poems: Sequence[Poem], train: Sequence[Poem]) -> dict[str, Any]:
    """The report on some poems, and how often they keep the acrostic."""
    found = asdict(measure.report(poems, train))
    kept = sum(measure.keeps(poem, ACROSTIC) for poem in poems) / len(poems)
    return {**found, "acrostic": kept}


@click.group()
def main() -> None:
    """Measure and write benchmarks/records/verse.json."""
    torch.set_num_threads(1)


@main.command("quatrains")
@click.option("--seed", default=0)
@click.option("--steps", default=STEPS["quatrains"])
def of_quatrains(seed: int, steps: int) -> None:
    """Bits per character, and what the poems keep."""
    train, valid = writer.shipped_poems()
    letters = writer.letters_of(train, valid)
    if seed == 0:
        model, card = writer.shipped(), pretrained.card(writer.NAME)
        steps, seconds = card["steps"], round(card["seconds"])
    else:
        training.seed_everything(seed)
        model = Poet(letters, layers=2)
        start = time.process_time()
        writer.trained(model, train, steps, seed, **SHORT)
        seconds = round(time.process_time() - start)
    each = writer.bits(model, valid[:JUDGED])
    generator = torch.Generator().manual_seed(seed)
    sizes = [7] * (POEMS // 2) + [5] * (POEMS // 2)
    asked = [
        wish
        for size in (7, 5)
        for wish in writer.random_wishes(POEMS // 2, generator, ACROSTIC, size)
    ]
    free = writer.write(model, [Wish(size) for size in sizes], generator).poems
    kept = writer.write(model, asked, generator).poems
    row = {
        "bits": float(each.mean()),
        "error": 1.96 * float(each.std()) / len(each) ** 0.5,
        "steps": steps,
        "training_cpu_seconds": seconds,
        "weights": attention.parameters(model),
        "free": figures(free, train),
        "constrained": figures(kept, train),
    }
    keep("quatrains", f"seed {seed}", row)


@main.command("rivals")
def of_rivals() -> None:
    """Floors, real poems, counts and poems of known lines."""
    train, valid = writer.shipped_poems()
    letters = writer.letters_of(train, valid)
    generator = torch.Generator().manual_seed(0)
    asked = [
        wish
        for size in (7, 5)
        for wish in writer.random_wishes(POEMS // 2, generator, ACROSTIC, size)
    ]
    table = counts.Counts(train, letters)
    sizes = [7] * (POEMS // 2) + [5] * (POEMS // 2)
    row: dict[str, Any] = {
        "unigram bits": unigram(train, valid[:JUDGED], letters),
        "counts bits": float(table.bits(valid[:JUDGED]).mean()),
        "real": figures(valid[:JUDGED], train),
        "shuffled": figures(measure.shuffled(valid[:JUDGED]), train),
        "counts free": figures(
            table.write([Wish(size) for size in sizes], generator).poems, train
        ),
        "counts constrained": figures(table.write(asked, generator).poems, train),
    }
    plain = [Wish(wish.size, "", wish.pattern) for wish in asked]
    row["cento"] = figures(counts.Cento(train).write(plain), train)
    keep("quatrains", "rivals", row)


@main.command("regulated")
@click.argument("archive", type=click.Path(exists=True, path_type=Path))
@click.option("--seed", default=0)
@click.option("--steps", default=STEPS["regulated"])
@click.option("--alone", is_flag=True, help="Every character has its own vector only.")
def of_regulated(archive: Path, seed: int, steps: int, alone: bool) -> None:
    """Bits per character on 8 x 5 characters."""
    train, valid = regulated(archive)
    letters = writer.letters_of(train, valid)
    known = {line for poem in train for line in poem}
    is_new = torch.tensor([not known & set(poem) for poem in valid])
    training.seed_everything(seed)
    model = Poet(letters, REGULATED, alone=alone)
    start = time.process_time()
    writer.trained(model, train, steps, seed)
    seconds = round(time.process_time() - start)
    each = writer.bits(model, valid)
    row = {
        "bits": float(each.mean()),
        "error": 1.96 * float(each.std()) / len(each) ** 0.5,
        "bits of poems without a known line": float(each[is_new].mean()),
        "steps": steps,
        "training_cpu_seconds": seconds,
        "weights": attention.parameters(model),
        "poems": [len(train), len(valid), int(is_new.sum())],
    }
    if "floors" not in so_far().get("regulated", {}):
        floors: dict[str, Any] = {"unigram": unigram(train, valid, letters)}
        for order in (2, 3):
            found = counts.Counts(train, letters, REGULATED, order).bits(valid)
            floors[f"Kneser-Ney {order}"] = float(found.mean())
            floors[f"Kneser-Ney {order} new"] = float(found[is_new].mean())
        keep("regulated", "floors", floors)
    keep("regulated", f"seed {seed}" + (" alone" if alone else ""), row)


@main.command("names")
@click.option("--seed", default=0)
@click.option("--seconds", default=8.0)
@click.option("--trial", type=click.Choice(list(rivals.TRIALS)), help="One alone.")
def of_names(seed: int, seconds: float, trial: str | None) -> None:
    """Three ways to train with equal seconds of the processor, and counts."""
    for name, (first, second, settings) in rivals.TRIALS.items():
        if trial not in (None, name):
            continue
        start = time.process_time()
        speller, steps = rivals.run(first, second, settings, seconds, seed)
        spent = round(time.process_time() - start, 1)
        generator = torch.Generator().manual_seed(seed)
        found = names.judge(speller.sample(len(names.names().train), generator))
        row = {**asdict(found), "steps": steps, "training_cpu_seconds": spent}
        keep("names", f"{name}, seed {seed}", row)
        if name == "likelihood":
            for temperature in (0.9, 0.7):
                some = speller.sample(4_647, generator, temperature)
                row = asdict(names.judge(some))
                keep("names", f"likelihood at {temperature}, seed {seed}", row)
    if trial is not None:
        return
    generator = torch.Generator().manual_seed(seed)
    counted = names.judge(names.counted(4_647, generator))
    keep("names", f"counts, seed {seed}", asdict(counted))


if __name__ == "__main__":
    main()
