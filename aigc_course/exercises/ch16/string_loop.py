"""Exercise on a string whose loop has the length of its period."""

import math

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "16.string_loop",
    order=50,
    title="A string in tune",
    difficulty=3,
    minutes=15,
    asks="derive",
    idea="One turn of the loop takes one period. Subtract what the averaging delays,"
    " and divide the rest into whole samples and a part for the all-pass filter.",
    formula="N + Delta = rate / pitch - 1/2, N = floor(rate / pitch - 1/2 - 0.1), and"
    " Delta = (1 - C) / (1 + C) gives C = (1 - Delta) / (1 + Delta).",
    line="Write `rest = rate / pitch - 0.5`, `N = math.floor(rest - 0.1)`, `delta ="
    " rest - N` and `return N, (1 - delta) / (1 + delta)`.",
    variation="The all-pass filter delays by Delta only at low frequencies. Compute its"
    " exact delay at the pitch, and correct C.",
)


@exercise.answer
def string_loop(pitch: float, rate: float) -> tuple[int, float]:
    """(N, C): whole samples of delay, and the coefficient of the all-pass filter.

    pitch and rate in Hz. The averaging delays by 1/2 sample, and the all-pass filter by
    Delta = (1 - C) / (1 + C), which has to lie from 0.1 up to, not including, 1.1.
    """
    rest = rate / pitch - 0.5
    whole = math.floor(rest - 0.1)
    delta = rest - whole
    return whole, (1 - delta) / (1 + delta)


@exercise.inputs
def strings() -> list[tuple[float, float]]:
    return [
        (200.0, 8000.0),
        (110.0, 8000.0),
        (439.0, 8000.0),
        (82.41, 44100.0),
        (261.63, 22050.0),
        (97.3, 8000.0),
        (8000 / 30.55, 8000.0),
        (8000 / 41.75, 8000.0),
    ]


@exercise.must_hold
def one_turn_is_a_period(f) -> bool:
    """N, the half sample of the averaging and the delay of the all-pass filter add
    up to the period, rate / pitch."""
    whole, C = f(233.1, 8000.0)
    C = float(C)
    if abs(1 + C) < 1e-9:
        return False
    return abs(int(whole) + 0.5 + (1 - C) / (1 + C) - 8000 / 233.1) < 1e-3


@exercise.must_hold
def the_delay_is_in_its_range(f) -> bool:
    """The delay of the all-pass filter lies from 0.1 to 1.1, so C lies from -0.05 to
    0.82."""
    values = [float(f(8000 / (30 + k / 7), 8000.0)[1]) for k in range(7)]
    return all(-0.0477 <= C <= 0.8183 for C in values)


def _split(rest: float) -> tuple[int, float]:
    whole = math.floor(rest - 0.1)
    return whole, rest - whole


def _c(delta: float) -> float:
    return (1 - delta) / (1 + delta)


@exercise.mistake(hint="idea")
def averaging_forgotten(pitch, rate):
    """You forgot that the averaging delays by half a sample. Your string is flat:
    subtract 1/2 from the period."""
    whole, delta = _split(rate / pitch)
    return whole, _c(delta)


@exercise.mistake(hint="idea")
def averaging_added(pitch, rate):
    """You add the half sample to the period. The averaging already delays by it, so
    less is left for the rest of the loop: subtract it."""
    whole, delta = _split(rate / pitch + 0.5)
    return whole, _c(delta)


@exercise.mistake(hint="idea")
def whole_samples_only(pitch, rate):
    """You round the period to whole samples and leave the all-pass filter at one
    sample. The string is then out of tune by up to half a sample in each period."""
    return round(rate / pitch - 1.5), 0.0


@exercise.mistake(hint="formula")
def delta_returned(pitch, rate):
    """You return the delay of the all-pass filter. Asked is its coefficient C: solve
    Delta = (1 - C) / (1 + C) for C."""
    return _split(rate / pitch - 0.5)


@exercise.mistake(hint="formula")
def sign_of_c(pitch, rate):
    """The sign of your C is wrong. The delay is then 1 / Delta instead of Delta."""
    whole, delta = _split(rate / pitch - 0.5)
    return whole, -_c(delta)


@exercise.mistake(hint="formula")
def from_zero_to_one(pitch, rate):
    """Your delay lies between 0 and 1. Near 0 the coefficient is nearly 1, and such a
    filter rings for a long time: let the delay begin at 0.1."""
    rest = rate / pitch - 0.5
    return math.floor(rest), _c(rest - math.floor(rest))


@exercise.mistake(hint="idea")
def one_minus_delta(pitch, rate):
    """You take C = 1 - Delta. Near Delta = 1 even the linear approximation is only half
    of that: solve Delta = (1 - C) / (1 + C) for C."""
    whole, delta = _split(rate / pitch - 0.5)
    return whole, 1 - delta


@exercise.mistake(hint="formula")
def rounded_to_nearest(pitch, rate):
    """You round to the nearest whole number of samples, so the rest is negative for
    half of the pitches. A filter cannot look ahead: round down."""
    rest = rate / pitch - 0.5
    whole = round(rest)
    return whole, _c(rest - whole)


@exercise.mistake(hint="formula")
def twice_the_pitch(pitch, rate):
    """Your loop is half as long as the period, and the string sounds an octave too
    high. One turn of the loop takes a whole period."""
    whole, delta = _split(rate / pitch / 2 - 0.5)
    return whole, _c(delta)


@exercise.mistake(hint="formula")
def upside_down(pitch, rate):
    """You exchanged numerator and denominator of C. Solve Delta = (1 - C) / (1 + C) for
    C, and put a number in to check."""
    whole, delta = _split(rate / pitch - 0.5)
    return whole, (1 + delta) / (1 - delta)


@exercise.mistake(hint="formula")
def swapped(pitch, rate):
    """You return C first. The order is: the whole delay N, then the coefficient C."""
    whole, delta = _split(rate / pitch - 0.5)
    return _c(delta), whole


@exercise.mistake(hint="formula")
def whole_not_shortened(pitch, rate):
    """If Delta is below 0.1 you add 1 to it and leave N as it is, so the loop becomes a
    sample too long. Take this sample away from N."""
    rest = rate / pitch - 0.5
    whole = math.floor(rest)
    delta = rest - whole
    return whole, _c(delta if delta >= 0.1 else delta + 1)


@exercise.mistake(hint="formula")
def half_subtracted_too_late(pitch, rate):
    """You split the period first and subtract the half sample from the part for the
    filter, which leaves the range. Subtract it from the period, then split."""
    whole, delta = _split(rate / pitch)
    return whole, _c(delta - 0.5)


@exercise.mistake(hint="formula")
def delta_clamped(pitch, rate):
    """If Delta is below 0.1 you set it to 0.1, so the loop is longer than the period.
    Take a sample away from N and add it to Delta."""
    rest = rate / pitch - 0.5
    whole = math.floor(rest)
    return whole, _c(max(rest - whole, 0.1))


@exercise.mistake(hint="formula")
def rounded_up(pitch, rate):
    """You round up, so the whole delay alone is longer than what is left of the period.
    Round down: the filter can add a delay and cannot take one away."""
    rest = rate / pitch - 0.5
    whole = math.ceil(rest)
    return whole, _c(whole - rest)
