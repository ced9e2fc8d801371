"""Checks a patient: that all its parts do what judging counts on."""

import copy
from collections.abc import Iterator

from aigc_course.checks import guard
from aigc_course.clinic import registry
from aigc_course.clinic.judge import judge_test
from aigc_course.clinic.lazy import ALWAYS_LAZY, lazy_tests
from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.repair import (
    COLLATERAL,
    alike,
    behaviour,
    collateral,
    judge_repair,
    unlike,
    violations,
)
from aigc_course.clinic.watch import Mask

LINES = 25
_ENOUGH = {"repairs": 3, "rights": 3, "disguises": 3, "patches": 3, "properties": 2}


def complaints(name: str | Patient) -> list[str]:
    """What is wrong with a patient, a sentence for each; none when it is sound."""
    patient = registry.get(name)
    found = list(_incomplete(patient))
    if found:
        return found
    with guard.untouched():
        parts = (_forms(patient), _curves(patient), _tests(patient), _repairs(patient))
        return [said for part in parts for said in part]


def _incomplete(patient: Patient) -> Iterator[str]:
    for part, least in _ENOUGH.items():
        count = len(getattr(patient, part))
        if count < least:
            yield f"There are {count} {part}; at least {least} are needed."
    for part in ("sick", "reference_test", "usual_call", "behaviour", "untouched"):
        if not hasattr(patient, part):
            yield f"Its {part} is missing."
    if patient.training is None:
        yield "Its training is missing."
    sentences = [patient.symptom, patient.cause, *(p.says for p in patient.patches)]
    sentences += [rule.says for rule in patient.properties]
    for one in sentences:
        if len(one) < 9 or not one.endswith("."):
            yield f"No sentence: {one!r}."


def _forms(patient: Patient) -> Iterator[str]:
    lines = len(patient.code().splitlines())
    if lines > LINES:
        yield f"The shown code has {lines} lines; at most {LINES} are read with ease."
    sick = behaviour(patient, patient.sick, 0)
    same = [alike(behaviour(patient, f, 0), sick) for f in patient.disguises]
    if sick is not None and all(same):
        yield "Every disguise gives the numbers of the shown code in `does`."
    guard.fresh(0)
    want = patient.untouched(patient.healthy)
    guard.fresh(0)
    try:
        said = unlike(patient.untouched(patient.sick), want, COLLATERAL)
    except Exception as error:
        said = f"it stops with {type(error).__name__}."
    if said and not patient.raises:
        yield f"The bug touches what `elsewhere` looks at: {said}"


def _curves(patient: Patient) -> Iterator[str]:
    assert patient.training is not None
    for version in (patient.sick, patient.healthy):
        guard.fresh(0)
        try:
            found = patient.training(version, 8)
        except Exception as error:
            if not patient.raises:
                yield f"The training stops with {type(error).__name__}: {error}."
            continue
        missing = {"loss", patient.figure[1]} - found.keys()
        if missing:
            yield f"The training has no curve {sorted(missing)}."


def _tests(patient: Patient) -> Iterator[str]:
    verdict = judge_test(patient, patient.reference_test)
    if not verdict.passed:
        yield f"The reference test: {verdict.message} {verdict.row}"
    if verdict.seconds > 5:
        yield f"The reference test takes {verdict.seconds:.1f} s."
    lazy = lazy_tests(patient)
    for kind in ALWAYS_LAZY:
        found = judge_test(patient, lazy[kind])
        if found.kind != kind:
            yield f'The lazy test "{kind}" is called "{found.kind}": {found.message}'
    for kind in lazy.keys() - set(ALWAYS_LAZY):
        found = judge_test(patient, lazy[kind], seconds=20)
        if found.passed and not _exposes_truly(patient, lazy[kind]):
            yield f'The lazy test "{kind}" passes by chance.'


def _exposes_truly(patient: Patient, test: Function) -> bool:
    return judge_test(patient, test, first_seed=100, seconds=20).passed


def _repairs(patient: Patient) -> Iterator[str]:
    for i, one in enumerate(patient.repairs):
        verdict = judge_repair(patient, one)
        if not verdict.passed:
            yield f"Repair {i + 1}, {one.__name__}: {verdict.kind}. {verdict.message}"
    for one in patient.all_right():
        yield from _lacks(patient, one)
    for patch in patient.patches:
        verdict = judge_repair(patient, patch.function)
        if (verdict.kind, verdict.patch) != ("patch", patch.name):
            yield f"Patch {patch.name} is called {verdict.kind} {verdict.patch}."
        if judge_repair(_unaware(patient), patch.function).passed:
            yield f"Patch {patch.name} would pass where it is not recognised."
    unchanged = judge_repair(patient, patient.sick)
    if unchanged.kind != "unchanged" and not patient.raises:
        yield f"The sick code as a repair is called {unchanged.kind}."
    for one in patient.disguises:
        if judge_repair(patient, one).passed:
            yield f"The disguise {one.__name__} is taken for a repair."


def _unaware(patient: Patient) -> Patient:
    """The patient where nobody knows its symptom patches."""
    one = copy.copy(patient)
    one.patches = []
    return one


def _lacks(patient: Patient, version: Function) -> Iterator[str]:
    """What a right version lacks of the hidden properties, and where it differs."""
    try:
        found = list(violations(patient, Mask(version, patient.name), 0))
    except Exception as error:
        yield f"The right version {version.__name__} stops: {error}."
        return
    for name, says in found:
        yield f"The right version {version.__name__} lacks {name}: {says}"
    if said := collateral(patient, version, 0):
        yield f"The right version {version.__name__}: {said}"


def assert_patient_sound(name: str | Patient) -> None:
    """Raise AssertionError with every complaint about a patient."""
    found = complaints(name)
    assert not found, f"{registry.get(name).id}:\n" + "\n".join(found)
