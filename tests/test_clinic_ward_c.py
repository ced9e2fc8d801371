"""The patients of ward C: complete, silent, and exposed by their reference tests."""

import math

import pytest

from aigc_course import clinic
from aigc_course.clinic.sound import complaints

NAMES = [name for name in clinic.names() if name.startswith("c_")]


def test_there_are_enough() -> None:
    assert len(NAMES) >= 15
    assert all(clinic.get(name).ward == "C" for name in NAMES)
    assert all(clinic.get(name).number == 0 for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_is_sound(name: str) -> None:
    assert complaints(name) == []


@pytest.mark.parametrize("name", NAMES)
def test_is_silent(name: str) -> None:
    """The sick training runs to its end with finite numbers, and shows its symptom."""
    sick = clinic.curves(name, 12)
    healthy = clinic.curves(name, 12, healthy=True)
    assert all(math.isfinite(v) for curve in sick.values() for v in curve)
    shown = clinic.get(name).figure[1]
    assert sick[shown] != healthy[shown]


@pytest.mark.parametrize("name", NAMES)
def test_says_where_it_was_reported(name: str) -> None:
    patient = clinic.get(name)
    for words in (patient.origin, patient.symptom, patient.cause):
        assert words.endswith(".") and len(words) > 40
    assert "#" not in patient.code()


def test_the_error_of_mirrored_copies_is_that_of_the_symptom() -> None:
    sick = clinic.curves("c_split_after_flips")["error on the test images"]
    assert "is 0.37." in clinic.get("c_split_after_flips").symptom
    assert sum(sick) / len(sick) == pytest.approx(0.37, abs=0.01)
