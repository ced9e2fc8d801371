"""Run a study: every cell in a process of its own, finished cells never again."""

import base64
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tqdm import tqdm

from aigc_course import elsewhere
from aigc_course.errors import CourseError
from aigc_course.files import write_bytes, write_json
from aigc_course.studies import registry
from aigc_course.studies.child import Job
from aigc_course.studies.facts import facts
from aigc_course.studies.folder import Folder
from aigc_course.studies.samples import SAMPLES, samples_file
from aigc_course.studies.study import Cell, Study

CHILD = "from aigc_course.studies.child import main; main()"


def run(
    name: str,
    folder: str | Path,
    *,
    seeds: int | None = None,
    jobs: int | None = None,
    seconds: float | None = None,
    only: Iterable[str] = (),
    on: str | None = None,
    progress: bool = True,
) -> Path:
    """Run what is still missing of a study and return the path of its record.

    seeds: 0 to seeds - 1; None takes the study's own number. jobs: processes at once,
    one thread each; None takes the number of cores. seconds: shorten every training by
    one factor, so that a typical cell takes about this much CPU time. only: these
    methods; the record holds all that the folder holds. on: whose processes they are,
    as `elsewhere.workers` takes it; None means this machine's. progress: show a bar.

    The same call goes on where another was stopped. A cell that crashes is recorded
    with its reason, counts as failed, and is tried again by the next call.

    Raises CourseError for an unknown study or method, a number that is not positive, a
    folder of something else, a damaged file, and a worker on another machine whose
    versions, code, data or definitions are not this machine's.
    """
    source = registry.source(name)
    _positive(seeds=seeds, jobs=jobs, seconds=seconds)
    study = registry.load(source)
    only = list(only)
    methods = [name for name in only if study.method(name)] or list(study.methods)
    place = _place(study, Path(folder), seconds)
    place.begin()
    wanted = [(m, seed) for seed in range(seeds or study.seeds) for m in methods]
    missing = [pair for pair in wanted if _is_missing(place, *pair)]
    work = [_job(place, source, *pair, check=on is not None) for pair in missing]
    with (
        tqdm(total=len(work), unit="cell", desc=name, disable=not progress) as bar,
        elsewhere.workers(on, jobs) as pool,
    ):
        sent = {pool.submit(elsewhere.apart, CHILD, one.to_json()): one for one in work}
        with elsewhere.ended(sent) as answers:
            for job, answer in answers:
                cell = _keep(place, job, json.loads(answer))
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


def _job(place: Folder, source: str, method: str, seed: int, check: bool) -> Job:
    cell = Cell(seed, place.scale, place.data)
    return Job(source, method, cell, facts(place.study, method, place.data), check)


def _keep(place: Folder, job: Job, answer: dict[str, Any]) -> dict[str, Any]:
    """Write the outcome of a cell. Raises CourseError where its worker refused it."""
    told = json.loads(answer["told"]) if answer["told"] else _lost(job, answer)
    if "refused" in told:
        raise CourseError(told["refused"])
    file = place.file(job.method, job.cell.seed)
    samples = told.pop(SAMPLES, None)
    if samples is not None:
        write_bytes(samples_file(file), base64.b64decode(samples))
    if "machine" in told:
        told["machine"] |= {"code": job.facts["code"], "data": job.facts["data"]}
    write_json(file, {**told, "definition": job.facts["definition"]})
    return told


def _lost(job: Job, answer: dict[str, Any]) -> dict[str, Any]:
    """The outcome of a process that told nothing."""
    return {
        "method": job.method,
        "seed": job.cell.seed,
        "status": "crashed",
        "failed": True,
        "reason": answer["reason"],
        "outcome": {},
        "cpu_seconds": None,
        "wall_seconds": answer["seconds"],
        "peak_mb": None,
    }
