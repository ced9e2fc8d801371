"""The bug clinic: small running code with one bug each, to be found and repaired.

    clinic.names()                  # the patients
    clinic.show("generator_loss")   # its symptom and its code
    clinic.judge_test("generator_loss", test)      # does a test expose the bug?
    clinic.judge_repair("generator_loss", repair)  # is it cured, and nothing else new?
    clinic.usual()                  # what the usual checks find of all of them

`aigc clinic` does the same at the command line.
"""

from aigc_course.clinic.invariants import INVARIANTS, broken
from aigc_course.clinic.judge import TestVerdict
from aigc_course.clinic.judge import judge_test as _judge_test
from aigc_course.clinic.lazy import LAZY, Test
from aigc_course.clinic.lazy import lazy_tests as _lazy_tests
from aigc_course.clinic.patient import WARDS, Function, Patient
from aigc_course.clinic.registry import claims, get, names, patient, show
from aigc_course.clinic.repair import RepairVerdict
from aigc_course.clinic.repair import judge_repair as _judge_repair
from aigc_course.clinic.steps import Step
from aigc_course.clinic.usual import (
    Confusion,
    Usual,
    UsualRow,
    confusion,
    curves,
    recorded_usual,
    usual,
)


def judge_test(name: str | Patient, test: Test) -> TestVerdict:
    """Whether a test exposes the bug of a patient; see `judge.judge_test`."""
    return _judge_test(get(name), test)


def judge_repair(name: str | Patient, repair: Function) -> RepairVerdict:
    """Whether a repair cures a patient; see `repair.judge_repair`."""
    return _judge_repair(get(name), repair)


def lazy_tests(name: str | Patient) -> dict[str, Test]:
    """A test of each lazy kind for a patient; see `lazy.lazy_tests`."""
    return _lazy_tests(get(name))


__all__ = [
    "INVARIANTS",
    "LAZY",
    "WARDS",
    "Confusion",
    "Patient",
    "RepairVerdict",
    "Step",
    "TestVerdict",
    "Usual",
    "UsualRow",
    "broken",
    "claims",
    "confusion",
    "curves",
    "get",
    "judge_repair",
    "judge_test",
    "lazy_tests",
    "names",
    "patient",
    "recorded_usual",
    "show",
    "usual",
]
