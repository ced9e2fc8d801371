"""What the repairs of the gallery share: how an answer is taken and judged.

A repair is judged by what a training with it measures, so there is no one right answer.
What the course has measured before is taken from its record; other settings are
trained, which takes a few seconds.
"""

from collections.abc import Callable, Mapping
from typing import Any

from aigc_course.checks.compare import kind
from aigc_course.checks.exercise import Exercise, Property
from aigc_course.errors import CourseError
from aigc_course.failures import known
from aigc_course.failures.case import Case
from aigc_course.failures.cases import CASES, DIAGNOSES
from aigc_course.failures.vocabulary import changed, completed

FAR = 1000  # factor from which a learning rate counts as far lower

Settings = Mapping[str, Any]
Answer = tuple[str, Settings]
Repair = Callable[[dict[str, Any]], Answer]


def repair(letter: str, **fields: Any) -> Exercise:
    """The exercise to diagnose and repair a case, as yet without its answers.

    fields: those of `Exercise`, without id and title.
    """
    id, title = f"06.repair_{letter.lower()}", f"Case {letter}"
    exercise = Exercise(id, title=title, trains=True, asks="decide", **fields)
    case = CASES[letter]
    exercise.observe(lambda f: observed(case, f))
    exercise.checks += [
        Property("cures", lambda f: cures(case, f), "The measured outcome is a cure."),
        Property("names", lambda f: names(case, f), "The diagnosis fits the symptoms."),
    ]
    return exercise


def observed(case: Case, f: Repair) -> dict[str, Any]:
    """What tells answers apart: the diagnosis of a cure, or the moves of what is none.

    Whoever moves the same settings the same way has the same thing in mind, whatever
    the exact numbers.
    """
    diagnosis, settings = answer(case, f)
    cured = not complaints(case, settings)
    return {
        "the diagnosis": diagnosis if cured else "",
        "whether it is cured": cured,
        "what was tried": "" if cured else moves(case, settings),
    }


def cures(case: Case, f: Repair) -> bool | str:
    """True, or what is not cured by these settings, with the measured numbers."""
    settings = answer(case, f)[1]
    if not changed(case.settings, settings):
        return "the settings differ from the case's own; yours are unchanged."
    found = complaints(case, settings)
    return (
        " ".join(["a training with your settings is cured.", *found]) if found else True
    )


def names(case: Case, f: Repair) -> bool | str:
    """True, or that the diagnosis is another."""
    diagnosis = answer(case, f)[0]
    if diagnosis == case.name:
        return True
    return (
        "the diagnosis says why this training failed. Your settings cure it, but"
        f' "{diagnosis}" is not what was wrong: look again at what you changed.'
    )


def answer(case: Case, f: Repair) -> tuple[str, dict[str, Any]]:
    """The learner's diagnosis and settings, all of them.

    Raises AssertionError, with a sentence, for anything else.
    """
    given = f(dict(case.settings))
    assert isinstance(given, tuple | list) and len(given) == 2, (
        "the function returns two things, the diagnosis and the settings; not"
        f" {kind(given)}."
    )
    diagnosis, settings = given
    assert not isinstance(diagnosis, Mapping), (
        "the diagnosis comes first, then the settings."
    )
    assert isinstance(diagnosis, str) and diagnosis in DIAGNOSES, (
        f"the diagnosis is one of failures.DIAGNOSES, to the letter; not {diagnosis!r}."
    )
    if isinstance(settings, Mapping):
        settings = {name: plain(value) for name, value in settings.items()}
    try:
        return diagnosis, completed(case.kind, case.settings, settings)
    except CourseError as error:
        raise AssertionError(str(error)) from None


def plain(value: Any) -> Any:
    """A number as Python's own, whatever library it came from; six digits of it count.

    A learning rate of 0.001 that was once a 32-bit number is the same setting.
    """
    if not isinstance(value, bool | str) and getattr(value, "shape", None) == ():
        value = value.item()
    return float(f"{value:.6g}") if isinstance(value, float) else value


def complaints(case: Case, settings: Settings) -> list[str]:
    """What a training with these settings leaves to be cured, in sentences."""
    if not changed(case.settings, settings):
        return ["Nothing was changed."]  # it fails, as the learner has seen
    try:
        return case.complaints(known.outcome(case, settings))
    except CourseError as error:  # settings that make no sense together
        raise AssertionError(str(error)) from None


def moves(case: Case, settings: Settings) -> str:
    """What was changed and which way: "lr_d lower, loss hinge".

    Where it matters how two numbers compare, that is told too, so that a sentence about
    the one answer is not said of the other: a kernel of 3 is smaller than a stride of
    4, and one of 8 is not.
    """
    new = changed(case.settings, settings)
    told = [f"{name} {_way(case, name, new[name])}" for name in sorted(new)]
    if "lr_g" in new or "lr_d" in new:
        told.append(f"rates {_order(settings['lr_g'], settings['lr_d'])}")
    if "kernel" in new or "stride" in new:
        stride = int(settings["stride"].split(",")[0])
        told.append(f"kernel and stride {_order(settings['kernel'], stride)}")
    return ", ".join(told)


def _way(case: Case, name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if value > case.settings[name]:
        return "higher"
    far = name in ("lr_g", "lr_d") and value <= case.settings[name] / FAR
    return "far lower" if far else "lower"


def _order(first: float, second: float) -> str:
    return "<" if first < second else ">" if first > second else "="
