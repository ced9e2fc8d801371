"""What an exercise is, and how its module declares it.

    exercise = Exercise(  # in exercises/ch05/interpolate.py
        "05.interpolate",
        order=110,
        title="Walk in a straight line",
        difficulty=2,
        minutes=8,
        idea="A point on the line from a to b is a weighted mean of both.",
        formula="x(t) = (1 - t) a + t b.",
        line="return (1 - t) * a + t * b",
        variation="Walk on the sphere instead of on the line.",
    )

    @exercise.answer      # the reference: what `checks.solution` shows
    @exercise.inputs      # () -> the argument tuples to compare answers on
    @exercise.must_hold   # (f) -> a property; its docstring says it in a sentence
    @exercise.mistake()   # a wrong answer; the learner reads its docstring
    @exercise.observe     # (f) -> what to compare when outputs do not tell enough

Inputs and properties may draw random numbers: the engine seeds them, so that a verdict
is the same each time. None of this imports torch; only the exercises do.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from textwrap import dedent
from typing import Any, Literal, TypeVar

from aigc_course.errors import CourseError

F = TypeVar("F", bound=Callable[..., Any])
Rung = Literal["idea", "formula", "line"]
Asks = Literal["formula", "derive", "method", "network", "step", "decide"]

LADDER: tuple[Rung, Rung, Rung] = ("idea", "formula", "line")


@dataclass(frozen=True)
class Misconception:
    """A plausible wrong answer as code, and the sentence that helps.

    hint_level: the rung of the ladder to start from: 0 idea, 1 formula, 2 line.
    draws: it draws random numbers of its own where the noise is given; whoever does so
    is told this, whatever generator the numbers come from.
    """

    name: str
    wrong: Callable[..., Any]
    says: str
    hint_level: int
    draws: bool = False


@dataclass(frozen=True)
class Property:
    """Something that holds for every right answer.

    holds(f) says so with True or None, and denies it with False, with a sentence of its
    own, or with an AssertionError; `says` is the sentence for False.
    """

    name: str
    holds: Callable[[Callable[..., Any]], object]
    says: str


@dataclass
class Exercise:
    """A function to write, what makes it right, and what usually goes wrong.

    id: "05.interpolate": chapter, dot, the name of the function to write.
    order: its place among the chapter's exercises; tens leave room between them.
    difficulty: 1 to 5. minutes: for a reader who knows the chapter.
    idea, formula, line: the three hints, from far to near.
    variation: what to try after passing.
    tolerance: values agree when |got - want| <= tolerance * max|want|.
    agree: False when right answers may differ in value; the properties then decide.
    exact_dtype: the dtype is part of what is asked for, such as bytes; else float64
    stands for float32, and whole numbers for each other.
    trains: answers are judged by a training, so their time says nothing about them.
    asks: what the learner does. "formula" writes down a formula that the chapter shows
    before the exercise; of these a chapter has a third at most. "derive" finds the
    formula, which is shown afterwards; "method" turns a description in words into
    code; "network" builds a module; "step" writes a training step or loop; "decide"
    chooses, and the outcome judges the choice.
    line_is_part: why the line hint is no complete answer; "" where the code between its
    backticks, put into the function, passes (a last expression is what it returns).
    """

    id: str
    title: str
    difficulty: int
    minutes: int
    idea: str
    formula: str
    line: str
    variation: str
    order: int = 0
    tolerance: float = 1e-4
    agree: bool = True
    exact_dtype: bool = False
    trains: bool = False
    asks: Asks = "formula"
    line_is_part: str = ""
    reference: Callable[..., Any] = field(init=False)
    probes: Callable[[], list[Any]] | None = field(default=None, init=False)
    behave: Callable[[Callable[..., Any]], object] | None = field(
        default=None, init=False
    )
    checks: list[Property] = field(default_factory=list, init=False)
    misconceptions: list[Misconception] = field(default_factory=list, init=False)

    @property
    def chapter(self) -> str:
        """The chapter's two digits."""
        return self.id.partition(".")[0]

    @property
    def function(self) -> str:
        """The name of the function to write."""
        return self.id.partition(".")[2]

    @property
    def hints(self) -> tuple[str, str, str]:
        """The ladder: idea, formula, line."""
        return self.idea, self.formula, self.line

    @property
    def header(self) -> str:
        """The line that a chapter shows above the exercise, in Markdown."""
        unit = "minute" if self.minutes == 1 else "minutes"
        return (
            f"**Exercise {self.id}** · difficulty {self.difficulty}/5"
            f" · {self.minutes} {unit}"
        )

    def source(self) -> str:
        """The reference as text, without the decorator that declares it."""
        lines = dedent(inspect.getsource(self.reference)).splitlines()
        start = next(
            i for i, text in enumerate(lines) if text.startswith(("def ", "class "))
        )
        return "\n".join(lines[start:])

    def answer(self, function: F) -> F:
        """Declare the reference."""
        self.reference = function
        return function

    def inputs(self, function: F) -> F:
        """Declare the inputs: () -> list of argument tuples, made anew for each use.

        Arguments may be changed by the call: they are compared after it too.
        """
        self.probes = function
        return function

    def observe(self, function: F) -> F:
        """Declare what is compared: (f) -> tensors, numbers, modules, a dict of them.

        For answers whose outputs do not tell enough, such as a training step: build
        small networks, call f, and return gradients and parameters.
        """
        self.behave = function
        return function

    def must_hold(self, function: F) -> F:
        """Declare a property: (f) -> True, or False, or the sentence to say."""
        self.checks.append(Property(function.__name__, function, sentence_of(function)))
        return function

    def mistake(self, hint: Rung = "idea", draws: bool = False) -> Callable[[F], F]:
        """Declare a misconception and the hint that its first sight deserves.

        draws: see `Misconception`.
        """

        def declare(function: F) -> F:
            says = sentence_of(function)
            level = LADDER.index(hint)
            self.misconceptions.append(
                Misconception(function.__name__, function, says, level, draws)
            )
            return function

        return declare


def sentence_of(function: Callable[..., Any]) -> str:
    """Return a function's docstring as one line: the sentence that a learner reads.

    Raises CourseError where Python was told to drop docstrings or assertions.
    """
    if not __debug__:
        raise CourseError(
            "The checkers speak in docstrings and decide with assertions, and `python"
            " -O` or PYTHONOPTIMIZE takes these away: start Python without them."
        )
    return " ".join((inspect.getdoc(function) or "").split())
