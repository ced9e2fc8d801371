"""A patient as an exercise of the course's checks: write the test, or the repair.

    exercise = test_exercise("20.exposes_it", patient="generator_loss", order=10, ...)
    exercise = repair_exercise("20.generator_loss", patient="generator_loss", ...)

Both come with what to observe, a property, and misconceptions: the lazy tests, or the
symptom patches and the unchanged code. The answer, and more mistakes, are added as for
any exercise. Whatever is observed is the same for every right answer.
"""

import contextlib
import math
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from aigc_course.checks import outcome
from aigc_course.checks.exercise import Exercise, Misconception, Property
from aigc_course.clinic import registry
from aigc_course.clinic.judge import SEEDS, TestVerdict, ends_on, examined
from aigc_course.clinic.lazy import LAZY, lazy_tests, numbers
from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.repair import RepairVerdict, behaviour, looked, treated

SECONDS = 5.0
_TEST = (
    "a test passes all right versions of this code, and fails every form of the bug."
)
_REPAIR = "a repair has every property of healthy code, and changes nothing else."
# kinds of answers that are not called once more: they harm, or do not end
_NEVER_AGAIN = ("edits", "slow", "imports the answer", "stops")
_NEVER_FAILS = (
    "Your test lets all versions pass: healthy ones, sick ones, and others that are"
    " wrong in other ways. Perhaps nothing in it can fail, because an error is caught"
    " or a warning is given: `assert` what healthy code must satisfy."
)
_UNCHANGED = (
    "Your function does the same as the code you were given: the bug is still there."
    " Find the line that the symptom speaks of, and change it."
)


def test_exercise(
    id: str,
    *,
    patient: str,
    without: Sequence[str] = (),
    probes: Sequence[Function] = (),
    **fields: Any,
) -> Exercise:
    """The exercise to write a test for a patient, as yet without its answer.

    without: lazy kinds that expose this patient truly, such as "finite only". probes:
    more versions of the patient, on which wrong answers are told apart; those of the
    patient's patches are there already. fields: those of `Exercise`.
    """
    one = registry.get(patient)
    fields.setdefault("asks", "method")
    exercise = Exercise(id, trains=True, **fields)
    judged = _Remembered(lambda f: _examined(one, f))
    more = [*(patch.function for patch in one.patches), *probes]
    needed = [*one.all_right(), *one.all_sick(), *_looks(one)]

    def observe(f: Function) -> dict[str, str]:
        verdict = judged(f)
        known = verdict.kind in LAZY and verdict.kind != "one form"
        if verdict.passed or known or verdict.kind in _NEVER_AGAIN:
            return {"verdict": verdict.kind, "versions": ""}
        marks = "".join(_mark(n, verdict.seeds) for n in verdict.row.values())
        also = "".join(_probed(one, f, version) for version in more)
        return {"verdict": verdict.kind, "versions": f"{marks} {also}"}

    def exposes_it(f: Function) -> bool | str:
        assert needed and more
        _unrecorded(f)
        verdict = judged(f)
        return verdict.passed or f"{_TEST} {verdict.message}"

    _add(exercise, one, observe, Property("exposes_it", exposes_it, _TEST))
    for kind, test in lazy_tests(one).items():
        if kind not in without:
            name = kind.replace(" ", "_")
            exercise.misconceptions.append(Misconception(name, test, LAZY[kind], 0))
    silent = Misconception("never_fails", _never_fails(one), _NEVER_FAILS, 0)
    exercise.misconceptions.append(silent)
    return exercise


def _never_fails(one: Patient) -> Function:
    def never_fails(patient: Function) -> None:
        one.usual_call(patient)

    return never_fails


test_exercise.__test__ = False  # type: ignore[attr-defined]  # no test of pytest


def repair_exercise(id: str, *, patient: str, **fields: Any) -> Exercise:
    """The exercise to repair a patient, as yet without its answer.

    fields: those of `Exercise`.
    """
    one = registry.get(patient)
    fields.setdefault("asks", "step")
    exercise = Exercise(id, trains=True, **fields)
    judged = _Remembered(lambda f: _treated(one, f))
    needed = [one.sick, one.healthy, *_looks(one)]

    def observe(f: Function) -> dict[str, Any]:
        verdict = judged(f)
        if verdict.passed or verdict.kind in _NEVER_AGAIN:
            why = "" if verdict.passed else verdict.kind
            return {"why": why, "what it does": [0.0] * 4}
        why = "bug" if verdict.violated else verdict.kind
        return {"why": why, "what it does": _prints(one, _plain(f))}

    def cures_it(f: Function) -> bool | str:
        assert needed
        _unrecorded(f)
        verdict = judged(f)
        if verdict.kind == "property":
            return verdict.message.removeprefix("This should hold: ")
        return verdict.passed or f"{_REPAIR} {verdict.message}"

    _add(exercise, one, observe, Property("cures_it", cures_it, _REPAIR))
    unchanged = Misconception("unchanged", one.sick, _UNCHANGED, 0)
    exercise.misconceptions.append(unchanged)
    for patch in one.patches:
        wrong = Misconception(patch.name, patch.function, patch.says, 0)
        exercise.misconceptions.append(wrong)
    return exercise


class _Remembered:
    """The last verdict, so that a property does not judge the same function again."""

    def __init__(self, judge: Callable[[Function], Any]) -> None:
        self.judge = judge
        self.last: tuple[object, int, Any] | None = None

    def __call__(self, f: Function) -> Any:
        own = _own(f)
        if self.last and self.last[0] is own and self.last[1] == outcome.SEED:
            return self.last[2]
        verdict = self.judge(f)
        self.last = (own, outcome.SEED, verdict)
        return verdict


def _add(exercise: Exercise, one: Patient, observe: Function, rule: Property) -> None:
    # a grader empties what holds answers, but for what these two hold in their closures
    for part in (observe, rule.holds):
        part.__module__ = one.sick.__module__
    exercise.observe(observe)
    exercise.checks.append(rule)


def _looks(one: Patient) -> list[Function]:
    """The functions of a patient by which versions are looked at."""
    looks = [one.usual_call, one.behaviour, one.untouched, one.training]
    rules = [rule.holds for rule in one.properties]
    return [*rules, *(look for look in looks if look is not None)]


def _examined(one: Patient, f: Function) -> TestVerdict:
    seeds = range(outcome.SEED, outcome.SEED + SEEDS)
    verdict = examined(one, _plain(f), seeds, SECONDS)
    _let_out(verdict.error if verdict.kind in ("stops", "stub") else None)
    return verdict


def _treated(one: Patient, f: Function) -> RepairVerdict:
    seeds = range(outcome.SEED, outcome.SEED + 3)
    verdict = treated(one, _plain(f), seeds, SECONDS)
    _let_out(verdict.error)
    return verdict


def _let_out(error: BaseException | None) -> None:
    """The engine of the checks says what an exception means."""
    if error is not None:
        raise error


def _plain(f: Function) -> Function:
    """The function inside the engine's wrapper, which seeds after each call."""
    return f.function if isinstance(f, outcome.Watched) else f


def _own(f: Any) -> object:
    """The learner's own function, inside whatever the engine wraps around it."""
    while str(type(f).__module__).startswith("aigc_course.") and hasattr(f, "function"):
        f = f.function
    return f


def _unrecorded(f: Any) -> None:
    """Tell a grader that no record of calls holds what this property looks at."""
    while str(type(f).__module__).startswith("aigc_course.") and hasattr(f, "function"):
        if hasattr(f, "calls"):
            f.calls = None
        f = f.function


def _mark(failed: int, runs: int) -> str:
    return "." if not failed else "+" if failed == runs else "~"


def _probed(one: Patient, f: Function, version: Function) -> str:
    """How two runs of a test on one more version end, in a letter."""
    with contextlib.suppress(Exception):
        ends = {ends_on(one, _plain(f), version, s)[0] for s in range(2)}
        return ends.pop() if len(ends) == 1 else "~"
    return "!"


def _prints(one: Patient, f: Function) -> list[float]:
    """What a repair does as four numbers: two of its behaviour, two of all else."""
    found = behaviour(one, f, outcome.SEED)
    around: object = None
    with contextlib.suppress(Exception, SystemExit):
        around = looked(one, one.untouched, f, outcome.SEED)
    return [*_projected(found), *_projected(around)]


def _texts(value: object) -> list[Tensor]:
    """What a look says in words, such as a mode, as numbers."""
    told = value.values() if isinstance(value, dict) else ()
    sums = [zlib.crc32(one.encode()) % 997 for one in told if isinstance(one, str)]
    return [torch.tensor(sums)]


def _projected(value: object) -> tuple[float, float]:
    """Two weighted sums of all numbers, those of texts included.

    NaN and infinity count as large ones.
    """
    if value is None:
        return (-1.0, -1.0)
    sums = [0.0, 0.0]
    i = 0
    for tensor in [*numbers(value), *_texts(value)]:
        for entry in tensor.reshape(-1).tolist():
            entry = abs(entry) if isinstance(entry, complex) else float(entry)
            entry = entry if math.isfinite(entry) else 1e4 + 1e3 * (entry == math.inf)
            i += 1
            sums[0] += math.cos(i) * entry
            sums[1] += math.cos(1.7 * i + 0.4) * entry
    return (sums[0], sums[1])
