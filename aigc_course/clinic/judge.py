"""Judges a test that a learner wrote: does it expose the bug, for the right reason.

The test meets every right and every sick version of the patient, behind a mask, with 20
seeds. It must pass all the right ones and fail all the sick ones, by an assertion.
"""

import contextlib
import time
from dataclasses import dataclass, field, replace

from aigc_course.checks import guard
from aigc_course.checks.attempt import (
    cannot_take,
    is_stub,
    is_stub_error,
    why_stopped,
)
from aigc_course.clinic.edits import uses_answers
from aigc_course.clinic.lazy import LAZY, Test, name_of_a_miss
from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.runs import Runs, run_all, run_once
from aigc_course.clinic.watch import Mask, Surroundings, TimeIsUp, clock, warm_up

SEEDS = 20
SECONDS = 5.0  # of the processor, for one test
OUTPUT = 1_000_000  # characters that it may print

_STOPPED = ("stops", "wrong reason", "stub")  # the kinds with an exception
_SAYS = {
    "exposes": "Your test passes all right versions and fails every form of the bug.",
    "edits": "Your test changes {what}. A test only looks: leave the patient, torch and"
    " Python as they are.",
    "slow": "Your test takes more than {seconds:g} s for all its runs. Use a few"
    " samples and one step.",
    "stub": "The test is not written yet.",
}


@dataclass(frozen=True)
class TestVerdict:
    """What judging a test found.

    kind: "exposes", a kind of LAZY, or "misses", "sometimes", "accuses", "wrong
    reason", "imports the answer", "edits", "stops", "slow", "stub". found: failed runs
    with sick versions, and how many there were; accused: the same with right versions.
    row: by version how often the test failed it, of `seeds` runs. error: the exception
    that stopped it. seconds: of the processor.
    """

    __test__ = False  # pytest collects no tests here

    patient: str
    kind: str
    message: str
    found: tuple[int, int] = (0, 0)
    accused: tuple[int, int] = (0, 0)
    row: dict[str, int] = field(default_factory=dict)
    seeds: int = 0
    seconds: float = 0.0
    error: BaseException | None = None
    said: str = ""

    @property
    def passed(self) -> bool:
        """Whether the test exposes the bug."""
        return self.kind == "exposes"

    def __str__(self) -> str:
        state = "exposes the bug" if self.passed else self.kind
        text = f"{self.patient}: {state}\n  {self.message}"
        return f"{text}\n  Its output: {self.said}" if self.said else text


def judge_test(
    patient: Patient,
    test: Test,
    *,
    seeds: int = SEEDS,
    first_seed: int = 0,
    seconds: float = SECONDS,
) -> TestVerdict:
    """The verdict on a test; random states, torch and output are as before afterwards.

    Never raises for what the test does, KeyboardInterrupt excepted.
    """
    warm_up()
    start = time.process_time()
    with guard.untouched(OUTPUT) as record:
        try:
            verdict = examined(
                patient, test, range(first_seed, first_seed + seeds), seconds
            )
        except guard.TooMuchOutput as error:
            verdict = _verdict(patient, "stops", f"Your test prints {error}.", error)
        said = record.said()
    said = "" if verdict.passed else said
    return replace(verdict, seconds=time.process_time() - start, said=said)


def examined(
    patient: Patient, test: Test, seeds: range, seconds: float = SECONDS
) -> TestVerdict:
    """The same where `guard.untouched` is active already."""
    if verdict := _before(patient, test):
        return verdict
    around = Surroundings(patient.sick)
    runs = Runs(patient)
    try:
        with clock(seconds):
            run_all(runs, test, seeds, time.process_time() + seconds)
    except TimeIsUp:
        runs.late = True
    finally:
        changed = around.restored()
    if changed:
        return _verdict(patient, "edits", _SAYS["edits"].format(what=f"`{changed}`"))
    return _named(runs, test, seconds)


def exposes(patient: Patient, test: Test, seeds: int = 3) -> bool | None:
    """Whether a test tells the shown code from the repaired, with each of a few seeds.

    None where it stops, is too slow, or says no to the repaired code.
    """
    runs = Runs(patient)
    pair = [Mask(f, patient.name) for f in (patient.healthy, patient.sick)]
    around, ends = Surroundings(patient.sick), []
    late = contextlib.suppress(TimeIsUp, guard.TooMuchOutput)
    with guard.untouched(OUTPUT), late, clock(SECONDS):
        for seed in range(seeds):
            for mask in pair:
                guard.fresh(seed)
                ends.append(run_once(runs, test, mask))
    around.restored()
    healthy, sick = ends[::2], ends[1::2]
    if len(sick) < seeds or set(healthy) != {"passes"}:
        return None
    return all(end == "fails" or (end == "patient" and patient.raises) for end in sick)


def ends_on(patient: Patient, test: Test, version: Function, seed: int) -> str:
    """How one run of a test on any version ends: "passes", "fails", "stops", ..."""
    guard.fresh(seed)
    return run_once(Runs(patient), test, Mask(version, patient.name))


def _before(patient: Patient, test: Test) -> TestVerdict | None:
    if not callable(test):
        said = "The check needs the test itself, a function with one argument."
        return _verdict(patient, "stops", said)
    if is_stub(test):
        return _verdict(patient, "stub", _SAYS["stub"])
    if uses_answers(test):
        said = "Your test uses the clinic's own answers. Write it with torch."
        return _verdict(patient, "imports the answer", said)
    if reason := cannot_take(test, _takes_one, None):
        clinic = reason.replace("The exercise", "The clinic")
        return _verdict(patient, "stops", clinic.replace("_takes_one", "test"))
    return None


def _takes_one(patient: Function) -> None:
    """The signature of every test."""


def _named(runs: Runs, test: Test, seconds: float) -> TestVerdict:
    """The verdict on all runs together, gravest first."""
    kind, message = _kind(runs, test, seconds)
    row = {label: runs.failed(label) for label, _, _ in runs.versions()}
    return TestVerdict(
        runs.patient.id,
        kind,
        message,
        runs.count(right=False),
        runs.count(right=True),
        row,
        runs.seeds,
        error=runs.stopped if kind in _STOPPED else None,
    )


def _kind(runs: Runs, test: Test, seconds: float) -> tuple[str, str]:
    if "edits" in runs.noted:
        return "edits", _SAYS["edits"].format(what="the patient")
    if "source" in runs.noted:
        return "reads the source", LAZY["reads the source"]
    if runs.late:
        return "slow", _SAYS["slow"].format(seconds=seconds)
    if runs.stopped is not None:
        return _stopped(runs)
    accused, healthy_runs = runs.count(right=True)
    found, sick_runs = runs.count(right=False)
    if not runs.calls:
        lazy = "by name" if "name" in runs.noted else "never looks"
        lazy = "always fails" if lazy == "never looks" and accused else lazy
        return lazy, LAZY[lazy]
    if accused == healthy_runs and found == sick_runs:
        return "always fails", LAZY["always fails"]
    if accused:
        return "accuses", (
            f"Your test accuses a healthy program in {accused} of {healthy_runs} runs."
            " Check something that holds for every right version, whatever the random"
            " numbers, and leave room for rounding."
        )
    if found == sick_runs:
        return "exposes", _SAYS["exposes"]
    return _missed(runs, test, found, sick_runs)


def _stopped(runs: Runs) -> tuple[str, str]:
    assert runs.stopped is not None
    if is_stub_error(runs.stopped):
        return "stub", _SAYS["stub"]
    said = why_stopped(runs.stopped).replace("Your function", "Your test")
    if runs.on_right:
        return "stops", said
    return "wrong reason", (
        f"{said} That happens with the sick patient only, and a stop is no answer: let"
        " an `assert` say what is wrong."
    )


def _missed(runs: Runs, test: Test, found: int, of: int) -> tuple[str, str]:
    """Of a test that accuses nobody and does not find everything."""
    if any(ends["returns"] for ends in runs.ends.values()) and not found:
        return "returns", LAZY["returns"]
    share = f"it fails {found} of {of} runs with sick versions"
    if not found:
        per_run = runs.calls / max(1, sum(c.total() for c in runs.ends.values()))
        lazy = name_of_a_miss(runs.patient, test, per_run)
        said = LAZY.get(lazy, "Your test does not find this bug, in any of its forms.")
        return lazy, f"{said} Here {share}."
    sick = [label for label, _, is_right in runs.versions() if not is_right]
    if runs.failed("shown") and any(not runs.failed(label) for label in sick):
        return "one form", f"{LAZY['one form']} Here {share}."
    if not runs.failed("shown"):
        return "misses", (
            f"Your test does not find the bug in the code that you read; {share}."
        )
    return "sometimes", (
        f"Your test finds the bug only with some random numbers: {share}. Choose inputs"
        " for which the two differ for certain."
    )


def _verdict(
    patient: Patient, kind: str, message: str, error: BaseException | None = None
) -> TestVerdict:
    return TestVerdict(patient.id, kind, message, error=error)
