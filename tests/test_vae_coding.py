"""The entropy coder: exact both ways, as short as it must be, refusals in words."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_course.errors import CourseError
from aigc_course.vae import coding

properties = settings(max_examples=30, deadline=None, derandomize=True)
TABLE = torch.tensor([coding.TOTAL // 2, 0, coding.TOTAL // 4, coding.TOTAL // 4])


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def ideal_bytes(symbols, tables):
    """-sum_i log2 p_i in bytes, under the frequencies themselves."""
    f = tables.expand(len(symbols), -1).gather(1, symbols[:, None])
    return float(-(f / coding.TOTAL).log2().sum()) / 8


@st.composite
def messages(draw, most=60):
    """Symbols and a table for each: from even ones to nearly certain ones."""
    n, k = draw(st.integers(0, most)), draw(st.integers(1, 40))
    sharp = draw(st.sampled_from([0.0, 1.0, 8.0]))
    generator = seeded(draw(st.integers(0, 10_000)))
    logits = sharp * torch.randn(n, k, generator=generator)
    tables = coding.frequencies(logits.softmax(-1))
    return torch.randint(k, (n,), generator=generator), tables  # improbable ones too


@properties
@given(messages())
def test_decoding_gives_back_what_was_encoded(message):
    symbols, tables = message
    data = coding.encode(symbols, tables)
    assert torch.equal(coding.decode(data, tables), symbols)
    assert coding.HEAD <= len(data) <= 1.01 * ideal_bytes(symbols, tables) + 6


@properties
@given(st.lists(st.integers(0, 5), max_size=50), st.integers(0, 1000))
def test_one_table_serves_all_symbols(symbols, seed):
    table = coding.frequencies(torch.rand(6, generator=seeded(seed)).softmax(0))
    data = coding.encode(torch.tensor(symbols).long(), table)
    assert coding.decode(data, table, len(symbols)).tolist() == symbols


@properties
@given(messages(most=20), st.integers(0, coding.TOTAL))
def test_a_message_is_a_stack(message, start):
    symbols, tables = message
    stack = coding.Message()
    coding.push_all(stack, torch.tensor([2]), TABLE)
    before = stack.to_bytes()
    coding.push_all(stack, symbols, tables)
    assert torch.equal(coding.pop_all(stack, tables), symbols)
    assert stack.to_bytes() == before


@pytest.mark.parametrize("p", [[0.25] * 4, [0.9, 0.05, 0.03, 0.02], [0.999, 0.001]])
def test_the_length_is_the_entropy(p):
    p = torch.tensor(p, dtype=torch.float64)
    symbols = torch.multinomial(p, 20_000, True, generator=seeded())
    data = coding.encode(symbols, coding.frequencies(p))
    counts = torch.bincount(symbols, minlength=len(p))
    # what the best code for these very symbols needs, counted apart from the coder
    bits = -float((counts * p.log2()).sum())
    assert -1 <= len(data) - bits / 8 <= 0.01 * bits / 8 + 5


def test_a_push_is_the_formula():
    message = coding.Message()
    message.push(100, 3)
    x = coding.LOW
    tail = []
    while x >= 3 * 2**24:
        tail.append(x % 256)
        x //= 256
    assert message.x == (x // 3) * 2**16 + 100 + x % 3
    assert message.tail == bytes(tail) and len(message) == 5 + len(tail)


@properties
@given(st.integers(1, 300), st.integers(0, 10_000), st.integers(0, 2))
def test_frequencies_sum_to_the_total_and_lie_near(k, seed, least):
    p = (8 * torch.randn(k, generator=seeded(seed))).softmax(0).double()
    f = coding.frequencies(p, least)
    assert int(f.sum()) == coding.TOTAL and int(f.min()) >= least
    assert float((f / coding.TOTAL - p / p.sum()).abs().max()) <= 3 * k / coding.TOTAL


def test_frequencies_are_rounded_down_and_the_likeliest_has_the_rest():
    p = torch.tensor([[0.5, 0.25, 0.25], [0.0, 1.0, 0.0]])
    spare = coding.TOTAL - 3
    low = 1 + spare // 4
    rows = [[coding.TOTAL - 2 * low, low, low], [1, coding.TOTAL - 2, 1]]
    assert coding.frequencies(p).tolist() == rows
    assert coding.frequencies(p, 0)[1].tolist() == [0, coding.TOTAL, 0]


def flipped(data, bit):
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_any_damaged_bit_and_any_missing_byte_is_found():
    symbols = torch.multinomial(TABLE.double(), 300, True, generator=seeded())
    data = coding.encode(symbols, TABLE)
    damaged = [flipped(data, bit) for bit in range(8 * len(data))]
    damaged += [data[:-1], data[1:], data[: len(data) // 2], data + b"\0", b"", b"abc"]
    for bad in damaged:
        with pytest.raises(CourseError, match="damaged"):
            coding.decode(bad, TABLE, 300)


@pytest.mark.parametrize("count", [0, 1, 99, 101, 150])
def test_another_number_of_symbols_is_found(count):
    table = coding.frequencies(torch.full((4,), 0.25))
    symbols = torch.randint(4, (100,), generator=seeded())
    with pytest.raises(CourseError, match="number of symbols|fewer symbols"):
        coding.decode(coding.encode(symbols, table), table, count)


def test_another_table_is_found():
    table = coding.frequencies(torch.tensor([0.7, 0.2, 0.1]))
    other = coding.frequencies(torch.tensor([0.6, 0.3, 0.1]))
    symbols = torch.randint(3, (200,), generator=seeded())
    with pytest.raises(CourseError, match="other tables|too early"):
        coding.decode(coding.encode(symbols, table), other, 200)


ZEROS = torch.zeros(2, dtype=torch.long)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: coding.encode(torch.tensor([0, 1]), TABLE), "at position 1 has prob"),
        (lambda: coding.Message().push(5, 0), "probability 0"),
        (lambda: coding.encode(torch.tensor([4]), TABLE), "from 0 to 3"),
        (lambda: coding.encode(torch.tensor([-1]), TABLE), "from 0 to 3"),
        (lambda: coding.encode(torch.tensor([0.0]), TABLE), "whole numbers"),
        (lambda: coding.encode(ZEROS, TABLE.expand(3, -1)), r"whole numbers \[3\]"),
        (lambda: coding.encode(ZEROS, TABLE - 1), "sum to 65,536"),
        (lambda: coding.encode(ZEROS, TABLE.double()), "whole numbers"),
        (lambda: coding.decode(b"123456", TABLE), "how many"),
        (lambda: coding.decode(b"123456", TABLE, -1), "from 0 up"),
        (lambda: coding.decode(b"123456", TABLE[None], 1), "how many"),
        (lambda: coding.frequencies(torch.tensor([0.5, 0.6])), "sum to 1"),
        (lambda: coding.frequencies(torch.tensor([0.5, 0.4])), "sum to 1"),
        (lambda: coding.frequencies(torch.tensor([1.5, -0.5])), "at least 0"),
        (lambda: coding.frequencies(torch.tensor([math.nan, 1.0])), "NaN"),
        (lambda: coding.frequencies(torch.full((70_000,), 1 / 70_000)), "do not fit"),
        (lambda: coding.frequencies(torch.tensor([1.0]), -1), "least frequency"),
    ],
)
def test_what_does_not_fit_is_refused(call, words):
    with pytest.raises(CourseError, match=words):
        call()


def test_nothing_is_pushed_where_one_symbol_is_refused():
    message = coding.Message()
    with pytest.raises(CourseError, match="probability 0"):
        coding.push_all(message, torch.tensor([0, 2, 1, 3]), TABLE)
    assert message.to_bytes() == coding.Message().to_bytes()
