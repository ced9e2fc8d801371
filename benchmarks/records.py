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

FOLDER = Path(__file__).parent / "records"


def machine() -> dict[str, Any]:
    """The machine and the versions, without a name or a path; its load and threads."""
    return {
        **studies.machine.machine(),
        "torch": torch.__version__,  # with the kind of build
        "threads": torch.get_num_threads(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def record(name: str, figures: dict[str, Any], **settings: Any) -> None:
    """Write benchmarks/records/NAME.json and print it."""
    words = [Path(sys.argv[0]).name, *sys.argv[1:]]
    content = {
        "benchmark": name,
        "command": f"python benchmarks/{shlex.join(words)}",
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "settings": settings,
        "figures": figures,
    }
    write_json(FOLDER / f"{name}.json", content)
    print(json.dumps(content, indent=2))
