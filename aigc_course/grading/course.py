"""From a folder of notebooks to rows."""

import os
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from aigc_course.errors import CourseError
from aigc_course.grading.limits import Limits
from aigc_course.grading.rows import Row
from aigc_course.grading.runner import Found, Runner
from aigc_course.grading.submissions import Submission, find


def grade(
    place: Path,
    *,
    chapter: str | None = None,
    limits: Limits | None = None,
    jobs: int | None = None,
    progress: bool = False,
) -> list[Row]:
    """A row for each exercise of each notebook in `place`, a folder or a notebook.

    chapter: two digits; by default each notebook's own, read from its cells. jobs: how
    many submissions at once; by default as many as there are cores.
    Raises CourseError when there is no notebook, or no such chapter.
    """
    runner = Runner(limits or Limits(), jobs or cores())
    submissions = find(place)
    if chapter:
        chapter = chapter.zfill(2)
        _exercises(chapter)
    runner.warm_up()
    work = [(one, _ids(one, chapter)) for one in submissions]
    total = sum(len(ids) for _, ids in work)
    with tqdm(total=total, unit="function", disable=not progress) as bar:
        found = runner.run(work, lambda _: bar.update())
    rows = [
        row
        for one, results in zip(submissions, found, strict=True)
        for row in _rows(one, chapter, results)
    ]
    return rows


def cores() -> int:
    """The number of cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _exercises(chapter: str) -> dict[str, int]:
    """The chapter's exercises and their points. Raises CourseError for none."""
    from aigc_course.checks import registry

    return {one.id: one.difficulty for one in registry.exercises(chapter)}


def _ids(one: Submission, chapter: str | None) -> Sequence[str]:
    return () if _unreadable(one, chapter) else [*_exercises(chapter or one.chapter)]


def _unreadable(one: Submission, chapter: str | None) -> str:
    """Why there is nothing to grade, or ""."""
    if one.unreadable:
        return one.unreadable
    if not (chapter or one.chapter):
        return "It does not say which chapter it is; name it by --chapter."
    try:
        _exercises(chapter or one.chapter)
    except CourseError as error:
        return str(error)
    return ""


def _rows(one: Submission, chapter: str | None, results: list[Found]) -> list[Row]:
    name = _printable(one.file)
    if why := _unreadable(one, chapter):
        return [Row(name, "", "unreadable", 0, 0, "", why, 0.0)]
    points = _exercises(chapter or one.chapter)
    return [_row(name, found, points[found.exercise]) for found in results]


def _row(name: str, found: Found, out_of: int) -> Row:
    return Row(
        file=name,
        exercise=found.exercise,
        status=found.status,
        points=out_of if found.status == "passed" else 0,
        out_of=out_of,
        misconception=found.misconception,
        message=_printable(found.message),
        seconds=round(found.seconds, 2),
    )


def _printable(text: str) -> str:
    """Without halves of characters and control characters, which no file takes."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() else " " for c in whole)
