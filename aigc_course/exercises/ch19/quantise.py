"""Exercise on the affine map to eight bits."""

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "19.quantise",
    order=60,
    title="256 levels",
    difficulty=2,
    minutes=12,
    asks="formula",
    idea="There are 256 levels and 255 steps between them. Find the step, then the"
    " level that stands for 0, then round, and clip last.",
    formula="s = (high - low) / 255, z = round(-128 - low / s), q = clip(round(x / s)"
    " + z, -128, 127).",
    line="Write `s = (high - low) / 255`, then `z = round(-128 - low / s)`, then"
    " `return ((x / s).round() + z).clamp(-128, 127).to(torch.int8), s, z`.",
    variation="Choose low and high as the 0.1 % and 99.9 % quantiles, and compare the"
    " mean square error with that of minimum and maximum.",
    exact_dtype=True,  # the eight bits are what is asked for
)


@exercise.answer
def quantise(x: Tensor, low: float, high: float) -> tuple[Tensor, float, int]:
    """(q, s, z): x in 256 levels between low and high, as int8, with step and zero.

    x: float tensor. low <= 0 <= high, low < high. x is about s (q - z). Values outside
    low..high become the nearest level.
    """
    s = (high - low) / 255
    z = round(-128 - low / s)
    q = ((x / s).round() + z).clamp(-128, 127).to(torch.int8)
    return q, s, z


def between(low: float, high: float, n: int = 24) -> Tensor:
    """Values a little beside the levels of a range, and some outside it."""
    s = (high - low) / 255
    steps = torch.linspace(-60, 320, n).round() + 0.2
    return (low + steps * s).view(2, -1)


def beside_the_levels(low: float, high: float) -> Tensor:
    """Values 0.3 above and below each whole number between low and high."""
    whole = torch.arange(round(low) + 1, round(high))
    return torch.stack([whole - 0.3, whole + 0.3])


@exercise.inputs
def ranges() -> list[tuple[Tensor, float, float]]:
    return [
        (between(-0.3, 1.3), -0.3, 1.3),
        (between(0.0, 5.0), 0.0, 5.0),
        (between(-2.0, 0.0), -2.0, 0.0),
        (between(-70.0, 210.0), -70.0, 210.0),
        (between(-0.013, 0.031), -0.013, 0.031),
        (beside_the_levels(-79.6, 175.4), -79.6, 175.4),
    ]


@exercise.must_hold
def zero_is_exact(f) -> bool:
    """The value 0 becomes z, so that 0 comes back as 0."""
    q, _, z = f(torch.zeros(1), -0.4, 1.1)
    return int(torch.as_tensor(q).flatten()[0]) == int(z)


@exercise.must_hold
def the_highest_value_keeps_its_sign(f) -> bool:
    """In a range with low = -high, the value high becomes level 127. There rounding
    gives 128, which int8 turns into -128: clip the levels, not x."""
    high = 127.5 / 64  # a step of 1 / 64, without rounding
    q, _, _ = f(torch.tensor([0.0, high]), -high, high)
    return int(torch.as_tensor(q).flatten()[1]) == 127


@exercise.must_hold
def within_half_a_step(f) -> bool:
    """Inside the range, s (q - z) differs from x by one step at most."""
    x = torch.linspace(-0.4, 1.1, 101)
    q, s, z = f(x, -0.4, 1.1)
    back = float(s) * (torch.as_tensor(q).float() - float(z))
    return bool(((back - x).abs() <= 1.01 * 1.5 / 255).all())


def _finish(levels: Tensor, s: float, z: int) -> tuple[Tensor, float, int]:
    return (levels + z).clamp(-128, 127).to(torch.int8), s, z


def _map(low: float, high: float) -> tuple[float, int]:
    s = (high - low) / 255
    return s, round(-128 - low / s)


@exercise.mistake(hint="idea")
def no_zero_point(x, low, high):
    """You left out the zero point. A range from 0 on then uses half of the levels."""
    s = max(-low, high) / 127
    return _finish((x / s).round(), s, 0)


@exercise.mistake(hint="formula")
def step_from_the_maximum(x, low, high):
    """You take the step from the largest value only. The 255 steps reach from low to
    high."""
    s = max(high, -low) / 255
    return _finish((x / s).round(), s, round(-128 - low / s))


@exercise.mistake(hint="formula")
def as_many_steps_as_levels(x, low, high):
    """You divide by 256. 256 levels have 255 steps between them."""
    s = (high - low) / 256
    return _finish((x / s).round(), s, round(-128 - low / s))


@exercise.mistake(hint="idea")
def clipped_first(x, low, high):
    """You clip x to -128..127 before scaling, and not the levels. Values outside the
    range then wrap round to the other end."""
    s, z = _map(low, high)
    levels = (x.clamp(-128, 127) / s).round() + z
    return (levels.long() + 128).remainder(256).sub(128).to(torch.int8), s, z


@exercise.mistake(hint="formula")
def cut_off(x, low, high):
    """You cut off the decimals. The error then reaches a whole step instead of half of
    one: round."""
    s, z = _map(low, high)
    return _finish((x / s).trunc(), s, z)


@exercise.mistake(hint="formula")
def unsigned(x, low, high):
    """Your levels go from 0 to 255. int8 has -128 to 127: the lowest level is
    -128."""
    s = (high - low) / 255
    z = round(-low / s)
    return ((x / s).round() + z).clamp(0, 255).to(torch.uint8), s, z


@exercise.mistake(hint="formula")
def zero_upside_down(x, low, high):
    """The sign of the zero point is wrong: low has to become -128."""
    s = (high - low) / 255
    return _finish((x / s).round(), s, round(-128 + low / s))


@exercise.mistake(hint="idea")
def range_of_x(x, low, high):
    """You take the range from x itself. It was measured on other data and is given as
    low and high."""
    s, z = _map(min(float(x.min()), 0.0), max(float(x.max()), 0.0))
    return _finish((x / s).round(), s, z)


@exercise.mistake(hint="formula")
def zero_added_outside(x, low, high):
    """You add the zero point after clipping, so the levels leave -128..127."""
    s, z = _map(low, high)
    levels = (x / s).round().clamp(-128, 127) + z
    return (levels.long() + 128).remainder(256).sub(128).to(torch.int8), s, z


@exercise.mistake(hint="idea")
def not_clipped(x, low, high):
    """You do not clip. A level outside -128..127 wraps round to the other end in
    int8."""
    s, z = _map(low, high)
    levels = (x / s).round() + z
    return (levels.long() + 128).remainder(256).sub(128).to(torch.int8), s, z


@exercise.mistake(hint="formula")
def cut_off_by_the_type(x, low, high):
    """You let int8 cut off the decimals. The error then reaches a whole step instead of
    half of one: round before."""
    s, z = _map(low, high)
    return (x / s + z).clamp(-128, 127).to(torch.int8), s, z


@exercise.mistake(hint="formula")
def rounded_down(x, low, high):
    """You round down. The error then reaches a whole step instead of half of one: round
    to the nearest whole number."""
    s, z = _map(low, high)
    return _finish((x / s).floor(), s, z)


@exercise.mistake(hint="formula")
def counted_from_low(x, low, high):
    """You round (x - low) / s. The levels then count from low, which is no level in
    general: round x / s, and add the whole number z."""
    s, z = _map(low, high)
    return _finish(((x - low) / s).round() - 128 - z, s, z)


@exercise.mistake(hint="formula")
def zero_not_rounded(x, low, high):
    """Your zero point is no whole number. 0 is then not stored exactly: round it."""
    s = (high - low) / 255
    z = -128 - low / s
    return (x / s + z).round().clamp(-128, 127).to(torch.int8), s, z
