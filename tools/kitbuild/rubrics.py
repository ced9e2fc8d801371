"""Open questions: kit/open/NN.toml, for a teacher's page and for nbgrader.

Each has a model answer and a rubric of four levels, 3 points to 0. In nbgrader it is a
manually graded answer cell: the source notebook holds the model answer, and
`nbgrader generate_assignment` takes it out, as `student` does.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aigc_course.errors import CourseError

LEVELS = 4
STUB = "YOUR ANSWER HERE"


@dataclass(frozen=True)
class Open:
    """asks, model: Markdown. rubric: from the best level to none, a sentence each."""

    id: str
    asks: str
    minutes: int
    model: str
    rubric: tuple[str, ...]

    @property
    def points(self) -> int:
        """The best level's points."""
        return len(self.rubric) - 1


def questions(root: Path, number: str) -> list[Open]:
    """The open questions of a chapter. Raises CourseError for a file without."""
    path = root / "kit" / "open" / f"{number}.toml"
    try:
        entries = tomllib.loads(path.read_text("utf-8"))["question"]
        found = [_open(number, i, one) for i, one in enumerate(entries, 1)]
    except (OSError, KeyError, tomllib.TOMLDecodeError) as error:
        raise CourseError(f"{path} holds no open questions: {error}.") from error
    for one in found:
        if len(one.rubric) != LEVELS:
            raise CourseError(f"{path}: a rubric has {LEVELS} levels, from 3 points.")
    return found


def notebook(chapter: str, asked: list[Open], *, answers: bool) -> dict[str, Any]:
    """An nbgrader notebook; answers: the teacher's, with the model answers."""
    cells = [_cell(f"{chapter}-open-title", f"# Chapter {chapter}: open questions")]
    for one in asked:
        name = one.id.replace(".", "-")
        cells.append(_cell(f"{name}-text", _text(one), grade_id=f"{name}-text"))
        answer = one.model if answers else STUB
        cells.append(_cell(f"{name}-answer", answer, grade_id=name, points=one.points))
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def markdown(asked: list[Open]) -> str:
    """For the teacher: question, model answer and rubric."""
    parts = []
    for one in asked:
        levels = [
            f"| {one.points - i} | {level} |" for i, level in enumerate(one.rubric)
        ]
        table = "\n".join(["| points | what the answer does |", "|--:|---|", *levels])
        parts += [f"### {one.id} ({one.minutes} minutes)", one.asks]
        parts += [f"**Model answer.** {one.model}", table]
    return "\n\n".join(parts)


def _open(number: str, index: int, entry: dict[str, Any]) -> Open:
    return Open(
        id=f"{number}.open_{index}",
        asks=" ".join(entry["asks"].split()),
        minutes=entry["minutes"],
        model=" ".join(entry["model"].split()),
        rubric=tuple(entry["rubric"]),
    )


def _text(one: Open) -> str:
    return (
        f"**Question {one.id}** · {one.points} points · {one.minutes} minutes\n\n"
        + (one.asks)
    )


def _cell(
    id: str, source: str, *, grade_id: str = "", points: int | None = None
) -> dict[str, Any]:
    """A Markdown cell; with points an answer that a person grades, else locked."""
    metadata: dict[str, Any] = {}
    if grade_id:
        manual = points is not None
        metadata["nbgrader"] = {
            "grade": manual,
            "grade_id": grade_id,
            "locked": not manual,
            "schema_version": 3,
            "solution": manual,
            "task": False,
        }
        if manual:
            metadata["nbgrader"]["points"] = points
    return {"cell_type": "markdown", "id": id, "metadata": metadata, "source": source}
