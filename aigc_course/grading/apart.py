"""Grading by other machines: a few submissions at a time, each time in a new process.

Two lines of text cross the wire: the code cells of some submissions, and their rows.
"""

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from tqdm import tqdm

from aigc_course import elsewhere
from aigc_course.errors import CourseError
from aigc_course.files import write_json
from aigc_course.grading.limits import Limits
from aigc_course.grading.rows import Row
from aigc_course.grading.submissions import Submission
from aigc_course.studies.facts import difference, versions

CHILD = "from aigc_course.grading.apart import main; main()"
AT_ONCE = 8  # submissions that share a process's start
ORPHANED = 3  # exit code


def send(
    submissions: Sequence[Submission],
    chapter: str | None,
    limits: Limits,
    on: str,
    progress: bool,
    each: Callable[[list[Row]], object],
) -> Iterator[list[Row]]:
    """The rows of every part of the submissions, in their order.

    each: called with the rows of a part as soon as they are there. Raises CourseError
    where a worker refuses, or cannot grade.
    """
    starts = range(0, len(submissions), AT_ONCE)
    parts = [submissions[i : i + AT_ONCE] for i in starts]
    found: dict[int, list[Row]] = {}
    with (
        tqdm(total=len(submissions), unit="file", disable=not progress) as bar,
        elsewhere.workers(on) as pool,
    ):
        sent = {
            pool.submit(elsewhere.apart, CHILD, _line(part, chapter, limits)): number
            for number, part in enumerate(parts)
        }
        with elsewhere.ended(sent) as answers:
            for number, answer in answers:
                found[number] = _rows(json.loads(answer))
                each(found[number])
                bar.update(len(parts[number]))
    return iter([found[number] for number in range(len(parts))])


def main() -> None:
    """Read submissions from standard input, grade them, write their rows."""
    told = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    file = Path(sys.argv[1])
    if sentence := difference(versions(), told["versions"]):
        return write_json(file, {"refused": sentence})
    from aigc_course.grading.course import grade_these

    submissions = [
        Submission(**{**one, "cells": tuple(one["cells"])})
        for one in told["submissions"]
    ]
    names = [one.file for one in submissions]
    limits = Limits(**told["limits"])
    rows = grade_these(submissions, names, told["chapter"], limits, jobs=1)
    write_json(file, {"rows": [asdict(row) for row in rows]})


def _line(part: Sequence[Submission], chapter: str | None, limits: Limits) -> str:
    told = {
        "submissions": [asdict(one) for one in part],
        "chapter": chapter,
        "limits": asdict(limits),
        "versions": versions(),
    }
    return json.dumps(told)


def _rows(answer: dict[str, str]) -> list[Row]:
    """The rows in what a worker told; CourseError where it told none."""
    told = json.loads(answer["told"]) if answer["told"] else {}
    if "rows" not in told:
        raise CourseError(told.get("refused") or f"Not graded: {answer['reason']}")
    return [Row(**row) for row in told["rows"]]


def _end_with_the_parent() -> None:
    sys.stdin.read()
    os._exit(ORPHANED)
