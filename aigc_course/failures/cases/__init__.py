"""The cases, one in each module, in the order of their letters.

A module of this folder declares its `case`; there is no list of them.
"""

import pkgutil
from importlib import import_module

from aigc_course.errors import CourseError
from aigc_course.failures.case import Case


def _found() -> dict[str, Case]:
    modules = [
        import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)
    ]
    cases: list[Case] = [module.case for module in modules]
    return {one.letter: one for one in sorted(cases, key=lambda one: one.letter)}


CASES = _found()
DIAGNOSES = tuple(sorted(one.name for one in CASES.values()))


def case(which: str | Case) -> Case:
    """The case with this letter. Raises CourseError for another."""
    if isinstance(which, Case):
        return which
    if which not in CASES:
        first, *_, last = CASES
        raise CourseError(f"There is no case {which!r}; there are {first} to {last}.")
    return CASES[which]
