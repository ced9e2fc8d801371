"""The failure gallery: does each case fail, and which changes cure it?"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from aigc_course.failures import CASES, Case
from aigc_course.failures.remedies import REMEDIES, Remedy
from aigc_course.studies.config import describe
from aigc_course.studies.study import Cell, Column, Method, Study


def study() -> Study:
    """Each case as it is, "A", and with each of its remedies, "A-repaired" first."""
    methods = {}
    for letter, case in CASES.items():
        methods[letter] = _method(case, None)
        for remedy in REMEDIES[letter]:
            methods[f"{letter}-{remedy.key}"] = _method(case, remedy)
    return Study(
        "gallery",
        "Does every case of the gallery fail, and which changes cure it?",
        methods,
        columns=(Column("as_said", "1 is yes", kind="count"),),
        failed=lambda outcome: not outcome["as_said"],
        rule="a case does not show its failure, or what was changed does not cure it",
        seconds=6,
        data="auto",
    )


def _method(case: Case, remedy: Remedy | None) -> Method:
    changes = dict(remedy.changes) if remedy else {}
    config = {"settings": {**case.settings, **changes}, "steps": case.steps}
    about = f"{case.name}: {remedy.words}" if remedy else case.name
    run = partial(run_case, case, changes, remedy is not None)
    return Method(run, describe(config), about)


def run_case(
    case: Case, changes: Mapping[str, Any], changed: bool, cell: Cell
) -> dict[str, Any]:
    """Train a case and say whether it fails or, when it was changed, is cured."""
    trial = case.run(changes, cell.seed, data=cell.data, steps=cell.steps(case.steps))
    expected = case.cured(trial) if changed else case.shows_failure(trial)
    return {"as_said": int(expected), **trial.outcome}
