"""Chapter 06, the gallery: answers that are no repair, and how they are met."""

import checks_contract
import pytest

from aigc_course.checks import registry
from aigc_course.checks.judge import judge
from aigc_course.failures import CASES, Case, known, remember
from aigc_course.failures.repairs import answer
from tests import also_right

EXERCISES = [one for one in registry.exercises("06") if "repair" in one.function]
A = EXERCISES[0]


def verdict_on(diagnosis, settings, exercise=A):
    return judge(exercise, lambda given: (diagnosis, {**given, **settings}))


@pytest.fixture
def leads_to():
    """The changes whose known outcome every training in a test has."""
    return {"lr_d": 1e-3}


@pytest.fixture
def trainings(monkeypatch, leads_to):
    """Counts the trainings, none of which takes place."""
    found, outcome = [], known.outcome(CASES["A"], leads_to)

    def run(case, settings, seed, **rest):
        found.append(settings)
        return type("Trial", (), {"outcome": outcome})

    monkeypatch.setattr(Case, "run", run)
    return found


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_sound(exercise):
    checks_contract.assert_sound(exercise)


def test_an_exercise_for_each_case_in_order():
    assert [e.function for e in EXERCISES] == [f"repair_{x.lower()}" for x in CASES]
    for exercise, case in zip(EXERCISES, CASES.values(), strict=True):
        shown = " ".join([exercise.title, exercise.header, exercise.idea])
        assert case.name not in shown, "the name is for the verdict"
        assert set(case.name.split()) & set(exercise.variation.split())


@pytest.mark.parametrize("letter", CASES)
def test_the_reference_is_the_repair_of_the_case(letter):
    exercise = EXERCISES[list(CASES).index(letter)]
    diagnosis, settings = answer(CASES[letter], exercise.reference)
    assert diagnosis == CASES[letter].name
    assert settings == {**CASES[letter].settings, **CASES[letter].repair}


@pytest.mark.parametrize("letter", CASES)
def test_known_outcomes_are_those_of_the_cases_as_they_are(letter, trainings):
    others = also_right.of(f"06.repair_{letter.lower()}")
    for changes in remember.repairs(letter, others):
        known.outcome(CASES[letter], changes)
    assert not trainings, "python -m aigc_course.failures.remember"


def test_settings_nobody_has_tried_are_trained_with(trainings):
    assert verdict_on("mode collapse", {"lr_d": 1.5e-3}).passed
    assert trainings and trainings[0]["lr_d"] == 1.5e-3


def test_known_settings_are_not(trainings):
    assert verdict_on("mode collapse", {"lr_d": 1e-3}).passed
    assert not trainings


@pytest.mark.parametrize(
    ("diagnosis", "settings", "sentence"),
    [
        ("collapse", {}, "one of failures.DIAGNOSES"),
        (None, {}, "one of failures.DIAGNOSES"),
        ("mode collapse", {"learning_rate": 1}, "no setting 'learning_rate'"),
        ("mode collapse", {"lr_d": 0}, "1e-06 to 1; not 0"),
        ("mode collapse", {"loss": "vanilla"}, "'non-saturating'"),
        ("mode collapse", {}, "yours are unchanged"),
        ("mode collapse", {"penalty": "r1", "d_norm": "batch"}, "batch norm mixes"),
        ("logarithm of zero", {"lr_d": 2e-3}, "is not what was wrong"),
    ],
)
def test_what_is_no_repair_is_answered_in_a_sentence(diagnosis, settings, sentence):
    verdict = verdict_on(diagnosis, settings)
    assert verdict.status == "wrong" and sentence in verdict.message, verdict


@pytest.mark.parametrize("given", [("mode collapse",), {"lr_d": 1e-3}, "mode collapse"])
def test_a_pair_is_asked_for(given):
    assert "two things" in judge(A, lambda settings: given).message


def test_settings_before_the_diagnosis_are_told_so():
    verdict = judge(A, lambda settings: ({"lr_d": 1e-3}, "mode collapse"))
    assert "diagnosis comes first" in verdict.message


def test_settings_that_are_no_dict_are_named():
    verdict = judge(A, lambda settings: ("mode collapse", [1e-3]))
    assert "Settings are a dict" in verdict.message


def test_the_changes_alone_will_do():
    assert judge(A, lambda settings: ("mode collapse", {"lr_d": 1e-3})).passed


@pytest.mark.parametrize("leads_to", [{"latent": 32}])
def test_the_same_idea_with_other_numbers_is_recognised(trainings):
    verdict = verdict_on("oscillation", {"latent": 16})
    assert verdict.misconception == "more_latents"


def verdict_of_d(kernel):
    settings = {"kernel": kernel}
    return verdict_on("lattice of a coarse upsampling", settings, EXERCISES[3])


@pytest.mark.parametrize(
    ("kernel", "name"),
    [(3, "still_too_small"), (4, "only_touching"), (8, "one_large_step")],
)
def test_a_kernel_is_named_by_how_it_compares_with_the_stride(kernel, name):
    assert verdict_of_d(kernel).misconception == name


@pytest.mark.parametrize(
    ("rate", "name"), [(1e-4, "too_slow"), (0.1, "still_too_high")]
)
def test_rates_too_low_and_too_high_are_told_apart(rate, name):
    settings = {"lr_g": rate, "lr_d": rate}
    verdict = verdict_on("learning rate too high", settings, EXERCISES[5])
    assert verdict.misconception == name


def test_the_time_of_a_training_is_no_fault_of_the_answer():
    assert all(exercise.trains for exercise in EXERCISES)


@pytest.mark.parametrize("leads_to", [{"latent": 32}])
def test_the_measured_number_is_told(trainings):
    verdict = verdict_on("mode collapse", {"latent": 32, "width": 128, "loss": "hinge"})
    assert "modes reached: 1, where at least 6 is asked for" in verdict.message
    assert len(trainings) > 0
