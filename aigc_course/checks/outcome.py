"""What a function does on an exercise's inputs, and how two such outcomes differ."""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from aigc_course.checks import guard
from aigc_course.checks.attempt import StubLeft, first_line
from aigc_course.checks.compare import difference, same
from aigc_course.checks.exercise import Exercise
from aigc_course.checks.fit import fit

SEED = 2014
STIRS = (10_000, 20_000)  # see `Watched`
Function = Callable[..., Any]
# of each network: its layers' modes, and which of its parameters can learn
Standing = dict[int, tuple[list[bool], list[bool]]]


class Objection(Exception):
    """What an `observe` function asserts of the learner's answer."""


@dataclass(frozen=True)
class Call:
    """What one call did.

    result: what it returned. before, after: its arguments, as the exercise made them
    and as the call left them. raised: the exception that ended it, None when none did.
    returned, left: what the function itself returned, and how it left the networks that
    it was given; one item for each of its calls. slopes: gradients of the result in the
    arguments that want one; None when nothing carries one.
    """

    result: object = None
    before: tuple[Any, ...] = ()
    after: tuple[Any, ...] = ()
    raised: BaseException | None = None
    returned: tuple[object, ...] = ()
    left: tuple[Standing, ...] = ()
    slopes: list[Tensor] | str | None = None
    fitted: bool = False


class Watched:
    """The learner's function; brings what it returns to the reference's kind.

    like: what the reference returned, call by call. stir: a number that changes what
    the global generators give inside the function, and nothing else; 0 leaves them.
    Remembers what it returned, how it left networks, and the exception it let out.
    Raises StubLeft where the function returns `...`.
    """

    def __init__(
        self,
        function: Function,
        like: Sequence[object] = (),
        *,
        exact_dtype: bool = False,
        stir: int = 0,
    ) -> None:
        functools.update_wrapper(self, function, updated=())
        self.function, self.like = function, like
        self.exact_dtype, self.stir = exact_dtype, stir
        self.returned: list[object] = []
        self.left: list[Standing] = []
        self.fitted = False
        self.error: BaseException | None = None

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        number = len(self.returned)
        self.returned.append(None)
        self.left.append({})
        if self.stir:
            guard.seed(self.stir + number)
        try:
            result = self.function(*arguments, **named)
            if result is ...:
                raise StubLeft
        except (Exception, SystemExit) as error:
            self.error = error
            raise
        # what comes next must not depend on how many numbers the function has drawn
        guard.seed(SEED + 1000 + number)
        self.left[number] = _standing(arguments)
        self.returned[number] = self._fitted(result, number)
        return self.returned[number]

    def _fitted(self, result: object, number: int) -> object:
        if not self.like:
            return result
        like = self.like[min(number, len(self.like) - 1)]
        brought = fit(result, like, exact_dtype=self.exact_dtype)
        self.fitted = self.fitted or brought is not result
        return brought


def inputs(exercise: Exercise) -> list[tuple[Any, ...]]:
    """The exercise's argument tuples, new objects with the same values each time."""
    guard.fresh(SEED)
    made = exercise.probes() if exercise.probes else []
    return [one if isinstance(one, tuple) else (one,) for one in made]


def outcome(
    exercise: Exercise,
    function: Function,
    like: Sequence[Call] = (),
    *,
    stir: int = 0,
) -> list[Call]:
    """What a function does on the exercise's inputs: one call for each.

    An exercise with `observe` has one: what it observes. Inputs and random states are
    the same for every function. like: the outcome of the reference, whose kinds of
    results the function's are brought to. stir: see `Watched`.
    """

    def watched(i: int) -> Watched:
        kinds = like[i].returned if i < len(like) else ()
        return Watched(function, kinds, exact_dtype=exercise.exact_dtype, stir=stir)

    if exercise.behave is not None:
        return [_observed(exercise.behave, watched(0))]
    pairs = zip(inputs(exercise), inputs(exercise), strict=True)
    return [
        _called(watched(i), before, after, SEED + i + 1)
        for i, (before, after) in enumerate(pairs)
    ]


def unlike(
    exercise: Exercise, got: list[Call], want: list[Call], *, values: bool = True
) -> str | None:
    """How one outcome differs from another, as a sentence; None when it does not.

    values=False compares kinds, shapes and dtypes, that values are finite, and how
    networks are left.
    """
    rest: Any = {"tolerance": exercise.tolerance, "values": values}
    names = list(inspect.signature(exercise.reference).parameters)
    for mine, theirs in zip(got, want, strict=True):
        if _reason(mine) != _reason(theirs):
            return "One function stops with an error and the other does not."
        if sentence := _difference(mine.result, theirs.result, **rest):
            return sentence
        if sentence := _unlike_after(mine, theirs, **rest):
            return sentence
        if sentence := _left_otherwise(mine, theirs, names):
            return sentence
        if values and (sentence := _other_slopes(mine, theirs, exercise.tolerance)):
            return sentence
    return None


def matches(exercise: Exercise, got: list[Call], want: list[Call]) -> bool:
    """Whether two outcomes are the same in both directions."""
    flow = [[t.requires_grad for t in _tensors(call.result)] for call in got]
    other = [[t.requires_grad for t in _tensors(call.result)] for call in want]
    return unlike(exercise, got, want) is None and flow == other


def varies(exercise: Exercise, function: Function, want: list[Call]) -> bool:
    """Whether a function draws random numbers of its own: its outcome then varies."""
    one, two = (outcome(exercise, function, want, stir=stir) for stir in STIRS)
    comparable = unlike(exercise, one, one) is None
    return comparable and unlike(exercise, one, two) is not None


def _unlike_after(mine: Call, theirs: Call, **rest: Any) -> str | None:
    arguments = zip(mine.before, mine.after, theirs.after, strict=False)
    for i, (before, after, right) in enumerate(arguments, 1):
        if same(right, before):  # not the function's to change
            if _difference(after, before):
                return (
                    f"Your function changes its argument {i} in place, which the caller"
                    " still needs; make a new value instead."
                )
        elif said := _difference(after, right, what=f"argument {i} afterwards", **rest):
            return said
    return None


def _left_otherwise(mine: Call, theirs: Call, names: list[str]) -> str | None:
    for ours, others in zip(mine.left, theirs.left, strict=False):
        for i in ours.keys() & others.keys():
            name = f"`{names[i]}`" if i < len(names) else f"argument {i + 1}"
            (modes, learns), (right_modes, right_learns) = ours[i], others[i]
            if learns != right_learns:
                return (
                    f"After your function some weights of {name} have another"
                    " `requires_grad` than they should: they would be learnt, or not"
                    " learnt, in later steps. Set it back at the end."
                )
            if modes != right_modes:
                way = "train" if any(right_modes) else "eval"
                return (
                    f"Your function leaves {name} in the wrong mode, which changes what"
                    " dropout and batch norm do in later calls. Set it back with"
                    f" `.{way}()`."
                )
    return None


def _other_slopes(mine: Call, theirs: Call, tolerance: float) -> str | None:
    if theirs.slopes is None or isinstance(theirs.slopes, str):
        return None
    if mine.slopes is None:
        return None  # the comparison of results has said so
    if isinstance(mine.slopes, str):
        return (
            f"The values are right, but `backward()` through them fails: {mine.slopes}."
        )
    for i, (got, want) in enumerate(zip(mine.slopes, theirs.slopes, strict=False), 1):
        what = f"its gradient in argument {i}"
        if said := _difference(got, want, what=what, tolerance=10 * tolerance):
            said = said[0].lower() + said[1:]
            return (
                f"The values are right, but {said} A part may be detached, or computed"
                " outside torch."
            )
    return None


def _observed(behave: Function, watched: Watched) -> Call:
    guard.fresh(SEED)
    try:
        result = behave(watched)
    except (Exception, SystemExit) as error:
        if isinstance(error, AssertionError) and error is not watched.error:
            return Call(raised=Objection(*error.args))
        return Call(raised=error)
    return Call(result, **_seen(watched))


def _called(watched: Watched, before: tuple, after: tuple, seed: int) -> Call:
    guard.fresh(seed)
    try:
        result = watched(*after)
    except (Exception, SystemExit) as error:
        return Call(raised=error)
    return Call(result, before, after, slopes=_slopes(result, after), **_seen(watched))


def _seen(watched: Watched) -> dict[str, Any]:
    return {
        "returned": tuple(watched.returned),
        "left": tuple(watched.left),
        "fitted": watched.fitted,
    }


def _slopes(result: object, arguments: tuple[Any, ...]) -> list[Tensor] | str | None:
    """Gradients of a weighted sum of the result, one for each argument with a graph."""
    wanted = [x for x in _tensors(arguments) if x.requires_grad]
    outputs = [y for y in _tensors(result) if y.requires_grad]
    if not wanted or not outputs:
        return None
    try:
        parts = ((y * _weights(y)).sum() for y in outputs)
        total = sum(parts, torch.zeros(()))
        found = torch.autograd.grad(total, wanted, allow_unused=True)
    except Exception as error:  # an in-place change breaks a graph, say
        return first_line(error)
    pairs = zip(found, wanted, strict=True)
    return [torch.zeros_like(x) if g is None else g.detach() for g, x in pairs]


def _weights(y: Tensor) -> Tensor:
    """Numbers that differ from entry to entry, so that no two errors cancel."""
    return torch.arange(1.0, y.numel() + 1).cos().reshape(y.shape).to(y)


def _tensors(value: object) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [tensor for part in value for tensor in _tensors(part)]
    return []


def _standing(arguments: tuple[Any, ...]) -> Standing:
    return {
        i: (
            [layer.training for layer in network.modules()],
            [weight.requires_grad for weight in network.parameters()],
        )
        for i, network in enumerate(arguments)
        if isinstance(network, nn.Module)
    }


def _difference(got: object, want: object, **rest: Any) -> str | None:
    try:
        return difference(got, want, **rest)
    except Exception as error:  # a learner may return anything
        return f"The result is no value to compare ({type(error).__name__})."


def _reason(call: Call) -> tuple[str, str]:
    error = call.raised
    return (type(error).__name__, first_line(error)) if error else ("", "")
