"""The failure gallery: does each case fail, and does its repair cure it?"""

from functools import partial
from typing import Any

from aigc_course.gallery import CASES, Case
from aigc_course.studies.config import describe
from aigc_course.studies.study import Cell, Column, Method, Study


def gallery() -> Study:
    """Each case as it is, "A", and with its reference repair, "A-repaired"."""
    methods = {}
    for letter, case in CASES.items():
        methods[letter] = _method(case, repaired=False)
        methods[f"{letter}-repaired"] = _method(case, repaired=True)
    return Study(
        "gallery",
        "Does every case of the gallery fail, and does its repair cure it?",
        methods,
        columns=(Column("as_said", "1 is yes", kind="count"),),
        failed=lambda outcome: not outcome["as_said"],
        rule="a case does not show its failure, or its repair does not cure it",
        seconds=6,
        data="auto",
    )


def _method(case: Case, repaired: bool) -> Method:
    changes = dict(case.repair) if repaired else {}
    config = {"settings": {**case.settings, **changes}, "steps": case.steps}
    about = f"{case.name}, repaired" if repaired else case.name
    return Method(partial(run_case, case, changes, repaired), describe(config), about)


def run_case(
    case: Case, changes: dict[str, Any], repaired: bool, cell: Cell
) -> dict[str, Any]:
    """Train a case and say whether the outcome is what the gallery says."""
    trial = case.run(changes, cell.seed, data=cell.data, steps=cell.steps(case.steps))
    expected = case.cured(trial) if repaired else case.shows_failure(trial)
    return {"as_said": int(expected), **trial.outcome}
