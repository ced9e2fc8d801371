"""The process of one cell: one thread, one outcome, written whole.

`main` reads the job from standard input and is called in a fresh process, here or on
another machine (`elsewhere.apart`). It ends when its standard input does, so that none
is left behind when the process that started it is killed.
"""

import base64
import json
import math
import os
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aigc_course.files import write_json
from aigc_course.studies.facts import difference, facts
from aigc_course.studies.machine import machine, peak_mb
from aigc_course.studies.registry import load
from aigc_course.studies.samples import SAMPLES, keep_samples, samples_file
from aigc_course.studies.study import Cell, Study

ORPHANED = 3  # exit code


@dataclass(frozen=True)
class Job:
    """The cell that a process is to run.

    source: of the study. facts: of the machine that asks. check: whether the process
    is to look first whether they are its own.
    """

    source: str
    method: str
    cell: Cell
    facts: dict[str, str]
    check: bool = False

    def to_json(self) -> str:
        """Write the job as one line of JSON, for the process's standard input."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> "Job":
        """Read the job from a line that `to_json` wrote."""
        told = json.loads(line)
        return cls(**{**told, "cell": Cell(**told["cell"])})


def main() -> None:
    """Read a job from standard input, run its cell, write what came out."""
    job, file = Job.from_json(sys.stdin.readline()), Path(sys.argv[1])
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    study = load(job.source)
    if job.check:
        mine = facts(study, job.method, job.cell.data)
        if sentence := difference(mine, job.facts):
            return write_json(file, {"refused": sentence})
    found = measure(study, job.method, job.cell)
    kept = found["outcome"].pop(SAMPLES, None)
    if kept is not None:
        beside = samples_file(file)
        keep_samples(beside, kept)
        found[SAMPLES] = base64.b64encode(beside.read_bytes()).decode()
    write_json(file, found)


def measure(study: Study, method: str, cell: Cell) -> dict[str, Any]:
    """Run one cell in this process.

    Returns status ("finished" or "crashed"), the reason of a crash, the outcome,
    whether it counts as failed, the time and memory it took, and the machine.
    """
    _prepare(cell.seed)
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        made = dict(study.method(method).run(cell))
        if study.judge:
            made |= study.judge(study.method(method).config, made[SAMPLES])
        outcome = plain(made)
        found = {"status": "finished", "failed": bool(study.failed(outcome))}
    except Exception as error:
        outcome = {}
        found = {"status": "crashed", "failed": True, "reason": _reason(error)}
    return {
        "method": method,
        "seed": cell.seed,
        **found,
        "outcome": outcome,
        "cpu_seconds": round(time.process_time() - cpu, 2),
        "wall_seconds": round(time.perf_counter() - wall, 2),
        "peak_mb": peak_mb(),
        "machine": machine(),
    }


def plain(outcome: Mapping[str, Any]) -> dict[str, Any]:
    """The outcome as JSON has it: a number that is not finite becomes None."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in outcome.items()
    }


def _prepare(seed: int) -> None:
    """One thread, and all chance from the seed, where the study's module has torch."""
    if "torch" not in sys.modules:
        return
    import torch

    from aigc_course import training

    torch.set_num_threads(1)
    training.prepare(torch.device("cpu"))
    training.seed_everything(seed)


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:300]


def _end_with_the_parent() -> None:
    sys.stdin.read()
    os._exit(ORPHANED)
