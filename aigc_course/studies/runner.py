"""Run a study: every cell in a process of its own, finished cells never again."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any

from tqdm import tqdm

from aigc_course.errors import CourseError
from aigc_course.files import write_json
from aigc_course.studies import registry
from aigc_course.studies.child import Job
from aigc_course.studies.folder import AGAIN, Folder, read
from aigc_course.studies.study import Cell, Study

PAUSE = 0.05  # seconds between two looks at the processes
CHILD = "from aigc_course.studies.child import main; main()"
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def run(
    name: str,
    folder: str | Path,
    *,
    seeds: int | None = None,
    jobs: int | None = None,
    seconds: float | None = None,
    only: Iterable[str] = (),
    progress: bool = True,
) -> Path:
    """Run what is still missing of a study and return the path of its record.

    seeds: 0 to seeds - 1; None takes the study's own number. jobs: processes at once,
    one thread each; None takes the number of cores. seconds: shorten every training by
    one factor, so that a typical cell takes about this much CPU time. only: these
    methods; the record holds all that the folder holds. progress: show a bar.

    The same call goes on where another was stopped. A cell that crashes is recorded
    with its reason, counts as failed, and is tried again by the next call.

    Raises CourseError for an unknown study or method, a number that is not positive, a
    folder of something else and a damaged file.
    """
    source = registry.source(name)
    _positive(seeds=seeds, jobs=jobs, seconds=seconds)
    study = registry.load(source)
    only = list(only)
    methods = [name for name in only if study.method(name)] or list(study.methods)
    place = _place(study, Path(folder), seconds)
    place.begin()
    wanted = [(m, seed) for seed in range(seeds or study.seeds) for m in methods]
    work = [_job(place, source, *pair) for pair in wanted if _is_missing(place, *pair)]
    with tqdm(total=len(work), unit="cell", desc=name, disable=not progress) as bar:
        for job in _finished(work, jobs or os.cpu_count() or 1):
            cell = read(Path(job.file), AGAIN)
            if cell["status"] == "crashed":
                told = f"{job.method}, seed {job.cell.seed}: {cell['reason']}"
                tqdm.write(told, file=sys.stderr)
            bar.update()
    return place.write_record()


def _positive(**given: float | None) -> None:
    for name, value in given.items():
        if value is not None and not 0 < value < float("inf"):
            raise CourseError(f"--{name} is a positive number, not {value:g}.")


def _place(study: Study, folder: Path, seconds: float | None) -> Folder:
    scale = min(1.0, seconds / study.seconds) if seconds else 1.0
    if not study.data:
        return Folder(folder, study, scale)
    from aigc_course import data

    images = data.default() if study.data == "auto" else data.load(study.data)
    return Folder(folder, study, scale, images.name, images.source)


def _is_missing(place: Folder, method: str, seed: int) -> bool:
    cell = place.found(method, seed)
    return cell is None or cell["status"] == "crashed"


def _job(place: Folder, source: str, method: str, seed: int) -> Job:
    cell = Cell(seed, place.scale, place.data)
    file = str(place.file(method, seed))
    return Job(source, method, place.definition(method), cell, file)


@dataclass
class _Running:
    """A job's process, and the file that takes what it says on standard error."""

    job: Job
    process: subprocess.Popen[str] = field(init=False)
    errors: IO[str] = field(init=False)
    began: float = field(default_factory=time.perf_counter)

    def __post_init__(self) -> None:
        Path(self.job.file).unlink(missing_ok=True)  # of an earlier try
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  `close` closes it
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD],
            stdin=subprocess.PIPE,  # stays open: its end tells the child to end
            stdout=subprocess.DEVNULL,
            stderr=self.errors,
            text=True,
            env={**os.environ, **dict.fromkeys(THREADS, "1")},
            start_new_session=True,  # Ctrl-C is for this process to handle
        )
        assert self.process.stdin is not None
        self.process.stdin.write(self.job.to_json() + "\n")
        self.process.stdin.flush()

    def close(self) -> None:
        """End the process if it runs; where it failed, write that as its outcome."""
        left = self.process.poll() is None
        if left:
            self.process.kill()
        self.process.wait()
        assert self.process.stdin is not None
        self.process.stdin.close()
        if not left and not Path(self.job.file).exists():
            write_json(self.job.file, self._lost())
        self.errors.close()

    def _lost(self) -> dict[str, Any]:
        return {
            "method": self.job.method,
            "seed": self.job.cell.seed,
            "status": "crashed",
            "failed": True,
            "reason": self._reason(),
            "outcome": {},
            "cpu_seconds": None,
            "wall_seconds": round(time.perf_counter() - self.began, 2),
            "peak_mb": None,
            "definition": self.job.definition,
        }

    def _reason(self) -> str:
        self.errors.seek(0)
        said = [line.strip() for line in self.errors if line.strip()]
        code = self.process.returncode
        end = f"signal {-code}" if code < 0 else f"exit code {code}"
        return f"The process ended with {end}. {said[-1] if said else ''}".strip()[:300]


def _finished(work: Iterable[Job], at_once: int) -> Iterator[Job]:
    """Run the jobs, `at_once` at a time; yield each when its outcome is written."""
    waiting, running = iter(work), list[_Running]()
    try:
        while True:
            running += map(_Running, islice(waiting, at_once - len(running)))
            if not running:
                return
            time.sleep(PAUSE)
            for ended in [r for r in running if r.process.poll() is not None]:
                running.remove(ended)
                ended.close()
                yield ended.job
    finally:
        for left in running:
            left.close()
