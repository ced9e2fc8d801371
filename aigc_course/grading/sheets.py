"""Writes the score sheet as CSV and the report for a teacher as Markdown."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

from aigc_course.files import write_text
from aigc_course.grading.report import report
from aigc_course.grading.rows import Row

COLUMNS = [field.name for field in fields(Row)]


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    """One line for each row; columns as in `Row`. Raises CourseError (full disk)."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _tame(value) for name, value in asdict(row).items()})
    write_text(path, text.getvalue())


def write_report(path: Path, rows: Sequence[Row], title: str, conditions: str) -> None:
    """The report of a class; conditions: a sentence on how it was graded."""
    write_text(path, report(rows, title, conditions))


def _tame(value: object) -> object:
    """A text that a spreadsheet would run as a formula gets a quote before it."""
    is_formula = isinstance(value, str) and value.startswith(("=", "+", "-", "@"))
    return f"'{value}" if is_formula else value
