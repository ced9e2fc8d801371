"""A school can take the built notebooks into nbgrader as they are."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbbuild.project import Project
from nbformat import NotebookNode
from tiny import STEM, notebook

pytestmark = pytest.mark.slow

# One process for all of it: nbgrader takes seconds to start. Apart from this one, since
# it warns of its own database.
SCHOOL = """
import json, os, sys
from nbgrader.apps import NbGraderAPI
from nbgrader.plugins import CsvExportPlugin
from traitlets.config import Config

config = Config()
config.CourseDirectory.root = os.getcwd()
config.CourseDirectory.course_id = "course"
api = NbGraderAPI(config=config)
made = api.generate_assignment("gan")
assert made["success"], made["log"]
graded = {student: api.autograde("gan", student) for student in sys.argv[1:]}
with open("failed.json", "w") as file:
    json.dump({name: r["log"] for name, r in graded.items() if not r["success"]}, file)
with api.gradebook as gradebook:
    CsvExportPlugin(to="grades.csv").export(gradebook)
"""


def at_school(
    course: Path, *students: str, failing: tuple[str, ...] = ()
) -> dict[str, tuple[float, float]]:
    """Make the assignment, grade what was handed in: score and most points.

    failing: those whose notebook nbgrader cannot grade; it must say so.
    """
    # nbgrader calls alembic by name
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [sys.executable, "-c", SCHOOL, *students, *failing],
        cwd=course,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    failed = json.loads((course / "failed.json").read_text())
    assert set(failed) == set(failing), "\n".join(failed.values())
    with (course / "grades.csv").open() as file:
        return {
            row["student_id"]: (float(row["score"]), float(row["max_score"]))
            for row in csv.DictReader(file)
        }


def hand_in(course: Path, student: str, answers: NotebookNode) -> None:
    folder = course / "submitted" / student / "gan"
    folder.mkdir(parents=True)
    nbformat.write(answers, folder / f"{STEM}.ipynb")


def answered(project: Project, body: str) -> NotebookNode:
    """The student notebook with an answer in place of the stub."""
    answers = notebook(project, "notebooks")
    (exercise,) = [c for c in answers.cells if c.id == "05-double"]
    exercise.source = f"def double(x):\n    return {body}"
    return answers


def edited(project: Project, how: str) -> NotebookNode:
    """The notebook with a right answer, after an accident or a prank."""
    answers = answered(project, "x + x")
    place = [c.id for c in answers.cells].index("05-double")
    if how == "deleted":
        del answers.cells[place : place + 2]
    elif how == "copied":
        copy = {**answers.cells[place], "id": "copy"}  # as Jupyter copies a cell
        answers.cells.insert(place, NotebookNode(copy))
    elif how == "leaves":
        answers.cells[place].source += "\nimport os; os._exit(0)"
    return answers


def sources(path: Path) -> list[str]:
    return [cell.source for cell in nbformat.read(path, as_version=4).cells]


def test_assignment_is_made_graded_and_exported(built: Project, tmp_path: Path) -> None:
    source = tmp_path / "source" / "gan" / f"{STEM}.ipynb"
    source.parent.mkdir(parents=True)
    shutil.copy(built.built("solutions", STEM), source)
    # what this repository gives to students, not only what nbgrader makes of it
    hand_in(tmp_path, "ann", answered(built, "x + x"))
    hand_in(tmp_path, "eve", notebook(built, "notebooks"))
    bad = ("copied", "leaves")
    for student in ("deleted", *bad):
        hand_in(tmp_path, student, edited(built, student))
    scores = at_school(tmp_path, "ann", "eve", "deleted", failing=bad)
    assert {name: scores.get(name) for name in ("ann", "eve", "deleted")} == {
        "ann": (3, 3),
        "eve": (0, 3),
        "deleted": (0, 3),
    }
    assert all(scores.get(student, (0, 3)) == (0, 3) for student in bad)

    (released,) = (tmp_path / "release").rglob("*.ipynb")
    ours = sources(built.built("notebooks", STEM))
    stub = 'raise NotImplementedError("not attempted yet")'
    theirs = "# YOUR CODE HERE\n        raise NotImplementedError()"
    assert sources(released) == [text.replace(stub, theirs) for text in ours]


def test_a_chapter_is_graded_by_its_own_checks(tmp_path: Path) -> None:
    """Chapter 00 with the real exercise: right, wrong, and not attempted."""
    root, name = Path(__file__).resolve().parents[1], "00_start_here.ipynb"
    (tmp_path / "source" / "gan").mkdir(parents=True)
    shutil.copy(root / "solutions" / name, tmp_path / "source" / "gan" / name)
    bodies = {
        "right": "return (pixels.float() - 127.5) / 127.5",
        "wrong": "return pixels / 255",
        "nothing": 'raise NotImplementedError("not attempted yet")',
    }
    for student, body in bodies.items():
        answers = nbformat.read(root / "notebooks" / name, as_version=4)
        (exercise,) = [c for c in answers.cells if c.id == "00-ex-to-tanh-range"]
        exercise.source = f"def to_tanh_range(pixels):\n    {body}"
        folder = tmp_path / "submitted" / student / "gan"
        folder.mkdir(parents=True)
        nbformat.write(answers, folder / name)
    scores = at_school(tmp_path, *bodies)
    assert scores == {"right": (1, 1), "wrong": (0, 1), "nothing": (0, 1)}
