"""What a patient of the bug clinic is, and how its module declares it.

A patient is one callable with a bug, in all the forms that judging needs:

    patient = Patient("generator_loss", ward="A", ...)  # in clinic/patients/

    @patient.shown     # the sick code that the learner reads
    @patient.repair    # right, and close to it; the first is the reference repair
    @patient.right     # right, and written differently
    @patient.disguise  # the same bug in another form
    @patient.patch     # hides the symptom only; its docstring tells the learner so
    @patient.test      # (f) -> None: the reference test; it asserts
    @patient.calls     # (f) -> what one usual call returns
    @patient.does      # (f) -> what tells sick, right and patched code apart
    @patient.elsewhere # (f) -> what the bug did not touch, so a repair must not either
    @patient.hidden    # (f) -> a property of every right version, as a sentence
    @patient.trains    # (f, steps) -> the curves of a small training
    @patient.step      # (f) -> Step, for the invariants

The idea of judging tests by right and wrong versions: Wrenn & Krishnamurthi 2019,
"Executable examples for programming problem comprehension".
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from textwrap import dedent
from typing import Any, Literal, TypeVar

from aigc_course.checks.exercise import Property, sentence_of

F = TypeVar("F", bound=Callable[..., Any])
Function = Callable[..., Any]
Ward = Literal["A", "B", "C"]

WARDS = {"A": "formulas", "B": "code", "C": "silent ones"}


@dataclass(frozen=True)
class Patch:
    """A change that hides the symptom, and the sentence that says what it leaves."""

    name: str
    function: Function
    says: str


@dataclass(eq=False)
class Patient:
    """A bug as running code, with what judges a test for it and a repair of it.

    id: the name of its module. ward: "A" formulas, "B" code, "C" silent ones.
    number: in the course's list of 25 known mistakes; 0 for others.
    title: what the code is. symptom: what a recorded run shows. cause: the diagnosis.
    origin: where such a bug was reported, in words.
    figure: the name of the x-axis and of the curve that shows the symptom.
    raises: an exception that comes out of the patient is the bug itself.
    same_draws: a repair draws as many random numbers as the reference.
    """

    id: str
    ward: Ward
    title: str
    symptom: str
    cause: str
    number: int = 0
    origin: str = ""
    figure: tuple[str, str] = ("step", "loss")
    raises: bool = False
    same_draws: bool = True
    sick: Function = field(init=False)
    repairs: list[Function] = field(default_factory=list, init=False)
    rights: list[Function] = field(default_factory=list, init=False)
    disguises: list[Function] = field(default_factory=list, init=False)
    patches: list[Patch] = field(default_factory=list, init=False)
    properties: list[Property] = field(default_factory=list, init=False)
    reference_test: Function = field(init=False)
    usual_call: Function = field(init=False)
    behaviour: Function = field(init=False)
    untouched: Function = field(init=False)
    training: Function | None = field(default=None, init=False)
    opened: Function | None = field(default=None, init=False)

    @property
    def name(self) -> str:
        """The name of the callable, as the learner sees it."""
        return str(self.sick.__name__)

    @property
    def healthy(self) -> Function:
        """The reference repair."""
        return self.repairs[0]

    def all_right(self) -> list[Function]:
        """Every right version, each once: the repairs and the rewritten ones."""
        return self.repairs + [f for f in self.rights if f not in self.repairs]

    def all_sick(self) -> list[Function]:
        """The shown version and its disguises."""
        return [self.sick, *self.disguises]

    def code(self) -> str:
        """The sick code as the learner reads it, without its decorator."""
        return source_of(self.sick)

    def shown(self, function: F) -> F:
        """Declare the sick version."""
        self.sick = function
        return function

    def repair(self, function: F) -> F:
        """Declare a right version that is close to the sick one."""
        self.repairs.append(function)
        return function

    def right(self, function: F) -> F:
        """Declare a right version that is written differently."""
        self.rights.append(function)
        return function

    def disguise(self, function: F) -> F:
        """Declare another form of the same bug."""
        self.disguises.append(function)
        return function

    def patch(self, function: F) -> F:
        """Declare a change that hides the symptom; its docstring is the sentence."""
        self.patches.append(Patch(function.__name__, function, sentence_of(function)))
        return function

    def test(self, function: F) -> F:
        """Declare the reference test: (f) -> None, with assertions."""
        self.reference_test = function
        return function

    def calls(self, function: F) -> F:
        """Declare a usual call: (f) -> tensors, numbers, a dict or list of them."""
        self.usual_call = function
        return function

    def does(self, function: F) -> F:
        """Declare what tells versions apart: (f) -> dict, on fixed inputs."""
        self.behaviour = function
        return function

    def elsewhere(self, function: F) -> F:
        """Declare what the bug did not touch: (f) -> dict."""
        self.untouched = function
        return function

    def hidden(self, function: F) -> F:
        """Declare a property of every right version: (f) -> True, or a sentence."""
        says = sentence_of(function)
        self.properties.append(Property(function.__name__, function, says))
        return function

    def trains(self, function: F) -> F:
        """Declare a small training: (f, steps) -> curves by name, one is "loss"."""
        self.training = function
        return function

    def step(self, function: F) -> F:
        """Declare the opened training step: (f) -> Step."""
        self.opened = function
        return function


def source_of(function: Function) -> str:
    """The text of a function or class, without decorators, ends in a newline."""
    lines = dedent(inspect.getsource(function)).splitlines()
    start = next(
        i for i, text in enumerate(lines) if text.startswith(("def ", "class "))
    )
    return "\n".join(lines[start:]) + "\n"
