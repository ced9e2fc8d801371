"""Writes the score sheet as CSV and the report for a teacher as Markdown."""

import contextlib
import csv
import io
import os
import threading
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TextIO

from aigc_course.errors import CourseError
from aigc_course.files import write_text
from aigc_course.grading.report import report
from aigc_course.grading.rows import Row

COLUMNS = [field.name for field in fields(Row)]
SO_FAR = "scores-so-far.csv"
# Excel takes a CSV for the system's own encoding unless it begins with this; readers
# that want plain UTF-8 open it with Python's "utf-8-sig"
_MARK = "\ufeff"
# also in full width, as Chinese, Japanese and Korean keyboards write them
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    """One line for each row; columns as in `Row`. Raises CourseError (full disk).

    UTF-8 with a byte order mark, so that Excel shows every name as it is.
    """
    write_text(path, _MARK + _head() + _lines(rows))


def read_csv(path: Path) -> list[Row]:
    """The rows of a sheet that `write_csv` wrote. Raises CourseError."""
    try:
        text = path.read_text("utf-8-sig")
        lines = list(csv.DictReader(io.StringIO(text, newline="")))
        return [_row(line) for line in lines]
    except (OSError, UnicodeError, KeyError, TypeError, ValueError) as error:
        raise CourseError(f"{path} is not a score sheet of ours: {error}.") from error


def write_report(path: Path, rows: Sequence[Row], title: str, conditions: str) -> None:
    """The report of a class; conditions: a sentence on how it was graded."""
    write_text(path, report(rows, title, conditions))


class SoFar:
    """The rows as they come, in a file that goes once the sheet is whole.

    It is there when a grading was interrupted, or the machine went out.
    """

    def __init__(self, folder: Path) -> None:
        """Make the folder and try it. Raises CourseError: nothing is graded in vain."""
        self.path = folder / SO_FAR
        self.lock = threading.Lock()
        self.file: TextIO | None = None
        self.made = [p for p in (folder, *folder.parents) if not p.exists()]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with self.path.open("w"):
                pass
            self.path.unlink()
        except OSError as error:
            reason = error.strerror or str(error)
            raise CourseError(
                f"Cannot write to {folder}: {reason}. Choose another place by --out."
            ) from error

    def add(self, rows: Sequence[Row]) -> None:
        """Append rows; a full disk must not end the grading."""
        try:
            with self.lock:
                if self.file is None:
                    self.file = self.path.open("w", encoding="utf-8", newline="")
                    self.file.write(_MARK + _head())
                self.file.write(_lines(rows))
                self.file.flush()
                os.fsync(self.file.fileno())
        except OSError:
            pass

    def keep(self) -> bool:
        """Leave the file behind; say whether it holds anything. Else leave nothing."""
        self._close()
        kept = self.path.exists()
        for folder in [] if kept else self.made:
            try:
                folder.rmdir()
            except OSError:  # somebody else's files are in it
                break
        return kept

    def remove(self) -> None:
        """The sheet is whole: the file may go."""
        self._close()
        self.path.unlink(missing_ok=True)

    def _close(self) -> None:
        if self.file is not None:
            with contextlib.suppress(OSError):
                self.file.close()


def _head() -> str:
    return ",".join(COLUMNS) + "\n"


def _lines(rows: Sequence[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    for row in rows:
        writer.writerow({name: _tame(value) for name, value in asdict(row).items()})
    return text.getvalue()


def _row(line: dict[str, str]) -> Row:
    """A row from its line; takes off the quote that `_tame` put before a formula."""
    told = {
        name: value[1:] if value[:1] == "'" and _tame(value[1:]) == value else value
        for name, value in line.items()
    }
    return Row(
        file=told["file"],
        exercise=told["exercise"],
        status=told["status"],
        points=int(told["points"]),
        out_of=int(told["out_of"]),
        misconception=told["misconception"],
        message=told["message"],
        seconds=float(told["seconds"]),
        way=told["way"],
    )


def _tame(value: object) -> object:
    """A text that a spreadsheet would run as a formula gets a quote before it."""
    is_formula = isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA)
    return f"'{value}" if is_formula else value
