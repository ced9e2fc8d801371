"""The exercise of chapter 00: how exercises work."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "00.to_tanh_range",
    order=10,
    title="Pixels in the range of tanh",
    difficulty=1,
    minutes=5,
    asks="method",
    idea="Stretch the 255 steps of a pixel over a length of 2, then move them so that"
    " black lands on -1.",
    formula="x = pixel / 127.5 - 1.",
    line="Write `return pixels / 127.5 - 1`.",
    variation="Write the way back, from [-1, 1] to uint8, so that all 256 values"
    " survive the round trip.",
    exact_dtype=True,
)


@exercise.answer
def to_tanh_range(pixels: Tensor) -> Tensor:
    """Pixels in 0 ... 255 (uint8) as float32 in [-1, 1], the range of tanh."""
    return pixels / 127.5 - 1


@exercise.inputs
def pictures() -> list[Tensor]:
    faint = torch.randint(
        40, 200, (2, 1, 8, 8), dtype=torch.uint8
    )  # no black, no white
    return [torch.randint(256, (4, 1, 28, 28), dtype=torch.uint8), faint]


@exercise.must_hold
def ends(f) -> bool:
    """Black (0) becomes -1 and white (255) becomes 1."""
    return same(f(torch.tensor([0, 255], dtype=torch.uint8)), torch.tensor([-1.0, 1.0]))


@exercise.must_hold
def even_steps(f) -> bool:
    """Neighbouring grey values lie 2/255 apart, all of them."""
    steps = f(torch.arange(256, dtype=torch.uint8)).diff()
    return same(steps, torch.full((255,), 2 / 255), tolerance=1e-3)


@exercise.mistake(hint="idea")
def unit_range(pixels: Tensor) -> Tensor:
    """Your values lie in [0, 1]. The generator ends in tanh, which reaches [-1, 1]: the
    discriminator would know every real picture by its missing negative values."""
    return pixels / 255


@exercise.mistake(hint="formula")
def shifted_without_stretching(pixels: Tensor) -> Tensor:
    """Your values lie in [-1, 0]: dividing by 255 makes a length of 1, and tanh spans a
    length of 2. Divide by half as much."""
    return pixels / 255 - 1


@exercise.mistake(hint="formula")
def stretched_without_shifting(pixels: Tensor) -> Tensor:
    """Your values lie in [0, 2]. The length is right; the shift that brings black to -1
    is missing."""
    return pixels / 127.5


@exercise.mistake(hint="idea")
def whole_numbers(pixels: Tensor) -> Tensor:
    """Every grey value has become one of a few whole numbers: `//` drops the fraction.
    Divide with `/`, which gives floats."""
    return (pixels // 127.5 - 1).float()


@exercise.mistake(hint="idea")
def wrapped_around(pixels: Tensor) -> Tensor:
    """You calculate in uint8, where 2 * 200 is 144: whole numbers from 0 to 255 wrap
    around. Turn the pixels into floats first."""
    return pixels * 2 / 255 - 1


@exercise.mistake(hint="idea")
def standardised(pixels: Tensor) -> Tensor:
    """You have divided by the spread of this batch: the range then changes from batch
    to batch and passes 1. The range of a pixel, 0 to 255, is known; use it."""
    x = pixels.float()
    return (x - x.mean()) / x.std()


@exercise.mistake(hint="formula")
def as_if_256(pixels: Tensor) -> Tensor:
    """You divide by 128, so white becomes 0.992. The largest grey value is 255: divide
    by half of 255."""
    return pixels / 128 - 1


@exercise.mistake(hint="idea")
def by_the_extremes(pixels: Tensor) -> Tensor:
    """You stretch between the smallest and the largest value of this batch, so the same
    grey value means something else in another batch. The range of a pixel, 0 to 255, is
    known; use it."""
    x = pixels.float()
    return 2 * (x - x.min()) / (x.max() - x.min()) - 1


@exercise.mistake(hint="idea")
def squashed(pixels: Tensor) -> Tensor:
    """You apply tanh to the pixels: tanh(2) is 0.96 already, so almost all grey values
    become 1. The map that is asked for is a straight line."""
    return torch.tanh(pixels.float())


@exercise.mistake(hint="idea")
def with_mnists_statistics(pixels: Tensor) -> Tensor:
    """You standardise with MNIST's mean and spread, which suits a classifier: white
    becomes 2.82, which tanh cannot reach. Map 0 to -1 and 255 to 1."""
    return (pixels.float() / 255 - 0.1307) / 0.3081


@exercise.mistake(hint="formula")
def turned_over(pixels: Tensor) -> Tensor:
    """Your images are negatives: black becomes 1 and white -1. Change the sign."""
    return 1 - pixels / 127.5


@exercise.mistake(hint="idea")
def cut_off(pixels: Tensor) -> Tensor:
    """You cut the values off at 1, so every grey value from 1 to 255 becomes white.
    Scale the values before you think of cutting."""
    return pixels.float().clamp(-1, 1)


@exercise.mistake(hint="formula")
def half_the_range(pixels: Tensor) -> Tensor:
    """Your values lie in [-0.5, 0.5]: you centre the range [0, 1] and do not stretch
    it. Multiply by 2."""
    return pixels / 255 - 0.5


@exercise.mistake(hint="formula")
def multiplied_by_the_spread(pixels: Tensor) -> Tensor:
    """Your values lie in [-0.25, 0.25]: you multiply by 0.5 where a standardisation
    divides by it. Divide by 0.5."""
    return (pixels / 255 - 0.5) * 0.5
