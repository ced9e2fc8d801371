"""Write what a benchmark measured, and on what."""

import json
import os
import platform
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch

import aigc_course
from aigc_course.files import write_json

FOLDER = Path(__file__).parent / "records"


def machine() -> dict[str, Any]:
    """The machine and the versions, without a name or a path."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": platform.system(),
        "threads": torch.get_num_threads(),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "aigc_course": aigc_course.__version__,
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


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
