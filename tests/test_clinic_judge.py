"""A learner's test is judged: right ones pass, lazy and hostile ones get their name."""

import contextlib
import random
import sys
import time

import numpy as np
import pytest
import torch

from aigc_course import clinic
from aigc_course.clinic.judge import SEEDS, exposes
from aigc_course.clinic.lazy import ALWAYS_LAZY, LAZY
from aigc_course.clinic.watch import Mask, TimeIsUp, clock

PATIENT = "generator_loss"


def by_values(loss):
    real, fake = torch.randn(8, 1), torch.randn(8, 1)
    assert loss(real, fake + 1) < loss(real, fake)


def by_slopes(loss):
    fake = torch.randn(8, 1, requires_grad=True)
    loss(torch.randn(8, 1), fake).backward()
    assert fake.grad is not None and (fake.grad < 0).all()


def by_numpy(loss):
    fake = np.linspace(-2, 2, 5, dtype=np.float32)[:, None]
    low, high = torch.tensor(fake), torch.tensor(fake + 1)
    np.testing.assert_array_less(loss(low, high).item(), loss(low, low).item())


def by_torch_testing(loss):
    fake = torch.randn(4, 1).double()
    right = torch.nn.functional.softplus(-fake).mean()
    torch.testing.assert_close(loss(torch.zeros(4, 1).double(), fake), right)


@pytest.mark.parametrize("test", [by_values, by_slopes, by_numpy, by_torch_testing])
def test_right_tests_expose_the_bug(test):
    verdict = clinic.judge_test(PATIENT, test)
    assert verdict.passed, str(verdict)
    versions = clinic.get(PATIENT)
    assert verdict.found == (SEEDS * len(versions.all_sick()),) * 2
    assert verdict.accused == (0, SEEDS * len(versions.all_right()))
    assert verdict.seconds < 5


@pytest.mark.parametrize("kind", LAZY)
def test_lazy_tests_are_called_by_their_name(kind):
    verdict = clinic.judge_test(PATIENT, clinic.lazy_tests(PATIENT)[kind])
    assert verdict.kind == kind
    assert verdict.message.startswith(LAZY[kind])
    assert not verdict.passed and verdict.message.endswith(".")


def test_six_kinds_are_lazy_for_every_patient():
    assert len(ALWAYS_LAZY) >= 6


def forever(loss):
    while True:
        pass


def forever_and_deaf(loss):
    with contextlib.suppress(BaseException):
        forever(loss)
    forever(loss)


def prints(loss):
    while True:
        print("x" * 1000)


def leaves(loss):
    sys.exit(3)


def recurses(loss):
    recurses(loss)


def sleeps(loss):
    time.sleep(100)


def edits_torch(loss):
    torch.randn = None


def edits_the_patient(loss):
    loss.broken = True


def crashes(loss):
    loss(torch.ones(2, 1), torch.ones(2, 1)).no_such_thing()


def calls_it_wrongly(loss):
    loss(torch.ones(2, 1))


def stops_on_sick_code(loss):
    fake = torch.randn(8, 1)
    {True: None}[bool(loss(fake, fake + 1) < loss(fake, fake))]


def accuses_some(loss):
    fake = torch.randn(4, 1)
    assert loss(fake, fake) < 0.7


def looks_sometimes(loss):
    fake = torch.randn(8, 1)
    if random.random() < 0.5:
        assert loss(fake, fake + 1) < loss(fake, fake)


def uses_the_answer(loss):
    from aigc_course.clinic.patients.generator_loss import exposes

    exposes(loss)


def knows_its_name(loss):
    import gc

    assert loss(torch.ones(1, 1), torch.ones(1, 1)) is not gc and loss.__code__


def not_written(loss):
    """To be written."""


def with_dots(loss):
    return ...


def raises_not_implemented(loss):
    raise NotImplementedError


def no_argument():
    assert True


BAD = {
    forever: "slow",
    forever_and_deaf: "slow",
    sleeps: "slow",
    prints: "stops",
    leaves: "stops",
    recurses: "stops",
    edits_torch: "edits",
    edits_the_patient: "edits",
    crashes: "stops",
    calls_it_wrongly: "stops",
    stops_on_sick_code: "wrong reason",
    accuses_some: "accuses",
    looks_sometimes: "sometimes",
    uses_the_answer: "imports the answer",
    knows_its_name: "reads the source",
    not_written: "stub",
    with_dots: "stub",
    raises_not_implemented: "stub",
    no_argument: "stops",
}


@pytest.mark.parametrize("test", BAD, ids=lambda f: f.__name__)
def test_bad_tests_get_a_sentence_and_leave_nothing(test):
    from aigc_course.clinic.judge import judge_test

    kept, state = torch.randn, torch.get_rng_state()
    verdict = judge_test(clinic.get(PATIENT), test, seconds=0.5)
    assert verdict.kind == BAD[test], str(verdict)
    assert verdict.message.endswith(".") and "\n" not in verdict.message
    assert torch.randn is kept and torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("nothing", [None, 3, "text"])
def test_what_is_no_function_is_said_to_be_none(nothing):
    assert "function" in clinic.judge_test(PATIENT, nothing).message


def always_wrong_way(loss):
    fake = torch.randn(8, 1)
    assert loss(fake, fake + 1) > loss(fake, fake)


def test_what_accuses_all_healthy_code_and_no_sick_one_does_not_always_fail():
    verdict = clinic.judge_test(PATIENT, always_wrong_way)
    assert verdict.kind == "accuses" and verdict.found[0] == 0
    assert verdict.accused[0] == verdict.accused[1]


def test_the_counts_of_a_false_alarm_are_told():
    verdict = clinic.judge_test(PATIENT, accuses_some)
    count, of = verdict.accused
    assert f"{count} of {of} runs" in verdict.message and 0 < count < of


def test_a_verdict_is_the_same_each_time():
    one, two = (clinic.judge_test(PATIENT, looks_sometimes) for _ in range(2))
    assert (one.row, one.message) == (two.row, two.message)


def test_a_mask_shows_no_face():
    patient = clinic.get(PATIENT)
    masks = [Mask(f, patient.name) for f in patient.all_right() + patient.all_sick()]
    assert {mask.__name__ for mask in masks} == {"generator_loss"}
    with pytest.raises(AttributeError):
        _ = masks[0].__code__
    assert "source" in masks[0].noted and masks[0].calls == 0


def test_a_masked_class_keeps_working_under_the_patients_name():
    class Right(torch.nn.Linear):
        def __init__(self):
            super().__init__(2, 1)

    made = Mask(Right, "Network")()
    assert type(made).__name__ == "Network"
    assert made(torch.ones(3, 2)).shape == (3, 1)


def test_the_clock_rings_and_is_silent_afterwards():
    with pytest.raises(TimeIsUp), clock(0.05):
        while True:
            pass
    time.sleep(0.3)  # it would ring again by now


def test_exposes_tells_found_from_missed_from_unusable():
    patient = clinic.get(PATIENT)
    assert exposes(patient, by_values) is True
    assert exposes(patient, clinic.lazy_tests(PATIENT)["finite only"]) is False
    assert exposes(patient, crashes) is None


def test_the_trophy_counts_bugs_by_tests():
    found = clinic.confusion({"values": by_values, "broken": crashes}, [PATIENT])
    assert found.found == {PATIENT: {"values": True, "broken": None}}
    assert "1 found" in str(found.table()) and "stops" in str(found.table())
