"""The 25 known mistakes: each patient against its own matrix, and the claims."""

import math

import pytest

from aigc_course import clinic
from aigc_course.clinic import sound
from aigc_course.clinic.judge import judge_test
from aigc_course.clinic.patients import claims
from aigc_course.clinic.repair import judge_repair

WARDS_AB = [name for name in clinic.names() if clinic.get(name).ward in ("A", "B")]
# some have a symptom that can be seen in the curve of its figure: sick minus healthy
SYMPTOMS = {
    "generator_loss": -1,
    "discriminator_loss": 1,
    "vae_objective": 1,
    "vae_parts": 1,
    "total_loss": 1,
    "no_steps": 1,
    "same_scores": 1,
    "shared_adam": 1,
    "combined_model": 1,
    "nine_scores": 1,
    "pair_scores": -1,
    "attention_weights": 1,
    "piecewise_output": -1,
    "maximised_loss": -1,
    "picture_range": 1,
    "figure_size": 1,
    "strided_generator": 1,
    "sixteen_opinions": 1,
    "noisy_loop": 1,
}


def test_all_24_mistakes_are_alive() -> None:
    numbers = {clinic.get(name).number for name in WARDS_AB}
    assert numbers == set(range(1, 25))
    wards = {clinic.get(name).number: clinic.get(name).ward for name in WARDS_AB}
    assert all(wards[n] == ("A" if n <= 10 else "B") for n in wards)


@pytest.mark.parametrize("name", WARDS_AB)
def test_matrix(name: str) -> None:
    """Right versions pass and disguises fail; 20 seeds are in benchmarks/clinic.py."""
    patient = clinic.get(name)
    verdict = judge_test(patient, patient.reference_test, seeds=5, first_seed=1000)
    assert verdict.kind == "exposes", verdict
    sick, right = len(patient.all_sick()), len(patient.all_right())
    assert sick >= 4 and right >= 6
    assert verdict.found == (5 * sick, 5 * sick)
    assert verdict.accused == (0, 5 * right)


@pytest.mark.parametrize("name", WARDS_AB)
def test_repairs_and_patches(name: str) -> None:
    patient = clinic.get(name)
    assert len(patient.repairs) >= 3 and len(patient.patches) >= 3
    for repair in patient.repairs:
        verdict = judge_repair(patient, repair, seeds=1)
        assert verdict.kind == "cured", (repair.__name__, verdict)
    for patch in patient.patches:
        verdict = judge_repair(patient, patch.function, seeds=1)
        assert verdict.kind == "patch" and verdict.patch == patch.name


@pytest.mark.parametrize("name", ["vae_objective", "two_losses", "nine_scores"])
def test_patient_is_sound(name: str) -> None:
    """All of `complaints`, lazy tests included; for all patients it takes minutes."""
    sound.assert_patient_sound(name)


@pytest.mark.parametrize("name", SYMPTOMS)
def test_symptom_is_measured(name: str) -> None:
    """The curve of the figure differs from a healthy one in the stated direction."""
    curve = clinic.get(name).figure[1]
    sick = clinic.curves(name)[curve][-10:]
    healthy = clinic.curves(name, healthy=True)[curve][-10:]
    difference = sum(sick) / len(sick) - sum(healthy) / len(healthy)
    assert difference * SYMPTOMS[name] > 0.02


def test_other_symptoms() -> None:
    assert any(map(math.isnan, clinic.curves("log_of_logits")["loss"]))
    assert min(clinic.curves("log_of_logits")["L_G"]) < 0
    still = clinic.curves("numpy_losses")["D(x) - D(G(z))"]
    assert max(still) - min(still) < 1e-6
    for name, error in (("no_reshape", RuntimeError), ("missing_name", NameError)):
        with pytest.raises(error):
            clinic.curves(name)


@pytest.mark.parametrize(
    ("name", "curve", "start", "end"),
    [
        ("two_losses", "perplexity", 78, None),
        ("no_steps", "loss", 20.5, 20.5),
        ("shared_adam", "loss", 0.67, 0.39),
        ("combined_model", "D(G(z))", None, 0.90),
        ("attention_weights", "loss", 0.23, 0.16),
        ("sixteen_opinions", "loss", 0.69, 0.53),
        ("figure_size", "MB", None, 157),
        ("noisy_loop", "files", 2, 120),
    ],
)
def test_figures_of_the_symptoms(
    name: str, curve: str, start: float | None, end: float | None
) -> None:
    """The numbers in the sentences are those of the recorded run."""
    found = clinic.curves(name)[curve]
    assert start is None or found[0] == pytest.approx(start, rel=0.05)
    assert end is None or found[-1] == pytest.approx(end, rel=0.05)


def test_claims_can_be_graded() -> None:
    assert len(claims.STATEMENTS) >= 12
    assert {one.true for one in claims.STATEMENTS} == {True, False}
    ids = [one.id for one in claims.STATEMENTS]
    assert len(set(ids)) == len(ids)
    assert {one.work for one in claims.STATEMENTS} <= set(claims.WORKS)
    for one in claims.STATEMENTS:
        assert one.text.endswith(".") and one.why.endswith(".")
        assert claims.is_right(one, one.true, one.work)
        assert not claims.is_right(one, not one.true, one.work)
    assert clinic.claims() is claims.STATEMENTS
