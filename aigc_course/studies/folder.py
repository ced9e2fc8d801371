"""The folder of a study that is being run: one file a cell, and the record at the end.

FOLDER/study.json               what is run, at which length, on which data
FOLDER/cells/METHOD-SEED.json   one outcome each
FOLDER/cells/METHOD-SEED.npz    its samples, where a study judges samples
FOLDER/record.json              all of it together
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aigc_course.errors import CourseError
from aigc_course.files import write_json
from aigc_course.studies.config import digest
from aigc_course.studies.machine import machine
from aigc_course.studies.samples import kept_samples, samples_file
from aigc_course.studies.study import Method, Study

NEEDED = {"method", "seed", "status", "failed", "outcome", "cpu_seconds"}
AGAIN = ": remove it, and it is made again."
ELSEWHERE = ": choose another folder by --out."


@dataclass(frozen=True)
class Folder:
    """Where a study's outcomes are kept, at one scale and on one data set."""

    path: Path
    study: Study
    scale: float = 1.0
    data: str = ""
    data_source: str = ""

    def begin(self) -> None:
        """Make the folder, or go on with it.

        Raises CourseError when it holds something else, or the same study at another
        length or on other data.
        """
        file = self.path / "study.json"
        mine = {"study": self.study.name, "scale": self.scale, "data": self.data}
        if not file.exists():
            if self.path.exists() and (
                not self.path.is_dir() or any(self.path.iterdir())
            ):
                raise CourseError(f"{self.path} is not a study's folder, nor empty.")
            return write_json(file, mine)
        begun = read(file, ELSEWHERE)
        for what, value in mine.items():
            if begun.get(what) != value:
                raise CourseError(
                    f"{self.path} was begun with {what} {begun.get(what)}, not"
                    f" {value}{ELSEWHERE}"
                )

    def file(self, method: str, seed: int) -> Path:
        """Where the outcome of one cell lies."""
        return self.path / "cells" / f"{method}-{seed:03d}.json"

    def found(self, method: str, seed: int) -> dict[str, Any] | None:
        """The outcome of a cell as it is now defined, finished or crashed.

        None when it has not run, or ran under another definition. Raises CourseError
        for a damaged file.
        """
        file = self.file(method, seed)
        if not file.exists():
            return None
        cell = read(file, AGAIN)
        if not cell.keys() >= NEEDED or [cell["method"], cell["seed"]] != [
            method,
            seed,
        ]:
            raise CourseError(f"{file} is damaged{AGAIN}")
        return cell if cell.get("definition") == self.definition(method) else None

    def definition(self, method: str) -> str:
        """Changes when the configuration of a method does."""
        return digest(self.study.method(method).config)

    def cells(self) -> Iterator[dict[str, Any]]:
        """Every outcome that is there, in the order of methods and seeds."""
        for method in self.study.methods:
            files = (self.path / "cells").glob(f"{method}-*.json")
            seeds = [s.removeprefix(f"{method}-") for s in (f.stem for f in files)]
            for seed in sorted(int(s) for s in seeds if s.isdecimal()):
                if cell := self.found(method, seed):
                    yield self._judged(method, seed, cell)

    def _judged(self, method: str, seed: int, cell: dict[str, Any]) -> dict[str, Any]:
        """The cell by today's columns and rule, where its samples are kept."""
        judge, file = self.study.judge, samples_file(self.file(method, seed))
        samples = kept_samples(file) if judge and cell["status"] == "finished" else None
        if judge is None or samples is None:
            return cell
        found = judge(self.study.method(method).config, samples)
        outcome = {**cell["outcome"], **found}
        return {**cell, "failed": bool(self.study.failed(outcome)), "outcome": outcome}

    def write_record(self) -> Path:
        """Put all outcomes into record.json and return where that is."""
        study, cells = self.study, list(self.cells())
        for cell in cells:
            cell.pop("definition")
        machines = _numbered(cells)
        ran = {cell["method"] for cell in cells}
        record = {
            "study": study.name,
            "question": study.question,
            "command": self.command(),
            "date": datetime.now(UTC).date().isoformat(),
            "machine": machines[0] if machines else machine(),
            "machines": machines,
            "data": {"name": self.data, "source": self.data_source},
            "scale": self.scale,
            "rule": study.rule,
            "columns": [vars(column) for column in study.columns],
            "methods": {m: _told(study.method(m)) for m in study.methods if m in ran},
            "cells": cells,
        }
        write_json(self.path / "record.json", record)
        return self.path / "record.json"

    def command(self) -> str:
        """What makes this record, without this computer's paths."""
        short = self.scale * self.study.seconds
        seconds = f" --seconds {short:g}" if self.scale < 1 else ""
        return f"aigc study {self.study.name}{seconds}"


def _numbered(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The machines that the cells were run on; each cell gets the number of its own."""
    machines: list[dict[str, Any]] = []
    for cell in cells:
        mine = cell.get("machine")
        if mine and mine not in machines:
            machines.append(mine)
        cell["machine"] = machines.index(mine) if mine else None
    return machines


def _told(method: Method) -> dict[str, Any]:
    return {
        "about": method.about,
        "config": method.config,
        "place": dict(method.place),
    }


def read(file: Path, advice: str) -> dict[str, Any]:
    """A JSON object from a file. Raises CourseError when it holds none."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CourseError(f"{file} is damaged{advice}") from error
    if not isinstance(content, dict):
        raise CourseError(f"{file} is damaged{advice}")
    return content
