"""An entropy coder in whole numbers: asymmetric numeral systems (Duda 2013).

A message is one large number x, used as a stack. To push a symbol s with probability
p is to make x about 1/p times as large, so that log2 x, the length of the message in
bits, grows by -log2 p. With whole frequencies f that sum to 2^r, and c the sum of the
frequencies before s (Duda 2013, section 3, "rANS"):

    push:  x -> floor(x / f) 2^r + c + (x mod f)
    pop:   s is where x mod 2^r falls between the c's;
           x -> f floor(x / 2^r) + (x mod 2^r) - c

Each undoes the other exactly, whatever x is. To keep x small, its lowest bytes move
to a tail before it would outgrow five bytes, and come back when it falls below LOW.
What was pushed last is popped first.
"""

from bisect import bisect_right
from zlib import crc32

import torch
from torch import Tensor

from aigc_course import validate
from aigc_course.errors import CourseError

PRECISION = 16  # r: frequencies sum to 2^r
TOTAL = 1 << PRECISION
LOW = 1 << 32  # LOW <= x < 256 LOW between two symbols
HEAD = 5  # bytes of such an x


class Message:
    """A stack of symbols, held as the number `x` and the bytes of its `tail`.

    data: what `to_bytes` gave; None begins an empty message, x = LOW. Raises
    CourseError for data that no message leaves behind.

    >>> message = Message()
    >>> message.push(3, TOTAL // 4), message.push(0, TOTAL // 2)  # 2 bits and 1 bit
    (None, None)
    >>> round(message.x / LOW, 6)
    8.0
    """

    def __init__(self, data: bytes | None = None) -> None:
        head = LOW.to_bytes(HEAD, "big") if data is None else data[:HEAD]
        self.x, self.tail = int.from_bytes(head, "big"), bytearray((data or b"")[HEAD:])
        if len(head) < HEAD or self.x < LOW:
            raise CourseError(
                f"A coded message has at least {HEAD} bytes, and the first is not 0:"
                " these bytes are too short or damaged."
            )

    def __len__(self) -> int:
        """Length in bytes."""
        return HEAD + len(self.tail)

    def push(self, c: int, f: int) -> None:
        """Put on a symbol of frequency f whose predecessors' frequencies sum to c.

        Raises CourseError for f = 0: such a symbol would be infinitely long.
        """
        if f < 1:
            raise CourseError("A symbol of probability 0 cannot be coded.")
        # the push makes x at most 2^r / f times as large: keep the result below 256 LOW
        while self.x >= f * (256 * LOW // TOTAL):
            self.tail.append(self.x & 255)
            self.x >>= 8
        # x -> floor(x / f) 2^r + c + (x mod f)
        self.x = (self.x // f << PRECISION) + c + self.x % f

    def pop(self, ends: list[int]) -> int:
        """Take off a symbol; ends: the running sums of the frequencies, last one 2^r.

        Raises CourseError where the message is at its end.
        """
        slot = self.x & (TOTAL - 1)  # x mod 2^r
        symbol = bisect_right(ends, slot)
        c = ends[symbol - 1] if symbol else 0
        # x -> f floor(x / 2^r) + (x mod 2^r) - c
        self.x = (ends[symbol] - c) * (self.x >> PRECISION) + slot - c
        while self.x < LOW:
            if not self.tail:
                raise CourseError(
                    "The coded bytes end too early: they were cut off or damaged, or"
                    " hold fewer symbols."
                )
            self.x = self.x << 8 | self.tail.pop()
        return symbol

    def to_bytes(self) -> bytes:
        """x, its highest byte first, and the tail."""
        return self.x.to_bytes(HEAD, "big") + bytes(self.tail)

    def close(self, symbols: Tensor) -> None:
        """CourseError unless all is taken off and x began as `sealed(symbols)`."""
        if self.x != sealed(symbols).x or self.tail:
            raise CourseError(
                "The coded bytes do not end where they began: they are damaged, or were"
                " coded with other tables or another number of symbols."
            )


def sealed(symbols: Tensor) -> Message:
    """An empty message to push `symbols` on, whose first 32 bits are their check sum.

    x begins at LOW or above, and LOW + 2^32 would still be allowed. Without the sum
    damage goes unseen: where symbols fill their bytes, any bytes are a message. All
    but about one in 2^32 damaged messages are found.
    """
    message = Message()
    message.x += crc32(symbols.detach().cpu().numpy().astype("<i4").tobytes())
    return message


def frequencies(probabilities: Tensor, least: int = 1) -> Tensor:
    """Whole numbers near 2^r p that sum to 2^r, none below `least`: int64 [..., K].

    least + floor(p (2^r - K least)), and what is left over to the likeliest symbol.
    With least = 0 an improbable symbol may become impossible.

    probabilities: [..., K], scaled here to sum to 1 exactly. Raises CourseError for
    negative or NaN values, sums further than 0.001 from 1, or K least above 2^r.

    >>> frequencies(torch.tensor([0.5, 0.5, 0.0]))
    tensor([32768, 32767,     1])
    """
    p = probabilities.detach().cpu().double()
    total = p.sum(-1, keepdim=True)
    # written so that NaN, which compares false with everything, is refused too
    if not bool((p >= 0).all() and ((total - 1).abs() < 1e-3).all()):
        raise CourseError("Probabilities are at least 0 and sum to 1, and none is NaN.")
    validate.whole(least, "The least frequency", 0)
    spare = TOTAL - p.shape[-1] * least
    if spare < 0:
        raise CourseError(
            f"{p.shape[-1]:,} symbols do not fit into frequencies that sum to"
            f" {TOTAL:,}."
        )
    f = least + (p / total * spare).floor().long()  # [..., K]
    rest = TOTAL - f.sum(-1, keepdim=True)  # at most K
    return f.scatter_add(-1, p.argmax(-1, keepdim=True), rest)


def push_all(message: Message, symbols: Tensor, tables: Tensor) -> None:
    """Push symbols, int [n], the last one first, so that they are popped in order.

    tables: frequencies [n, K], a row for each, or [K] for all. Raises CourseError,
    before anything is pushed, where `encode` does.
    """
    ends = _ends(tables)
    symbols = symbols.detach().cpu()
    rows = ends.expand(len(symbols), -1) if ends.ndim == 1 else ends
    _check(symbols, rows)
    after = rows.gather(1, symbols.long()[:, None])[:, 0]  # [n], c + f
    last = (symbols.long() - 1).clamp(0)[:, None]  # the symbol before
    before = (symbols > 0) * rows.gather(1, last)[:, 0]  # c
    if bool((after == before).any()):
        where = int((after == before).nonzero()[0])
        raise CourseError(
            f"Symbol {int(symbols[where])} at position {where} has probability 0 in its"
            " table and cannot be coded."
        )
    steps = zip(before.tolist(), (after - before).tolist(), strict=True)
    for c, f in reversed(list(steps)):
        message.push(c, f)


def pop_all(message: Message, tables: Tensor, count: int | None = None) -> Tensor:
    """The next symbols of a message, int64 [n]: one for each row of tables [n, K].

    With one table [K] for all, `count` says how many. Raises CourseError as `decode`.
    """
    ends = _ends(tables)
    if (count is None) != (ends.ndim == 2):
        raise CourseError(
            "Decoding needs tables [n, K], one for each symbol, or one table [K] and"
            " how many symbols there are."
        )
    if count is not None:
        validate.whole(count, "The number of symbols", 0)
        row = ends.tolist()
        return torch.tensor([message.pop(row) for _ in range(count)]).long()
    return torch.tensor([message.pop(row) for row in ends.tolist()]).long()


def encode(symbols: Tensor, tables: Tensor) -> bytes:
    """Symbols, int [n] from 0 to K - 1, as bytes: -sum_i log2 p_i bits and 5 bytes.

    tables: `frequencies` [n, K], a row for each symbol, or [K] for all. Raises
    CourseError for symbols outside the table or of probability 0, and for tables that
    do not sum to 2^r or are not as many as the symbols.

    >>> table = frequencies(torch.tensor([0.9, 0.1]))
    >>> data = encode(torch.tensor([0, 0, 1, 0]), table)
    >>> decode(data, table, 4)
    tensor([0, 0, 1, 0])
    """
    message = sealed(symbols)
    push_all(message, symbols, tables)
    return message.to_bytes()


def decode(data: bytes, tables: Tensor, count: int | None = None) -> Tensor:
    """The symbols, int64 [n], that `encode` made into `data` with the same tables.

    count: how many, where one table [K] serves all. Raises CourseError for bytes that
    are short or damaged, another number of symbols, and most other tables.
    """
    message = Message(data)
    symbols = pop_all(message, tables, count)
    message.close(symbols)
    return symbols


def _ends(tables: Tensor) -> Tensor:
    """Running sums of the frequencies, of the tables' shape, checked."""
    whole = not tables.is_floating_point() and tables.ndim in (1, 2)
    if not whole or bool((tables < 0).any()) or bool((tables.sum(-1) != TOTAL).any()):
        raise CourseError(
            f"Tables are whole numbers [K] or [n, K] from 0 up whose rows sum to"
            f" {TOTAL:,}; coding.frequencies makes them of probabilities."
        )
    return tables.detach().cpu().long().cumsum(-1)


def _check(symbols: Tensor, rows: Tensor) -> None:
    if symbols.ndim != 1 or symbols.is_floating_point() or len(symbols) != len(rows):
        raise CourseError(
            f"Symbols are whole numbers [{len(rows)}], one for each table; got"
            f" {symbols.dtype} {list(symbols.shape)}."
        )
    most = rows.shape[1] - 1
    if bool(((symbols < 0) | (symbols > most)).any()):
        raise CourseError(f"Symbols go from 0 to {most} in these tables.")
