"""Right answers pass and wrong ones are refused, however they are written."""

import pytest

from aigc_course.checks import registry
from tests import answers

CHAPTERS = answers.chapters()
EXERCISES = [one.id for number in CHAPTERS for one in registry.exercises(number)]


def of_exercise(id):
    return [one for one in answers.of_chapter(id[:2]) if one.exercise == id]


# by chapter, since each answer is judged once in a process
@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", CHAPTERS)
def test_answers_are_judged_rightly(number):
    amiss = [
        f"{one.exercise}, {one.function.__name__}: {answers.verdict(one)}"
        for one in answers.of_chapter(number)
        if answers.verdict(one).passed != one.should_pass
    ]
    assert not amiss, "\n".join(["judged wrongly:", *amiss])
    counts = answers.count(number)
    assert counts.accepted >= 0.98 * counts.right, counts
    assert counts.refused >= 0.97 * counts.wrong, counts
    assert counts.named >= 0.6 * counts.wrong, counts


@pytest.mark.parametrize("id", EXERCISES)
def test_each_exercise_has_five_answers_of_each_kind(id):
    kinds = [one.is_right for one in of_exercise(id)]
    assert kinds.count(True) >= 5, "fewer than five right ones"
    assert kinds.count(False) >= 5, "fewer than five wrong ones"


@pytest.fixture
def declared(monkeypatch):
    monkeypatch.setattr(answers, "_answers", {})
    return answers._answers


def test_declared_answers_are_found_and_judged(declared):
    @answers.right("00.to_tanh_range")
    def scaled(pixels):
        return pixels.float() / 127.5 - 1

    @answers.wrong("00.to_tanh_range")
    def halved(pixels):
        return pixels / 255

    found = list(declared.values())
    assert [one.name for one in found] == [
        "00.to_tanh_range-scaled",
        "00.to_tanh_range-halved",
    ]
    assert [answers.verdict(one).passed for one in found] == [True, False]
    assert [one.should_pass for one in found] == [True, False]


def test_an_exception_turns_what_is_expected(declared):
    @answers.right("00.to_tanh_range", refused_because="it takes an hour")
    def slow(pixels): ...

    @answers.wrong("00.to_tanh_range", accepted_because="no input shows it")
    def lucky(pixels): ...

    assert [one.should_pass for one in declared.values()] == [False, True]
