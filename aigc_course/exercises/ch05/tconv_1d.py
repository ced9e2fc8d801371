"""Exercise: A transposed convolution by hand."""

import torch
from torch import Tensor
from torch.nn.functional import conv1d, pad

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "05.tconv_1d",
    order=20,
    title="A transposed convolution by hand",
    difficulty=3,
    minutes=15,
    idea="Begin with zeros. Each input number lays a copy of the kernel, multiplied by"
    " that number, on the output; where copies overlap, they add.",
    formula="y[i * stride + j] = sum over i, j of x[i] * w[j], in an output of length"
    " (n - 1) * stride + k.",
    line="Write `n, k = len(x), len(w)`, `y = x.new_zeros((n - 1) * stride + k)`,"
    " `for i in range(n): y[i * stride : i * stride + k] += x[i] * w` and"
    " `return y`.",
    variation="Take w = (1, 2, 1) / 2 and stride 2, feed in (0, 1, 4, 9), and find out"
    " which interpolation this is.",
    asks="method",
)


@exercise.answer
def tconv_1d(x: Tensor, w: Tensor, stride: int) -> Tensor:
    """Transposed convolution of x [n] with kernel w [k], without padding.

    Returns y [(n - 1) * stride + k] with y[i stride + j] = sum_ij x[i] w[j].
    """
    n, k = len(x), len(w)
    y = torch.zeros((n - 1) * stride + k, dtype=x.dtype)
    for i in range(n):
        y[i * stride : i * stride + k] += x[i] * w  # a copy of the kernel, times x[i]
    return y


@exercise.inputs
def signals() -> list[tuple[Tensor, Tensor, int]]:
    sizes = ((5, 3, 2), (4, 2, 3), (6, 4, 1))
    return [(torch.randn(n), torch.randn(k), stride) for n, k, stride in sizes]


@exercise.must_hold
def one_copy(f) -> bool:
    """One input, 1, gives the kernel itself."""
    w = torch.randn(4)
    return same(f(torch.ones(1), w, 3), w)


@exercise.must_hold
def linear(f) -> bool:
    """Twice the input and another input added give twice the output and its sum."""
    a, b, w = torch.randn(5), torch.randn(5), torch.randn(3)
    return same(f(2 * a + b, w, 2), 2 * f(a, w, 2) + f(b, w, 2))


@exercise.must_hold
def adjoint(f) -> bool:
    """It is the transpose of convolution: <conv(u), x> = <u, tconv(x)> for all u, x."""
    x, w, u = torch.randn(5), torch.randn(3), torch.randn(11)
    down = conv1d(u.view(1, 1, -1), w.view(1, 1, -1), stride=2).flatten()  # [5]
    return same(u @ f(x, w, 2), down @ x, tolerance=1e-3)


@exercise.mistake(hint="idea")
def overwritten(x: Tensor, w: Tensor, stride: int) -> Tensor:
    """Where copies of the kernel overlap, your later copy replaces the earlier one.
    Every input has a share in these outputs: use `+=`, so that the copies add."""
    y = torch.zeros((len(x) - 1) * stride + len(w))
    for i in range(len(x)):
        y[i * stride : i * stride + len(w)] = x[i] * w
    return y


@exercise.mistake(hint="formula")
def flipped(x: Tensor, w: Tensor, stride: int) -> Tensor:
    """Your kernel lies the wrong way round. The layers of PyTorch do not flip it when
    they convolve, so the transpose does not either: x = (1,) must give w as it is."""
    return tconv_1d(x, w.flip(0), stride)


@exercise.mistake(hint="idea")
def gathered(x: Tensor, w: Tensor, stride: int) -> Tensor:
    """This is an ordinary convolution: it gathers k inputs into one output and makes
    the signal shorter. Turn it round: each single input is spread over k outputs."""
    return conv1d(x.view(1, 1, -1), w.view(1, 1, -1), stride=stride).flatten()


@exercise.mistake(hint="formula")
def stride_left_out(x: Tensor, w: Tensor, stride: int) -> Tensor:
    """Your copies of the kernel start one place apart, whatever the stride. The copy
    for x[i] starts at place i * stride; that is what makes a generator's picture
    grow."""
    return tconv_1d(x, w, 1)


@exercise.mistake(hint="formula")
def cut_short(x: Tensor, w: Tensor, stride: int) -> Tensor:
    """Your output has n * stride places, so the end does not fit the last copy of the
    kernel. That copy starts at (n - 1) * stride and is k long."""
    return pad(tconv_1d(x, w, stride), (0, stride))[: len(x) * stride]


@exercise.mistake(hint="formula")
def side_by_side(x: Tensor, w: Tensor, stride: int) -> Tensor:
    """You lay the copies of the kernel side by side, whatever the stride. Copy i starts
    at place i * stride, and where copies overlap they add."""
    return torch.outer(x, w).flatten()


@exercise.mistake(hint="idea")
def padded_and_gathered(x: Tensor, w: Tensor, stride: int) -> Tensor:
    """You pad x and convolve it in steps of the stride, which makes the signal shorter.
    In the transposed layer the stride lies between the outputs: put stride - 1 zeros
    between the inputs, or spread each input over the output."""
    wide = pad(x, (len(w) - 1, len(w) - 1))
    return conv1d(wide.view(1, 1, -1), w.view(1, 1, -1), stride=stride).flatten()


@exercise.mistake(hint="formula")
def averaged(x: Tensor, w: Tensor, stride: int) -> Tensor:
    """You divide by the number of copies at each place. The layer adds: where copies
    overlap they add."""
    ones = tconv_1d(torch.ones_like(x), torch.ones_like(w), stride)
    return tconv_1d(x, w, stride) / ones.clamp(min=1)
