"""The learner builds: few exercises transcribe, and every family is written once."""

import exercises_table
import pytest

from aigc_course.checks import registry

CHAPTERS = sorted(registry.modules())
BUILT = ("04", "05", "06", "08", "09", "10", "11", "15")


@pytest.mark.parametrize("number", CHAPTERS)
def test_at_most_a_third_transcribe_a_displayed_formula(number):
    found = exercises_table.counts(number)
    assert 3 * found["formula"] <= sum(found.values()), found


@pytest.mark.parametrize("number", BUILT)
def test_a_network_or_a_training_step_is_written(number):
    found = exercises_table.counts(number)
    assert found["network"] + found["step"] >= 1, found


@pytest.mark.parametrize("number", CHAPTERS)
def test_a_network_knows_six_mistakes(number):
    for exercise in registry.exercises(number):
        if exercise.asks == "network":
            assert len(exercise.misconceptions) >= 6, exercise.id


def test_the_table_has_every_chapter_and_exercise():
    table = exercises_table.summary(CHAPTERS)
    assert [row[2:4] for row in table.split("\n")[2:]] == CHAPTERS
    every = [exercise.id for exercise in registry.exercises("05")]
    assert all(f"| {name} |" in exercises_table.details("05") for name in every)
