"""The usual checks, and how many of all patients each of them finds.

A check finds a patient when it is silent on the reference repair and speaks on the sick
code, with every one of a few seeds. What it says of healthy code too, it does not find.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aigc_course import files
from aigc_course.checks import guard
from aigc_course.checks.verdict import Page, table_page
from aigc_course.clinic import registry
from aigc_course.clinic.invariants import INVARIANTS, Make, broken
from aigc_course.clinic.judge import exposes
from aigc_course.clinic.lazy import Test, lazy_tests, lets_pass
from aigc_course.clinic.patient import Function, Patient

SEEDS = (0, 1, 2)
RECORD = Path(__file__).parent / "usual.json"


@dataclass(frozen=True)
class UsualRow:
    """Which of the usual checks find one patient.

    invariants: the ids of those that it breaks and that its repair keeps; None where
    the patient is no part of a training step.
    """

    patient: str
    ward: str
    falls: bool
    finite: bool
    shapes: bool
    invariants: tuple[str, ...] | None

    @property
    def found(self) -> tuple[str, ...]:
        """The names of the checks that find it."""
        pairs = (
            ("the loss falls", self.falls),
            ("finite values", self.finite),
            ("shapes", self.shapes),
            ("invariants", bool(self.invariants)),
        )
        return tuple(name for name, finds in pairs if finds)


@dataclass(frozen=True)
class Usual:
    """A row for each patient."""

    rows: list[UsualRow]

    def counts(self) -> dict[str, int]:
        """How many patients each check finds, and how many all four together."""
        checks = ("the loss falls", "finite values", "shapes", "invariants")
        counts = {name: sum(name in row.found for row in self.rows) for name in checks}
        return {**counts, "all together": sum(bool(row.found) for row in self.rows)}

    def table(self) -> Page:
        """Check by patient; the last row counts."""
        head = ("patient", "ward", "loss falls", "finite", "shapes", "invariants")
        rows = [_cells(row) for row in self.rows]
        counts = self.counts()
        of = f"of {len(self.rows)}"
        numbers = [str(n) for n in list(counts.values())[:4]]
        rows.append((of, "", *numbers))
        title = (
            f"Usual checks and invariants find {counts['all together']} of"
            f" {len(self.rows)} patients"
        )
        return table_page(title, head, rows)


def _cells(row: UsualRow) -> tuple[str, ...]:
    marks = ("yes" if finds else "-" for finds in (row.falls, row.finite, row.shapes))
    last = "no step" if row.invariants is None else ", ".join(row.invariants) or "-"
    return (row.patient, row.ward, *marks, last)


def usual(names: Iterable[str] | None = None) -> Usual:
    """Run the four checks on the patients, by default on all."""
    with guard.untouched():
        rows = [_row(registry.get(n)) for n in (names or registry.names())]
    return Usual(rows)


def recorded_usual() -> Usual:
    """The same for all patients, as it was written down by `write_record`."""
    told = files.read_json(RECORD)["rows"]
    return Usual([UsualRow(**{**row, "invariants": _ids(row)}) for row in told])


def write_record(path: Path = RECORD) -> Usual:
    """Run the checks on all patients and write down what they find."""
    found = usual()
    rows = [asdict(row) for row in found.rows]
    files.write_json(path, {"seeds": SEEDS, "counts": found.counts(), "rows": rows})
    return found


def _ids(row: dict[str, Any]) -> tuple[str, ...] | None:
    return None if row["invariants"] is None else tuple(row["invariants"])


def _row(patient: Patient) -> UsualRow:
    lazy = lazy_tests(patient)
    return UsualRow(
        patient.id,
        patient.ward,
        _finds(patient, lazy.get("loss falls")),
        _finds(patient, lazy.get("finite only")),
        _finds(patient, lazy.get("shapes only")),
        _breaks(patient),
    )


def _finds(patient: Patient, check: Test | None) -> bool:
    if check is None:
        return False
    return all(
        lets_pass(check, patient.healthy, seed)
        and not lets_pass(check, patient.sick, seed)
        for seed in SEEDS
    )


def _breaks(patient: Patient) -> tuple[str, ...] | None:
    opened = patient.opened
    if opened is None:
        return None
    found: list[set[str]] = []
    for seed in SEEDS:
        healthy = broken(_step(opened, patient.healthy), seed)
        sick = broken(_step(opened, patient.sick), seed)
        found.append(sick.keys() - healthy.keys())
    every = set.intersection(*found)
    return tuple(id for id in INVARIANTS if id in every)


def _step(opened: Function, version: Function) -> Make:
    return lambda: opened(version)


def curves(
    name: str | Patient, steps: int = 60, *, healthy: bool = False, seed: int = 0
) -> dict[str, list[float]]:
    """The symptom as numbers: curves of a training with the sick code, by name.

    healthy: with the reference repair instead.
    """
    one = registry.get(name)
    if one.training is None:
        return {}
    with guard.untouched():
        guard.fresh(seed)
        found: dict[str, list[float]] = one.training(
            one.healthy if healthy else one.sick, steps
        )
    return found


@dataclass(frozen=True)
class Confusion:
    """Which test exposes which patient: found[patient][test], None where it stops."""

    found: dict[str, dict[str, bool | None]]

    def table(self) -> Page:
        """Patients by tests: "found", "-", or "stops" where a test cannot be used."""
        tests = list(next(iter(self.found.values()), {}))
        rows = [
            (name, *(_WORDS[row[test]] for test in tests))
            for name, row in self.found.items()
        ]
        hits = sum(v is True for row in self.found.values() for v in row.values())
        return table_page(f"Bugs by tests: {hits} found", ("patient", *tests), rows)


_WORDS = {True: "found", False: "-", None: "stops"}


def confusion(
    tests: dict[str, Test], names: Iterable[str] | None = None, seeds: int = 3
) -> Confusion:
    """Run every test on every patient: a few seeds, the shown and the repaired code."""
    found: dict[str, dict[str, bool | None]] = {}
    for name in names or registry.names():
        one = registry.get(name)
        found[one.id] = {t: exposes(one, test, seeds) for t, test in tests.items()}
    return Confusion(found)


if __name__ == "__main__":
    print(write_record().table())
