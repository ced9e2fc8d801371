"""Grade a class of thirty: how long it takes, and whether each gets what it deserves.

Thirty copies of chapter 05: solved, not attempted, with misconceptions mixed in, and
five hostile ones in which every function loops for ever, eats memory, prints without
end, deletes a file or calls exit(). Writes records/grading.json.

    python benchmarks/grading.py
"""

import ast
import csv
import inspect
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import nbformat
from records import record

from aigc_course import checks
from aigc_course.checks.exercise import Exercise
from aigc_course.grading.course import cores
from aigc_course.grading.needs import wanted

CHAPTER = "05"
NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
SOLVED, EMPTY, MIXED = 8, 4, 13
STUB = 'raise NotImplementedError("not attempted yet")'
# what each function of a hostile notebook does, and what the sheet must say of it
HOSTILE = {
    "loops": ("while True:\n        pass", "time limit"),
    "eats": (
        "x = []\n    while True:\n        x.append(bytearray(10**8))",
        "memory limit",
    ),
    "prints": ("while True:\n        print('x' * 1000)", "output limit"),
    "deletes": ("import os\n    os.remove({victim!r})", "forbidden"),
    "exits": ("exit()", "ended itself"),
}
Answers = dict[str, str]  # function: the text of its cell
Deserved = dict[str, str]  # function: misconception or status


def written_out(function: Callable[..., Any], exercise: Exercise) -> str:
    """A function of the checks as a student would write it, helpers included.

    Functions of other exercises are left out, since the notebook has them already.
    """
    others = {e.function for e in checks.exercises(CHAPTER)} - {exercise.function}
    parts: dict[str, str] = {}
    waiting = [(function, exercise.function)]
    while waiting:
        one, called = waiting.pop()
        if called in parts:
            continue
        parts[called], names = undecorated(one, called, exercise.function)
        for used in sorted(names - others):
            value = one.__globals__.get(used)
            if inspect.isfunction(value) and value.__module__.startswith("aigc_course"):
                waiting.append((value, helper_name(used, exercise.function)))
            elif used in one.__globals__:
                parts[used] = as_import(value, used)
    return "\n\n".join(reversed(parts.values()))


def undecorated(
    function: Callable[..., Any], called: str, name: str
) -> tuple[str, set]:
    """Its source, called so, without decorators and annotations; the names it needs.

    name: of the exercise; a wrong answer may call the right one, which is then a
    helper.
    """
    (node,) = ast.parse(inspect.getsource(function)).body
    assert isinstance(node, ast.FunctionDef)
    node.name, node.decorator_list, node.returns = called, [], None
    for argument in (*node.args.args, *node.args.kwonlyargs):
        argument.annotation = None
    names = [part for part in ast.walk(node) if isinstance(part, ast.Name)]
    needed = wanted(function.__code__) | {n.id for n in names if n.id.isupper()}
    for part in names:
        part.id = helper_name(part.id, name)
    return ast.unparse(node), needed


def helper_name(used: str, name: str) -> str:
    """What a helper is called in the notebook."""
    return f"right_{name}" if used == name else used


def as_import(value: object, name: str) -> str:
    """A statement that gives `name` its value."""
    if isinstance(value, ModuleType):
        return f"import {value.__name__} as {name}"
    if isinstance(value, int | float | str):
        return f"{name} = {value!r}"
    home = getattr(value, "__module__", None) or "torch"
    return f"from {home} import {getattr(value, '__name__', name)} as {name}"


def solved(exercises: list[Exercise]) -> tuple[Answers, Deserved]:
    """Every exercise as its reference solves it."""
    texts = {e.function: written_out(e.reference, e) for e in exercises}
    return texts, dict.fromkeys(texts, "passed")


def mixed(exercises: list[Exercise], seed: int) -> tuple[Answers, Deserved]:
    """Some right, some not attempted, some with a misconception."""
    choose = random.Random(seed)
    texts, deserved = solved(exercises)
    for exercise in exercises:
        what, name = (
            choose.choice(("right", "stub", "wrong", "wrong")),
            exercise.function,
        )
        if what == "stub":
            texts[name], deserved[name] = "", "not attempted"
        elif what == "wrong":
            known = choose.choice(exercise.misconceptions)
            texts[name] = written_out(known.wrong, exercise)
            deserved[name] = known.name
    return texts, deserved


def hostile(
    exercises: list[Exercise], kind: str, victim: str
) -> tuple[Answers, Deserved]:
    """Every function does the same bad thing."""
    body, status = HOSTILE[kind]
    text = "def {name}(*arguments):\n    " + body.replace("{victim!r}", repr(victim))
    texts = {e.function: text.replace("{name}", e.function) for e in exercises}
    return texts, dict.fromkeys(texts, status)


def class_of_thirty(
    exercises: list[Exercise], victim: str
) -> Iterator[tuple[str, Answers, Deserved]]:
    """Names, answers and what they deserve."""
    for i in range(SOLVED):
        yield f"solved-{i:02d}", *solved(exercises)
    for i in range(EMPTY):
        yield f"empty-{i:02d}", {}, {e.function: "not attempted" for e in exercises}
    for i in range(MIXED):
        yield f"mixed-{i:02d}", *mixed(exercises, i)
    for kind in HOSTILE:
        yield f"hostile-{kind}", *hostile(exercises, kind, victim)


def write(path: Path, answers: Answers) -> None:
    """The chapter's student notebook with these answers in place of its stubs."""
    (source,) = NOTEBOOKS.glob(f"{CHAPTER}_*.ipynb")
    notebook = nbformat.read(source, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code" and STUB in cell.source:
            name = cell.source.partition("def ")[2].partition("(")[0]
            cell.source = answers.get(name) or cell.source
    nbformat.write(notebook, path)


def graded(folder: Path, out: Path, jobs: int) -> tuple[float, list[dict[str, str]]]:
    """Seconds of `aigc grade`, start-up included, and the rows of its score sheet."""
    words = ["grade", str(folder), "--quiet", "--out", str(out), "--jobs", str(jobs)]
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "aigc_course.cli", *words], check=True)
    seconds = time.perf_counter() - start
    with (out / "scores.csv").open(encoding="utf-8-sig") as file:
        return seconds, list(csv.DictReader(file))


def surprises(rows: list[dict[str, str]], deserved: dict[str, Deserved]) -> list[str]:
    """The rows that say something else than their function deserves."""
    odd = []
    for row in rows:
        want = deserved[row["file"].removesuffix(".ipynb")]
        wanted_here = want[row["exercise"].partition(".")[2]]
        if wanted_here not in (row["status"], row["misconception"]):
            odd.append(f"{row['file']} {row['exercise']}: {row['status']}")
    return odd


@click.command()
@click.option("--jobs", type=int, default=cores(), show_default="cores")
def main(jobs: int) -> None:
    """Make the class, grade it, compare, and write the record."""
    exercises = checks.exercises(CHAPTER)
    with tempfile.TemporaryDirectory() as place:
        folder, victim = Path(place) / "class", Path(place) / "victim"
        folder.mkdir()
        victim.write_text("still here")
        deserved = {}
        for name, answers, deserved[name] in class_of_thirty(exercises, str(victim)):
            write(folder / f"{name}.ipynb", answers)
        seconds, rows = graded(folder, Path(place) / "grades", jobs)
        alive = victim.exists()
    took = [float(row["seconds"]) for row in rows if row["status"] == "passed"]
    figures = {
        "seconds": round(seconds, 1),
        "notebooks": len({row["file"] for row in rows}),
        "functions": len(rows),
        "functions without their deserved verdict": surprises(rows, deserved),
        "file that was to be deleted is still there": alive,
        "seconds of a function that passes, median": statistics.median(took),
    }
    record("grading", figures, chapter=CHAPTER, hostile=len(HOSTILE), jobs=jobs)


if __name__ == "__main__":
    main()
