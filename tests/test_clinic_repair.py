"""A repair is judged: it cures, it changes nothing else, and it is no new program."""

import sys

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, softplus

from aigc_course import clinic
from aigc_course.clinic.edits import LEAST, allowance, edits, instructions
from aigc_course.clinic.patients import generator_loss as module
from aigc_course.clinic.repair import judge_repair, unlike
from aigc_course.clinic.sound import complaints

PATIENT = clinic.get("generator_loss")


def test_the_exemplar_is_sound():
    assert complaints("generator_loss") == []


def short(real_logits, fake_logits):
    return softplus(-fake_logits).mean()


def as_a_float(real_logits, fake_logits):
    loss = softplus(-fake_logits).mean()
    return loss if loss.requires_grad else loss.item()


@pytest.mark.parametrize("repair", [*PATIENT.repairs, short, as_a_float])
def test_right_repairs_cure(repair):
    verdict = clinic.judge_repair("generator_loss", repair)
    assert verdict.passed, str(verdict)
    assert verdict.edits <= verdict.allowed and verdict.seconds < 15


@pytest.mark.parametrize("patch", PATIENT.patches, ids=lambda p: p.name)
def test_symptom_patches_are_told_what_they_leave(patch):
    verdict = clinic.judge_repair("generator_loss", patch.function)
    assert (verdict.kind, verdict.patch) == ("patch", patch.name)
    assert verdict.message == patch.says


def unchanged(real_logits, fake_logits):
    real, fake = torch.ones_like(real_logits), torch.zeros_like(fake_logits)
    one = binary_cross_entropy_with_logits(real_logits, real)
    return one + binary_cross_entropy_with_logits(fake_logits, fake)


def maximised(real_logits, fake_logits):
    return -softplus(fake_logits).mean()


def limited(real_logits, fake_logits):
    return torch.nan_to_num(softplus(fake_logits).mean()).clamp(max=3)


def draws(real_logits, fake_logits):
    torch.randn(1)
    return softplus(-fake_logits).mean()


def changes_its_input(real_logits, fake_logits):
    loss = softplus(-fake_logits).mean()
    real_logits.detach().mul_(2)
    return loss


def a_new_program(real_logits, fake_logits):
    total = 0.0 * real_logits.detach().sum()
    for i in range(len(fake_logits)):
        for j in range(fake_logits.shape[1]):
            entry = fake_logits[i, j]
            larger = torch.maximum(-entry, torch.zeros_like(entry))
            rest = torch.log1p(torch.exp(-entry.abs()))
            total = total + larger + rest
    count = fake_logits.shape[0] * fake_logits.shape[1]
    if count == 0:
        raise ValueError("an empty batch")
    result = total / count
    checks = [result.ndim == 0, result.dtype == fake_logits.dtype]
    names = ["one number", "the logits' dtype"]
    for name, good in zip(names, checks, strict=True):
        if not good:
            raise ValueError(name)
    return result


def uses_the_clinic(real_logits, fake_logits):
    from aigc_course.clinic.patients.generator_loss import believed

    return believed(real_logits, fake_logits)


def uses_a_name(real_logits, fake_logits):
    return module.believed(real_logits, fake_logits)


def divides(real_logits, fake_logits):
    return 1 / 0


def leaves(real_logits, fake_logits):
    sys.exit(0)


def forever(real_logits, fake_logits):
    while True:
        pass


def recurses(real_logits, fake_logits):
    return recurses(real_logits, fake_logits)


def edits_torch(real_logits, fake_logits):
    torch.ones_like = torch.zeros_like
    return softplus(-fake_logits).mean()


def not_written(real_logits, fake_logits):
    """To be written."""


def dots(real_logits, fake_logits):
    return ...


def one_argument(fake_logits):
    return softplus(-fake_logits).mean()


def nothing(real_logits, fake_logits):
    del fake_logits


BAD = {
    unchanged: "unchanged",
    maximised: "property",
    limited: "property",
    draws: "collateral",
    changes_its_input: "collateral",
    a_new_program: "rewritten",
    uses_the_clinic: "imports the answer",
    uses_a_name: "imports the answer",
    divides: "stops",
    leaves: "stops",
    forever: "slow",
    recurses: "stops",
    edits_torch: "edits",
    not_written: "stub",
    dots: "stub",
    one_argument: "stops",
    nothing: "property",
}


@pytest.mark.parametrize("repair", BAD, ids=lambda f: f.__name__)
def test_other_repairs_are_refused_with_a_sentence(repair):
    kept = torch.ones_like
    verdict = judge_repair(PATIENT, repair, seconds=0.5)
    assert verdict.kind == BAD[repair], str(verdict)
    assert verdict.message.endswith(".") and "\n" not in verdict.message
    assert torch.ones_like is kept and not verdict.passed


def test_what_hides_the_symptom_is_named():
    assert "`nan_to_num` replaces" in judge_repair(PATIENT, limited).message


def test_renaming_is_free_and_a_new_line_is_not():
    def one(a, b):
        c = a + b
        return c * 2

    def renamed(x, y):
        z = x + y
        return z * 2

    def longer(a, b):
        c = a + b
        c = c.clamp(min=0)
        return c * 2

    assert edits(renamed, one) == 0 < edits(longer, one)
    assert allowance(longer, one) == LEAST


def test_the_instructions_of_a_class_are_those_of_its_methods():
    class Two:
        def one(self):
            return 1

        @staticmethod
        def two():
            return 2

    assert len(instructions(Two)) == len(instructions(Two.one) + instructions(Two.two))


def test_results_are_compared_by_name():
    one = {"a": torch.ones(2), "b": 1.0}
    assert unlike({"a": torch.ones(2), "b": 1.0}, one, 1e-6) is None
    assert (
        "a is" in str(unlike({"a": torch.ones(2) * 1.1, "b": 1.0}, one, 1e-6)).lower()
    )
    assert unlike({"a": torch.ones(2)}, one, 1e-6) is not None
