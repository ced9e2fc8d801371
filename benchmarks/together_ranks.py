"""What each process does for benchmarks/together.py, started by torchrun.

`curves OUT STEPS` every learner as one process and as two. `kills FOLDER N` N
trainings, each killed once at random, in N + 1 lives. `clocks OUT N` N trainings by
seconds with one slow process. `speed OUT` and `network OUT` measure.
"""

import json
import os
import random
import signal
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from unittest import mock

import torch
import torch.distributed as dist

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
import lives
import ranks

from aigc_course import data, gan, training
from aigc_course.training import meeting, together

WAYS = ("1 x 2 threads", "2 x 1 thread", "2 x 1 thread, nothing sent")
BLOCK = 8  # steps
MARKS = (1, 25, 50, 100, 200)  # steps up to which differences are told
FIRST = (  # the families, and the settings that are hardest to share
    *("flow, transport", "latent flow", "gan with all settings", "dcgan", "vae"),
    *("language model", "packed", "gan with dropout, penalty and clipping"),
    *("dcgan, translation, ema", "vq-vae", "tcvae", "minibatch std"),
    *("conditional, projection", "language model, all tokens"),
)


def curves(out: Path, steps: int) -> None:
    """Differences of each learner; OUT holds what is done, and is gone on with."""
    meeting.join()
    found = json.loads(out.read_text()) if out.exists() else {}
    together.agree(0, False)  # both have read it
    for name in dict.fromkeys((*FIRST, *ranks.CASES)):
        for kind in ("float64", "float32"):
            if kind in found.setdefault(name, {}):
                continue
            torch.set_default_dtype(getattr(torch, kind))
            found[name][kind] = _differences(name, steps, out.with_suffix(".pt"))
            torch.set_default_dtype(torch.float32)
            _write(out, found)


def _differences(name: str, steps: int, file: Path) -> dict[str, Any]:
    """Of two processes, and of one in another order, from one process."""
    rank = together.rank()
    with ranks.alone():  # one process each, at the same time
        mine = ranks.found(name, steps, way=(nullcontext, ranks.swapped)[rank])
    values = torch.tensor(mine["values"], dtype=torch.float64)
    both = torch.zeros(2, *values.shape, dtype=torch.float64)
    both[rank] = values
    dist.all_reduce(both)
    # each save raises an error where the processes hold other bits
    two = ranks.found(name, steps, checkpoint=file, save_seconds=0)
    told = torch.tensor(two["values"], dtype=torch.float64)
    return {
        "two processes": _largest(told - both[0]),
        "other order": _largest(both[1] - both[0]),
        "ranks bit-equal": len(set(two["digests"])) == 1,
    }


def _largest(differences: torch.Tensor) -> dict[str, float]:
    """The largest up to each of MARKS, of [steps, values]."""
    steps = differences.abs().amax(1)
    marks = [n for n in (*MARKS, len(steps)) if n <= len(steps)]
    return {str(n): float(f"{steps[:n].max():.2g}") for n in marks}


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


def speed(out: Path, blocks: int) -> None:
    """WAYS of training the fast DCGAN at a global batch of 256, block by block."""
    meeting.join()
    training.prepare(torch.device("cpu"))
    training.seed_everything(0)
    model = gan.recipe("dcgan").build(bf16=False)
    model.anneal(0.3)
    batches = data.batches(data.load("mnist"), 256, seed=0)
    told: dict[str, list[Any]] = {way: [] for way in WAYS}
    for block in range(blocks + 1):
        for way in WAYS:
            row = _block(way, model, batches)
            if block:  # the first is to warm up
                told[way].append(row)
    _write(out, told)


def _block(way: str, model: Any, batches: Any) -> dict[str, float]:
    """BLOCK steps: images a second, processor time of all, and what was sent.

    The other process sleeps while one is measured alone.
    """
    single = way == WAYS[0]
    sent = _Sent(mute=way == WAYS[2])
    where = ranks.alone() if single else nullcontext()
    steps = 0 if single and together.rank() else BLOCK
    dist.barrier()
    torch.set_num_threads(2 if single else 1)
    start, before = time.perf_counter(), time.process_time()
    with where, mock.patch.object(dist, "all_reduce", sent):
        for _ in range(steps):
            with together.step(next(batches)) as share:
                model.step(share)
    seconds, busy = time.perf_counter() - start, time.process_time() - before
    torch.set_num_threads(1)
    busy = together.mean({"": busy})[""] * together.size()
    return {
        "images a second": round(BLOCK * 256 / seconds),
        "processor ms a step": round(1e3 * busy / BLOCK, 1),
        "messages a step": sent.count / BLOCK,
        "ms a step in them": round(1e3 * sent.seconds / BLOCK, 1),
    }


class _Sent:
    """All-reduces, counted and timed; the waiting for the other process is in it."""

    def __init__(self, mute: bool) -> None:
        self.mute, self.count, self.seconds = mute, 0, 0.0
        self.send = dist.all_reduce

    def __call__(self, *what: Any) -> None:
        start = time.perf_counter()
        if not self.mute:
            self.send(*what)
        self.seconds += time.perf_counter() - start
        self.count += 1


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
