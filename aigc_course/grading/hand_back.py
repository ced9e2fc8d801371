"""From rows to what a class gets back: a gradebook, pages, a list of what is left over.

The names of students come from the class list alone; nothing is sent anywhere.
"""

import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aigc_course.checks import registry
from aigc_course.checks.exercise import Exercise
from aigc_course.errors import CourseError
from aigc_course.files import whole_file, write_text
from aigc_course.grading import feedback
from aigc_course.grading.gradebook import gradebook, number, results, written
from aigc_course.grading.marks import Marks, marks, possible
from aigc_course.grading.matching import Matched, match
from aigc_course.grading.roster import Roster, Student
from aigc_course.grading.rows import Row

PAGES, UNMATCHED, TOTALS = "feedback", "unmatched.md", "totals.csv"
_FOLDER = re.compile(r"[^/]+_\d+_assignsubmission_[^/]*")


@dataclass(frozen=True)
class HandedBack:
    """What was written. lost: file -> why it is nobody's. absent: their names."""

    gradebook: Path
    pages: int
    lost: Mapping[str, str]
    absent: Sequence[str]


def hand_back(
    rows: Sequence[Row],
    roster: Roster,
    out: Path,
    *,
    place: Path | None = None,
    partial: float = 0.0,
) -> HandedBack:
    """Write the gradebook, totals, a page for each student and what matched nobody.

    place: the folder handed in. partial: see `marks`. Raises CourseError when no
    notebook matches any student, and for a full disk.
    """
    found = match(rows, roster, place)
    if not found.rows:
        first = next(iter(found.lost.items()), ("", "There is no row."))
        raise CourseError(
            f"No notebook matches a student of the roster. {first[0]}: {first[1]} Name"
            " notebooks or folders by login, number, address or full name."
        )
    out_of = possible(rows)
    of = {who: marks(own, out_of, partial) for who, own in found.rows.items()}
    lookup = feedback.lookup_in(_exercises(out_of))
    words = {who: feedback.summary(one) for who, one in of.items()}
    path = out / f"{roster.lms}.csv"
    write_text(path, gradebook(roster, of, out_of, words))
    write_text(out / TOTALS, _totals(roster, of, out_of))
    names = _pages(out / PAGES, of, partial, lookup)
    if roster.lms == "moodle":
        _moodle_zip(out, names, found.rows)
    if roster.lms == "gradescope":
        _results(out / "results", names, of, partial, lookup)
    absent = [one.name or one.keys[0] for one in roster.students if one not in of]
    write_text(out / UNMATCHED, _left_over(found, absent))
    return HandedBack(path, len(of), found.lost, absent)


def _exercises(chapters: Mapping[str, float]) -> dict[str, Exercise]:
    known = registry.modules()
    listed = [registry.exercises(one) for one in chapters if one in known]
    return {exercise.id: exercise for own in listed for exercise in own}


def _totals(
    roster: Roster, of: Mapping[Student, Marks], out_of: Mapping[str, float]
) -> str:
    """A line for each student, whatever the platform: for a spreadsheet."""
    chapters = [f"chapter {one}" for one in out_of]
    columns = ["line", "student", *chapters, "total", "out of", "share"]
    lines = []
    for student, got in of.items():
        cells = {f"chapter {c}": number(v) for c, v in got.points.items()}
        most = sum(out_of.values())
        cells |= {"line": str(student.line), "student": student.name}
        cells |= {"total": number(got.total), "out of": number(most)}
        cells["share"] = f"{got.total / most:.3f}" if most else ""
        lines.append(cells)
    return written(columns, sorted(lines, key=lambda one: int(one["line"])))


def _pages(
    folder: Path, of: Mapping[Student, Marks], partial: float, lookup: feedback.Lookup
) -> dict[Student, Path]:
    """Write them; the names of the files are the students' own, made safe."""
    paths: dict[Student, Path] = {}
    used: set[str] = set()
    for student, got in of.items():
        stem = re.sub(r"[^\w-]+", "-", student.name or student.keys[0]).strip("-")
        stem = stem[:80] or "student"
        if stem.casefold() in used:
            stem = f"{stem}-line-{student.line}"
        used.add(stem.casefold())
        paths[student] = folder / f"{stem}.html"
        text = feedback.page(student.name or student.keys[0], got, partial, lookup)
        _write(paths[student], text)
    return paths


def _write(path: Path, text: str) -> None:
    """Many small files: each plainly written, since flushing each takes too long."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", errors="backslashreplace", newline="\n")
    except OSError as error:
        reason = error.strerror or str(error)
        raise CourseError(f"Cannot write {path}: {reason}.") from error


def _moodle_zip(
    out: Path, pages: Mapping[Student, Path], rows: Mapping[Student, Sequence[Row]]
) -> None:
    """The pages in the folders that Moodle named, as its feedback upload wants them."""
    named = {}
    for student, page in pages.items():
        hits = [_FOLDER.search(row.file) for row in rows[student]]
        if folder := next((hit.group() for hit in hits if hit), ""):
            named[f"{folder}/feedback.html"] = page
    if not named:
        return
    with (
        whole_file(out / "moodle-feedback.zip") as path,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name, page in named.items():
            made.write(page, name)


def _results(
    folder: Path,
    pages: Mapping[Student, Path],
    of: Mapping[Student, Marks],
    partial: float,
    lookup: feedback.Lookup,
) -> None:
    for student, page in pages.items():
        said = feedback.sentences(of[student], lookup)
        value = results(of[student], partial, said)
        _write(folder / f"{page.stem}.json", json.dumps(value, indent=1))


def _left_over(found: Matched, absent: Sequence[str]) -> str:
    """Notebooks that are nobody's, and students without one, as Markdown."""
    from aigc_course.grading.report import _cell

    lost = [f"- {_cell(file)}: {_cell(why)}" for file, why in found.lost.items()]
    without = [f"- {_cell(name)}" for name in absent]
    return (
        "# Left over\n\n## Notebooks that match no student\n\n"
        + ("\n".join(lost) or "None.")
        + "\n\n## Students without a notebook\n\n"
        + ("\n".join(without) or "None.")
        + "\n"
    )
