"""Exercise on the way from the range of tanh to pixels."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "05.to_pixels",
    order=10,
    title="From tanh to pixels",
    exact_dtype=True,
    difficulty=1,
    minutes=5,
    idea="Undo x = pixel / 127.5 - 1. Whole numbers need rounding, and a byte holds"
    " nothing outside 0 ... 255.",
    formula="pixel = round((x + 1) * 127.5), held within 0 ... 255.",
    line="Write `return ((images + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)`.",
    variation="Show a sample before and after, and look for the largest difference that"
    " rounding has made.",
    asks="formula",
)


@exercise.answer
def to_pixels(images: Tensor) -> Tensor:
    """Pictures in [-1, 1], of any shape, as pixels 0 ... 255 (uint8)."""
    return ((images + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)


@exercise.inputs
def pictures() -> list[Tensor]:
    near, beyond = torch.rand(2, 1, 28, 28) * 2 - 1, torch.linspace(-1.1, 1.1, 50)
    return [near, beyond]


@exercise.must_hold
def there_and_back(f) -> bool:
    """All 256 grey values survive the way to [-1, 1] and back."""
    grey = torch.arange(256, dtype=torch.uint8)
    return same(f(grey / 127.5 - 1), grey)


@exercise.must_hold
def beyond_the_ends(f) -> bool:
    """What lies beyond -1 is black (0), and beyond 1 white (255)."""
    return f(torch.tensor([-1.5, -1.01, 1.01, 1.5])).tolist() == [0, 0, 255, 255]


@exercise.mistake(hint="idea")
def unit_range(images: Tensor) -> Tensor:
    """You multiply by 255, as if the picture lay in [0, 1]: grey (0) becomes black, and
    what is negative wraps around, -0.1 to a bright 231. Move it up by 1 first, to
    [0, 2]."""
    return (images * 255).to(torch.int64).to(torch.uint8)


@exercise.mistake(hint="idea")
def dark_half_lost(images: Tensor) -> Tensor:
    """All that is darker than middle grey has become black: your formula is for
    pictures in [0, 1], and tanh gives [-1, 1]. Move the picture up by 1 first, to
    [0, 2]."""
    return (images * 255).clamp(0, 255).to(torch.uint8)


@exercise.mistake(hint="formula")
def cut_off(images: Tensor) -> Tensor:
    """`to(torch.uint8)` drops the fraction, so half of the pixels come out one too dark
    and 76.9999 becomes 76. Round first."""
    return ((images + 1) * 127.5).clamp(0, 255).to(torch.uint8)


@exercise.mistake(hint="formula")
def wrapped(images: Tensor) -> Tensor:
    """Values a little beyond 1 wrap around: 257 does not fit in a byte and becomes 1,
    so the brightest pixels turn black. Clamp to 0 ... 255 before the conversion."""
    return ((images + 1) * 127.5).round().to(torch.int64).to(torch.uint8)


@exercise.mistake(hint="line")
def still_float(images: Tensor) -> Tensor:
    """The values are right and still floats; a PNG stores bytes. End with
    `.to(torch.uint8)`."""
    return ((images + 1) * 127.5).round().clamp(0, 255)


@exercise.mistake(hint="idea")
def unit_floats(images: Tensor) -> Tensor:
    """You have stretched the picture to [0, 1], which suits matplotlib. Pixels are
    whole numbers from 0 to 255, of type uint8."""
    return ((images + 1) / 2).clamp(0, 1)


@exercise.mistake(hint="idea")
def dark_half_lost_after_rounding(images: Tensor) -> Tensor:
    """Your formula takes [0, 1] to 0 ... 255, and the picture begins at -1: all that is
    darker than middle grey becomes black. Add 1 and multiply by 127.5."""
    return (images.clamp(0, 1) * 255).round().to(torch.uint8)


@exercise.mistake(hint="idea")
def stretched(images: Tensor) -> Tensor:
    """You stretch each tensor from its own darkest to its own brightest value, so the
    same grey gets another number in another batch. The range is fixed: -1 is 0 and 1 is
    255."""
    low, high = images.min(), images.max()
    return ((images - low) / (high - low) * 255).round().to(torch.uint8)


@exercise.mistake(hint="formula")
def in_256_steps(images: Tensor) -> Tensor:
    """You multiply by 128, which makes 256 steps of equal width. (5.1) has 255 steps
    between its ends: multiply by 127.5 and round."""
    return ((images + 1) * 128).floor().clamp(0, 255).to(torch.uint8)
