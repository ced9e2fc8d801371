"""Exercise on a low-rank addition to a frozen matrix."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "12.low_rank",
    order=210,
    title="A low-rank addition, and its merge",
    difficulty=2,
    minutes=8,
    asks="formula",
    idea="Apply A first: it maps the input to r numbers. B maps them to the output."
    " Both steps together are one matrix, which can be added to W.",
    formula="y = W x + (alpha / r) B (A x), and W' = W + (alpha / r) B A. The rows of x"
    " are the vectors, so W x is `x @ weight.T`.",
    line="Write `scale = alpha / len(a)`, then `y = x @ weight.T + scale * (x @ a.T) @"
    " b.T`, then `return y, weight + scale * b @ a`.",
    variation="Count the multiplications of both forms for one x, and find from which"
    " rank on the merged form is cheaper even while training.",
)


@exercise.answer
def low_rank(
    x: Tensor, weight: Tensor, a: Tensor, b: Tensor, alpha: float
) -> tuple[Tensor, Tensor]:
    """The output of the adapted layer, [N, out], and the merged matrix, [out, in].

    x: [N, in]. weight: [out, in], frozen. a: [r, in]. b: [out, r]. The addition has the
    factor alpha / r.
    """
    scale = alpha / len(a)
    y = x @ weight.T + scale * (x @ a.T) @ b.T
    return y, weight + scale * b @ a


def _drawn(n: int, inside: int, outside: int, rank: int, alpha: float):
    x, weight = torch.randn(n, inside), torch.randn(outside, inside)
    return x, weight, torch.randn(rank, inside), torch.randn(outside, rank), alpha


@exercise.inputs
def layers():
    return [_drawn(5, 6, 4, 2, 4.0), _drawn(3, 8, 8, 3, 1.0), _drawn(1, 4, 7, 1, 2.0)]


@exercise.must_hold
def starts_at_nothing(f) -> bool:
    """With B = 0 the layer is the frozen one."""
    x, weight, a, b, alpha = _drawn(4, 6, 5, 2, 3.0)
    y, merged = f(x, weight, a, 0 * b, alpha)
    return same(y, x @ weight.T) and same(merged, weight)


@exercise.must_hold
def merging_changes_nothing(f) -> bool:
    """The merged matrix gives the output of the adapted layer."""
    x, weight, a, b, alpha = _drawn(4, 6, 5, 2, 3.0)
    y, merged = f(x, weight, a, b, alpha)
    return same(y, x @ torch.as_tensor(merged, dtype=x.dtype).T)


@exercise.must_hold
def of_low_rank(f) -> bool:
    """The change of the matrix has the rank r."""
    x, weight, a, b, alpha = _drawn(4, 9, 8, 2, 3.0)
    change = torch.as_tensor(f(x, weight, a, b, alpha)[1]).double() - weight.double()
    return int(torch.linalg.matrix_rank(change, rtol=1e-4)) == 2


def _scaled(x, weight, a, b, scale, merge_scale=None):
    merge_scale = scale if merge_scale is None else merge_scale
    return x @ weight.T + scale * (x @ a.T) @ b.T, weight + merge_scale * b @ a


@exercise.mistake(hint="formula")
def without_the_factor(x, weight, a, b, alpha):
    """You leave out the factor alpha / r. Multiply the addition by it, in both
    results."""
    return _scaled(x, weight, a, b, 1.0)


@exercise.mistake(hint="formula")
def not_divided_by_the_rank(x, weight, a, b, alpha):
    """You multiply by alpha and do not divide by the rank. With alpha / r the learning
    rate can stay when the rank changes."""
    return _scaled(x, weight, a, b, alpha)


@exercise.mistake(hint="formula")
def upside_down(x, weight, a, b, alpha):
    """You multiply by r / alpha. The factor is alpha / r."""
    return _scaled(x, weight, a, b, len(a) / alpha)


@exercise.mistake(hint="formula")
def root_of_the_rank(x, weight, a, b, alpha):
    """You divide alpha by the root of the rank, as a later paper does. Here the factor
    is alpha / r."""
    return _scaled(x, weight, a, b, alpha / len(a) ** 0.5)


@exercise.mistake(hint="formula")
def divided_by_the_width(x, weight, a, b, alpha):
    """You divide alpha by the number of inputs. The rank r is the number of rows of A,
    `len(a)`."""
    return _scaled(x, weight, a, b, alpha / a.shape[1])


@exercise.mistake(hint="formula")
def divided_by_the_outputs(x, weight, a, b, alpha):
    """You take the number of rows of B for the rank. B has shape [out, r]: its rank is
    the number of columns."""
    return _scaled(x, weight, a, b, alpha / len(b))


@exercise.mistake(hint="idea")
def merged_without_the_factor(x, weight, a, b, alpha):
    """Your output is right, and your merged matrix lacks the factor alpha / r: the
    merged model differs from the trained one."""
    return _scaled(x, weight, a, b, alpha / len(a), 1.0)


@exercise.mistake(hint="idea")
def merged_away(x, weight, a, b, alpha):
    """You subtract the addition when you merge. That takes a merge back; here W and the
    addition are summed."""
    scale = alpha / len(a)
    return _scaled(x, weight, a, b, scale, -scale)


@exercise.mistake(hint="idea")
def addition_alone(x, weight, a, b, alpha):
    """You return the addition alone. The frozen matrix still takes part in
    the sum."""
    scale = alpha / len(a)
    return scale * (x @ a.T) @ b.T, scale * b @ a


@exercise.mistake(hint="idea")
def never_merged(x, weight, a, b, alpha):
    """Your second result is the frozen matrix. The merged one holds the addition, so
    that A and B are not needed any more."""
    scale = alpha / len(a)
    return x @ weight.T + scale * (x @ a.T) @ b.T, weight


@exercise.mistake(hint="formula")
def transposed(x, weight, a, b, alpha):
    """Your merged matrix is transposed. Keep the shape [out, in] of the weight."""
    y, merged = _scaled(x, weight, a, b, alpha / len(a))
    return y, merged.T


@exercise.mistake(hint="formula")
def factor_on_everything(x, weight, a, b, alpha):
    """You multiply the frozen part by alpha / r as well. The factor belongs to the
    addition alone."""
    scale = alpha / len(a)
    return scale * (x @ weight.T + (x @ a.T) @ b.T), scale * (weight + b @ a)


@exercise.mistake(hint="line")
def in_the_other_order(x, weight, a, b, alpha):
    """You return the merged matrix first. The order is output, merged matrix."""
    y, merged = _scaled(x, weight, a, b, alpha / len(a))
    return merged, y
