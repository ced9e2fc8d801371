"""Random numbers that are the same in every language: counted, not carried along.

A counter-based generator has no state: word i of a seed is a function of i alone. So
picture 7 of seed 3 is the same whether it is drawn alone, in a batch, on a server or in
a browser. The function is Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011, "Parallel
random numbers: as easy as 1, 2, 3", section 3.3), whole numbers of 32 bits alone.

The normal deviates are those of Box & Muller (1958), with a logarithm and a cosine made
of + - * / and square roots. IEEE 754 says to the last bit what these give; it does not
for the logarithm of a system's library. `static/counters.js` is the same, line by line.
"""

import numpy as np
from numpy.typing import NDArray

from aigc_course.errors import CourseError

MOST_SEED = 2**53 - 1  # beyond it JavaScript's numbers leave whole numbers out
ROUNDS = 10
MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
STEPS = (np.uint64(0x9E3779B9), np.uint64(0xBB67AE85))  # of the key, each round
LOW, HALF = np.uint64(0xFFFFFFFF), np.uint64(32)

LN2 = 0.6931471805599453
SQRT_HALF = 0.7071067811865476
QUARTER_TURN = 1.5707963267948966

Doubles = NDArray[np.float64]
Words = NDArray[np.uint32]


def words(seed: int, first: int, n: int, blocks: int = 1, stream: int = 0) -> Words:
    """Random words of the pictures first to first + n - 1: uint32 [n, 4 * blocks].

    stream: another one gives other words for the same pictures.
    Raises CourseError for a seed, picture or stream out of range.

    >>> words(0, 0, 1)
    array([[1713891541, 3781805453, 3159862348, 2600524760]], dtype=uint32)
    """
    _check(seed, first, n, blocks, stream)
    seeds = np.full(n, seed, np.uint64)
    return words_of(seeds, np.arange(n, dtype=np.uint64) + first, blocks, stream)


def words_of(
    seeds: NDArray[np.uint64],
    pictures: NDArray[np.uint64],
    blocks: int = 1,
    stream: int = 0,
) -> Words:
    """As `words`, of n pictures that may be of different seeds: uint32 [n, 4 * blocks].

    The key is the seed, its low and its high word; the counter is (block, picture,
    stream, 0).
    """
    n = len(seeds)
    counter = np.zeros((4, n, blocks), np.uint64)
    counter[0] = np.arange(blocks, dtype=np.uint64)
    counter[1] = pictures[:, None]
    counter[2] = np.uint64(stream)
    key = (seeds[:, None] & LOW, seeds[:, None] >> HALF)
    found = philox(counter, key)  # [4, n, blocks]
    return found.transpose(1, 2, 0).reshape(n, 4 * blocks).astype(np.uint32)


def philox(
    counter: NDArray[np.uint64], key: tuple[NDArray[np.uint64], NDArray[np.uint64]]
) -> NDArray[np.uint64]:
    """Philox4x32-10 of counters [4, ...]: four words [4, ...], each below 2^32.

    key: two arrays of words that fit those of the counters.

    One round (Salmon et al. 2011, figure 2): two products of 64 bits, whose high and
    low halves change places, with the key and the other two words mixed in by xor.
    """
    (c0, c1, c2, c3), (k0, k1) = counter, key
    for _ in range(ROUNDS):
        a, b = MULTIPLIERS[0] * c0, MULTIPLIERS[1] * c2
        c0, c1, c2, c3 = (b >> HALF) ^ c1 ^ k0, b & LOW, (a >> HALF) ^ c3 ^ k1, a & LOW
        k0, k1 = (k0 + STEPS[0]) & LOW, (k1 + STEPS[1]) & LOW
    return np.stack([c0, c1, c2, c3])


def uniforms(seed: int, first: int, n: int, d: int) -> Doubles:
    """Uniform numbers [n, d], never 0 or 1: (word + 1/2) / 2^32.

    >>> uniforms(0, 0, 1, 2).round(4)
    array([[0.399 , 0.8805]])
    """
    return _share(words(seed, first, n, _blocks(d)))[:, :d]


def normals(seed: int, first: int, n: int, d: int) -> NDArray[np.float32]:
    """Standard normal numbers float32 [n, d]; row i belongs to picture first + i.

    Raises CourseError as `words` does.

    >>> normals(0, 0, 1, 3)
    array([[ 0.9911377 , -0.9246626 , -0.61760896]], dtype=float32)
    """
    return _normal(words(seed, first, n, _blocks(d)))[:, :d]


def normals_of(
    seeds: NDArray[np.uint64], pictures: NDArray[np.uint64], d: int
) -> NDArray[np.float32]:
    """As `normals`, of n pictures that may be of different seeds: float32 [n, d]."""
    return _normal(words_of(seeds, pictures, _blocks(d)))[:, :d]


def _share(found: Words) -> Doubles:
    return (found.astype(np.float64) + 0.5) / 2.0**32


def _normal(found: Words) -> NDArray[np.float32]:
    """Words [n, 2 m] to normal numbers [n, 2 m], in pairs (Box & Muller 1958).

    r = sqrt(-2 ln u), then r cos(2 pi v) and r sin(2 pi v).
    """
    u = _share(found)
    radius = np.sqrt(-2.0 * logarithm(u[:, 0::2]))
    cosine, sine = circle(u[:, 1::2])
    pairs = np.stack([radius * cosine, radius * sine], axis=2)  # [n, m, 2]
    return pairs.reshape(len(u), -1).astype(np.float32)


def logarithm(x: Doubles) -> Doubles:
    """ln x for 0 < x < 1, of + - * / alone; the error is below 1e-15 of its size.

    x = m 2^e with m from sqrt(1/2) to sqrt(2); with s = (m - 1)/(m + 1),
    ln x = e ln 2 + 2 (s + s^3/3 + s^5/5 + ...).
    """
    m, e = np.frexp(x)  # m from 1/2 to 1
    small = m < SQRT_HALF
    m, e = np.where(small, 2.0 * m, m), np.where(small, e - 1, e).astype(np.float64)
    s = (m - 1.0) / (m + 1.0)
    square = s * s
    total = np.zeros_like(s)
    for power in range(21, 0, -2):  # Horner's rule, smallest term first
        total = total * square + 1.0 / power
    return e * LN2 + 2.0 * s * total


def circle(turns: Doubles) -> tuple[Doubles, Doubles]:
    """cos and sin of 2 pi turns for 0 < turns < 1, of + - * / alone.

    The angle is brought to an eighth of a turn about the nearest quarter, exactly; then
    Taylor's series to the 16th and 17th power.
    """
    quarters = np.floor(4.0 * turns + 0.5)
    angle = (4.0 * turns - quarters) * QUARTER_TURN  # from -pi/4 to pi/4
    square = angle * angle
    cosine, sine = np.ones_like(angle), np.ones_like(angle)
    for k in range(16, 0, -2):
        cosine = 1.0 - square / (k * (k - 1)) * cosine
        sine = 1.0 - square / (k * (k + 1)) * sine
    sine = angle * sine
    quarter = quarters.astype(np.int64) % 4
    turned = np.where(quarter % 2 == 0, cosine, sine)
    other = np.where(quarter % 2 == 0, sine, cosine)
    negative = (quarter == 1) | (quarter == 2)
    return np.where(negative, -turned, turned), np.where(quarter >= 2, -other, other)


def _blocks(d: int) -> int:
    """Blocks of four words that d numbers take."""
    return -(-d // 4)


def _check(seed: int, first: int, n: int, blocks: int, stream: int) -> None:
    if not 0 <= seed <= MOST_SEED:
        raise CourseError(f"A seed is from 0 to {MOST_SEED}, not {seed}.")
    if n < 0 or blocks < 1 or first < 0 or first + n > 2**32:
        raise CourseError(
            f"Pictures are numbered from 0 to 2^32 - 1, not {first} to {first + n}."
        )
    if not 0 <= stream < 2**32:
        raise CourseError(f"A stream is from 0 to 2^32 - 1, not {stream}.")
