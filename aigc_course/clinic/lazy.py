"""Lazy tests: what a test may do instead of looking at the patient, and their names.

Each kind is written out for any patient by `lazy_tests`, so that judging can be tried
on it. What a test of a learner does is named from the outside, by `judge.judge_test`.
"""

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from aigc_course.checks import guard
from aigc_course.checks.compare import same
from aigc_course.clinic.patient import Function, Patient

Test = Callable[[Function], object]

LAZY = {
    "always fails": "Your test fails whatever it is given, a healthy program as well."
    " Let it fail only where a property of healthy code is broken.",
    "never looks": "Your test does not call the patient, so it cannot know anything"
    " about it. Call the function that it is given, and check what it returns.",
    "by name": "Your test looks at the patient's name and does not call it. Healthy and"
    " sick code have the same name here: call the function, and check what it returns.",
    "reads the source": "Your test reads the code of the patient. The same bug can be"
    " written in many ways: check what the function does, not how it is written.",
    "returns": "Your test returns its answer, and its caller ignores it. A test says no"
    " by an `assert` that fails.",
    "one form": "Your test finds the code that you read, and not the same bug written"
    " in another way. Do not compare with numbers of this code: check a property that"
    " every form of the bug breaks.",
    "shapes only": "Your test looks at shapes, and the shapes of this patient are"
    " right. Check what the numbers must satisfy.",
    "finite only": "Your test looks for NaN and infinity, and the numbers of this"
    " patient are finite. Check what they must satisfy.",
    "loss falls": "Your test watches a training, and the loss of this patient falls as"
    " a healthy one's does. Check one step instead of the curve.",
}
# the kinds that no patient lets pass; the others expose a few patients
ALWAYS_LAZY = tuple(kind for kind in LAZY if not kind.endswith((" only", " falls")))
WATCHED = 8  # calls in one run of a test from which it watches a training
STEPS = 24  # of that training


def lazy_tests(patient: Patient) -> dict[str, Test]:
    """A lazy test of each kind for this patient, by kind.

    Those that need a training or a usual call are left out where the patient has none.
    """
    tests: dict[str, Test] = {
        "always fails": _always_fails,
        "never looks": _never_looks,
        "by name": _by_name(patient),
        "reads the source": _reads_the_source(patient),
        "returns": _returns(patient),
    }
    if hasattr(patient, "behaviour"):
        tests["one form"] = _one_form(patient)
    if hasattr(patient, "usual_call"):
        tests["shapes only"] = _shapes_only(patient)
        tests["finite only"] = _finite_only(patient)
    if patient.training is not None:
        tests["loss falls"] = _loss_falls(patient)
    return tests


def _always_fails(patient: Function) -> None:
    raise AssertionError("this patient is sick")


def _never_looks(patient: Function) -> None:
    x = torch.randn(8)
    assert float(x.sigmoid().max()) <= 1


def _by_name(one: Patient) -> Test:
    def by_name(patient: Function) -> None:
        assert patient.__name__ != one.name

    return by_name


def _reads_the_source(one: Patient) -> Test:
    def reads_the_source(patient: Function) -> None:
        assert inspect.getsource(patient) != one.code()

    return reads_the_source


def _returns(one: Patient) -> Test:
    def returns(patient: Function) -> bool:
        try:
            one.reference_test(patient)
        except Exception:  # an assertion, or the patient itself stops
            return False
        return True

    return returns


def _one_form(one: Patient) -> Test:
    known: list[object] = []

    def one_form(patient: Function) -> None:
        if not known:
            guard.seed(0)
            known.append(one.behaviour(one.sick))
        guard.seed(0)
        assert not same(one.behaviour(patient), known[0])

    return one_form


def _shapes_only(one: Patient) -> Test:
    def shapes_only(patient: Function) -> None:
        guard.seed(1)
        right = shapes(one.usual_call(one.healthy))
        guard.seed(1)
        assert shapes(one.usual_call(patient)) == right

    return shapes_only


def _finite_only(one: Patient) -> Test:
    def finite_only(patient: Function) -> None:
        guard.seed(1)
        given = numbers(one.usual_call(patient))
        assert all(bool(torch.isfinite(one).all()) for one in given)

    return finite_only


def _loss_falls(one: Patient) -> Test:
    def loss_falls(patient: Function) -> None:
        assert one.training is not None
        assert falls(one.training(patient, STEPS)["loss"])

    return loss_falls


def falls(losses: list[float]) -> bool:
    """Whether the mean of the last quarter lies below that of the first.

    >>> falls([4.0, 3.0, 2.0, 1.0]), falls([1.0, 1.0, 1.0, 1.0])
    (True, False)
    """
    quarter = max(1, len(losses) // 4)
    early, late = sum(losses[:quarter]), sum(losses[-quarter:])
    return math.isfinite(late) and late < early


def numbers(value: object) -> list[Tensor]:
    """Every tensor in what a patient returned; of a module its weights."""
    if isinstance(value, Tensor):
        return [value.detach()]
    if isinstance(value, bool | int | float | complex):
        return [torch.tensor(value)]
    if isinstance(value, nn.Module):
        return [one.detach() for one in value.state_dict().values()]
    inside: Any = value.values() if isinstance(value, Mapping) else value
    if isinstance(inside, str) or not hasattr(inside, "__iter__"):
        return []
    return [tensor for part in inside for tensor in numbers(part)]


def shapes(value: object) -> list[tuple[int, ...]]:
    """The shapes of `numbers`, in order."""
    return [tuple(one.shape) for one in numbers(value)]


def words(test: Function) -> set[str]:
    """The names that a function uses, with those of the functions inside it."""
    waiting: list[Any] = [getattr(inspect.unwrap(test), "__code__", None)]
    found: set[str] = set()
    while waiting:
        code = waiting.pop()
        if hasattr(code, "co_names"):
            found.update(code.co_names)
            waiting += list(code.co_consts)
    return found


_FINITE = {"isfinite", "isnan", "isinf"}
_SHAPES = {"shape", "size", "ndim", "dim", "numel", "shapes"}
_TRAINS = {"backward", "step", "training"}


def name_of_a_miss(patient: Patient, test: Function, calls: float) -> str:
    """The kind of a test that finds nothing: what it looked at, or "misses".

    calls: of the patient, for one run of the test. A kind is named only where this
    patient does pass such a look.
    """
    used = words(test)
    lazy = lazy_tests(patient)
    if calls >= WATCHED and used & _TRAINS:
        kind = "loss falls"
    elif used & _FINITE:
        kind = "finite only"
    elif used & _SHAPES:
        kind = "shapes only"
    else:
        return "misses"
    return kind if kind in lazy and lets_pass(lazy[kind], patient.sick) else "misses"


def lets_pass(test: Test, version: Function, seed: int = 0) -> bool:
    """Whether a test says nothing against a version, with one seed."""
    guard.fresh(seed)
    try:
        test(version)
    except Exception:  # an assertion, or the patient itself stops
        return False
    return True
