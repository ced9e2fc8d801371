"""The engine's verdicts: what learners write, and what they are told."""

import random
import warnings
from types import SimpleNamespace

import checks_toys as toys
import numpy as np
import pytest
import torch
from checks_contract import PROMISES
from torch import nn

from aigc_course.checks.exercise import Chapter
from aigc_course.checks.judge import judge

TOYS = {exercise.function: exercise for exercise in toys.chapter.exercises}


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("exercise", TOYS.values(), ids=TOYS)
def test_every_kind_of_exercise_keeps_the_contract(exercise, promise):
    promise(exercise)


def changes_its_argument(a, b):
    return a.data.add_(b).div(2) + 0 * a


def loops_by_hand(a, b):
    return torch.stack([(x + y) / 2 for x, y in zip(a.flatten(), b.flatten())]).view(a.shape)  # fmt: skip  # noqa: B905, E501


WRONG = {
    "no return": (lambda a, b: [a + b][1:] or None, "None; a `return` may be missing."),
    "list": (lambda a, b: [1, 2], "a list of 2; expected is a float32 tensor"),
    "shape": (lambda a, b: (a + b).flatten()[:1] / 2, "shape [1]; [3] is expected"),
    "dtype": (lambda a, b: (a + b).half() / 2, "float16; float32 is expected"),
    "NaN": (lambda a, b: (a + b) / 2 * torch.nan, "contains nan (3 of 3)"),
    "numpy": (lambda a, b: (a + b).detach().numpy() / 2, "NumPy array"),
    "no graph": (lambda a, b: (a + b).detach() / 2, "carries no gradient"),
    "property": (lambda a, b: (a - b) / 2, "The point between a and a is a."),
    "value": (lambda a, b: (2 * a + b) / 3, "is right."),
    "in place": (changes_its_argument, "changes its argument 1 in place"),
    "sparse": (lambda a, b: ((a + b) / 2).to_sparse(), "no value to compare"),
}


@pytest.mark.parametrize(("answer", "says"), WRONG.values(), ids=WRONG)
def test_wrong_answers_are_told_what_is_wrong(answer, says):
    verdict = judge(TOYS["halfway"], answer)
    assert verdict.status == "wrong", str(verdict)
    assert says in verdict.message
    # who needs a wider dtype only is not told the idea
    assert verdict.hint_level == (None if "float16" in says else 0)


def misses_a_name(a, b):
    total = a + b
    return total / parts  # noqa: F821


def leaves(a, b):
    raise SystemExit


def never_ends(a, b):
    return never_ends(b, a)


def lacks_an_operation(a, b):
    return torch.ones(2, dtype=torch.float8_e4m3fn).exp()


STOPS = {
    "name": (misses_a_name, "NameError in line 3, `return total / parts"),
    "exit": (leaves, "ends the program"),
    "recursion": (never_ends, "calls itself without end"),
    "torch's NotImplementedError": (
        lacks_an_operation,
        "NotImplementedError in line 2",
    ),
    "too few arguments": (lambda a: a, "calls `halfway(a, b)`, by position"),
    "too many arguments": (lambda a, b, c: a, "cannot take these arguments"),
    "not a function": (torch.ones(2), "without parentheses; it was given a float32"),
    "None": (None, "it was given None"),
}


@pytest.mark.parametrize(("answer", "says"), STOPS.values(), ids=STOPS)
def test_errors_become_a_sentence(answer, says):
    verdict = judge(TOYS["halfway"], answer)
    assert verdict.status == "error", str(verdict)
    assert says in verdict.message and verdict.message.endswith(".")


def ellipsis_left(a, b):
    half = ...
    return half * (a + b)


def raise_left(a, b):
    print((a + b) / 2)
    raise NotImplementedError()


@torch.no_grad()
def decorated(a, b):
    raise NotImplementedError


@pytest.mark.parametrize(
    "stub", [ellipsis_left, raise_left, decorated, lambda a, b: ...]
)
def test_stubs_with_given_lines_are_not_attempts(stub):
    assert judge(TOYS["halfway"], stub).status == "not attempted"


def test_argument_names_and_defaults_are_free():
    assert judge(TOYS["halfway"], lambda p, q=None, *, scale=2: (p + q) / scale).passed
    assert judge(TOYS["halfway"], loops_by_hand).passed


def test_an_error_inside_a_returned_network_is_an_error():
    class Broken(nn.Module):
        def forward(self, x):
            return self.missing(x)

    verdict = judge(TOYS["small_net"], lambda width: Broken())
    assert verdict.status == "error" and "missing" in verdict.message


def test_a_network_without_forward_is_an_attempt():
    verdict = judge(TOYS["small_net"], lambda width: nn.Module())
    assert verdict.status == "error" and "forward" in verdict.message


def test_output_is_kept_off_the_page_and_cut(capsys):
    def chatty(a, b):
        for i in range(10_000):
            print("line", i)
        warnings.warn("be careful", stacklevel=1)
        return a

    verdict = judge(TOYS["halfway"], chatty)
    assert capsys.readouterr() == ("", "")
    assert "line 2\n... and 19997 more lines" in verdict.said  # two inputs
    assert "Warning: be careful" in verdict.said and len(verdict.said) < 200
    assert "line 0" in str(verdict) and "line 0" in verdict._repr_html_()


def test_slow_answers_are_told_so(monkeypatch):
    clock = SimpleNamespace(perf_counter=iter([0, 0.1, 1, 13]).__next__)
    monkeypatch.setattr("aigc_course.checks.judge.time", clock)
    verdict = judge(TOYS["halfway"], lambda a, b: (a + b) / 2)
    assert verdict.passed and "took 12 s where 0.1 s is usual" in verdict.message


def fresh_seeds(seed):
    torch.manual_seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    random.seed(seed)


def meddles(a, b):
    fresh_seeds(7)
    torch.set_grad_enabled(False)
    torch.set_default_dtype(torch.float64)
    warnings.simplefilter("ignore")
    return a


@pytest.mark.parametrize("grad", [True, False])
def test_the_notebook_is_left_as_it_was(grad):
    def state():
        numpy = np.random.get_state()  # noqa: NPY002
        return torch.get_rng_state().tolist(), numpy[1].tolist(), random.getstate()

    filters = list(warnings.filters)
    torch.set_default_dtype(torch.bfloat16)
    try:
        with torch.set_grad_enabled(grad):
            fresh_seeds(99)  # not what an earlier check may have left
            before = state()
            assert not judge(TOYS["halfway"], meddles).passed
            assert judge(TOYS["halfway"], TOYS["halfway"].reference).passed
            assert state() == before
            assert torch.is_grad_enabled() is grad
        assert torch.get_default_dtype() is torch.bfloat16
        assert list(warnings.filters) == filters
    finally:
        torch.set_default_dtype(torch.float32)


def test_meddling_does_not_soften_the_verdict():
    def without_graph(a, b):
        torch.set_grad_enabled(False)
        return (a + b) / 2

    assert "carries no gradient" in judge(TOYS["halfway"], without_graph).message


def test_works_inside_inference_mode():
    with torch.inference_mode():
        assert judge(TOYS["descend"], TOYS["descend"].reference).passed
        assert torch.is_inference_mode_enabled()


def test_ctrl_c_reaches_the_reader():
    def interrupted(a, b):
        raise KeyboardInterrupt

    before = torch.get_rng_state()
    with pytest.raises(KeyboardInterrupt):
        judge(TOYS["halfway"], interrupted)
    assert torch.equal(torch.get_rng_state(), before)


def test_verdicts_are_the_same_each_time():
    first = [judge(TOYS["jitter"], lambda x: x + torch.rand(1)) for _ in range(2)]
    assert first[0] == first[1] and first[0].status == "wrong"


def test_a_chapter_refuses_foreign_and_repeated_ids():
    chapter = Chapter("07")
    fields = dict.fromkeys(("title", "idea", "formula", "line", "variation"), ".")
    chapter.exercise("07.one", difficulty=1, minutes=1, **fields)
    for id in ("07.one", "08.one"):
        with pytest.raises(ValueError, match=id):
            chapter.exercise(id, difficulty=1, minutes=1, **fields)


def test_each_call_starts_from_the_same_random_state():
    texts = dict.fromkeys(("title", "idea", "formula", "line", "variation"), ".")
    exercise = Chapter("07").exercise("07.noisy", difficulty=1, minutes=1, **texts)
    exercise.answer(lambda x: x + torch.randn(3))
    exercise.inputs(lambda: [torch.zeros(3), torch.ones(3)])

    def draws_once_more(x):
        y = x + torch.randn(3)
        torch.rand(1)
        return y

    assert judge(exercise, draws_once_more).passed
