"""What a learner gets as files, and what comes back: a patient, a stub, an answer."""

import ast
import inspect
import re
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_course import files
from aigc_course.clinic import registry
from aigc_course.clinic.patient import WARDS, Patient
from aigc_course.errors import CourseError

if TYPE_CHECKING:
    from aigc_course.clinic.mutants import Mutant

MOST = 2**20  # bytes of an answer
_HEAD = re.compile(r"^# aigc clinic: (?:mutant (\d+)|(\w+))\s*$", re.M)

# types of the clinic's own may stand in a signature
_LATER = "from __future__ import annotations"

_READ_ME = """{title}

{symptom}

patient.py holds the code. It has one bug.
answer.py is yours: write a test in it{repair}.
Then judge it:

    aigc clinic --check {place}
"""
_TEST = '''# aigc clinic: {whose}
"""Write the test{repair}; `aigc clinic --check` judges this file."""

{imports}


def test({name}):
    """Assert what holds for every healthy version, and for no form of the bug.

    It is called with the function or class itself:
    {call}
    """
    ...
'''


@dataclass(frozen=True)
class Answer:
    """A learner's file. whose: the id of a patient, or "mutant 17"."""

    whose: str
    text: str
    file: str


def find(whose: str) -> Patient:
    """The patient of an answer."""
    number = whose.removeprefix("mutant ")
    if number == whose:
        return registry.get(whose)
    from aigc_course.clinic import mutants

    return mutants.make(int(number)).patient


def write_patient(name: str, folder: Path) -> list[Path]:
    """Write a patient's files into a folder; what lies there under these names stays.

    Raises CourseError where one of them lies there already, or cannot be written.
    """
    one = registry.get(name)
    call = f"{one.name}{_arguments(one)}"
    code = f"{_imports(one)}\n\n\n{one.code()}"
    title = f"{one.id} (ward {one.ward}, {WARDS[one.ward]}): {one.title}"
    stub = _TEST.format(
        whose=one.id,
        repair=", and repair the code",
        imports=_imports(one),
        name=one.name,
        call=call,
    )
    stub += f"\n\n# The patient. Repair it here.\n{one.code()}"
    more = ", and repair the code at its end"
    return _write(folder, title, one.symptom, code, stub, more)


def write_mutant(mutant: "Mutant", folder: Path) -> list[Path]:
    """The same for a mutant of the course's own code; only a test is asked for."""
    stub = _TEST.format(
        whose=f"mutant {mutant.number}",
        repair="",
        imports=f"{_LATER}\n\nimport torch",
        name=mutant.name,
        call=mutant.call,
    )
    title = f"Mutant {mutant.number} of the course's own code"
    return _write(folder, title, mutant.symptom, mutant.source, stub, "")


def read_answer(file: Path) -> Answer:
    """A learner's file.

    Raises CourseError for what is no Python, names no patient, or cannot be read.
    """
    try:
        text = files.read_bytes(file, MOST).decode("utf-8-sig")
        ast.parse(text)
    except UnicodeDecodeError:
        raise CourseError(f"{file} is no text in UTF-8.") from None
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        where = f" in line {line}" if line else ""
        reason = getattr(error, "msg", str(error)) or type(error).__name__
        raise CourseError(f"{file} is no Python{where}: {reason}.") from None
    head = _HEAD.search(text)
    if head is None:
        raise CourseError(
            f"{file} does not say whose it is: give it a line such as"
            " `# aigc clinic: generator_loss` or `# aigc clinic: mutant 17`."
        )
    whose = head[2] or f"mutant {head[1]}"
    if head[2]:
        registry.get(whose)
    return Answer(whose, text, str(file))


def _write(
    folder: Path, title: str, symptom: str, code: str, stub: str, repair: str
) -> list[Path]:
    place = folder / "answer.py"
    read_me = _READ_ME.format(title=title, symptom=symptom, repair=repair, place=place)
    texts = {"patient.py": code, "answer.py": stub, "README.txt": read_me}
    for name in texts:
        if (folder / name).exists():
            raise CourseError(
                f"{folder / name} is there already: choose another folder for --out."
            )
    for name, text in texts.items():
        files.write_text(folder / name, text)
    return [folder / name for name in texts]


def _arguments(one: Patient) -> str:
    names = inspect.signature(one.sick).parameters
    return f"({', '.join(names)})"


def _imports(one: Patient) -> str:
    """The imports that the sick code needs, as text."""
    module = import_module(one.sick.__module__)
    used = {n.id for n in ast.walk(ast.parse(one.code())) if isinstance(n, ast.Name)}
    lines = [f"{_LATER}\n", "import torch"]
    for node in ast.parse(inspect.getsource(module)).body:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        if "clinic" in str(getattr(node, "module", "")):
            continue
        kept = [a for a in node.names if (a.asname or a.name).split(".")[0] in used]
        if kept:
            node.names = kept
            lines.append(ast.unparse(node))
    return "\n".join(dict.fromkeys(lines))
