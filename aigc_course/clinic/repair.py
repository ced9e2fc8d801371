"""Judges a repair: it cures the bug, changes nothing else, and is no new program.

A repair must have the hidden properties, behave as the reference everywhere that the
bug did not touch, up to 1e-6, and stay within an allowance of edits. What only hides
the symptom is recognised and answered in its own sentence.
"""

import functools
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch

from aigc_course.checks import guard
from aigc_course.checks.attempt import cannot_take, is_stub, is_stub_error, why_stopped
from aigc_course.checks.compare import difference
from aigc_course.checks.fit import fit
from aigc_course.checks.judge import holds
from aigc_course.clinic.edits import allowance, edits, uses_answers
from aigc_course.clinic.judge import OUTPUT
from aigc_course.clinic.lazy import words
from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.watch import Mask, Surroundings, TimeIsUp, clock, warm_up

COLLATERAL = 1e-6  # by which a repaired function may differ where nothing was broken
ALIKE = 1e-4  # within which two answers do the same
SEEDS = 3
SECONDS = 15.0  # of the processor, for one repair

_SAYS = {
    "cured": "Your repair has every property of a healthy version, and nothing else has"
    " changed.",
    "unchanged": "Your function does what the patient does: the bug is still there.",
    "slow": "Your repair takes more than {seconds:g} s for a few small calls.",
    "stub": "The repair is not written yet.",
    "edits": "Your function changes {what}. Leave torch and Python as they are.",
    "imports the answer": "Your function uses the clinic's own code. Write the repair"
    " with torch.",
}
# names in a failed repair, and what they hide
_HIDES = {
    "nan_to_num": "`nan_to_num` replaces the values that show the bug",
    "clamp": "`clamp` limits the values that show the bug",
    "clip": "`clip` limits the values that show the bug",
    "detach": "`detach` stops a gradient and does not correct it",
}


@dataclass(frozen=True)
class RepairVerdict:
    """What judging a repair found.

    kind: "cured", "unchanged", "patch", "property", "collateral", "rewritten",
    "imports the answer", "edits", "stops", "slow" or "stub". patch: the name of the
    recognised symptom patch. violated: the names of the hidden properties that fail.
    edits, allowed: changed instructions. error: the exception that stopped it.
    """

    patient: str
    kind: str
    message: str
    patch: str = ""
    violated: tuple[str, ...] = ()
    edits: int = 0
    allowed: int = 0
    seconds: float = 0.0
    error: BaseException | None = None
    said: str = ""

    @property
    def passed(self) -> bool:
        """Whether the repair cures the patient."""
        return self.kind == "cured"

    def __str__(self) -> str:
        text = f"{self.patient}: {self.kind}\n  {self.message}"
        return f"{text}\n  Its output: {self.said}" if self.said else text


def judge_repair(
    patient: Patient,
    repair: Function,
    *,
    seeds: int = SEEDS,
    first_seed: int = 0,
    seconds: float = SECONDS,
) -> RepairVerdict:
    """The verdict on a repair; random states and torch are as before afterwards.

    Never raises for what the repair does, KeyboardInterrupt excepted.
    """
    warm_up()
    start = time.process_time()
    with guard.untouched(OUTPUT) as record:
        try:
            verdict = treated(
                patient, repair, range(first_seed, first_seed + seeds), seconds
            )
        except guard.TooMuchOutput as error:
            said = f"Your function prints {error}."
            verdict = RepairVerdict(patient.id, "stops", said, error=error)
        said = record.said()
    said = "" if verdict.passed else said
    return replace(verdict, seconds=time.process_time() - start, said=said)


def treated(
    patient: Patient,
    repair: Function,
    seeds: range,
    seconds: float = SECONDS,
    written: Function | None = None,
) -> RepairVerdict:
    """The same where `guard.untouched` is active already.

    written: the function whose code is read, where `repair` is a wrapper around it.
    """
    code = repair if written is None else written
    if verdict := _before(patient, code):
        return verdict
    around = Surroundings(patient.sick)
    try:
        with clock(seconds):
            verdict = _treated(patient, Mask(repair, patient.name), code, seeds)
    except TimeIsUp:
        verdict = _verdict(patient, "slow", _SAYS["slow"].format(seconds=seconds))
    finally:
        changed = around.restored()
    if changed:
        return _verdict(patient, "edits", _SAYS["edits"].format(what=f"`{changed}`"))
    return verdict


def _before(patient: Patient, repair: Function) -> RepairVerdict | None:
    if not callable(repair):
        said = f"The check needs the function `{patient.name}` itself."
        return _verdict(patient, "stops", said)
    if is_stub(repair):
        return _verdict(patient, "stub", _SAYS["stub"])
    if said := cannot_take(repair, patient.sick, None):
        return _verdict(patient, "stops", said)
    if uses_answers(repair):
        return _verdict(patient, "imports the answer", _SAYS["imports the answer"])
    return None


def _treated(
    patient: Patient, repair: Mask, code: Function, seeds: range
) -> RepairVerdict:
    try:
        found = [one for seed in seeds for one in violations(patient, repair, seed)]
    except _Stopped as stopped:
        return _stops(patient, stopped.error)
    names = tuple(dict.fromkeys(name for name, _ in found))
    if verdict := _recognised(patient, repair, seeds[0], cured=not found):
        return replace(verdict, violated=names)
    if found:
        return replace(_broken(patient, found[0][1], code), violated=names)
    for seed in seeds:
        if said := collateral(patient, repair, seed):
            return _verdict(patient, "collateral", f"The bug is cured, but {said}")
    return _measured(patient, code)


class _Stopped(Exception):
    """The repair let an exception out."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(str(error))
        self.error = error


class _Fitted:
    """A version whose results are brought to the kinds of the reference's.

    like: what the reference returns, call by call; without it results are noted in it.
    """

    def __init__(self, version: Function, like: list[object] | None = None) -> None:
        self.version, self.like = version, like
        self.returned: list[object] = []

    def __call__(self, *given: Any, **named: Any) -> Any:
        result = self.version(*given, **named)
        if self.like:
            result = fit(result, self.like[min(len(self.returned), len(self.like) - 1)])
        self.returned.append(result)
        return result


@functools.lru_cache(maxsize=512)
def _likes(patient: Patient, look: Function, seed: int) -> list[object]:
    """What the reference repair returns while `look` looks at it."""
    noted = _Fitted(patient.healthy)
    guard.fresh(seed)
    look(noted)
    return noted.returned


def looked(patient: Patient, look: Function, version: Function, seed: int) -> Any:
    """What one of the patient's functions finds of a version, after seeding.

    A number stands for a tensor of one entry, and float64 for float32, as everywhere in
    the course's checks.
    """
    like = _likes(patient, look, seed)
    guard.fresh(seed)
    return look(_Fitted(version, like))


def violations(patient: Patient, repair: Mask, seed: int) -> Iterator[tuple[str, str]]:
    """Name and sentence of each hidden property that a repair lacks."""
    for rule in patient.properties:
        try:
            answer = looked(patient, rule.holds, repair, seed)
        except (Exception, SystemExit) as error:
            if repair.let_out(error) or isinstance(error, SystemExit):
                raise _Stopped(error) from None
            answer = str(error) if isinstance(error, AssertionError) else False
        if not holds(answer):
            yield rule.name, answer if isinstance(answer, str) and answer else rule.says


def collateral(patient: Patient, repair: Function, seed: int) -> str:
    """How a repair differs where the bug was not, as the rest of a sentence, or ""."""
    want = looked(patient, patient.untouched, patient.healthy, seed)
    drawn = torch.get_rng_state()
    try:
        got = looked(patient, patient.untouched, repair, seed)
    except (Exception, SystemExit) as error:
        return f"a part that was healthy stops now with {type(error).__name__}."
    if said := unlike(got, want, COLLATERAL):
        return f"something else has changed: {said[0].lower()}{said[1:]}"
    if patient.same_draws and not torch.equal(drawn, torch.get_rng_state()):
        return (
            "your function draws another number of random numbers than a healthy one,"
            " so everything after it is drawn otherwise."
        )
    return ""


def unlike(got: object, want: object, tolerance: float) -> str | None:
    """How two dicts of results differ, as a sentence; None when they do not."""
    if (
        not isinstance(got, dict)
        or not isinstance(want, dict)
        or got.keys() != want.keys()
    ):
        return difference(got, want, tolerance)
    for name, value in want.items():
        try:
            said = difference(got[name], value, tolerance, what=name)
        except Exception as error:  # a repair may return anything
            said = f"{name} cannot be compared ({type(error).__name__})."
        if said:
            return said
    return None


def _recognised(
    patient: Patient, repair: Mask, seed: int, cured: bool
) -> RepairVerdict | None:
    """The verdict on what does the same as the patient or a known symptom patch."""
    if cured and not patient.patches:
        return None
    got = behaviour(patient, repair, seed)
    if got is None:
        return None
    if not cured and alike(got, behaviour(patient, patient.sick, seed)):
        return _verdict(patient, "unchanged", _SAYS["unchanged"])
    for patch in patient.patches:
        if alike(got, behaviour(patient, patch.function, seed)):
            found = _verdict(patient, "patch", patch.says)
            return replace(found, patch=patch.name)
    return None


def behaviour(patient: Patient, version: Function, seed: int) -> object:
    """What a version does, or None where it stops or returns what cannot be used."""
    try:
        return looked(patient, patient.behaviour, version, seed)
    except (Exception, SystemExit):
        return None


def alike(one: object, other: object) -> bool:
    """Whether two versions do the same, both ways."""
    if one is None or other is None:
        return False
    return not unlike(one, other, ALIKE) and not unlike(other, one, ALIKE)


def _broken(patient: Patient, says: str, code: Function) -> RepairVerdict:
    message = f"This should hold: {says}"
    if hides := _hiding(code, patient.sick):
        message = f"{message} {hides}."
    return _verdict(patient, "property", message)


def _hiding(code: Function, original: Function) -> str:
    added = words(code) - words(original)
    return next((_HIDES[name] for name in _HIDES if name in added), "")


def _measured(patient: Patient, code: Function) -> RepairVerdict:
    count, allowed = edits(code, patient.sick), allowance(patient.healthy, patient.sick)
    found = _verdict(patient, "cured", _SAYS["cured"])
    if count > allowed:
        found = _verdict(
            patient,
            "rewritten",
            f"Your function is right, but it is a new one: {count} instructions are"
            f" not the patient's, and {allowed} may be. Change only what is wrong.",
        )
    return replace(found, edits=count, allowed=allowed)


def _stops(patient: Patient, error: BaseException) -> RepairVerdict:
    if is_stub_error(error):
        return replace(_verdict(patient, "stub", _SAYS["stub"]), error=error)
    return replace(_verdict(patient, "stops", why_stopped(error)), error=error)


def _verdict(patient: Patient, kind: str, message: str) -> RepairVerdict:
    return RepairVerdict(patient.id, kind, message)
