"""The engine's verdicts: what learners write, and what they are told."""

import copy
import random
import sys
import warnings
from types import SimpleNamespace

import checks_toys as toys
import numpy as np
import pytest
import torch
from checks_contract import PROMISES
from torch import nn

from aigc_course.checks import known as knowing
from aigc_course.checks import registry
from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise
from aigc_course.checks.judge import judge
from aigc_course.checks.known import known
from aigc_course.errors import CourseError

TOYS = toys.TOYS


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
    clock = SimpleNamespace(perf_counter=iter([1, 13]).__next__)
    monkeypatch.setattr("aigc_course.checks.judge.time", clock)
    monkeypatch.setattr(known(TOYS["halfway"]), "seconds", 0.1)
    verdict = judge(TOYS["halfway"], lambda a, b: (a + b) / 2)
    assert verdict.passed and "took 12 s where 0.1 s is usual" in verdict.message


def test_trainings_may_take_their_time(monkeypatch):
    clock = SimpleNamespace(perf_counter=iter([1, 13]).__next__)
    monkeypatch.setattr("aigc_course.checks.judge.time", clock)
    monkeypatch.setattr(known(TOYS["halfway"]), "seconds", 0.1)
    monkeypatch.setattr(TOYS["halfway"], "trains", True)
    verdict = judge(TOYS["halfway"], lambda a, b: (a + b) / 2)
    assert verdict.passed and "loop" not in verdict.message


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


def test_an_exercise_is_called_after_its_folder_and_file(monkeypatch):
    module = SimpleNamespace(exercise=TOYS["halfway"])
    monkeypatch.setitem(sys.modules, "aigc_course.exercises.ch97.middle", module)
    monkeypatch.setattr(registry, "modules", lambda: {"97": ["middle"]})
    with pytest.raises(CourseError, match="ch97/middle.py holds exercise 98.halfway"):
        registry.get("97.middle")


def test_each_call_starts_from_the_same_random_state():
    texts = dict.fromkeys(("title", "idea", "formula", "line", "variation"), ".")
    exercise = Exercise("07.noisy", difficulty=1, minutes=1, **texts)
    exercise.answer(lambda x: x + torch.randn(3))
    exercise.inputs(lambda: [torch.zeros(3), torch.ones(3)])

    def draws_once_more(x):
        y = x + torch.randn(3)
        torch.rand(1)
        return y

    assert judge(exercise, draws_once_more).passed


def made(reference, inputs, **fields):
    texts = dict.fromkeys(("title", "idea", "formula", "line", "variation"), ".")
    exercise = Exercise("07.made", difficulty=1, minutes=1, **texts, **fields)
    exercise.answer(reference)
    exercise.inputs(inputs)
    return exercise


def sizes():
    exercise = made(lambda x: x.square().sum(), lambda: [torch.arange(3.0)])

    @exercise.must_hold
    def at_least_0(f):
        """No sum of squares is negative."""
        return f(torch.ones(2)) >= 0

    return exercise


@pytest.mark.parametrize(
    "answer",
    [
        lambda x: float((x**2).sum()),
        lambda x: np.sum(x.numpy() ** 2),
        lambda x: (x.double() ** 2).sum(),
        lambda x: int((x**2).sum()),
    ],
)
def test_a_number_of_any_kind_is_an_answer(answer):
    """The property sees the reference's kind too, and its truth may be a tensor."""
    assert judge(sizes(), answer).passed


def test_a_number_without_the_gradient_that_is_asked_for_is_told_why():
    exercise = made(
        lambda x: x.square().sum(), lambda: [torch.ones(2, requires_grad=True)]
    )
    verdict = judge(exercise, lambda x: float(x.square().sum()))
    assert "is 2.0, which carries no gradient: keep it a tensor" in verdict.message


def test_a_property_that_needs_the_gradient_says_so():
    exercise = sizes()

    @exercise.must_hold
    def slopes(f):
        """The slope is 2 x."""
        x = torch.ones(2, requires_grad=True)
        return torch.autograd.grad(f(x), x)[0].sum() == 4

    verdict = judge(exercise, lambda x: float((x**2).sum()))
    assert "carries no gradient: keep it a tensor" in verdict.message


def test_a_part_without_gradient_is_seen():
    exercise = made(
        lambda h: torch.cat([h, h.std(0, keepdim=True)]),
        lambda: [torch.randn(4, 2, requires_grad=True)],
    )
    verdict = judge(exercise, lambda h: torch.cat([h, h.detach().std(0, keepdim=True)]))
    assert verdict.status == "wrong"
    assert "values are right, but its gradient in argument 1" in verdict.message
    flipped = lambda h: torch.cat([h.data, h.std(0, keepdim=True)])  # noqa: E731
    assert "its gradient" in judge(exercise, flipped).message


def test_who_lets_a_gradient_through_is_not_told_that_none_passes():
    exercise = made(
        lambda x: 2 * x, lambda: [torch.ones(3, requires_grad=True)], agree=True
    )

    @exercise.mistake()
    def cut(x):
        """No gradient passes."""
        return (3 * x).detach()

    assert judge(exercise, lambda x: (x * 3).detach()).misconception == "cut"
    assert judge(exercise, lambda x: x * 3).misconception == ""


def test_overflow_of_exp_is_not_overflow_of_a_sigmoid():
    exercise = made(
        lambda a: nn.functional.softplus(a),
        lambda: [torch.tensor(30.0), torch.tensor(150.0)],
    )

    @exercise.mistake()
    def log_of_sigmoid(a):
        """The sigmoid is 1."""
        return -torch.log(1 - torch.sigmoid(a))

    @exercise.mistake()
    def log_of_exp(a):
        """The exponential is infinite."""
        return torch.log(1 + torch.exp(a))

    answers = {
        "log_of_sigmoid": lambda a: -(1 - a.sigmoid()).log(),
        "log_of_exp": lambda a: torch.log1p(a.exp()),
    }
    for name, answer in answers.items():
        assert judge(exercise, answer).misconception == name


def test_networks_are_left_as_the_reference_leaves_them():
    exercise = made(
        lambda net, x: net(x).detach(), lambda: [(nn.Linear(2, 1), torch.ones(3, 2))]
    )

    def frozen(net, x):
        return net.requires_grad_(False)(x)

    def evaluated(net, x):
        return net.eval()(x).detach()

    assert "`net` have another `requires_grad`" in judge(exercise, frozen).message
    assert "leaves `net` in the wrong mode" in judge(exercise, evaluated).message
    assert "`.train()`" in judge(exercise, evaluated).message


def noise_is_given():
    inputs = lambda: [(torch.zeros(3), torch.randn(3))]  # noqa: E731
    exercise = made(lambda m, e: m + e, inputs)

    @exercise.must_hold
    def later_inputs_do_not_depend_on_draws_before(f):
        """The result is m + e."""
        f(torch.zeros(2), torch.zeros(2))
        return same(torch.randn(2), exercise_saw(exercise.reference))

    return exercise


def exercise_saw(f):
    f(torch.zeros(2), torch.zeros(2))
    from aigc_course.checks import guard, outcome

    guard.seed(outcome.SEED + 1000)
    return torch.randn(2)


DRAWS = {
    "torch": lambda m, e: m + torch.randn(3),
    "NumPy": lambda m, e: m + torch.tensor(np.random.randn(3)).float(),  # noqa: NPY002
    "entropy": lambda m, e: m + torch.tensor(np.random.default_rng().normal(size=3)),
    "python": lambda m, e: m + random.gauss(0, 1),
}


@pytest.mark.parametrize("answer", DRAWS.values(), ids=DRAWS)
def test_noise_of_ones_own_is_told_so_whatever_draws_it(answer):
    exercise = noise_is_given()
    assert "draws random numbers of its own" in judge(exercise, answer).message

    @exercise.mistake(draws=True)
    def own_noise(m, e):
        """Use the noise e."""
        return m + torch.randn_like(m)

    assert judge(exercise, answer).misconception == "own_noise"


@pytest.mark.parametrize("spare", [0, 5])
def test_draws_do_not_shift_what_is_drawn_after_them(spare):
    def answer(m, e):
        np.random.randn(spare + 1)  # noqa: NPY002
        torch.randn(spare + 1)
        return m + e

    assert judge(noise_is_given(), answer).passed


def test_what_is_known_is_kept_for_a_few_exercises_only():
    first = known(TOYS["halfway"])
    assert known(TOYS["halfway"]) is first
    for number in range(knowing._KEPT):
        known(replace_reference(TOYS["halfway"], number))
    assert len(knowing._known) == knowing._KEPT
    assert known(TOYS["halfway"]) is not first


def replace_reference(exercise, number):
    """Another exercise, with a reference of its own."""
    other = copy.copy(exercise)
    other.reference = lambda a, b: exercise.reference(a, b) + 0 * number
    return other
