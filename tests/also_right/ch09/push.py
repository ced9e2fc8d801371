"""Other right answers to 09.push."""

from tests.also_right import also_right


@also_right
def by_powers(x: int, c: int, f: int, r: int) -> int:
    quotient, digit = divmod(x, f)
    return quotient * 2**r + digit + c


@also_right
def by_the_rest(x: int, c: int, f: int, r: int) -> int:
    whole = x // f
    return x + whole * (2**r - f) + c
