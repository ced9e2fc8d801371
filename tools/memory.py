"""Run chapters under a limit on memory, and record what each needed at most.

    python tools/memory.py                  # every chapter, full mode: about an hour
    python tools/memory.py 05 10 --fast     # some, in the mode of the tests
    python tools/memory.py --megabytes 2000 --out benchmarks/records/memory.json

The solved notebooks are executed as they stand, each in a kernel of its own. On Linux
the kernel is stopped as soon as it holds more than the limit; the figure is the
kernel's own peak of resident memory. A chapter above the limit makes the exit status 1.
"""

import argparse
import asyncio
import json
import os
import platform
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 2000  # MB; what Binder gives, less nothing: its server runs beside the kernel
LOOK = 0.05  # seconds between two looks at what the kernel holds


@dataclass(frozen=True)
class Peak:
    """What a chapter needed. fault: empty, or why it did not finish."""

    chapter: str
    megabytes: int
    seconds: int
    fault: str = ""


class Watch(threading.Thread):
    """Follows the resident memory of a process; ends it above the limit."""

    def __init__(self, process: psutil.Process, limit: float) -> None:
        super().__init__(daemon=True)
        self.process, self.limit = process, limit
        self.peak, self.stopped = 0.0, False
        self.done = threading.Event()

    def run(self) -> None:
        """Look until the process ends or is ended."""
        while not self.done.wait(LOOK):
            try:
                self.peak = max(self.peak, self.look())
                if self.peak > self.limit:
                    self.stopped = True
                    self.process.kill()
                    return
            except psutil.NoSuchProcess:
                return

    def look(self) -> float:
        """MB held now; where the system keeps it, the most so far, of one process."""
        file = Path(f"/proc/{self.process.pid}/status")
        if file.exists():
            found = [x for x in file.read_text().splitlines() if x.startswith("VmHWM")]
            if found:
                return int(found[0].split()[1]) * 1024 / 1e6
        return self.process.memory_info().rss / 1e6


def measure(file: Path, limit: float = LIMIT, fast: bool = False) -> Peak:
    """Execute one notebook under a limit in MB."""
    notebook = nbformat.read(file, as_version=4)
    client = NotebookClient(notebook, timeout=1800, kernel_name="python3")
    client.resources = {"metadata": {"path": str(file.parent)}}
    before = os.environ.get("AIGC_FAST")
    os.environ["AIGC_FAST"] = "1" if fast else "0"
    start = time.monotonic()
    try:
        return asyncio.run(_executed(client, file.stem, limit, start))
    finally:
        os.environ.pop("AIGC_FAST")
        if before is not None:
            os.environ["AIGC_FAST"] = before


async def _executed(client: Any, name: str, limit: float, start: float) -> Peak:
    fault = ""
    watch = None
    try:
        async with client.async_setup_kernel():
            provisioner = client.km.provisioner
            watch = Watch(psutil.Process(provisioner.pid), limit)
            watch.start()
            for index, cell in enumerate(client.nb.cells):
                await client.async_execute_cell(cell, index)
    except CellExecutionError as error:
        fault = str(error).strip().splitlines()[-1]
    except (DeadKernelError, RuntimeError) as error:
        fault = type(error).__name__
    assert watch
    watch.done.set()
    watch.join()
    if watch.stopped:
        fault = f"stopped above {limit:.0f} MB"
    return Peak(name, round(watch.peak), round(time.monotonic() - start), fault)


def chosen(names: list[str]) -> list[Path]:
    """The solved notebooks of the chapters named, "05" for instance; all of none."""
    files = sorted((ROOT / "solutions").glob("*.ipynb"))
    return [file for file in files if not names or file.name[:2] in names]


def main(arguments: list[str]) -> int:
    """Measure, print a row for each chapter, write the record."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("chapters", nargs="*", help="numbers; all by default")
    parser.add_argument("--megabytes", type=float, default=LIMIT)
    parser.add_argument("--fast", action="store_true", help="AIGC_FAST=1")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "memory.json")
    given = parser.parse_args(arguments)
    files = chosen(given.chapters)
    if not files:
        print(f"There is no chapter {' or '.join(given.chapters)}.", file=sys.stderr)
        return 2
    peaks = []
    for file in files:
        peak = measure(file, given.megabytes, given.fast)
        peaks.append(peak)
        told = f"FAILED: {peak.fault}" if peak.fault else "ok"
        line = f"{peak.chapter:<34} {peak.megabytes:>6} MB {peak.seconds:>5} s  {told}"
        print(line, flush=True)
    found = {
        "limit, MB": given.megabytes,
        "mode": "fast" if given.fast else "full",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "chapters": {
            p.chapter: {"MB": p.megabytes, "seconds": p.seconds, "fault": p.fault}
            for p in peaks
        },
    }
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 1 if any(peak.fault for peak in peaks) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
