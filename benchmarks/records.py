"""Write what a benchmark measured, and on what."""

import json
import os
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from aigc_course import studies
from aigc_course.files import write_json
from aigc_course.training.interrupt import Interrupt

FOLDER = Path(__file__).parent / "records"


def machine() -> dict[str, Any]:
    """The machine and the versions, without a name or a path; its load and threads."""
    return {
        **studies.machine.machine(),
        "torch": torch.__version__,  # with the kind of build
        "threads": torch.get_num_threads(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def whole() -> None:
    """Raises SystemExit where a training of this process was stopped before its end.

    `training.fit` answers Ctrl-C and SIGTERM with what was learnt so far, which is no
    measurement. `record` asks; ask too before a file of weights is kept.
    """
    if Interrupt.count:
        raise SystemExit("A training was stopped before its end: nothing is kept.")


def command() -> str:
    """What was called, without the place of a file that lies outside the project."""
    words = [Path(sys.argv[0]).name, *map(_without_place, sys.argv[1:])]
    return f"python benchmarks/{shlex.join(words)}"


def _without_place(word: str) -> str:
    outside = Path(word).is_absolute() or ".." in Path(word).parts
    return Path(word).name if outside else word


def record(name: str, figures: dict[str, Any], **settings: Any) -> None:
    """Write benchmarks/records/NAME.json and print it.

    Raises SystemExit where a training was stopped (`whole`).
    """
    whole()
    content = {
        "benchmark": name,
        "command": command(),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "settings": settings,
        "figures": figures,
    }
    write_json(FOLDER / f"{name}.json", content)
    print(json.dumps(content, indent=2))
