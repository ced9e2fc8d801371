"""What every exercise must keep; `assert_sound` proves the checker of one exercise.

For the author of a chapter module:

    @pytest.mark.parametrize("exercise", checks.exercises("05"), ids=lambda e: e.id)
    def test_sound(exercise):
        assert_sound(exercise)
"""

import ast
import copy
import functools
import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import torch

from aigc_course import checks
from aigc_course.checks import guard
from aigc_course.checks import judge as judging
from aigc_course.checks import known as knowing
from aigc_course.checks import outcome as outcomes
from aigc_course.checks.exercise import Exercise
from aigc_course.checks.judge import judge
from aigc_course.checks.outcome import unlike
from aigc_course.grading.extract import extract, load
from tests import also_right

CHAPTERS = Path(__file__).parents[1] / "chapters"


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
    assert also_right.of(exercise.id), "no differently written right answer"
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
    """The reference and each alternative pass, whatever numbers are drawn."""
    for seed in (outcomes.SEED, 7):
        with engine_seed(seed):
            for right in right_answers(exercise):
                verdict = judge(exercise, right)
                assert verdict.passed, f"{right.__name__}, seed {seed}: {verdict}"


def right_answers(exercise: Exercise) -> list[Callable]:
    """The reference, and those that are written differently."""
    return [exercise.reference, *also_right.of(exercise.id)]


@contextmanager
def engine_seed(seed: int) -> Iterator[None]:
    """Let inputs, properties and answers draw other numbers than in a course."""
    kept = outcomes.SEED
    try:
        outcomes.SEED = judging.SEED = knowing.SEED = seed
        yield
    finally:
        outcomes.SEED = judging.SEED = knowing.SEED = kept


def assert_wrapping_does_not_matter(exercise: Exercise) -> None:
    """Right answers pass as numbers and arrays, and as tensors, wide or not."""
    wrappings = (as_numbers, as_tensors)
    for right in right_answers(exercise):
        for wrap in wrappings:
            answer = dressed(right, wrap, exercise.exact_dtype)
            verdict = judge(exercise, answer)
            assert verdict.passed, f"{right.__name__} {wrap.__name__}: {verdict}"


def assert_the_line_passes(exercise: Exercise) -> None:
    """The last hint, pasted as it stands, is a right answer; or it says why not."""
    if not code_cells(exercise.chapter) or exercise.line_is_part:
        return  # a toy, or one that says why not
    code = pasted(exercise)
    space = {**imports(exercise.chapter), **other_references(exercise)}
    exec(code, space)
    verdict = judge(exercise, space[exercise.function])
    assert verdict.passed, f"{code}\n{verdict}"


def assert_the_chapters_own_solution_passes(exercise: Exercise) -> None:
    """What stands in the chapter between the marks of a solution is a right answer."""
    cells = code_cells(exercise.chapter)
    if not cells:  # a toy
        return
    others = other_references(exercise)
    answer = load(extract(exercise.function, cells, others), cells, others)
    verdict = judge(exercise, answer)
    assert verdict.passed, str(verdict)


def assert_misconceptions_are_recognised(exercise: Exercise) -> None:
    """Each gets its own message, and fails even where it is not recognised."""
    unaware = copy.copy(exercise)
    unaware.misconceptions = []
    with guard.untouched(None):
        done = knowing.known(exercise)
    for number, known in enumerate(exercise.misconceptions):
        with guard.untouched(None):  # as a judge works it out: warnings raise nothing
            does = unlike(exercise, done.mistake(number), done.reference)
        assert does, f"{known.name} does what the reference does"
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


def dressed(function: Callable, wrap: Callable, exact: bool) -> Callable:
    """The function with its results in other kinds of things."""

    @functools.wraps(function)
    def answer(*arguments, **named):
        return wrap(function(*arguments, **named), exact)

    return answer


def as_numbers(value: object, exact: bool) -> object:
    """Plain numbers and arrays, float64 where the dtype is free."""
    if isinstance(value, torch.Tensor) and not value.requires_grad:
        if value.ndim == 0:
            return value.item()
        wide = value.is_floating_point() and not exact
        return (value.double() if wide else value).numpy()
    if isinstance(value, bool | float):
        return np.bool_(value) if isinstance(value, bool) else np.float64(value)
    if isinstance(value, tuple) and all(isinstance(one, float) for one in value):
        return np.array(value)
    return _inside(value, as_numbers, exact)


def as_tensors(value: object, exact: bool) -> object:
    """Tensors, float64 where the dtype is free, with the gradient that they carry."""
    if isinstance(value, torch.Tensor):
        wide = value.is_floating_point() and not exact
        return value.double() if wide else value
    if isinstance(value, np.ndarray | np.generic | float | bool):
        return torch.as_tensor(value)
    if isinstance(value, int) and abs(value) < 2**63:
        return torch.as_tensor(value)
    return _inside(value, as_tensors, exact)


def _inside(value: object, wrap: Callable, exact: bool) -> object:
    if isinstance(value, Mapping):
        return {key: wrap(one, exact) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(wrap(one, exact) for one in value)
    return value


def pasted(exercise: Exercise) -> str:
    """The signature with what stands between backticks in the last hint."""
    signature = exercise.source().partition(":\n")[0] + ":"
    parts = re.findall(r"`([^`]+)`", exercise.line)
    lines = "\n".join(parts).splitlines()
    last = ast.parse(lines[-1].removeprefix("return ")).body[-1]
    if isinstance(last, ast.Expr) and not lines[-1].startswith("return "):
        lines[-1] = f"return {lines[-1]}"
    lazy = "from __future__ import annotations\n"  # a signature may name types
    return lazy + "\n    ".join([signature, *lines])


@cache
def code_cells(number: str) -> tuple[str, ...]:
    """The code cells of a chapter; none where there is no such chapter."""
    paths = CHAPTERS.glob(f"{number}_*.py")
    text = "".join(path.read_text(encoding="utf-8") for path in paths)
    cells = re.split(r"^# %%", text, flags=re.M)[1:]
    code = (cell.partition("\n") for cell in cells)
    return tuple(body for head, _, body in code if "[markdown]" not in head)


def other_references(exercise: Exercise) -> dict[str, Callable]:
    """What `checks.use` gives a chapter for its other exercises."""
    every = checks.exercises(exercise.chapter)
    return {one.function: one.reference for one in every if one.id != exercise.id}


@cache
def imports(number: str) -> dict[str, object]:
    """What a chapter has imported."""
    space: dict[str, object] = {}
    for cell in code_cells(number):
        for node in ast.parse(re.sub(r"^[%!].*", "", cell, flags=re.M)).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                exec(ast.unparse(node), space)
    return space


PROMISES: tuple[Callable[[Exercise], None], ...] = (
    assert_complete,
    assert_right_answers_pass,
    assert_wrapping_does_not_matter,
    assert_the_line_passes,
    assert_the_chapters_own_solution_passes,
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
