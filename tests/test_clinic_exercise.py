"""A patient as an exercise: the same promises as every other exercise keeps."""

import pytest
import torch
from torch.nn.functional import softplus

from aigc_course.checks.exercise import Exercise
from aigc_course.checks.judge import judge
from aigc_course.clinic import get
from aigc_course.clinic.exercise import repair_exercise, test_exercise
from aigc_course.grading.record import Recorder
from tests import checks_contract

FIELDS = {
    "order": 1,
    "title": "A toy",
    "difficulty": 1,
    "minutes": 1,
    "idea": "An idea.",
    "formula": "A formula.",
    "line": "A line.",
    "variation": "A variation.",
}
PATIENT = get("generator_loss")


def _written() -> Exercise:
    def fears_the_real(real, fake):
        return softplus(real).mean() + softplus(-fake).mean()

    exercise = test_exercise(
        "20.exposes", patient="generator_loss", probes=(fears_the_real,), **FIELDS
    )

    @exercise.answer
    def exposes(loss):
        real, fake = torch.randn(8, 1), torch.randn(8, 1)
        assert loss(real, fake + 1) < loss(real, fake)

    @exercise.mistake()
    def the_other_way(loss):
        """You ask for the opposite."""
        real, fake = torch.randn(8, 1), torch.randn(8, 1)
        assert loss(real, fake + 1) > loss(real, fake)

    @exercise.mistake()
    def looks_at_the_real(loss):
        """You change the logits of the real samples."""
        real, fake = torch.randn(8, 1), torch.randn(8, 1)
        assert loss(real + 1, fake) <= loss(real, fake)

    return exercise


def _repaired() -> Exercise:
    exercise = repair_exercise("20.loss", patient="generator_loss", **FIELDS)

    @exercise.answer
    def loss(real_logits, fake_logits):
        return softplus(-fake_logits).mean()

    @exercise.mistake()
    def maximised(real_logits, fake_logits):
        """You take the minimax loss, which saturates."""
        return -softplus(fake_logits).mean()

    return exercise


EXERCISES = {"test": _written(), "repair": _repaired()}
PROMISES = (
    checks_contract.assert_right_answers_pass,
    checks_contract.assert_wrapping_does_not_matter,
    checks_contract.assert_misconceptions_are_recognised,
    checks_contract.assert_stubs_are_not_attempts,
    checks_contract.assert_bad_answers_get_a_sentence,
)


@pytest.mark.parametrize("kind", EXERCISES)
@pytest.mark.parametrize("promise", PROMISES, ids=lambda f: f.__name__)
def test_it_keeps_what_every_exercise_keeps(kind, promise):
    promise(EXERCISES[kind])


def test_lazy_tests_and_patches_are_misconceptions():
    written = {one.name for one in EXERCISES["test"].misconceptions}
    assert {"always_fails", "by_name", "returns", "shapes_only"} <= written
    repaired = {one.name for one in EXERCISES["repair"].misconceptions}
    assert {"unchanged", *(one.name for one in PATIENT.patches)} <= repaired


def test_kinds_that_expose_a_patient_can_be_left_out():
    without = test_exercise(
        "20.exposes", patient="generator_loss", without=("finite only",), **FIELDS
    )
    assert "finite_only" not in {one.name for one in without.misconceptions}


@pytest.mark.parametrize("repair", PATIENT.repairs, ids=lambda f: f.__name__)
def test_the_patients_own_repairs_pass(repair):
    assert judge(EXERCISES["repair"], repair).passed


def test_a_test_that_calls_something_else_says_so():
    def unlucky(loss):
        torch.ones(2) @ torch.ones(3)

    verdict = judge(EXERCISES["test"], unlucky)
    assert verdict.status == "error" and "RuntimeError" in verdict.message


def test_the_sentence_of_a_property_is_told():
    def half(real_logits, fake_logits):
        return softplus(fake_logits).mean() / 2

    verdict = judge(EXERCISES["repair"], half)
    assert verdict.message.startswith("This should hold: The loss is smaller where D")


@pytest.mark.parametrize("kind", EXERCISES)
def test_a_grader_takes_the_property_from_the_process_that_judged(kind):
    """Calls that the property remembers are in no record, which must say so."""
    exercise = EXERCISES[kind]
    recorder = Recorder(exercise.reference)
    assert judge(exercise, exercise.reference).passed
    assert exercise.checks[0].holds(recorder) is True
    assert recorder.calls is None


def changes_torch(loss):
    torch.randn = None
    raise AssertionError("sick")


def changes_torch_too(real_logits, fake_logits):
    torch.randn = None
    return softplus(fake_logits).mean()


@pytest.mark.parametrize(
    ("kind", "answer"), [("test", changes_torch), ("repair", changes_torch_too)]
)
def test_an_answer_that_edits_torch_is_not_called_again(kind, answer):
    kept = torch.randn
    verdict = judge(EXERCISES[kind], answer)
    assert torch.randn is kept
    assert "`torch.randn`" in verdict.message and verdict.failed


def forever(*_):
    while True:
        pass


@pytest.mark.slow
@pytest.mark.parametrize("kind", EXERCISES)
def test_an_answer_that_does_not_end_is_ended(kind):
    def waits(patient):
        forever()

    def too(real_logits, fake_logits):
        forever()

    verdict = judge(EXERCISES[kind], waits if kind == "test" else too)
    assert verdict.failed and "takes more than 5 s" in verdict.message
