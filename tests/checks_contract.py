"""What every exercise must keep; `assert_sound` proves the checker of one exercise.

For the author of a chapter module:

    @pytest.mark.parametrize("exercise", checks.exercises("05"), ids=lambda e: e.id)
    def test_sound(exercise):
        assert_sound(exercise)
"""

import copy
import math
import re
from collections.abc import Callable

import torch

from aigc_course import checks
from aigc_course.checks.exercise import Exercise
from aigc_course.checks.judge import judge
from aigc_course.checks.outcome import outcome, unlike


def assert_sound(exercise: Exercise) -> None:
    """Run every assertion below on one exercise."""
    for promise in PROMISES:
        promise(exercise)


def assert_complete(exercise: Exercise) -> None:
    """Names, numbers and sentences are all there."""
    assert re.fullmatch(r"\d\d\.[a-z]\w*", exercise.id), f"{exercise.id}: odd id"
    name = exercise.reference.__name__
    assert name == exercise.function, f"{exercise.id}: the reference is called {name}"
    assert 1 <= exercise.difficulty <= 5 and 1 <= exercise.minutes <= 60
    assert exercise.probes or exercise.behave, "nothing to compare answers on"
    assert exercise.checks, "no property"
    assert exercise.alternatives, "no differently written right answer"
    assert len(exercise.misconceptions) >= 3, "fewer than three misconceptions"
    assert len(exercise.hints) == 3
    sentences = [*exercise.hints, exercise.variation]
    sentences += [rule.says for rule in exercise.checks]
    sentences += [known.says for known in exercise.misconceptions]
    for sentence in sentences:
        assert len(sentence) > 8 and sentence.endswith("."), (
            f"no sentence: {sentence!r}"
        )
    assert len(set(sentences)) == len(sentences), "a sentence stands twice"
    assert f"def {exercise.function}" in exercise.source().splitlines()[0]


def assert_right_answers_pass(exercise: Exercise) -> None:
    """The reference and each alternative pass, whatever the random state is."""
    for right in (exercise.reference, *exercise.alternatives):
        for seed in (0, 1):
            torch.manual_seed(seed)
            verdict = judge(exercise, right)
            assert verdict.passed, f"{right.__name__} is right, but: {verdict}"


def assert_misconceptions_are_recognised(exercise: Exercise) -> None:
    """Each gets its own message, and fails even where it is not recognised."""
    unaware = copy.copy(exercise)
    unaware.misconceptions = []
    want = outcome(exercise, exercise.reference)
    for known in exercise.misconceptions:
        got = outcome(exercise, known.wrong, want)
        assert unlike(exercise, got, want), f"{known.name} does what the reference does"
        verdict = judge(exercise, known.wrong)
        assert verdict.status == "misconception", f"{known.name}: {verdict}"
        assert verdict.misconception == known.name, f"{known.name}: {verdict}"
        assert verdict.message.startswith(known.says)
        assert verdict.hint_level == known.hint_level
        assert not judge(unaware, known.wrong).passed, f"{known.name} would pass"


def assert_stubs_are_not_attempts(exercise: Exercise) -> None:
    """An unattempted exercise is called that, however its stub is written."""
    for stub in (raising_stub, empty_stub, dotted_stub):
        verdict = judge(exercise, stub)
        assert verdict.status == "not attempted", f"{stub.__name__}: {verdict}"
        assert "not attempted yet" in str(verdict)


def assert_bad_answers_get_a_sentence(exercise: Exercise) -> None:
    """A crash and nonsense neither pass nor raise; each is answered in a sentence."""
    crashed = judge(exercise, crash)
    assert crashed.status == "error", str(crashed)
    assert "ZeroDivisionError" in crashed.message and crashed.message.endswith(".")
    for nonsense in (nothing, text, not_a_number):
        verdict = judge(exercise, nonsense)
        assert verdict.failed, f"{nonsense.__name__}: {verdict}"
        assert verdict.message.endswith("."), verdict.message


def assert_chapter_shows(text: str, number: str) -> None:
    """A chapter's text has each exercise's header as registered, once, and uses it.

    The header is written out, or left to the builder as {{exercise 05.interpolate}}.
    """
    registered = checks.exercises(number)
    filled = re.sub(r"{{exercise (\S+)}}", lambda tag: checks.header(tag[1]), text)
    shown = [line.strip() for line in re.findall(r"\*\*Exercise .*", filled)]
    wanted = [exercise.header for exercise in registered]
    assert shown == wanted, f"shown: {shown}; registered: {wanted}"
    for exercise in registered:
        call = rf'checks\.use\(\s*"{re.escape(exercise.id)}"'
        assert re.search(call, text), f'no checks.use("{exercise.id}", ...)'


PROMISES: tuple[Callable[[Exercise], None], ...] = (
    assert_complete,
    assert_right_answers_pass,
    assert_misconceptions_are_recognised,
    assert_stubs_are_not_attempts,
    assert_bad_answers_get_a_sentence,
)


def raising_stub(*_, **__):
    raise NotImplementedError


def empty_stub(*_, **__):
    """To be written."""


def dotted_stub(*_, **__):
    answer = ...
    return answer


def crash(*_, **__):
    raise ZeroDivisionError("on purpose")


def nothing(*arguments, **__):
    _ = len(arguments)


def text(*_, **__):
    return "?"


def not_a_number(*_, **__):
    return torch.tensor(math.nan)
