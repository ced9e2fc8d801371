"""What each process does for benchmarks/together.py, started by torchrun.

`kills FOLDER N` N trainings, each killed once at random, in N + 1 lives. `clocks OUT N`
N trainings by seconds with one slow process. `speed OUT` and `network OUT` measure.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
import lives

from aigc_course import data, gan, training
from aigc_course.training import meeting, together


def kills(folder: Path, number: int) -> None:
    """In each life the last training is ended and compared, the next one killed."""
    life = int(os.environ.get("TORCHELASTIC_RESTART_COUNT", 0))
    meeting.join()
    told = folder / "told.json"
    if life:
        model = lives.fresh()
        lives.train(model, folder / f"{life}.pt", resume=True)
        other = lives.fresh()
        lives.train(other)
        pairs = zip(lives.both(model), lives.both(other), strict=True)
        same = all(torch.equal(a, b) for a, b in pairs)
        if together.rank() == 0:
            found = json.loads(told.read_text()) if told.exists() else []
            told.write_text(json.dumps([*found, same]))
    together.agree(0, False)
    if life < number:
        chance = random.Random(life)
        rank, step = chance.randrange(2), chance.randrange(2, lives.STEPS)

        def kill(now: int) -> None:
            if now == step and together.rank() == rank:
                os.kill(os.getpid(), signal.SIGKILL)

        lives.train(lives.before_step(lives.fresh(), kill), folder / f"{life + 1}.pt")


def clocks(out: Path, number: int) -> None:
    """Rank 1 takes three times as long; all ranks' last steps."""
    found = [lives.one_clock() for _ in range(number)]
    _write(out, [one["last step"] == one["mean"] for one in found])


def speed(out: Path, seconds: float = 20.0) -> None:
    """Images a second of the fast DCGAN at a global batch of 256."""
    training.prepare(torch.device("cpu"))
    training.seed_everything(0)
    model = gan.recipe("dcgan").build(bf16=False)
    batches = data.batches(data.load("mnist"), 256, seed=0)
    threads = torch.get_num_threads()
    first = training.Budget(steps=10)
    training.fit(model, batches, first, progress=False, threads=threads)
    history = training.fit(
        model,
        batches,
        training.Budget(seconds=seconds),
        progress=False,
        threads=threads,
    )
    last = history.rows[-1]
    _write(out, last["step"] * 256 / last["seconds"])


def network(out: Path) -> None:
    """Seconds of an all-reduce by the number of float32 values: medians of 9."""
    meeting.join()
    found = {}
    for size in (1, 1_000, 100_000, 1_000_000, 10_000_000):
        x, times = torch.ones(size), []
        for _ in range(10):
            dist.barrier()
            start = time.perf_counter()
            dist.all_reduce(x)
            times.append(time.perf_counter() - start)
        found[str(size)] = sorted(times[1:])[4]
    _write(out, found)


def _write(out: Path, found: Any) -> None:
    if together.rank() == 0:
        out.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    what, place, *more = sys.argv[1:]
    globals()[what](Path(place), *map(int, more))
