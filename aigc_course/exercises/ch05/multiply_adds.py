"""Exercise on what a transposed convolution costs."""

import torch
from torch.nn.functional import conv_transpose2d

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "05.multiply_adds",
    order=40,
    title="The cost of a layer",
    difficulty=2,
    minutes=8,
    idea="Follow one number of the input: with how many weights is it multiplied? Then"
    " count the numbers of the input.",
    formula="side_in^2 * inputs numbers come in, and each meets outputs * kernel^2"
    " weights.",
    line="Write `return side_in**2 * inputs * outputs * kernel**2`.",
    variation="In the reference generator, find the layer with the most weights and the"
    " one with the most multiply-adds. They need not be the same.",
    asks="derive",
)


@exercise.answer
def multiply_adds(inputs: int, outputs: int, kernel: int, side_in: int) -> int:
    """Multiply-adds of one picture in a transposed convolution, before its borders
    are cut.

    inputs, outputs: channels. Every input number meets every weight of its channel:
    side_in^2 * inputs * outputs * kernel^2.
    """
    return side_in**2 * inputs * outputs * kernel**2


@exercise.inputs
def layers() -> list[tuple[int, int, int, int]]:
    return [(256, 128, 5, 7), (128, 64, 5, 14), (64, 1, 4, 3)]


@exercise.must_hold
def as_counted(f) -> bool:
    """With ones everywhere each product adds 1: the sum of the output counts them."""
    ones = torch.ones(1, 3, 5, 5), torch.ones(3, 2, 4, 4)
    return bool(f(3, 2, 4, 5) == conv_transpose2d(*ones, stride=2).sum())


@exercise.must_hold
def twice_the_side(f) -> bool:
    """A picture with twice the side costs four times as much."""
    return bool(f(8, 4, 5, 14) == 4 * f(8, 4, 5, 7))


@exercise.mistake(hint="idea")
def weights_alone(inputs: int, outputs: int, kernel: int, side_in: int) -> int:
    """You have counted the weights, which fill memory. Each of them is used again at
    every place of the picture, and that is what takes the time."""
    return inputs * outputs * kernel**2


@exercise.mistake(hint="idea")
def places_of_the_output(inputs: int, outputs: int, kernel: int, side_in: int) -> int:
    """You count the places of the output, four times as many with stride 2. Each input
    pixel lays down one kernel; the zeros between them cost nothing, so count the
    places of the input."""
    return (2 * side_in) ** 2 * inputs * outputs * kernel**2


@exercise.mistake(hint="formula")
def flat_kernel(inputs: int, outputs: int, kernel: int, side_in: int) -> int:
    """Your kernel has `kernel` weights; a 5 x 5 kernel has 25. Square its side."""
    return side_in**2 * inputs * outputs * kernel


@exercise.mistake(hint="formula")
def flat_picture(inputs: int, outputs: int, kernel: int, side_in: int) -> int:
    """Your picture has `side_in` pixels; one of 7 x 7 has 49. Square its side."""
    return side_in * inputs * outputs * kernel**2


@exercise.mistake(hint="formula")
def counted_twice(inputs: int, outputs: int, kernel: int, side_in: int) -> int:
    """You count each multiplication and each addition, which gives operations (FLOPs),
    twice as many. A multiply-add is one product added to one sum: count the pair
    once."""
    return 2 * side_in**2 * inputs * outputs * kernel**2


@exercise.mistake(hint="idea")
def channels_added(inputs: int, outputs: int, kernel: int, side_in: int) -> int:
    """You add input and output channels. Every output channel has a kernel of its own
    for every input channel, so their numbers multiply."""
    return side_in**2 * (inputs + outputs) * kernel**2


@exercise.mistake(hint="formula")
def with_biases(inputs: int, outputs: int, kernel: int, side_in: int) -> int:
    """You count a bias with every kernel. A bias is added and multiplies nothing: leave
    it out."""
    return side_in**2 * (inputs * kernel**2 + 1) * outputs
