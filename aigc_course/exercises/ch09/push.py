"""Exercise on a coder in whole numbers: one push."""

import math

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "09.push",
    order=40,
    title="A number as a stack",
    difficulty=3,
    minutes=12,
    idea="Think of x in base f: take its last digit off, which is x mod f, and put it"
    " into the slots of the symbol, c to c + f - 1, of a digit in base 2^r.",
    formula="x' = floor(x / f) 2^r + c + (x mod f).",
    line="Return `(x // f << r) + c + x % f`.",
    variation="Write pop: find s from x mod 2^r, then undo the step. Push all letters"
    " of a sentence, and pop them.",
    asks="formula",
)


@exercise.answer
def push(x: int, c: int, f: int, r: int) -> int:
    """x with a symbol pushed on: frequency f of 2^r, those before it sum to c.

    Duda 2013, section 3 (rANS).
    """
    return (x // f << r) + c + x % f


@exercise.inputs
def numbers() -> list[tuple[int, int, int, int]]:
    return [(1000, 3, 5, 4), (7, 0, 3, 3), (3**60, 100, 77, 8), (10**9, 6, 1, 3)]


@exercise.observe
def digits(f) -> list[object]:
    """Results as text, since comparing rounds whole numbers of many digits."""
    found = [f(*numbers_) for numbers_ in numbers()]
    return [str(x) if isinstance(x, int) else x for x in found]


@exercise.must_hold
def can_be_popped(f) -> bool:
    """The symbol's slot and the old x can be read off again, exactly."""
    for x, c, size, r in numbers():
        slot = f(x, c, size, r) % 2**r
        if not c <= slot < c + size:
            return False
        if size * (f(x, c, size, r) // 2**r) + slot - c != x:
            return False
    return True


@exercise.must_hold
def grows_as_it_should(f) -> bool:
    """x grows by the factor 2^r / f, by -log2 p bits: 2 bits for a quarter."""
    return abs(math.log2(f(10**12, 64, 64, 8) / 10**12) - 2) < 1e-6


@exercise.must_hold
def whole_number(f) -> bool:
    """It is a whole number, a Python int."""
    return isinstance(f(50, 1, 2, 3), int)


@exercise.mistake(hint="formula")
def start_forgotten(x: int, c: int, f: int, r: int) -> int:
    """c is missing, so every symbol lies in the first slots and cannot be told from
    the first."""
    return (x // f << r) + x % f


@exercise.mistake(hint="formula")
def rest_forgotten(x: int, c: int, f: int, r: int) -> int:
    """x mod f is missing. It is what keeps the step reversible: the digit that the
    division drops hides in the choice among the symbol's slots."""
    return (x // f << r) + c


@exercise.mistake(hint="idea")
def not_divided(x: int, c: int, f: int, r: int) -> int:
    """You do not divide by f, so every symbol costs r bits, as if all were equally
    likely."""
    return (x << r) + c + x % f


@exercise.mistake(hint="line")
def floats(x: int, c: int, f: int, r: int) -> int:
    """You divide with `/`, which goes through a float of 53 bits. For long messages the
    last digits are lost, and the message with them: use `//`."""
    return (int(x / f) << r) + c + x % f


@exercise.mistake(hint="formula")
def remainder_by_total(x: int, c: int, f: int, r: int) -> int:
    """You take x mod 2^r, which belongs to popping. Pushing takes x mod f, one of the
    symbol's own slots."""
    return (x // f << r) + c + x % 2**r


@exercise.mistake(hint="formula")
def places_swapped(x: int, c: int, f: int, r: int) -> int:
    """You divide by 2^r and multiply by f: that makes x smaller, and is the step of
    pop."""
    return f * (x >> r) + x % 2**r - c


@exercise.mistake(hint="line")
def shifted_by_the_sum(x: int, c: int, f: int, r: int) -> int:
    """`<<` binds weaker than `+`, so you shift by r + c + x % f. Put parentheses around
    `x // f << r`."""
    return x // f << r + c + x % f


@exercise.mistake(hint="line")
def exclusive_or(x: int, c: int, f: int, r: int) -> int:
    """`2 ^ r` is the exclusive or of bits in Python. The power is `2**r`, and a shift
    `<< r` multiplies by it."""
    return x // f * (2 ^ r) + c + x % f


@exercise.mistake(hint="formula")
def exponent_for_the_power(x: int, c: int, f: int, r: int) -> int:
    """You multiply by r. There are 2^r slots, and r is only the exponent."""
    return x // f * r + c + x % f


@exercise.mistake(hint="idea")
def interval_of_a_real_number(x: int, c: int, f: int, r: int) -> int:
    """You shrink x by f / 2^r, as arithmetic coding shrinks an interval. Here the
    number grows: divide by f and multiply by 2^r."""
    return x * f // 2**r + c


@exercise.mistake(hint="line")
def not_whole(x: int, c: int, f: int, r: int) -> float:
    """`/` makes a float, so the result is not a whole number, and x mod f counts twice.
    Use `//`."""
    return x / f * 2**r + c + x % f


@exercise.mistake(hint="formula")
def from_the_last_slot(x: int, c: int, f: int, r: int) -> int:
    """You count the symbol's slots from their end, c + f, which is the first slot of
    the next symbol. Count from c: c + x mod f."""
    return (x // f << r) + c + f - x % f
