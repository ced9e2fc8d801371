"""Finds exercises by id. A chapter's module, and torch with it, loads when needed."""

import pkgutil
import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from pathlib import Path

from aigc_course.checks.exercise import Exercise
from aigc_course.errors import CourseError

_MODULE = re.compile(r"ch(\d\d)(_\w+)?")  # ch05, and parts of it such as ch05_training


@cache
def modules() -> dict[str, list[str]]:
    """Chapter numbers that have exercises, each with its modules; imports none.

    >>> modules()["00"]
    ['ch00']
    """
    names = [info.name for info in pkgutil.iter_modules([str(Path(__file__).parent)])]
    found: dict[str, list[str]] = {}
    for name in sorted(names):
        if match := _MODULE.fullmatch(name):
            found.setdefault(match[1], []).append(name)
    return found


def exercises(chapter: str | int) -> list[Exercise]:
    """The exercises of a chapter in order.

    chapter: 5, "5" or "05". Raises CourseError when the chapter has no exercises.
    """
    number = str(chapter).zfill(2)
    if number not in modules():
        raise CourseError(
            f"Chapter {number} has no exercises; chapters {_listed(modules())} have."
        )
    package = __name__.rpartition(".")[0]
    parts = [import_module(f"{package}.{name}") for name in modules()[number]]
    return [exercise for part in parts for exercise in part.chapter.exercises]


def every_exercise() -> list[Exercise]:
    """All exercises of all chapters."""
    return [exercise for number in modules() for exercise in exercises(number)]


def get(id: str) -> Exercise:
    """The exercise with this id.

    Raises CourseError for an unknown id, naming those that look like it.
    """
    if not isinstance(id, str):
        raise CourseError(
            'The first argument is the id of the exercise, such as "00.to_tanh_range";'
            f" this one is of type {type(id).__name__}."
        )
    number = id.partition(".")[0]
    known = exercises(number) if number in modules() else []
    for exercise in known:
        if exercise.id == id:
            return exercise
    raise CourseError(_unknown(id))


def _unknown(id: str) -> str:
    ids = [exercise.id for exercise in every_exercise()]
    near = get_close_matches(id, ids, n=3, cutoff=0.5)
    if near:
        return f'There is no exercise "{id}". Near it: {_listed(near)}.'
    chapters = _listed(modules())
    return f'There is no exercise "{id}". Chapters with exercises: {chapters}.'


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
