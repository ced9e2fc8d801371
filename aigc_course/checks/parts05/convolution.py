"""Exercises on transposed convolution: its size and its sum."""

import torch
from torch import Tensor
from torch.nn.functional import conv1d, conv_transpose1d, conv_transpose2d, pad

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

size_of = Exercise(
    "05.tconv_size",
    title="How large a transposed convolution makes a picture",
    difficulty=2,
    minutes=8,
    idea="Every input pixel lays down one copy of the kernel, and neighbouring copies"
    " start `stride` apart: measure from the start of the first copy to the end of the"
    " last. Padding then cuts both ends off; output padding adds to one end.",
    formula="The full length is (size - 1) * stride + kernel. Take off 2 * padding and"
    " add output_padding.",
    line="Write `return (size - 1) * stride - 2 * padding + kernel + output_padding`.",
    variation="Find two settings of kernel, stride, padding and output padding that"
    " turn 7 into 28 in one layer.",
)

# (size, kernel, stride, padding, output_padding)
SETTINGS = ((7, 5, 2, 2, 1), (7, 4, 2, 1), (1, 7, 1), (14, 5, 2, 2, 1), (4, 5, 3, 1, 2))


@size_of.answer
def tconv_size(
    size: int, kernel: int, stride: int, padding: int = 0, output_padding: int = 0
) -> int:
    """Side of the picture that a transposed convolution makes of one with side `size`.

    s' = (s - 1) stride - 2 padding + kernel + output_padding
    """
    return (size - 1) * stride - 2 * padding + kernel + output_padding


@size_of.also_right
def by_the_last_copy(
    size: int, kernel: int, stride: int, padding: int = 0, output_padding: int = 0
) -> int:
    start_of_last = stride * (size - 1)
    end = start_of_last + kernel
    return end - padding - (padding - output_padding)


@size_of.inputs
def settings() -> list[tuple[int, ...]]:
    return list(SETTINGS)


def side(size: int, kernel: int, stride: int, *paddings: int) -> int:
    """What PyTorch makes of a picture with this side."""
    weight = torch.zeros(1, 1, kernel, kernel)
    picture = torch.zeros(1, 1, size, size)
    return conv_transpose2d(picture, weight, None, stride, *paddings).shape[-1]


@size_of.must_hold
def as_torch(f) -> bool:
    """`ConvTranspose2d` with the same settings makes a picture of the same side."""
    return [f(*setting) for setting in SETTINGS] == [side(*one) for one in SETTINGS]


@size_of.must_hold
def one_more_pixel(f) -> bool:
    """One more input pixel makes the output longer by the stride."""
    return all(f(s + 1, 5, n, 2) - f(s, 5, n, 2) == n for s in (3, 9) for n in (1, 2))


@size_of.mistake(hint="idea")
def ordinary(
    size: int, kernel: int, stride: int, padding: int = 0, output_padding: int = 0
) -> int:
    """This is the side after an ordinary strided convolution: 7 becomes 4, and a
    generator built on it shrinks its picture where it should grow. Go the other way:
    look for the side that an ordinary one would turn into `size`."""
    return (size + 2 * padding - kernel) // stride + 1


@size_of.mistake(hint="formula")
def a_stride_too_many(
    size: int, kernel: int, stride: int, padding: int = 0, output_padding: int = 0
) -> int:
    """You count a stride after the last pixel too, so the picture is too large by one
    stride. Between `size` copies of the kernel lie `size - 1` strides; try size 1,
    which gives one kernel."""
    return size * stride - 2 * padding + kernel + output_padding


@size_of.mistake(hint="idea")
def padding_enlarges(
    size: int, kernel: int, stride: int, padding: int = 0, output_padding: int = 0
) -> int:
    """Your padding enlarges the picture; in a transposed convolution it is cut off.
    The name comes from the ordinary convolution that runs backwards here, whose
    padded border is not part of its input."""
    return (size - 1) * stride + 2 * padding + kernel + output_padding


@size_of.mistake(hint="formula")
def one_end_cut(
    size: int, kernel: int, stride: int, padding: int = 0, output_padding: int = 0
) -> int:
    """You take the padding off one end only, so the picture is too large by `padding`.
    It is cut off left and right, above and below: twice along each side."""
    return (size - 1) * stride - padding + kernel + output_padding


@size_of.mistake(hint="formula")
def without_output_padding(
    size: int, kernel: int, stride: int, padding: int = 0, output_padding: int = 0
) -> int:
    """You leave out `output_padding`: with kernel 5, stride 2 and padding 2, 7 becomes
    13 and the generator never arrives at 28. It adds its pixels at one end."""
    return (size - 1) * stride - 2 * padding + kernel


@size_of.mistake(hint="idea")
def times_stride(
    size: int, kernel: int, stride: int, padding: int = 0, output_padding: int = 0
) -> int:
    """You multiply by the stride, which is the aim of many settings and not the rule:
    kernel 5, stride 2 and no padding turn 7 into 17. Let kernel and padding enter."""
    return size * stride


@size_of.mistake(hint="idea")
def ordinary_with_output_padding(
    size: int, kernel: int, stride: int, padding: int = 0, output_padding: int = 0
) -> int:
    """You use the formula of an ordinary convolution, which divides by the stride and
    shrinks the picture. The transposed one multiplies: (size - 1) strides and one
    kernel."""
    return (size + 2 * padding - kernel) // stride + 1 + output_padding


@size_of.mistake(hint="formula")
def one_pixel_short(
    size: int, kernel: int, stride: int, padding: int = 0, output_padding: int = 0
) -> int:
    """Your picture is one pixel too small: you count kernel - 1. With size 1 and no
    padding the output is one whole kernel."""
    return (size - 1) * stride - 2 * padding + kernel - 1 + output_padding


by_hand = Exercise(
    "05.tconv_1d",
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
)


@by_hand.answer
def tconv_1d(x: Tensor, w: Tensor, stride: int) -> Tensor:
    """Transposed convolution of x [n] with kernel w [k], without padding.

    Returns y [(n - 1) * stride + k] with y[i stride + j] = sum_ij x[i] w[j].
    """
    n, k = len(x), len(w)
    y = torch.zeros((n - 1) * stride + k, dtype=x.dtype)
    for i in range(n):
        y[i * stride : i * stride + k] += x[i] * w  # a copy of the kernel, times x[i]
    return y


@by_hand.also_right
def by_torch(x: Tensor, w: Tensor, stride: int) -> Tensor:
    return conv_transpose1d(x.view(1, 1, -1), w.view(1, 1, -1), stride=stride).flatten()


@by_hand.also_right
def by_a_table_of_products(x: Tensor, w: Tensor, stride: int) -> Tensor:
    i, j = torch.arange(len(x)), torch.arange(len(w))
    places = (i[:, None] * stride + j).flatten()  # [n * k]
    y = torch.zeros(int(places.max()) + 1)
    return y.index_add(0, places, torch.outer(x, w).flatten())


@by_hand.also_right
def zeros_between(x: Tensor, w: Tensor, stride: int) -> Tensor:
    thin = torch.zeros((len(x) - 1) * stride + 1)
    thin[::stride] = x
    thin = pad(thin, (len(w) - 1, len(w) - 1))
    return conv1d(thin.view(1, 1, -1), w.flip(0).view(1, 1, -1)).flatten()


@by_hand.inputs
def signals() -> list[tuple[Tensor, Tensor, int]]:
    sizes = ((5, 3, 2), (4, 2, 3), (6, 4, 1))
    return [(torch.randn(n), torch.randn(k), stride) for n, k, stride in sizes]


@by_hand.must_hold
def one_copy(f) -> bool:
    """One input, 1, gives the kernel itself."""
    w = torch.randn(4)
    return same(f(torch.ones(1), w, 3), w)


@by_hand.must_hold
def linear(f) -> bool:
    """Twice the input and another input added give twice the output and its sum."""
    a, b, w = torch.randn(5), torch.randn(5), torch.randn(3)
    return same(f(2 * a + b, w, 2), 2 * f(a, w, 2) + f(b, w, 2))


@by_hand.must_hold
def adjoint(f) -> bool:
    """It is the transpose of convolution: <conv(u), x> = <u, tconv(x)> for all u, x."""
    x, w, u = torch.randn(5), torch.randn(3), torch.randn(11)
    down = conv1d(u.view(1, 1, -1), w.view(1, 1, -1), stride=2).flatten()  # [5]
    return same(u @ f(x, w, 2), down @ x, tolerance=1e-3)


@by_hand.mistake(hint="idea")
def overwritten(x: Tensor, w: Tensor, stride: int) -> Tensor:
    """Where copies of the kernel overlap, your later copy replaces the earlier one.
    Every input has a share in these outputs: use `+=`, so that the copies add."""
    y = torch.zeros((len(x) - 1) * stride + len(w))
    for i in range(len(x)):
        y[i * stride : i * stride + len(w)] = x[i] * w
    return y


@by_hand.mistake(hint="formula")
def flipped(x: Tensor, w: Tensor, stride: int) -> Tensor:
    """Your kernel lies the wrong way round. The layers of PyTorch do not flip it when
    they convolve, so the transpose does not either: x = (1,) must give w as it is."""
    return tconv_1d(x, w.flip(0), stride)


@by_hand.mistake(hint="idea")
def gathered(x: Tensor, w: Tensor, stride: int) -> Tensor:
    """This is an ordinary convolution: it gathers k inputs into one output and makes
    the signal shorter. Turn it round: each single input is spread over k outputs."""
    return conv1d(x.view(1, 1, -1), w.view(1, 1, -1), stride=stride).flatten()


@by_hand.mistake(hint="formula")
def stride_left_out(x: Tensor, w: Tensor, stride: int) -> Tensor:
    """Your copies of the kernel start one place apart, whatever the stride. The copy
    for x[i] starts at place i * stride; that is what makes a generator's picture
    grow."""
    return tconv_1d(x, w, 1)


@by_hand.mistake(hint="formula")
def cut_short(x: Tensor, w: Tensor, stride: int) -> Tensor:
    """Your output has n * stride places, so the end does not fit the last copy of the
    kernel. That copy starts at (n - 1) * stride and is k long."""
    return pad(tconv_1d(x, w, stride), (0, stride))[: len(x) * stride]


@by_hand.mistake(hint="formula")
def side_by_side(x: Tensor, w: Tensor, stride: int) -> Tensor:
    """You lay the copies of the kernel side by side, whatever the stride. Copy i starts
    at place i * stride, and where copies overlap they add."""
    return torch.outer(x, w).flatten()


@by_hand.mistake(hint="idea")
def padded_and_gathered(x: Tensor, w: Tensor, stride: int) -> Tensor:
    """You pad x and convolve it in steps of the stride, which makes the signal shorter.
    In the transposed layer the stride lies between the outputs: put stride - 1 zeros
    between the inputs, or spread each input over the output."""
    wide = pad(x, (len(w) - 1, len(w) - 1))
    return conv1d(wide.view(1, 1, -1), w.view(1, 1, -1), stride=stride).flatten()


@by_hand.mistake(hint="formula")
def averaged(x: Tensor, w: Tensor, stride: int) -> Tensor:
    """You divide by the number of copies at each place. (5.2) is a sum: where copies
    overlap they add."""
    ones = tconv_1d(torch.ones_like(x), torch.ones_like(w), stride)
    return tconv_1d(x, w, stride) / ones.clamp(min=1)
