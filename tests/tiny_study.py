"""A study without torch, for the tests of the engine: its processes start quickly.

Each run adds "METHOD SEED PID" to the file that TINY_LOG names.
"""

import os
import time
from functools import partial
from pathlib import Path

from aigc_course.studies.study import Cell, Column, Method, Study

SOURCE = "tiny_study:study"


def study() -> Study:
    """Methods that work, that fail, that raise and that vanish."""
    runs = {
        "steady": lambda cell: {"modes": 8, "kl": 0.5, "steps": cell.steps(1000)},
        "shaky": lambda cell: {"modes": 8 - cell.seed, "kl": float("nan")},
        "raises": _raise,
        "vanishes": lambda cell: os._exit(7),
        "waits": _wait,
    }
    return Study(
        "tiny",
        "Does the engine work?",
        {
            name: Method(partial(_noted, name, run), {"lr": 0.1}, place={"x": 1.0})
            for name, run in runs.items()
        },
        columns=(Column("modes", kind="count"), Column("kl", "nats", "lower")),
        failed=lambda outcome: outcome["modes"] < 8,
        rule="it misses a mode",
        seconds=10,
        seeds=2,
    )


def log() -> Path:
    """Where runs are noted."""
    return Path(os.environ["TINY_LOG"])


def _noted(name, run, cell: Cell):
    with log().open("a") as file:
        file.write(f"{name} {cell.seed} {os.getpid()}\n")
    return run(cell)


def _raise(cell: Cell):
    raise ValueError("a  matrix\nof the wrong shape")


def _wait(cell: Cell):
    """Until a file called "go" lies beside the log."""
    for _ in range(600):
        if log().with_name("go").exists():
            return {"modes": 8, "kl": 0.25}
        time.sleep(0.1)
    raise TimeoutError
