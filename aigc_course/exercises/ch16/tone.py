"""Exercise on a synthesiser: the samples of one note."""

import math

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "16.tone",
    order=36,
    title="One note as samples",
    difficulty=3,
    minutes=15,
    asks="method",
    idea="Sample number i stands at the time i / rate. Harmonic k is a sine of k times"
    " the frequency, and the samples cannot carry a frequency above half the rate.",
    formula="Add sin(2 pi k f t) / k over the k from 1 to `harmonics` with k f < rate /"
    " 2, where t = i / rate for i from 0 to count - 1.",
    line="Write `f = 440 * 2 ** ((pitch - 69) / 12)` and `t = torch.arange(count) /"
    " rate`, then `return sum((torch.sin(2 * math.pi * k * f * t) / k for k in range(1,"
    " harmonics + 1) if k * f < rate / 2), torch.zeros(count))`.",
    tolerance=2e-3,
    variation="Give each harmonic its own decay, so that high ones end earlier.",
)


@exercise.answer
def tone(pitch: int, count: int, rate: int, harmonics: int) -> Tensor:
    """`count` samples of a note that has up to `harmonics` harmonics, float [count].

    pitch: a MIDI number. rate: samples in a second. Harmonic k has k times the
    frequency of the note and the height 1 / k. A harmonic at or above half the rate is
    left out. The first sample stands at the time 0.
    """
    f = 440 * 2 ** ((pitch - 69) / 12)
    t = torch.arange(count, dtype=torch.float64) / rate
    sound = torch.zeros(count, dtype=torch.float64)
    for k in range(1, harmonics + 1):
        if k * f < rate / 2:
            sound += torch.sin(2 * math.pi * k * f * t) / k
    return sound.float()


Case = tuple[int, int, int, int]


@exercise.inputs
def notes() -> list[Case]:
    return [
        (69, 200, 8_000, 1),
        (60, 400, 8_000, 4),
        (57, 300, 22_050, 6),
        (96, 200, 8_000, 4),  # its second harmonic is above half the rate
        (84, 200, 8_000, 6),
        (48, 500, 4_000, 3),
    ]


@exercise.must_hold
def starts_at_zero(f) -> bool:
    """All harmonics start at the time 0 with the value 0."""
    return abs(float(f(60, 100, 8_000, 3)[0])) < 1e-6


@exercise.must_hold
def an_octave_doubles(f) -> bool:
    """An octave higher the wave runs twice as fast."""
    low = torch.as_tensor(f(57, 400, 44_100, 2), dtype=torch.float64)
    high = torch.as_tensor(f(69, 200, 44_100, 2), dtype=torch.float64)
    return bool((low[::2] - high).abs().max() < 5e-3)


def _tone(
    pitch: int,
    count: int,
    rate: int,
    harmonics: int,
    *,
    a4: float = 69.0,
    turn: float = 2 * math.pi,
    every: bool = False,
    height=lambda k: 1 / k,
    number=lambda k: k,
) -> Tensor:
    f = 440 * 2 ** ((pitch - a4) / 12)
    t = torch.arange(count, dtype=torch.float64) / rate
    sound = torch.zeros(count, dtype=torch.float64)
    for k in range(1, harmonics + 1):
        if every or number(k) * f < rate / 2:
            sound += height(k) * torch.sin(turn * number(k) * f * t)
    return sound.float()


@exercise.mistake(hint="idea")
def folded_back(pitch, count, rate, harmonics):
    """You also add harmonics above half the rate. The samples show them as lower
    frequencies that were never meant (aliasing): leave them out."""
    return _tone(pitch, count, rate, harmonics, every=True)


@exercise.mistake(hint="formula")
def middle_c_is_440(pitch, count, rate, harmonics):
    """You give 440 Hz to number 60. Number 60 is middle C; 440 Hz is the A above it,
    number 69."""
    return _tone(pitch, count, rate, harmonics, a4=60)


@exercise.mistake(hint="formula")
def no_two_pi(pitch, count, rate, harmonics):
    """You left out 2 pi. A sine needs 2 pi for a whole period, so your notes sound more
    than two octaves too low."""
    return _tone(pitch, count, rate, harmonics, turn=1.0)


@exercise.mistake(hint="formula")
def pi_alone(pitch, count, rate, harmonics):
    """You wrote pi where 2 pi is needed, so your notes sound an octave too low."""
    return _tone(pitch, count, rate, harmonics, turn=math.pi)


@exercise.mistake(hint="formula")
def degrees(pitch, count, rate, harmonics):
    """You count a period as 360. `torch.sin` takes radians: a period is 2 pi."""
    return _tone(pitch, count, rate, harmonics, turn=360.0)


@exercise.mistake(hint="formula")
def all_as_loud(pitch, count, rate, harmonics):
    """You give every harmonic the height 1. Harmonic k has the height 1 / k."""
    return _tone(pitch, count, rate, harmonics, height=lambda k: 1.0)


@exercise.mistake(hint="idea")
def octaves_not_harmonics(pitch, count, rate, harmonics):
    """You add octaves, the frequencies f, 2 f, 4 f, 8 f. Harmonics are all whole
    multiples: f, 2 f, 3 f, 4 f."""
    return _tone(pitch, count, rate, harmonics, number=lambda k: 2 ** (k - 1))


@exercise.mistake(hint="idea")
def fundamental_alone(pitch, count, rate, harmonics):
    """You return one sine. The note has harmonics: add k = 2, 3 and so on."""
    return _tone(pitch, count, rate, 1)


@exercise.mistake(hint="formula")
def one_harmonic_less(pitch, count, rate, harmonics):
    """You stop before the last harmonic: `range(1, n)` ends with n - 1."""
    return _tone(pitch, count, rate, harmonics - 1)


@exercise.mistake(hint="formula")
def end_included(pitch, count, rate, harmonics):
    """You stretch the samples so that the last one stands at count / rate. Sample i
    stands at i / rate; with `linspace` every note is too high."""
    f = 440 * 2 ** ((pitch - 69) / 12)
    t = torch.linspace(0, count / rate, count, dtype=torch.float64)
    parts = [k for k in range(1, harmonics + 1) if k * f < rate / 2]
    waves = [torch.sin(2 * math.pi * k * f * t) / k for k in parts]
    return torch.stack(waves).sum(0).float()


@exercise.mistake(hint="formula")
def cosines(pitch, count, rate, harmonics):
    """You add cosines, so the sound jumps at its first sample. Sines start at 0."""
    f = 440 * 2 ** ((pitch - 69) / 12)
    t = torch.arange(count, dtype=torch.float64) / rate
    parts = [k for k in range(1, harmonics + 1) if k * f < rate / 2]
    waves = [torch.cos(2 * math.pi * k * f * t) / k for k in parts]
    return torch.stack(waves).sum(0).float()


@exercise.mistake(hint="idea")
def equal_hertz(pitch, count, rate, harmonics):
    """You move by the same number of hertz for each semitone. A semitone multiplies the
    frequency by 2 to the power 1/12."""
    f = 440 + (pitch - 69) * 440 / 12
    t = torch.arange(count, dtype=torch.float64) / rate
    sound = torch.zeros(count, dtype=torch.float64)
    for k in range(1, harmonics + 1):
        if k * f < rate / 2:
            sound += torch.sin(2 * math.pi * k * f * t) / k
    return sound.float()


@exercise.mistake(hint="idea")
def up_to_the_rate(pitch, count, rate, harmonics):
    """You keep harmonics up to the rate itself. Samples carry frequencies below half
    the rate; leave out the others."""
    f = 440 * 2 ** ((pitch - 69) / 12)
    most = sum(k * f < rate for k in range(1, harmonics + 1))
    return _tone(pitch, count, rate, most, every=True)


@exercise.mistake(hint="formula")
def first_sample_late(pitch, count, rate, harmonics):
    """Your first sample stands at the time 1 / rate. It stands at the time 0."""
    return torch.cat([_tone(pitch, count + 1, rate, harmonics)[1:]])


@exercise.mistake(hint="formula")
def time_in_samples(pitch, count, rate, harmonics):
    """You use the number of the sample as its time. Divide it by the rate, to have
    seconds."""
    return _tone(pitch, count, rate, harmonics, turn=2 * math.pi * rate)


@exercise.mistake(hint="formula")
def divided_by_the_harmonics(pitch, count, rate, harmonics):
    """You divide the sum by the number of harmonics. The first harmonic has the height
    1, whatever else sounds."""
    f = 440 * 2 ** ((pitch - 69) / 12)
    used = sum(k * f < rate / 2 for k in range(1, harmonics + 1))
    return _tone(pitch, count, rate, harmonics) / used


@exercise.mistake(hint="formula")
def without_brackets(pitch, count, rate, harmonics):
    """You wrote `2 ** (pitch - 69) / 12`. Python takes the power first and divides
    afterwards: write `2 ** ((pitch - 69) / 12)`."""
    f = 440 * 2 ** (pitch - 69) / 12
    return _tone(60, count, rate, harmonics, a4=60 - 12 * math.log2(f / 440))


@exercise.mistake(hint="formula")
def whole_octaves(pitch, count, rate, harmonics):
    """You round (pitch - 69) / 12 down, so twelve pitches share one frequency. `//`
    rounds down: write `/`."""
    return _tone(69 + (pitch - 69) // 12 * 12, count, rate, harmonics)


@exercise.mistake(hint="formula")
def at_full_height(pitch, count, rate, harmonics):
    """You scale the sound so that its largest value is 1. Harmonic k has the height
    1 / k; do not scale the sum."""
    sound = _tone(pitch, count, rate, harmonics)
    return sound / sound.abs().max()


@exercise.mistake(hint="formula")
def one_harmonic_more(pitch, count, rate, harmonics):
    """You add one harmonic too many. The note itself is harmonic 1, and the last one is
    harmonic number `harmonics`."""
    return _tone(pitch, count, rate, harmonics + 1)


@exercise.mistake(hint="formula")
def whole_hertz(pitch, count, rate, harmonics):
    """You round the frequency to whole hertz. A semitone is a factor, so most
    frequencies are not whole numbers: do not round."""
    f = round(440 * 2 ** ((pitch - 69) / 12))
    return _tone(60, count, rate, harmonics, a4=60 - 12 * math.log2(f / 440))


@exercise.mistake(hint="formula")
def squared_heights(pitch, count, rate, harmonics):
    """You give harmonic k the height 1 / k squared. Its height is 1 / k."""
    return _tone(pitch, count, rate, harmonics, height=lambda k: 1 / k**2)
