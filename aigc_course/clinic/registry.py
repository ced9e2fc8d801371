"""Finds the patients: each module in clinic/patients that holds one."""

import linecache
import pkgutil
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from aigc_course.checks.verdict import Page, code, paragraph
from aigc_course.clinic.patient import WARDS, Function, Patient
from aigc_course.errors import CourseError

_FOLDER = Path(__file__).parent / "patients"
_NO_PATIENT = ("claims",)


@cache
def modules() -> tuple[str, ...]:
    """The names of the patients' modules; nothing is loaded."""
    found = (info.name for info in pkgutil.iter_modules([str(_FOLDER)]))
    return tuple(n for n in found if n[0] != "_" and n not in _NO_PATIENT)


def names(ward: str | None = None) -> list[str]:
    """The patients' ids by ward, number and id; those of one ward where it is named.

    >>> "generator_loss" in names("A")
    True
    """
    if ward is not None and ward not in WARDS:
        raise CourseError(f"The wards are {', '.join(WARDS)}; there is no {ward!r}.")
    every = sorted(map(get, modules()), key=lambda p: (p.ward, p.number or 99, p.id))
    return [one.id for one in every if ward in (None, one.ward)]


def get(name: "str | Patient") -> Patient:
    """The patient with this id; a Patient is given back.

    Raises CourseError for an unknown id, naming those that look like it.
    """
    if isinstance(name, Patient):
        return name
    if name not in modules():
        near = get_close_matches(str(name), modules(), n=3, cutoff=0.4)
        hint = f" Near it: {', '.join(near)}." if near else ""
        raise CourseError(
            f"There is no patient {name!r}; `aigc clinic --list` shows them all.{hint}"
        )
    found: Patient = import_module(f"aigc_course.clinic.patients.{name}").patient
    if found.id != name:
        raise CourseError(f"patients/{name}.py holds {found.id}; the two must agree.")
    return found


def patient(name: "str | Patient") -> Function:
    """The sick code as a function or class of its own, for the learner to call.

    A traceback shows its lines as the learner has read them.
    """
    one = get(name)
    text, file = one.code(), f"<patient {one.id}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    space: dict[str, Any] = dict(vars(import_module(one.sick.__module__)))
    space["__name__"] = "patient"
    exec(compile(text, file, "exec"), space)
    made: Function = space[one.name]
    return made


def show(name: "str | Patient") -> Page:
    """What the learner gets of a patient: its symptom and its code."""
    one = get(name)
    title = f"{one.id} (ward {one.ward}, {WARDS[one.ward]}): {one.title}"
    text = f"  {one.symptom}\n\n{one.code()}"
    return Page(title, text, paragraph(one.symptom) + code(one.code()))


def claims() -> Any:
    """The statements of the 25th mistake, each to be checked instead of repeated."""
    return import_module("aigc_course.clinic.patients.claims").STATEMENTS
