"""What chapter 20 says is what its cells compute."""

import re
from pathlib import Path

import pytest
import torch

from aigc_course import clinic
from aigc_course.checks import registry
from aigc_course.clinic import invariants, lazy, steps

TEXT = next((Path(__file__).parents[1] / "chapters").glob("20_*.py")).read_text("utf-8")
CELLS = {
    re.search(r'id="([^"]+)"', cell)[1]: cell.partition("\n")[2]
    for cell in re.split(r"^# %% ?", TEXT, flags=re.M)[1:]
}


def says(name: str) -> str:
    """The text of a cell, in one line."""
    return " ".join(CELLS[name].replace("# ", " ").split())


def reference(name: str):
    return registry.get(f"20.{name}").reference


def test_the_lazy_tests_are_as_told() -> None:
    patient = clinic.get("generator_loss")
    right, sick = patient.all_right(), patient.all_sick()
    assert "There are 30 runs with right programs and 20 with sick" in says(
        "20-lazy-after"
    )
    assert (len(right), len(sick)) == (6, 4)
    score = reference("score_test")
    tests = clinic.lazy_tests("generator_loss")
    counts = {k: score(test, right, sick, range(5)) for k, test in tests.items()}
    assert counts.pop("always fails")["false alarms"] == 30
    assert all(c["false alarms"] == 0 and c["missed"] >= 10 for c in counts.values())
    assert len(tests) == 9 and "judges nine of them" in says("20-lazy-text")
    for usual in ("shapes only", "finite only", "loss falls"):
        assert counts[usual]["missed"] == 20  # "which this patient passes"


def test_the_loss_of_the_first_patient_falls_and_its_belief_too() -> None:
    sick = clinic.curves("generator_loss")
    healthy = clinic.curves("generator_loss", healthy=True)
    assert (
        sick["loss"][-1] < sick["loss"][0] and healthy["loss"][-1] < healthy["loss"][0]
    )
    assert sick["D(G(z))"][-1] < sick["D(G(z))"][0]
    assert healthy["D(G(z))"][-1] > healthy["D(G(z))"][0]


def test_the_first_patient_breaks_one_invariant() -> None:
    assert "breaks `aims` and no other one" in says("20-eight-after")
    assert invariants.broken(steps.gan_step) == {}
    sick = clinic.patient("generator_loss")
    found = invariants.broken(lambda: steps.gan_step(g_loss=lambda b, a: sick(a, b)))
    assert list(found) == ["aims"]
    names = re.findall(r"^# ### (\w+)\n#\n# \*", TEXT, flags=re.M)
    assert names == list(invariants.INVARIANTS)


def test_false_alarms_of_a_whole_judgement() -> None:
    assert "about 6 % of all judgements" in says("20-tolerance-after")
    assert pytest.approx(0.06, abs=0.005) == 1 - (1 - 0.001) ** 60


def test_what_twenty_seeds_can_see() -> None:
    assert "about 14 % of the runs" in says("20-runs-after")
    assert reference("runs_needed")(0.14, 0.05) == 20


def test_the_threshold_of_its_own_scores() -> None:
    sick, mine = clinic.patient("c_own_threshold"), reference("own_threshold")
    torch.manual_seed(0)
    rates = []
    for _ in range(300):
        scores = torch.randn(400)
        rates.append([sick(scores, 0.01)[1], mine(scores, 0.01)[1]])
    own, other = torch.tensor(rates).mean(0).tolist()
    assert "reports exactly what was asked for" in says("20-threshold-after")
    assert own == pytest.approx(0.01, abs=1e-6) and other > 1.2 * own


def test_patches_of_the_first_patient_are_refused() -> None:
    patient = clinic.get("generator_loss")
    assert "The cell judges four changes" in says("20-formulas-text")
    kinds = [
        clinic.judge_repair("generator_loss", patch.function).kind
        for patch in patient.patches
    ]
    assert kinds == ["patch"] * 4


def test_the_record_of_the_usual_checks_is_as_told() -> None:
    usual = clinic.recorded_usual()
    counts, n = usual.counts(), len(usual.rows)
    few = [counts[name] for name in ("the loss falls", "finite values", "shapes")]
    three = sum(row.falls or row.finite or row.shapes for row in usual.rows)
    without_step = sum(row.invariants is None for row in usual.rows)
    told = says("20-usual-after")
    assert max(few) < counts["invariants"] and max(few) < n / 4
    assert f"together they find {three}." in told
    assert f"The invariants find {counts['invariants']}." in told
    assert f"together find {counts['all together']}, the number in the title" in told
    assert "still fewer than half" in told and counts["all together"] < n / 2
    assert f"{without_step} of our patients are not a step" in told
    assert f"trained for {lazy.STEPS} steps" in says("20-why-text")


def test_two_of_the_patients_found_stop_with_an_error() -> None:
    assert "`missing_name` and `no_reshape` stop with" in says("20-usual-after")
    stopping = {name for name in clinic.names() if clinic.get(name).raises}
    assert stopping == {"missing_name", "no_reshape"}
    assert "`alone` and `mean` find only this patient" in says("20-trophy-after")
    for row in clinic.recorded_usual().rows:
        if {"alone", "mean"} & set(row.invariants or ()):
            assert row.patient == "no_reshape"


def test_why_no_invariant_finds_the_loss_of_the_discriminator() -> None:
    """A step raises both mean logits, that of the real samples by more."""
    assert "raises the mean logits of real" in says("20-discriminator-after")
    sick = clinic.patient("discriminator_loss")
    for seed in (0, 1, 2):
        torch.manual_seed(seed)
        step = steps.gan_step(d_loss=sick)
        d, fake = step.networks["D"], step.networks["G"](step.inputs["G"]).detach()
        before = d(step.batch).mean().item(), d(fake).mean().item()
        step.advance(step.batch, "D")
        real, made = d(step.batch).mean().item(), d(fake).mean().item()
        assert real - before[0] > made - before[1] > 0
    test = clinic.get("discriminator_loss").reference_test  # of the two slopes
    assert clinic.judge_test("discriminator_loss", test).passed


def test_where_the_patients_of_ward_c_were_reported() -> None:
    names = clinic.names("C")
    reported = [n for n in names if re.search(r"issue|pull", clinic.get(n).origin)]
    told = f"Of the {len(names)} patients of this ward, {len(reported)} follow public"
    assert told in says("20-silent-text")


def test_the_bug_of_the_endless_clinic_is_the_one_of_the_text() -> None:
    from aigc_course.clinic import mutants

    bug = mutants.make(11)
    assert "mutants.make(11)" in CELLS["20-mutant"]
    assert "a doubled batch has the same" in says("20-mutant-text")
    assert bug.proof["operator"] == "reduction"
    assert bug.name == "relativistic_discriminator"


def test_eight_tests_expose_their_patients() -> None:
    asked = [e for e in registry.exercises("20") if e.function.startswith("exposes_")]
    assert "You have written eight tests" in says("20-command-text")
    assert len(asked) == 8
    names = re.findall(r'^    "(\w+)": exposes_(\w+),', CELLS["20-suite"], flags=re.M)
    assert len(names) == 8
    for patient, test in names:
        assert clinic.judge_test(patient, reference(f"exposes_{test}")).passed
