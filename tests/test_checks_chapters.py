"""Every exercise of every chapter keeps the contract; chapters show them rightly."""

from pathlib import Path

import pytest
from checks_contract import PROMISES, assert_chapter_shows

from aigc_course.checks import registry

CHAPTERS = Path(__file__).parents[1] / "chapters"
WRITTEN = sorted(
    path
    for path in CHAPTERS.glob("[0-9][0-9]_*.py")
    if path.name[:2] in registry.modules()
)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("exercise", registry.every_exercise(), ids=lambda one: one.id)
def test_exercise(exercise, promise):
    promise(exercise)


def test_ids_are_unique():
    ids = [exercise.id for exercise in registry.every_exercise()]
    assert len(set(ids)) == len(ids) > 0


@pytest.mark.parametrize("number", registry.modules())
def test_each_exercise_has_a_place_of_its_own(number):
    places = [exercise.order for exercise in registry.exercises(number)]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.stem)
def test_chapter_shows_its_exercises(path):
    assert_chapter_shows(path.read_text(encoding="utf-8"), path.name[:2])
