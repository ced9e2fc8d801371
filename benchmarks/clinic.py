"""How the bug clinic judges: every patient, and two hundred mutants.

    python benchmarks/clinic.py                  # about 10 minutes on two quiet cores
    python benchmarks/clinic.py --only mutants   # one part; the other stays as it is

matrix: the reference test of each patient on all its right and sick versions with 20
seeds, the lazy tests, the repairs and the symptom patches, with the time of each.
mutants: the numbers 0 to 199, each examined; then handed out and judged.
"""

import argparse
import json
import time
from collections import Counter
from typing import Any

from records import FOLDER, record

from aigc_course import clinic
from aigc_course.clinic import mutants
from aigc_course.clinic.lazy import ALWAYS_LAZY, lazy_tests
from aigc_course.clinic.mutants.prove import false_alarms
from aigc_course.clinic.patient import Patient

RECORD = FOLDER / "clinic.json"
NUMBERS = 200
PARTS = ("matrix", "mutants")


def of_patient(patient: Patient) -> dict[str, Any]:
    """One row of the matrix."""
    test = clinic.judge_test(patient, patient.reference_test)
    lazy = {k: clinic.judge_test(patient, t) for k, t in lazy_tests(patient).items()}
    repairs = [clinic.judge_repair(patient, f) for f in patient.repairs]
    patches = [clinic.judge_repair(patient, p.function) for p in patient.patches]
    return {
        "ward": patient.ward,
        "number": patient.number,
        "right": len(patient.all_right()),
        "sick": len(patient.all_sick()),
        "test": test.kind,
        "found": list(test.found),
        "accused": list(test.accused),
        "test_s": round(test.seconds, 2),
        "lazy_refused": sorted(k for k, v in lazy.items() if not v.passed),
        "lazy_passed": sorted(k for k, v in lazy.items() if v.passed),
        "repairs_accepted": [sum(v.passed for v in repairs), len(repairs)],
        "patches_refused": [sum(not v.passed for v in patches), len(patches)],
        "patches_named": sum(v.kind == "patch" for v in patches),
        "repair_s": round(max(v.seconds for v in repairs), 2),
    }


def of_matrix() -> dict[str, Any]:
    """All patients, and the sums that the bars are about."""
    rows: dict[str, Any] = {}
    for name in clinic.names():
        rows[name] = of_patient(clinic.get(name))
        print(f"{name}: {json.dumps(rows[name])}", flush=True)
    every = list(rows.values())
    numbers = {row["number"] for row in every} - {0}
    always = set(ALWAYS_LAZY)
    return {
        "patients": len(rows),
        "of_the_list": sorted(numbers),
        "others": sum(row["number"] == 0 for row in every),
        "fewest_right": min(row["right"] for row in every),
        "fewest_sick": min(row["sick"] for row in every),
        "sick_runs_found": _sum(every, "found"),
        "healthy_runs_accused": _sum(every, "accused"),
        "kinds_always_lazy": sorted(always),
        "always_lazy_passed": [
            n for n, row in rows.items() if always & set(row["lazy_passed"])
        ],
        "fewest_lazy_refused": min(len(row["lazy_refused"]) for row in every),
        "repairs_accepted": _sum(every, "repairs_accepted"),
        "patches_refused": _sum(every, "patches_refused"),
        "longest_test_s": max(row["test_s"] for row in every),
        "longest_repair_s": max(row["repair_s"] for row in every),
        "rows": rows,
    }


def _sum(rows: list[dict[str, Any]], key: str) -> list[int]:
    return [sum(row[key][i] for row in rows) for i in (0, 1)]


def of_mutants() -> dict[str, Any]:
    """The first slip of each number with its verdict; then what is handed out."""
    verdicts, by_invariant, rows = Counter[str](), 0, []
    kinds, seconds, operators = Counter[str](), [], Counter[str]()
    for number in range(NUMBERS):
        proof = mutants.examined(next(mutants.candidates(number)))
        verdicts[proof.verdict] += 1
        by_invariant += proof.verdict == "exposed" and proof.invariant
        start = time.perf_counter()
        bug = mutants.make(number)
        made = time.perf_counter() - start
        judged = clinic.judge_test(bug.patient, bug.patient.reference_test)
        kinds[judged.kind] += 1
        operators[bug.proof["operator"]] += 1
        seconds.append((made, judged.seconds))
        rows.append(_row(number, bug, judged.kind))
        print(number, proof.verdict, judged.kind, round(made, 2), flush=True)
    alarms = {t.id: false_alarms(t) for t in mutants.targets()}
    silent = verdicts["exposed"] + verdicts["escaped"]
    return {
        "numbers": NUMBERS,
        "targets": len(mutants.targets()),
        "properties": sum(len(t.suite()) for t in mutants.targets()),
        "false_alarms_of_the_suite": sum(map(len, alarms.values())),
        "slips": len(mutants.sites()),
        "operators": len(mutants.OPERATORS),
        "operators_handed_out": dict(sorted(operators.items())),
        "first_slips": dict(verdicts),
        "silent_and_different": silent,
        "exposed_share": round(verdicts["exposed"] / silent, 4),
        "exposed_by_an_invariant": by_invariant,
        "handed_out": len(rows),
        "judged": dict(kinds),
        "different_bugs": len({row["sha256"] for row in rows}),
        "same_again": all(_again(row) for row in rows[::10]),
        "longest_make_s": round(max(s for s, _ in seconds[1:]), 2),
        "mean_make_s": round(sum(s for s, _ in seconds[1:]) / (NUMBERS - 1), 2),
        "longest_test_s": round(max(s for _, s in seconds), 2),
        "rows": rows,
    }


def _row(number: int, bug: mutants.Mutant, judged: str) -> dict[str, Any]:
    """What is kept of a mutant: where it is, and what proves it."""
    kept = ("target", "place", "operator", "found by", "seeds", "sha256")
    refused = [f"{r['at']}, {r['by']}: {r['as']}" for r in bug.refused]
    proof = {key: bug.proof[key] for key in kept}
    return {"number": number, **proof, "judged": judged, "refused": refused}


def _again(row: dict[str, Any]) -> bool:
    return bool(mutants.make(row["number"]).proof["sha256"] == row["sha256"])


def main() -> None:
    """Run the parts that are asked for, and keep the others."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=PARTS)
    only = parser.parse_args().only
    old = json.loads(RECORD.read_text())["figures"] if RECORD.exists() else {}
    found = {"matrix": of_matrix, "mutants": of_mutants}
    parts = {p: found[p]() if only in (None, p) else old.get(p) for p in PARTS}
    record("clinic", {p: v for p, v in parts.items() if v is not None}, seeds=20)


if __name__ == "__main__":
    main()
