"""Exercise on attention weights as explanations."""

import torch
from torch import Tensor

from aigc_course.checks.compare import kind
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "11.two_maps",
    order=120,
    title="Two explanations of one output",
    difficulty=4,
    minutes=18,
    asks="method",
    idea="The output is a^T V. Look for a change of the weights that the values do not"
    " notice: a vector u with u^T V = 0 and with sum 0. With more keys than the size of"
    " a value plus one there is always such a vector.",
    formula="Solve [V, 1]^T u = 0: the last right singular vector of the (e + 1) x S"
    " matrix. Start from even weights and walk along u until one weight reaches 0.",
    line="Write `n = len(values)`, then `both = torch.cat([values, torch.ones(n, 1)],"
    " dim=1).T`, then `u = torch.linalg.svd(both)[2][-1]`, then `step = u /"
    " u.abs().max() / n`, then `return 1 / n + step, 1 / n - step`.",
    variation="How far apart can two such rows be? Measure the largest total variation"
    " for random values of size 2 and 6 keys.",
    agree=False,
)


@exercise.answer
def two_maps(values: Tensor) -> tuple[Tensor, Tensor]:
    """Two rows of attention weights, [S] each, that give the same output.

    values: [S, e], with S >= e + 2. Both rows are at least 0 and sum to 1, they differ
    in some weight by at least 0.1, and both give the same mean of the values.
    """
    count = len(values)
    both = torch.cat([values, torch.ones(count, 1)], dim=1).T  # [e + 1, S]
    u = torch.linalg.svd(both)[2][-1]  # both @ u = 0
    even = torch.full((count,), 1 / count)
    step = u / u.abs().max() / count  # until the first weight is 0
    return even + step, even - step


def _judged(f, values: Tensor) -> str | bool:
    found = f(values.clone())
    if not isinstance(found, tuple | list) or len(found) != 2:
        return f"Two rows of weights are expected; you return {kind(found)}."
    rows = [torch.as_tensor(row, dtype=torch.float64) for row in found]
    if any(row.shape != (len(values),) for row in rows):
        return f"Each row has one weight for each of the {len(values)} values."
    if any(bool((row < -1e-5).any()) for row in rows):
        return "A weight is below 0, which a softmax never gives. Take a shorter step."
    if any(abs(float(row.sum()) - 1) > 1e-4 for row in rows):
        return "The weights of a row do not sum to 1."
    one, two = rows
    if float((one - two).abs().max()) < 0.1 - 1e-6:
        return "Your two rows are nearly the same: no weight differs by 0.1."
    gap = (one - two) @ values.double()
    if float(gap.abs().max()) > 1e-3 * float(values.abs().max()):
        return "Your two rows give different outputs."
    return True


@exercise.observe
def faults(f) -> dict[str, bool]:
    """What is wrong with the rows: answers differ in value, and their faults tell."""
    found: dict[str, bool] = {}
    for shape in ((5, 2), (4, 2), (6, 3)):
        given = torch.randn(*shape)
        for name, here in _faults(f(given.clone()), given).items():
            found[name] = found.get(name, False) or here
    return found


def _faults(answer: object, values: Tensor) -> dict[str, bool]:
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise AssertionError(
            f"Two rows of weights are expected; you return {kind(answer)}."
        )
    one, two = (torch.as_tensor(row, dtype=torch.float64) for row in answer)
    if one.shape != (len(values),) or two.shape != one.shape:
        raise AssertionError(
            f"Each row has one weight for each of the {len(values)} values."
        )
    both = torch.stack([one, two])
    gap = (one - two).abs()
    outputs = ((one - two) @ values.double()).abs()
    permuted = (one.sort().values - two.sort().values).abs()
    return {
        "a weight below 0": bool((both < -1e-5).any()),
        "another sum than 1": bool(((both.sum(dim=1) - 1).abs() > 1e-4).any()),
        "sums of 0": bool((both.sum(dim=1).abs() < 1e-4).all()),
        "nearly the same": float(gap.max()) < 0.1 - 1e-6,
        "the same": float(gap.max()) < 1e-6,
        "the same weights elsewhere": float(permuted.max()) < 1e-6,
        "different outputs": float(outputs.max()) > 1e-3 * float(values.abs().max()),
    }


@exercise.must_hold
def for_random_values(f) -> bool | str:
    """Both rows are weights, they differ, and they give one output."""
    for shape in ((5, 2), (4, 2), (7, 3)):
        verdict = _judged(f, torch.randn(*shape))
        if verdict is not True:
            return verdict
    return True


@exercise.must_hold
def for_equal_values(f) -> bool | str:
    """The same where two of the values are equal."""
    values = torch.randn(5, 2)
    values[3] = values[1]
    return _judged(f, values)


@exercise.mistake(hint="formula")
def sum_forgotten(values: Tensor) -> tuple[Tensor, Tensor]:
    """Your change of the weights has a sum other than 0, so the rows do not both sum to
    1. Put a column of ones beside the values."""
    u = torch.linalg.svd(values.T)[2][-1]
    even = torch.full((len(values),), 1 / len(values))
    step = u / u.abs().max() / len(values)
    return even + step, even - step


@exercise.mistake(hint="idea")
def any_two(values: Tensor) -> tuple[Tensor, Tensor]:
    """Your rows are weights, but their outputs differ: the values notice the change.
    Look for a vector u with u^T V = 0."""
    one, two = torch.randn(2, len(values)).softmax(dim=1)
    return one, two


@exercise.mistake(hint="idea")
def twice_the_same(values: Tensor) -> tuple[Tensor, Tensor]:
    """Both of your rows are the same. They have to differ by 0.1 in some weight."""
    even = torch.full((len(values),), 1 / len(values))
    return even, even.clone()


@exercise.mistake(hint="formula")
def too_far(values: Tensor) -> tuple[Tensor, Tensor]:
    """You walk too far along u: some weights are below 0. Stop where the first weight
    reaches 0."""
    both = torch.cat([values, torch.ones(len(values), 1)], dim=1).T
    u = torch.linalg.svd(both)[2][-1]
    even = torch.full((len(values),), 1 / len(values))
    return even + u, even - u


@exercise.mistake(hint="formula")
def hardly_a_step(values: Tensor) -> tuple[Tensor, Tensor]:
    """You take a very short step, so the rows are nearly the same. Walk until the first
    weight reaches 0."""
    both = torch.cat([values, torch.ones(len(values), 1)], dim=1).T
    u = torch.linalg.svd(both)[2][-1]
    even = torch.full((len(values),), 1 / len(values))
    return even + 1e-3 * u, even - 1e-3 * u


@exercise.mistake(hint="idea")
def values_exchanged(values: Tensor) -> tuple[Tensor, Tensor]:
    """You give two keys each other's weights. That leaves the output alone only where
    their values are equal; here they are not."""
    row = torch.arange(1.0, len(values) + 1)
    row = row / row.sum()
    return row, row.flip(0)


@exercise.mistake(hint="formula")
def no_solution(values: Tensor) -> tuple[Tensor, Tensor]:
    """Your u does not solve [V, 1]^T u = 0: the rows neither sum to 1 nor give one
    output. It is the last ROW of the full V^H, svd(...)[2][-1], and not a column."""
    both = torch.cat([values, torch.ones(len(values), 1)], dim=1).T
    u = torch.linalg.svd(both)[2][:, -1]
    even = torch.full((len(values),), 1 / len(values))
    step = u / u.abs().max() / len(values)
    return even + step, even - step


@exercise.mistake(hint="idea")
def changes_for_weights(values: Tensor) -> tuple[Tensor, Tensor]:
    """You return u and -u. These are changes of weights, with sum 0: add them to
    weights such as the even ones, 1 / S each."""
    both = torch.cat([values, torch.ones(len(values), 1)], dim=1).T
    u = torch.linalg.svd(both)[2][-1]
    return u, -u
