"""Mutants: small slips in the course's own code, handed out with a proof."""

import ast
import importlib
import json
from pathlib import Path

import pytest

from aigc_course.clinic import judge, mutants
from aigc_course.clinic.mutants import number, rewrites, source
from aigc_course.clinic.mutants.place import Place, visited
from aigc_course.clinic.mutants.prove import false_alarms, original, same_results
from aigc_course.errors import CourseError

TARGETS = {t.id: t for t in mutants.targets()}
QUICK = [t for t in mutants.targets() if not t.methods]


def _site(target: str, after: str) -> number.Site:
    """The slip in a target whose changed lines contain `after`."""
    mine = [s for s in mutants.sites() if s.target.id == target]
    return next(s for s in mine if after in s.difference[1])


def test_operators_are_many_and_all_have_work() -> None:
    used = {site.operator.name for site in mutants.sites()}
    assert len(mutants.OPERATORS) >= 12 and used == set(mutants.OPERATORS)
    families = {t.module.split(".")[1] for t in mutants.targets()}
    assert {"gan", "vae", "flow", "attention", "training"} <= families


@pytest.mark.parametrize("target", QUICK, ids=lambda t: t.id)
def test_healthy_code_has_every_property(target: mutants.Target) -> None:
    assert false_alarms(target, range(100, 104)) == {}


@pytest.mark.parametrize("id", [t.id for t in mutants.targets() if t.methods])
def test_healthy_steps_have_every_property(id: str) -> None:
    assert false_alarms(TARGETS[id], range(100, 102)) == {}


def test_an_equivalent_slip_is_refused() -> None:
    site = _site("gan.losses.least_squares_generator", "(1 - fake_logits)")
    assert mutants.examined(site).verdict == "equivalent"


def test_a_loud_slip_is_refused() -> None:
    site = _site("attention.positions.rotate", "stack(turned, dim=0)")
    assert mutants.examined(site).verdict == "loud"


def test_a_silent_slip_is_exposed() -> None:
    site = _site("vae.losses.reparameterise", "(log_variance).exp()")
    proof = mutants.examined(site)
    assert proof.verdict == "exposed" and proof.witness
    assert max(proof.by.values()) == proof.seeds == 20


def test_same_number_same_bug() -> None:
    one, again = mutants.make(5), mutants.make(5)
    assert one.proof == again.proof and one.source == again.source
    others = {mutants.make(n).proof["sha256"] for n in range(6, 8)}
    assert one.proof["sha256"] not in others


@pytest.mark.parametrize("n", [1, 17])
def test_is_judged_like_any_patient(n: int) -> None:
    bug = mutants.make(n)
    assert len(bug.patient.all_right()) >= 3 and len(bug.patient.all_sick()) >= 3
    verdict = judge.judge_test(bug.patient, bug.patient.reference_test)
    assert verdict.kind == "exposes", verdict.message
    lazy = judge.judge_test(bug.patient, lambda patient: None)
    assert not lazy.passed


def test_what_is_read_does_not_give_the_bug_away() -> None:
    bug = mutants.make(4)
    assert "#" not in bug.source and "def " in bug.source
    assert bug.test_signature == f"def test({bug.name}):"
    assert bug.call and bug.symptom.endswith(".")
    ast.parse(bug.source)


def test_the_course_itself_stays_healthy() -> None:
    from aigc_course.gan import losses

    before = losses.minimax
    site = _site("gan.losses.minimax", "relu")
    assert mutants.examined(site).verdict == "exposed"
    assert importlib.import_module("aigc_course.gan.losses").minimax is before


@pytest.mark.parametrize("wrong", [-1, 1.5, "seven", None, True])
def test_numbers_are_whole(wrong: object) -> None:
    with pytest.raises(CourseError, match="whole number from 0 up"):
        mutants.make(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("target", QUICK[::4], ids=lambda t: t.id)
def test_rewritten_code_does_the_same(target: mutants.Target) -> None:
    text = source.text_of(target.module)
    for how in rewrites.REWRITES:
        made = source.load(
            rewrites.rewritten(text, target.name, how), target.module, how
        )
        new = getattr(made, target.name)
        assert same_results(target, new, original(target), 0, 1e-5)


def test_comments_go_and_texts_stay() -> None:
    text = 'x = "#"  # why\n# alone\ny = 1\n'
    assert source.without_comments(text) == 'x = "#"\ny = 1\n'


def test_refusals_of_bad_input_are_left_alone() -> None:
    text = (
        "def f(x):\n    if x < 0:\n        raise ValueError(f'{x - 1}')\n    return x\n"
    )
    function = source.function_in(ast.parse(text), "f")
    kinds = {type(n) for n in visited(function)}
    assert not kinds & {ast.Raise, ast.Compare, ast.BinOp}
    assert Place(text, function).names == {"x"}


RECORD = Path(__file__).parents[1] / "benchmarks" / "records" / "clinic.json"


def test_the_record_of_two_hundred_numbers() -> None:
    """Of the silent slips that change something nearly all are found by the suite."""
    found = json.loads(RECORD.read_text())["figures"]["mutants"]
    assert found["numbers"] == found["handed_out"] == found["different_bugs"] == 200
    assert found["exposed_share"] >= 0.95 and found["false_alarms_of_the_suite"] == 0
    assert found["same_again"] and found["operators"] >= 12
    assert all(max(row["found by"].values()) == row["seeds"] for row in found["rows"])


def test_the_record_of_all_patients() -> None:
    found = json.loads(RECORD.read_text())["figures"]["matrix"]
    assert found["others"] >= 14 and found["fewest_right"] >= 3
    assert found["sick_runs_found"][0] == found["sick_runs_found"][1]
    assert found["healthy_runs_accused"][0] == 0
    assert found["healthy_runs_accused"][1] >= 2000
    assert found["always_lazy_passed"] == [] and found["fewest_lazy_refused"] >= 6
    for key in ("repairs_accepted", "patches_refused"):
        assert found[key][0] == found[key][1]


def test_a_proof_is_kept_with_its_number() -> None:
    """The record's first bugs are still those of their numbers."""
    rows = json.loads(RECORD.read_text())["figures"]["mutants"]["rows"]
    for row in rows[20:23]:
        assert mutants.make(row["number"]).proof["sha256"] == row["sha256"]
