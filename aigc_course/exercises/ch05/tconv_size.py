"""Exercise: how large a transposed convolution makes a picture."""

import torch
from torch.nn.functional import conv_transpose2d

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "05.tconv_size",
    order=30,
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
    asks="derive",
)


# (size, kernel, stride, padding, output_padding)
SETTINGS = ((7, 5, 2, 2, 1), (7, 4, 2, 1), (1, 7, 1), (14, 5, 2, 2, 1), (4, 5, 3, 1, 2))


@exercise.answer
def tconv_size(
    size: int, kernel: int, stride: int, padding: int = 0, output_padding: int = 0
) -> int:
    """Side of the picture that a transposed convolution makes of one with side `size`.

    s' = (s - 1) stride - 2 padding + kernel + output_padding
    """
    return (size - 1) * stride - 2 * padding + kernel + output_padding


@exercise.inputs
def settings() -> list[tuple[int, ...]]:
    return list(SETTINGS)


def side(size: int, kernel: int, stride: int, *paddings: int) -> int:
    """What PyTorch makes of a picture with this side."""
    weight = torch.zeros(1, 1, kernel, kernel)
    picture = torch.zeros(1, 1, size, size)
    return conv_transpose2d(picture, weight, None, stride, *paddings).shape[-1]


@exercise.must_hold
def as_torch(f) -> bool:
    """`ConvTranspose2d` with the same settings makes a picture of the same side."""
    return [f(*setting) for setting in SETTINGS] == [side(*one) for one in SETTINGS]


@exercise.must_hold
def one_more_pixel(f) -> bool:
    """One more input pixel makes the output longer by the stride."""
    return all(f(s + 1, 5, n, 2) - f(s, 5, n, 2) == n for s in (3, 9) for n in (1, 2))


@exercise.mistake(hint="idea")
def ordinary(
    size: int, kernel: int, stride: int, padding: int = 0, output_padding: int = 0
) -> int:
    """This is the side after an ordinary strided convolution: 7 becomes 4, and a
    generator built on it shrinks its picture where it should grow. Go the other way:
    look for the side that an ordinary one would turn into `size`."""
    return (size + 2 * padding - kernel) // stride + 1


@exercise.mistake(hint="formula")
def a_stride_too_many(
    size: int, kernel: int, stride: int, padding: int = 0, output_padding: int = 0
) -> int:
    """You count a stride after the last pixel too, so the picture is too large by one
    stride. Between `size` copies of the kernel lie `size - 1` strides; try size 1,
    which gives one kernel."""
    return size * stride - 2 * padding + kernel + output_padding


@exercise.mistake(hint="idea")
def padding_enlarges(
    size: int, kernel: int, stride: int, padding: int = 0, output_padding: int = 0
) -> int:
    """Your padding enlarges the picture; in a transposed convolution it is cut off.
    The name comes from the ordinary convolution that runs backwards here, whose
    padded border is not part of its input."""
    return (size - 1) * stride + 2 * padding + kernel + output_padding


@exercise.mistake(hint="formula")
def one_end_cut(
    size: int, kernel: int, stride: int, padding: int = 0, output_padding: int = 0
) -> int:
    """You take the padding off one end only, so the picture is too large by `padding`.
    It is cut off left and right, above and below: twice along each side."""
    return (size - 1) * stride - padding + kernel + output_padding


@exercise.mistake(hint="formula")
def without_output_padding(
    size: int, kernel: int, stride: int, padding: int = 0, output_padding: int = 0
) -> int:
    """You leave out `output_padding`: with kernel 5, stride 2 and padding 2, 7 becomes
    13 and the generator never arrives at 28. It adds its pixels at one end."""
    return (size - 1) * stride - 2 * padding + kernel


@exercise.mistake(hint="idea")
def times_stride(
    size: int, kernel: int, stride: int, padding: int = 0, output_padding: int = 0
) -> int:
    """You multiply by the stride, which is the aim of many settings and not the rule:
    kernel 5, stride 2 and no padding turn 7 into 17. Let kernel and padding enter."""
    return size * stride


@exercise.mistake(hint="idea")
def ordinary_with_output_padding(
    size: int, kernel: int, stride: int, padding: int = 0, output_padding: int = 0
) -> int:
    """You use the formula of an ordinary convolution, which divides by the stride and
    shrinks the picture. The transposed one multiplies: (size - 1) strides and one
    kernel."""
    return (size + 2 * padding - kernel) // stride + 1 + output_padding


@exercise.mistake(hint="formula")
def one_pixel_short(
    size: int, kernel: int, stride: int, padding: int = 0, output_padding: int = 0
) -> int:
    """Your picture is one pixel too small: you count kernel - 1. With size 1 and no
    padding the output is one whole kernel."""
    return (size - 1) * stride - 2 * padding + kernel - 1 + output_padding
