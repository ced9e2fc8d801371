"""What chapter 16 says of sound, over three seeds.

    python benchmarks/sound.py [--seeds 3]

Each seed draws its own notes to learn from and to test on, and trains the network. Bits
a sample of FLAC (one file of all test notes), of the adaptive filter and of the
network; four notes (4,096 samples each) are coded for real with both and decoded. Then
notes are played on request, and their pitch is measured. Seeds that were measured
before stay in the record.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

import click
import numpy as np
import torch
from records import FOLDER, record

from aigc_course import training
from aigc_course.apps.sound import (
    adaptive,
    coder,
    instruments,
    measure,
    network,
    predictor,
)
from aigc_course.files import read_json

STEPS, LEARNED, TESTED, CODED = 3000, 200, 24, 4
T_95 = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}  # Student's t, by the number of seeds
ASKED = [82.41, 98.0, 123.5, 146.8, 174.6, 196.0, 233.1, 261.6, 293.7, 349.2, 392.0]
ASKED += [440.0]


def one_seed(seed: int) -> dict[str, Any]:
    """All figures of one seed."""
    training.seed_everything(seed)
    learned = instruments.notes(LEARNED, 100 + seed)
    tested = instruments.notes(TESTED, 200 + seed)
    start, net = time.process_time(), network.FilterNet()
    network.train(net, learned, STEPS, seed)
    seconds = time.process_time() - start
    by_net = network.note_bits(net, tested)
    by_filter = measure.predictor_bits(adaptive.Adaptive(), tested)
    flac = coder.flac_bytes(tested)
    return {
        "train_cpu_seconds": round(seconds, 1),
        "flac": None if flac is None else round(8 * flac / tested.waves.size, 4),
        "filter": round(float(by_filter.mean()), 4),
        "network": round(float(by_net.mean()), 4),
        "filter_first_256": round(float(by_filter[:, :256].mean()), 3),
        "network_first_256": round(float(by_net[:, :256].mean()), 3),
        "filter_second_half": round(float(by_filter[:, 4096:].mean()), 3),
        "network_second_half": round(float(by_net[:, 4096:].mean()), 3),
        "network_kinds": _by_kind(by_net, tested.kinds),
        "filter_kinds": _by_kind(by_filter, tested.kinds),
        "coded": coded(net, tested.part(CODED, 4096)),
        "pitch": played(net, seed),
    }


def _by_kind(bits: np.ndarray, kinds: np.ndarray) -> dict[str, float]:
    names = enumerate(instruments.KINDS)
    return {name: round(float(bits[kinds == k].mean()), 3) for k, name in names}


def coded(net: network.FilterNet, notes: instruments.Notes) -> dict[str, Any]:
    """Bits a sample of real bytes, and whether they are decoded exactly."""
    found: dict[str, Any] = {}
    makers: dict[str, Callable[[], predictor.Predictor]] = {
        "filter": adaptive.Adaptive,
        "network": lambda: network.Neural(net),
    }
    for name, make in makers.items():
        data = coder.encode(notes, make())
        back = coder.decode(data, make())
        found[name] = round(8 * len(data) / notes.waves.size, 4)
        found[f"{name}_exact"] = bool(np.array_equal(back, notes.waves))
    found["network_computed"] = round(float(network.note_bits(net, notes).mean()), 4)
    return found


def played(net: network.FilterNet, seed: int) -> dict[str, Any]:
    """Cents of error of the notes that were asked for, by kind."""
    found: dict[str, Any] = {}
    for kind in instruments.KINDS:
        waves = network.play(net, ASKED, kind, seed, length=5000)
        off = np.abs(measure.pitch_errors(waves, ASKED))
        loud = np.sqrt((waves[:, 1000:].astype(float) ** 2).reshape(12, 4, -1).mean(2))
        full = np.abs(waves.astype(int)).max(1) >= 32767  # of 16 bits
        found[kind] = {
            "within_10_cents": int((off <= 10).sum()),
            "of": len(ASKED),
            "median": round(float(np.median(off)), 2),
            "fading": round(float(np.median(loud[:, -1] / loud[:, 0])), 3),
            "reach_the_limit": int(full.sum()),
            "off_and_reach_the_limit": int((full & (off > 10)).sum()),
        }
    return found


def _mean(values: list[float]) -> dict[str, float]:
    half = T_95.get(len(values), 2.0) * statistics.stdev(values) / len(values) ** 0.5
    return {"mean": round(statistics.mean(values), 3), "half_width": round(half, 3)}


def summary(seeds: dict[str, Any]) -> dict[str, Any]:
    """Means and 95 % intervals (Student's t over the seeds)."""
    rows = list(seeds.values())
    found = {k: _mean([row[k] for row in rows]) for k in ("filter", "network")}
    if all(row["flac"] for row in rows):
        found["flac"] = _mean([row["flac"] for row in rows])
        for name in ("filter", "network"):
            saved = [100 * (1 - row[name] / row["flac"]) for row in rows]
            found[f"{name}_saves_percent_of_flac"] = _mean(saved)
    return found


@click.command()
@click.option("--seeds", default=3, show_default=True)
def main(seeds: int) -> None:
    """Measure the seeds that the record does not have yet."""
    torch.set_num_threads(1)
    path = FOLDER / "sound.json"
    known = read_json(path)["figures"]["seeds"] if path.is_file() else {}
    for seed in range(seeds):
        if str(seed) not in known:
            known[str(seed)] = one_seed(seed)
            figures = {"seeds": known, "floor": round(measure.FLOOR, 3)}
            if len(known) > 1:
                figures["summary"] = summary(known)
            record("sound", figures, steps=STEPS, learned=LEARNED, tested=TESTED)


if __name__ == "__main__":
    main()
