"""The score sheet and the report on a class."""

import csv
import re

import pytest

from aigc_course.errors import CourseError
from aigc_course.grading import Row, write_csv, write_report
from aigc_course.grading.report import report
from aigc_course.grading.sheets import COLUMNS

SAYS = "Use `a[i] | b`, not <b>."


def row(file, exercise, status="passed", misconception="", message="", out_of=2):
    points = out_of if status == "passed" else 0
    return Row(file, exercise, status, points, out_of, misconception, message, 0.25)


ROWS = [
    row("ann.ipynb", "05.slerp", out_of=3),
    row("ann.ipynb", "05.size", "misconception", "sum", SAYS),
    row("bob.ipynb", "05.slerp", "not attempted", out_of=3),
    row("bob.ipynb", "05.size", "misconception", "sum", f"{SAYS} A note."),
    row("cy|<b>.ipynb", "05.slerp", "misconception", "line", "A line.", out_of=3),
    row("cy|<b>.ipynb", "05.size", "misconception", "ratio", "A ratio."),
    row("eve.ipynb", "05.slerp", "time limit", message="Too long.", out_of=3),
    row("eve.ipynb", "05.size", "time limit", message="Not run."),
    row("zero.ipynb", "", "unreadable", message="Empty.", out_of=0),
    row("old.ipynb", "00.range", "error", message="=1+1", out_of=1),
]


def cells(line):
    """The cells of a row of a table; an escaped bar is none of its borders."""
    return [part.strip() for part in re.split(r"(?<!\\)\|", line)[1:-1]]


def table(heading, text):
    """The rows of the table below a heading, as lists of cells."""
    below = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [cells(line) for line in below.splitlines() if line.startswith("|")]
    assert len({len(line) for line in lines}) <= 1, "a row is longer than the others"
    return lines[:1] + lines[2:]


@pytest.fixture
def text():
    return report(ROWS, "class of <2026>", "Conditions.")


def test_scores_are_points_and_a_sign_for_each_exercise(text):
    assert table("Chapter 05: scores", text) == [
        ["notebook", "points", "share", "`slerp`", "`size`"],
        ["ann.ipynb", "3/5", "60%", "✓", "◐"],
        ["bob.ipynb", "0/5", "0%", "○", "◐"],
        [r"cy\|&lt;b&gt;.ipynb", "0/5", "0%", "◐", "◐"],
        ["eve.ipynb", "0/5", "0%", "!", "!"],
    ]
    (_, old) = table("Chapter 00: scores", text)
    assert old == ["old.ipynb", "0/1", "0%", "✗"]


def test_exercises_tell_how_many_passed_and_tried(text):
    _, slerp, size = table("Chapter 05: exercises", text)
    assert slerp == ["`05.slerp`", "1 of 4", "3", "3", "`line` (1)"]
    assert size == ["`05.size`", "0 of 4", "4", "2", "`sum` (2)"]


def test_misconceptions_are_counted_the_most_frequent_first(text):
    _, first, *others = table("Chapter 05: misconceptions", text)
    assert first == ["2", "`05.size`", "`sum`", r"Use `a[i] \| b`, not &lt;b&gt;."]
    assert {tuple(other[:3]) for other in others} == {
        ("1", "`05.slerp`", "`line`"),
        ("1", "`05.size`", "`ratio`"),
    }
    below = text.partition("## Chapter 00: misconceptions")[2]
    assert below.startswith("\n\nNone was recognised.")


def test_trouble_is_named_with_its_reason(text):
    assert text.endswith(
        "## To look at\n\n"
        "- **eve.ipynb**: time limit (`05.slerp`, `05.size`). Too long. (1 more in the"
        " score sheet)\n"
        "- **zero.ipynb**: unreadable. Empty.\n"
        "- **old.ipynb**: error (`00.range`). =1+1\n"
    )
    assert "6 notebooks; 3 of them to look at." in text
    assert "# Grades: class of &lt;2026&gt;" in text and "Conditions." in text


def test_a_class_without_trouble():
    text = report(ROWS[:1], "class", "")
    assert text.endswith("## To look at\n\nNothing.\n") and "1 notebook;" in text


def test_the_sheet_has_a_line_for_each_row(tmp_path):
    write_csv(tmp_path / "scores.csv", ROWS)
    with (tmp_path / "scores.csv").open(encoding="utf-8-sig") as file:
        first, *others = csv.DictReader(file)
    assert list(first) == COLUMNS
    assert COLUMNS == [
        "file",
        "exercise",
        "status",
        "points",
        "out_of",
        "misconception",
        "message",
        "seconds",
        "way",
    ]
    assert (first["points"], first["out_of"], first["seconds"]) == ("3", "3", "0.25")
    assert len(others) == len(ROWS) - 1
    assert others[-1]["message"] == "'=1+1"  # no spreadsheet runs it


def test_files_are_written_whole_or_not_at_all(tmp_path, monkeypatch):
    write_report(tmp_path / "report.md", ROWS, "class", "")
    before = (tmp_path / "report.md").read_text()
    (tmp_path / "file").write_text("")
    with pytest.raises(CourseError, match="Cannot write"):
        write_csv(tmp_path / "file" / "scores.csv", ROWS)
    monkeypatch.setattr(
        "os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "full"))
    )
    with pytest.raises(CourseError, match="full"):
        write_report(tmp_path / "report.md", ROWS[:1], "class", "")
    assert (tmp_path / "report.md").read_text() == before
    assert {path.name for path in tmp_path.iterdir()} == {"report.md", "file"}


@pytest.mark.parametrize(
    "message",
    [
        "![see](http://127.0.0.1/x.png) [click](http://x) **PASSED** <script>",
        "in line 2, `exit() # ` ![x](http://127.0.0.1/x) ` `: stopped.",
        "`` ![x](http://127.0.0.1/x) ``",
        "~~no~~ # head __bold__ \\![x](http://x)",
    ],
)
def test_what_a_student_wrote_is_no_markup(message):
    text = report([row("eve.ipynb", "05.size", "error", message=message)], "class", "")
    line = text.splitlines()[-1]
    outside = "".join(line.partition("(`05.size`). ")[2].split("`")[::2])
    assert not re.search(r"(?<!\\)(\\\\)*[\[!~#]", outside), line
    assert "<script" not in line


@pytest.mark.parametrize("first", "=+-@＝＋－＠")
def test_no_cell_is_a_formula_in_full_width_either(tmp_path, first):
    write_csv(tmp_path / "a.csv", [row(f"{first}1+1.ipynb", "05.size")])
    content = (tmp_path / "a.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")  # Excel knows it as UTF-8 by this
    assert f"\n'{first}1+1.ipynb," in content.decode("utf-8-sig")
