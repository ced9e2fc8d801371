"""Answers to the exercises as other people write them, right ones and wrong ones.

A chapter's answers stand in tests/answers/chNN.py (or chNN_part.py):

    from tests.answers import right, wrong

    @right("05.tconv_size")
    def by_listing_positions(n, kernel, stride, padding): ...

    @wrong("05.tconv_size")
    def forgets_the_padding(n, kernel, stride, padding): ...

They are not copies of those that the exercise itself declares. tests/test_answers.py
judges them; tools/answers_table.py counts them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from aigc_course.checks import registry
from aigc_course.checks.judge import judge
from aigc_course.checks.verdict import Verdict

F = TypeVar("F", bound=Callable[..., Any])
_MODULE = re.compile(r"ch(\d\d)(_\w+)?")


@dataclass(frozen=True)
class Answer:
    """One answer.

    exception: why a right one is refused all the same, or a wrong one accepted; "" for
    none. `exercise` is the id.
    """

    exercise: str
    is_right: bool
    function: Callable[..., Any]
    exception: str = ""

    @property
    def name(self) -> str:
        """Exercise and function, for a list of tests."""
        return f"{self.exercise}-{self.function.__name__}"

    @property
    def should_pass(self) -> bool:
        """Whether the checker is expected to accept it."""
        return self.is_right != bool(self.exception)


_answers: dict[tuple[str, str], Answer] = {}  # by module and function


def right(id: str, *, refused_because: str = "") -> Callable[[F], F]:
    """Declare a right answer. refused_because: a reason why it need not be accepted."""
    return _declare(id, True, refused_because)


def wrong(id: str, *, accepted_because: str = "") -> Callable[[F], F]:
    """Declare a wrong answer. accepted_because: a reason why it may be accepted."""
    return _declare(id, False, accepted_because)


def _declare(id: str, is_right: bool, exception: str) -> Callable[[F], F]:
    def keep(function: F) -> F:
        key = (function.__module__, function.__qualname__)
        _answers[key] = Answer(id, is_right, function, exception)
        return function

    return keep


def chapters() -> list[str]:
    """The numbers of the chapters that have a file of answers here."""
    found = (
        _MODULE.fullmatch(path.stem) for path in Path(__file__).parent.glob("*.py")
    )
    return sorted({match[1] for match in found if match})


def of_chapter(number: str) -> list[Answer]:
    """The answers of a chapter, in the order of its exercises; loads their module."""
    for path in sorted(Path(__file__).parent.glob(f"ch{number}*.py")):
        import_module(f"{__name__}.{path.stem}")
    order = [exercise.id for exercise in registry.exercises(number)]
    mine = [one for one in _answers.values() if one.exercise.startswith(f"{number}.")]
    for one in mine:
        registry.get(one.exercise)  # an unknown id is told with those near it
    return sorted(mine, key=lambda one: order.index(one.exercise))


@cache
def verdict(answer: Answer) -> Verdict:
    """What the exercise's checker says of it; asked once in a process."""
    return judge(registry.get(answer.exercise), answer.function)


@dataclass(frozen=True)
class Counts:
    """How many answers of a chapter were accepted, refused, and named."""

    exercises: int
    right: int
    accepted: int
    wrong: int
    refused: int
    named: int


def count(number: str) -> Counts:
    """Judge all answers of a chapter."""
    listed = of_chapter(number)
    good = [one for one in listed if one.is_right]
    bad = [one for one in listed if not one.is_right]
    return Counts(
        exercises=len({one.exercise for one in listed}),
        right=len(good),
        accepted=sum(verdict(one).passed for one in good),
        wrong=len(bad),
        refused=sum(verdict(one).failed for one in bad),
        named=sum(bool(verdict(one).misconception) for one in bad),
    )
