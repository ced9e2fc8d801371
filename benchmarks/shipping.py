"""What chapter 19 says of exported, quantised and released models.

    python benchmarks/shipping.py [--only parity|speed|int8|release] [--models NAME ...]

parity: every model of `aigc train`, trained for a few steps so that no weights are
zero, through ONNX at four batch sizes. speed: one picture and 256 by ONNX Runtime and
by PyTorch as it comes and with channels last, in turn; ratios are taken pair by pair,
and the medians are reported with the load. int8: bytes, milliseconds and FID of the
shipped generator in float32, with weights in float16, and in 8 bits three ways.
release: `aigc release mnist_dcgan`, verified, with one flipped bit at many places.
Parts that were measured before stay in the record, so that each can be run alone.
"""

import os
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import click
import torch
from records import FOLDER, record
from torch import Tensor

from aigc_course import data, metrics, models, training
from aigc_course.attention.tokens import Characters
from aigc_course.data.sequences import Windows
from aigc_course.data.sequences.text import text
from aigc_course.errors import CourseError
from aigc_course.files import read_json
from aigc_course.release import bundle, export, quantise
from aigc_course.release.drawing import Drawing, drawing
from aigc_course.release.parity import SIZES, parity
from aigc_course.release.source import Source

RUN = "mnist_dcgan"
STEPS = 20  # of training before an export
ROUNDS = 41  # pairs of each comparison of speed
JUDGED = 10_000  # samples for an FID
FLIPS = 200
PARTS = ("parity", "speed", "int8", "release")


def exported(names: tuple[str, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each model's name, and its largest difference at each batch size."""
    for model, preset in models.known():
        name = f"{model} {preset}"
        if names and name not in names and model not in names:
            continue
        training.seed_everything(0)
        learner = models.get(model, preset).build()
        _teach(learner, models.get(model, preset))
        one, start = drawing(learner), time.process_time()
        with tempfile.TemporaryDirectory() as folder:
            path = export.export(one, Path(folder) / "model.onnx")
            seconds = time.process_time() - start
            apart = parity(one, path, _sizes(one))
            found = {
                "difference": apart,
                "largest": max(apart.values()),
                "output": one.output,
                "bytes": path.stat().st_size,
                "export_cpu_seconds": round(seconds, 1),
            }
        print(name, found, flush=True)
        yield name, found


def _teach(learner: Any, recipe: Any) -> None:
    """A few steps on the recipe's own data."""
    if recipe.text:
        corpus = text(recipe.data)
        tokens = Characters(corpus.symbols).encode(corpus.train)
        batches: Any = Windows(tokens, recipe.context, recipe.batch_size, 0, "cpu")
    else:
        images = data.load("mnist")
        kinds = {"labels": recipe.labels}
        batches = data.batches(images, recipe.batch_size, seed=0, **kinds)
    training.fit(learner, batches, training.Budget(steps=STEPS), progress=False)


def _sizes(one: Drawing) -> tuple[int, ...]:
    """Four batch sizes; the last is smaller where logits would not fit in memory."""
    last = 1000 if one.output == "images" or one.inputs[0].count < 1000 else 250
    return (*SIZES[:-1], last)


def speed() -> dict[str, Any]:
    """Milliseconds and ratios at n = 1 and 256, one thread each."""
    torch.set_num_threads(1)
    source = Source.open(RUN)
    one = source.drawing
    network = source.learner.trained()
    last = source.learner.trained().to(memory_format=torch.channels_last)
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        opened = export.session(export.export(one, Path(folder) / "model.onnx"))
        for n in (1, 256):
            (z,) = one.draw(n, 1)
            ways: dict[str, Callable[[], object]] = {
                "onnxruntime": partial(export.run, opened, (z,)),
                "torch": partial(network, z),
                "torch, channels last": partial(last, z),
            }
            found[str(n)] = _in_turn(ways, 40 if n == 1 else 4)
    return found


@torch.no_grad()
def _in_turn(ways: dict[str, Callable[[], object]], repeats: int) -> dict[str, Any]:
    """Medians of CPU milliseconds, and of each round's ratio to the first way."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(ROUNDS + 1):
        for name, way in ways.items():
            start = time.process_time()
            for _ in range(repeats):
                way()
            if turn:  # the first round warms up
                spent = (time.process_time() - start) / repeats
                times[name].append(1e3 * spent)
    first = times[next(iter(ways))]
    found = {}
    for name, seen in times.items():
        ratios = [a / b for a, b in zip(seen, first, strict=True)]
        found[name] = {
            "cpu_ms": round(statistics.median(seen), 3),
            "times_slower": round(statistics.median(ratios), 2),
        }
    return found


def int8() -> dict[str, Any]:
    """Bytes, CPU milliseconds at 64 pictures and FID of every way to store."""
    one = Source.open(RUN).drawing
    inputs = one.draw(JUDGED, 0)
    real = metrics.features(data.load("mnist", "test").images)
    (some,) = one.draw(64, 3)
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain = export.export(one, folder / "float32.onnx")
        wide = export.export(one, folder / "rewritten.onnx", rewrite=True)
        calibration = [one.draw(256, 1)]
        made = {
            "float32": plain,
            "float32, rewritten": wide,
            "float16 weights": quantise.halved(plain, folder / "half.onnx"),
            "dynamic int8": quantise.dynamic(plain, folder / "dynamic.onnx"),
            "static int8": quantise.static(plain, folder / "static.onnx", calibration),
            "static int8, rewritten": quantise.static(
                wide, folder / "wide.onnx", calibration
            ),
        }
        sessions = {way: export.session(path) for way, path in made.items()}
        ways: dict[str, Callable[[], object]] = {
            way: partial(export.run, opened, (some,))
            for way, opened in sessions.items()
        }
        times = _in_turn(ways, 10)
        for way, path in made.items():
            images = _bytes(quantise.images(path, inputs))
            found[way] = {
                "bytes": path.stat().st_size,
                "share": round(path.stat().st_size / plain.stat().st_size, 4),
                "fid": round(float(metrics.fid(metrics.features(images), real)), 4),
                **times[way],
                "operators": dict(export.operators_run(path)),
            }
    return found


def _bytes(images: Tensor) -> Tensor:
    return data.to_uint8(images)


def released() -> dict[str, Any]:
    """Seconds of a release and its verification; how many flipped bits are found."""
    dice = random.Random(0)
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "dist"
        start, clock = time.process_time(), time.monotonic()
        bundle.make(RUN, out)
        spent = {
            "cpu_seconds": round(time.process_time() - start, 1),
            "seconds": round(time.monotonic() - clock, 1),
        }
        start = time.process_time()
        said = bundle.verify(out)
        checked = round(time.process_time() - start, 1)
        files = sorted(path for path in out.iterdir())
        found = sum(_is_found(out, dice.choice(files), dice) for _ in range(FLIPS))
        sizes = {path.name: path.stat().st_size for path in files}
        shutil.rmtree(out)
    return {
        **spent,
        "verify_cpu_seconds": checked,
        "checks": len(said),
        "flips": FLIPS,
        "flips_found": found,
        "bytes": sizes,
    }


def _is_found(folder: Path, path: Path, dice: random.Random) -> bool:
    """Whether one flipped bit at a random place of a file is found."""
    whole = path.read_bytes()
    other = bytearray(whole)
    other[dice.randrange(len(whole))] ^= 1 << dice.randrange(8)
    path.write_bytes(other)
    try:
        bundle.verify(folder)
    except CourseError:
        return True
    finally:
        path.write_bytes(whole)
    return False


@click.command()
@click.option("--only", type=click.Choice(PARTS), multiple=True)
@click.option("--models", "names", multiple=True, help="For parity: these alone.")
def main(only: tuple[str, ...], names: tuple[str, ...]) -> None:
    """Measure the parts that are asked for, and keep the others of the record."""
    file = FOLDER / "shipping.json"
    figures = read_json(file)["figures"] if file.exists() else {}
    parts = {"speed": speed, "int8": int8, "release": released}

    def keep(part: str, found: dict[str, Any]) -> None:
        figures[part] = found
        figures.setdefault("load", {})[part] = round(os.getloadavg()[0], 1)
        record("shipping", figures, steps=STEPS, rounds=ROUNDS, judged=JUDGED)

    for part in only or PARTS:
        if part != "parity":
            keep(part, parts[part]())
            continue
        for name, found in exported(names):  # kept one by one: all take minutes
            keep(part, {**figures.get(part, {}), name: found})


if __name__ == "__main__":
    main()
