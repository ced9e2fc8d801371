"""Run chapters under a limit on memory, and record what each needed at most.

    python tools/memory.py                  # every chapter, full mode: about an hour
    python tools/memory.py 05 10 --fast     # some, in the mode of the tests
    python tools/memory.py 17 --built --out benchmarks/records/memory.json

The solved notebooks are executed as they stand, each in a kernel of its own. The kernel
is stopped as soon as it and the processes that it started hold more than the limit.
The figure is the peak of resident memory, with the cell in which it was reached. A
chapter above the limit makes the exit status 1.

--built: a chapter that is not named is not executed. Its figure is that of its run
card: the kernel's peak when the notebook was built, in full mode and without a limit.
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
LOOK = 0.1  # seconds between two looks at what the kernel holds


@dataclass(frozen=True)
class Peak:
    """What a chapter needed. fault: empty, or why it did not finish.

    cell: where the peak was reached; empty where the build measured.
    """

    chapter: str
    megabytes: int
    seconds: int
    fault: str = ""
    cell: str = ""

    def row(self) -> dict[str, Any]:
        """What the record says of it."""
        said = {"MB": self.megabytes, "seconds": self.seconds, "fault": self.fault}
        how = f"at most in cell {self.cell}" if self.cell else "as built, without limit"
        return said | {"how": how}


class Watch(threading.Thread):
    """Follows the resident memory of a process; ends it above the limit."""

    def __init__(self, process: psutil.Process, limit: float) -> None:
        super().__init__(daemon=True)
        self.process, self.limit = process, limit
        self.peak, self.stopped = 0.0, False
        self.cell = self.now = ""  # of the peak; the one that runs
        self.done = threading.Event()

    def run(self) -> None:
        """Look until the process ends or is ended."""
        while not self.done.wait(LOOK):
            try:
                self.see()
                if self.peak > self.limit:
                    self.stopped = True
                    self.process.kill()
                    return
            except psutil.NoSuchProcess:
                return

    def see(self) -> None:
        """Look once, and note a new peak with the cell that runs."""
        held = self.look()
        if held > self.peak:
            self.peak, self.cell = held, self.now

    def look(self) -> float:
        """MB held: by the kernel at most so far, or now with what it started.

        A process that it started counts with the pages that are its own.
        """
        children = self.process.children(recursive=True)
        now = self.process.memory_info().rss / 1e6 + sum(map(_own, children))
        file = Path(f"/proc/{self.process.pid}/status")
        if file.exists():
            found = [x for x in file.read_text().splitlines() if x.startswith("VmHWM")]
            if found:
                return max(now, int(found[0].split()[1]) * 1024 / 1e6)
        return now


def _own(process: psutil.Process) -> float:
    try:
        return process.memory_full_info().uss / 1e6
    except psutil.Error:  # it has ended
        return 0.0


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
                watch.now = cell.get("id", str(index))
                await client.async_execute_cell(cell, index)
                watch.see()
    except CellExecutionError as error:
        fault = str(error).strip().splitlines()[-1]
    except (DeadKernelError, RuntimeError) as error:
        fault = type(error).__name__
    assert watch
    watch.done.set()
    watch.join()
    if watch.stopped:
        fault = f"stopped above {limit:.0f} MB"
    seconds = round(time.monotonic() - start)
    return Peak(name, round(watch.peak), seconds, fault, watch.cell)


def chosen(names: list[str]) -> list[Path]:
    """The solved notebooks of the chapters named, "05" for instance; all of none."""
    files = sorted((ROOT / "solutions").glob("*.ipynb"))
    return [file for file in files if not names or file.name[:2] in names]


def built(names: list[str], limit: float) -> list[Peak]:
    """What the run cards say of the chapters that are not named."""
    cards = json.loads((ROOT / "chapters" / "run_cards.json").read_text("utf-8"))
    return [
        Peak(
            file.stem,
            cards[file.stem]["peak_mb"],
            round(cards[file.stem]["seconds"]),
            f"above {limit:.0f} MB" if cards[file.stem]["peak_mb"] > limit else "",
        )
        for file in chosen([])
        if file.name[:2] not in names
    ]


def main(arguments: list[str]) -> int:
    """Measure, print a row for each chapter, write the record."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("chapters", nargs="*", help="numbers; all by default")
    parser.add_argument("--megabytes", type=float, default=LIMIT)
    parser.add_argument("--fast", action="store_true", help="AIGC_FAST=1")
    parser.add_argument("--built", action="store_true", help="run cards for the rest")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "memory.json")
    given = parser.parse_args(arguments)
    files = chosen(given.chapters) if given.chapters or not given.built else []
    if not files and not given.built:
        print(f"There is no chapter {' or '.join(given.chapters)}.", file=sys.stderr)
        return 2
    peaks = built(given.chapters, given.megabytes) if given.built else []
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
            p.chapter: p.row() for p in sorted(peaks, key=lambda peak: peak.chapter)
        },
    }
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 1 if any(peak.fault for peak in peaks) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
