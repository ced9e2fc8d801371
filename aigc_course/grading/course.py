"""From a folder of notebooks to rows."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

import aigc_course
from aigc_course.errors import CourseError
from aigc_course.grading import landlock, preload
from aigc_course.grading.limits import Limits
from aigc_course.grading.rows import Row
from aigc_course.grading.runner import Found, Runner
from aigc_course.grading.submissions import Submission, find

_PACKAGE = Path(aigc_course.__file__).parent
# of the system's files what Python and torch read; none of it is a person's
_SYSTEM = (
    *("/usr", "/lib", "/lib64", "/nix/store", "/etc/ld.so.cache", "/etc/localtime"),
    *("/etc/fonts", "/etc/mime.types", "/etc/ssl", "/etc/nsswitch.conf"),
    *("/dev/zero", "/dev/random", "/dev/urandom", "/sys/devices/system"),
    *("/proc/meminfo", "/proc/cpuinfo", "/proc/stat", "/proc/sys"),
)


def grade(
    place: Path,
    *,
    chapter: str | None = None,
    limits: Limits | None = None,
    jobs: int | None = None,
    progress: bool = False,
    each: Callable[[list[Row]], object] = lambda _: None,
) -> list[Row]:
    """A row for each exercise of each notebook in `place`, a folder or a notebook.

    chapter: two digits; by default each notebook's own, read from its cells. jobs: how
    many submissions at once; by default as many as there are cores. each: called with
    the rows of each notebook as soon as they are there, from several threads.
    Raises CourseError when there is no notebook, or no such chapter.
    """
    submissions = find(place)
    if chapter:
        chapter = chapter.zfill(2)
        _exercises(chapter)
    names = _names(submissions)
    return grade_these(submissions, names, chapter, limits, jobs, progress, each)


def grade_elsewhere(
    place: Path,
    on: str,
    *,
    chapter: str | None = None,
    limits: Limits | None = None,
    progress: bool = False,
    each: Callable[[list[Row]], object] = lambda _: None,
) -> list[Row]:
    """As `grade`, by the workers that `elsewhere.workers(on)` finds.

    They are given the code cells, never a path. Raises CourseError as `grade` does, and
    for a worker whose course is another one.
    """
    from aigc_course.grading import apart

    submissions = find(place)
    if chapter:
        chapter = chapter.zfill(2)
        _exercises(chapter)
    named = [
        replace(one, file=name, place=None)
        for name, one in zip(_names(submissions), submissions, strict=True)
    ]
    parts = apart.send(named, chapter, limits or Limits(), on, progress, each)
    return [row for rows in parts for row in rows]


def grade_these(
    submissions: Sequence[Submission],
    names: Sequence[str],
    chapter: str | None,
    limits: Limits | None = None,
    jobs: int | None = None,
    progress: bool = False,
    each: Callable[[list[Row]], object] = lambda _: None,
) -> list[Row]:
    """The rows of submissions that were read already, under these names."""
    places = [one.place for one in submissions if one.place]
    runner = Runner(
        limits or Limits(),
        jobs or cores(),
        reading=readable([*places, *_answers()]),
        hidden=[*places, *_answers()],
    )
    chapters = {chapter or one.chapter for one in submissions if not one.unreadable}
    os.environ[preload.CHAPTERS] = ",".join(sorted(filter(None, chapters)))
    runner.warm_up()
    work = [(one, _ids(one, chapter)) for one in submissions]

    def ended(number: int, found: list[Found]) -> None:
        each(_rows(names[number], submissions[number], chapter, found))

    total = sum(len(ids) for _, ids in work)
    with tqdm(total=total, unit="function", disable=not progress) as bar:
        found = runner.run(work, lambda _: bar.update(), ended)
    together = zip(names, submissions, found, strict=True)
    return [row for n, one, f in together for row in _rows(n, one, chapter, f)]


def cores() -> int:
    """The number of cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def readable(hidden: Sequence[Path]) -> list[Path]:
    """What a student's code may read: Python, its libraries, the course, its data.

    Not: the answers, other hand-ins, and whatever else lies on this machine.
    """
    above = _PACKAGE.parent
    paths = [Path(p) for p in sys.path if p and Path(p).is_dir() and Path(p) != above]
    if above.name in ("site-packages", "dist-packages"):
        paths.append(above)
    data = os.environ.get("AIGC_DATA")
    places = [Path(sys.prefix), Path(sys.base_prefix), _PACKAGE, *paths]
    places += [Path(p) for p in (*_SYSTEM, data) if p and Path(p).exists()]
    # of itself a process may read; the name leads each process to its own folder
    return [*landlock.all_but(places, hidden), Path("/proc/self")]


def _answers() -> list[Path]:
    """Where answers lie: in the package, and beside it in the project's folder."""
    project = _PACKAGE.parent
    beside = [project / name for name in ("solutions", "chapters", "tests")]
    return [_PACKAGE / "exercises", _PACKAGE / "checks", *filter(Path.is_dir, beside)]


def _names(submissions: Sequence[Submission]) -> list[str]:
    """A name for each file that no other has, however alike they look when printed."""
    shown = [_printable(one.file) for one in submissions]
    count: Counter[str] = Counter()
    names = []
    for name in shown:
        count[name] += 1
        names.append(name if count[name] == 1 else f"{name} ({count[name]})")
    return names


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


def _rows(
    name: str, one: Submission, chapter: str | None, results: list[Found]
) -> list[Row]:
    if why := _unreadable(one, chapter):
        return [Row(name, "", "unreadable", 0, 0, "", _printable(why), 0.0)]
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
        way=found.way,
    )


def _printable(text: str) -> str:
    """Without halves of characters and control characters, which no file takes."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() else " " for c in whole)
