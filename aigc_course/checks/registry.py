"""Finds exercises by id; an exercise, and torch with it, is loaded when it is needed.

Exercise "05.slerp" is the name `exercise` of aigc_course/exercises/ch05/slerp.py. There
is no list of them: the folder is the list.
"""

import pkgutil
import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from pathlib import Path

from aigc_course.checks.exercise import Exercise
from aigc_course.errors import CourseError

_EXERCISES = "aigc_course.exercises"
_FOLDER = Path(__file__).parents[1] / "exercises"
_CHAPTER = re.compile(r"ch(\d\d)")


@cache
def modules() -> dict[str, list[str]]:
    """Chapter numbers with the names of their exercises; imports none of them.

    Modules whose name begins with an underscore are helpers, not exercises.

    >>> modules()["00"]
    ['to_tanh_range']
    """
    found: dict[str, list[str]] = {}
    for folder in sorted(_FOLDER.iterdir()):
        if match := _CHAPTER.fullmatch(folder.name):
            names = [info.name for info in pkgutil.iter_modules([str(folder)])]
            found[match[1]] = [name for name in names if not name.startswith("_")]
    return {number: names for number, names in found.items() if names}


def exercises(chapter: str | int) -> list[Exercise]:
    """The exercises of a chapter, sorted by their `order`.

    chapter: 5, "5" or "05". Raises CourseError when the chapter has no exercises.
    """
    number = str(chapter).zfill(2)
    if number not in modules():
        raise CourseError(
            f"Chapter {number} has no exercises; chapters {_listed(modules())} have."
        )
    loaded = [_load(number, name) for name in modules()[number]]
    return sorted(loaded, key=lambda exercise: exercise.order)


def every_exercise() -> list[Exercise]:
    """All exercises of all chapters."""
    return [exercise for number in modules() for exercise in exercises(number)]


def get(id: str) -> Exercise:
    """The exercise with this id; no other one is loaded.

    Raises CourseError for an unknown id, naming those that look like it.
    """
    if not isinstance(id, str):
        raise CourseError(
            'The first argument is the id of the exercise, such as "00.to_tanh_range";'
            f" this one is of type {type(id).__name__}."
        )
    number, _, name = id.partition(".")
    if name not in modules().get(number, []):
        raise CourseError(_unknown(id))
    return _load(number, name)


def _load(number: str, name: str) -> Exercise:
    module = import_module(f"{_EXERCISES}.ch{number}.{name}")
    exercise: Exercise = module.exercise
    if exercise.id != f"{number}.{name}":
        raise CourseError(
            f"exercises/ch{number}/{name}.py holds exercise {exercise.id}; it has to be"
            f" {number}.{name}, after its folder and file."
        )
    return exercise


def _unknown(id: str) -> str:
    ids = [f"{number}.{name}" for number in modules() for name in modules()[number]]
    near = get_close_matches(id, ids, n=3, cutoff=0.5)
    if near:
        return f'There is no exercise "{id}". Near it: {_listed(near)}.'
    chapters = _listed(modules())
    return f'There is no exercise "{id}". Chapters with exercises: {chapters}.'


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
