"""Speed beside another busy program: a measured number of threads against fixed ones.

    python benchmarks/speed_threads.py [--rounds 5] [--seconds 20] [--no-busy]

The fast DCGAN on MNIST, batch 64, float32. "measured" is `training.fit` as it comes;
the others are `fit(threads=N)` with N = 1 and one for each core. They take turns, a
fresh process for each round, once with the machine as it is and once beside one process
that keeps a core busy. What counts is the whole training, the measurement included. The
ratio is taken round by round, against the faster of the fixed numbers in that round.
"""

import multiprocessing
import os
import statistics
import sys
from concurrent.futures import ProcessPoolExecutor

import click
import torch

from aigc_course import data, gan, training

from records import record  # isort: skip

BATCH = 64


def speed(threads: int | None, seconds: float) -> tuple[float, int]:
    """Images per second of one training, and the number of threads at its end."""
    training.prepare(torch.device("cpu"))
    training.seed_everything(0)
    model = gan.recipe("dcgan").build(bf16=False)
    batches = data.batches(data.load("mnist"), BATCH, seed=0)
    for _ in range(3):
        model.step(next(batches))  # the first steps of a process are slow
    budget = training.Budget(seconds=seconds)
    history = training.fit(model, batches, budget, threads=threads, progress=False)
    last = history.rows[-1]
    return last["step"] * BATCH / last["seconds"], history.threads


def one_round(ways: list[int | None], seconds: float) -> list[tuple[float, int]]:
    """All ways one after the other."""
    return [speed(threads, seconds) for threads in ways]


def fresh(ways: list[int | None], seconds: float) -> list[tuple[float, int]]:
    """One round in a process of its own."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(one_round, ways, seconds).result()


def spin() -> None:
    """Keep one core busy until killed."""
    while True:
        pass


def rounds_of(rounds: int, seconds: float, cores: int) -> dict[str, object]:
    """All ways in turn; speeds, numbers chosen, and the ratio of each round."""
    ways: dict[str, int | None] = {"1": 1, str(cores): cores, "measured": None}
    speeds: dict[str, list[float]] = {name: [] for name in ways}
    chosen, loads, ratios = [], [], []
    for _ in range(rounds):
        loads.append(round(os.getloadavg()[0], 2))
        found = fresh([*ways.values()], seconds)
        for name, (images, _) in zip(ways, found, strict=True):
            speeds[name].append(round(images, 1))
        chosen.append(found[-1][1])
        print({name: values[-1] for name, values in speeds.items()}, file=sys.stderr)
        best = max(speeds[name][-1] for name in ways if name != "measured")
        ratios.append(round(speeds["measured"][-1] / best, 3))
    return {
        "images_per_second": speeds,
        "chosen": chosen,
        "load": loads,
        "ratios": ratios,
        "median_ratio": round(statistics.median(ratios), 3),
    }


@click.command()
@click.option("--rounds", default=5, help="Measurements of each way.")
@click.option("--seconds", default=20.0, help="Seconds for each measurement.")
@click.option("--busy/--no-busy", default=True, help="Whether also beside a process.")
def main(rounds: int, seconds: float, busy: bool) -> None:
    """Measure in turn and write benchmarks/records/speed_threads.json."""
    os.environ.pop("OMP_NUM_THREADS", None)  # it would be a choice
    cores = torch.get_num_threads() if torch.get_num_threads() > 1 else os.cpu_count()
    figures = {"as it is": rounds_of(rounds, seconds, cores or 1)}
    if busy:
        other = multiprocessing.get_context("spawn").Process(target=spin, daemon=True)
        other.start()
        try:
            figures["beside one busy process"] = rounds_of(rounds, seconds, cores or 1)
        finally:
            other.kill()
    record("speed_threads", figures, rounds=rounds, seconds=seconds, batch=BATCH)


if __name__ == "__main__":
    main()
