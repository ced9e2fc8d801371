"""Ways to damage a file, drawn by a seed."""

import random
import struct

import numpy as np


def bytes_of(content: bytes, chance: random.Random) -> bytes:
    """The content with something wrong with it; never as it was."""
    ways = (_flip, _cut, _grow, _drop, _insert, _zero, _swap, _other)
    while True:
        damaged = chance.choice(ways)(bytearray(content), chance)
        if bytes(damaged) != content:
            return bytes(damaged)


def _flip(content: bytearray, chance: random.Random) -> bytearray:
    for _ in range(chance.choice((1, 1, 8))):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    return content


def _cut(content: bytearray, chance: random.Random) -> bytearray:
    return content[: chance.randrange(len(content))]


def _grow(content: bytearray, chance: random.Random) -> bytearray:
    return content + chance.randbytes(chance.randrange(1, 99))


def _drop(content: bytearray, chance: random.Random) -> bytearray:
    start = chance.randrange(len(content))
    del content[start : start + chance.randrange(1, 60)]
    return content


def _insert(content: bytearray, chance: random.Random) -> bytearray:
    start = chance.randrange(len(content))
    content[start:start] = chance.randbytes(chance.randrange(1, 60))
    return content


def _zero(content: bytearray, chance: random.Random) -> bytearray:
    start = chance.randrange(len(content))
    length = min(chance.randrange(1, 200), len(content) - start)
    content[start : start + length] = bytes(length)
    return content


def _swap(content: bytearray, chance: random.Random) -> bytearray:
    middle = chance.randrange(len(content))
    return content[middle:] + content[:middle]


def _other(content: bytearray, chance: random.Random) -> bytearray:
    return bytearray(
        chance.choice(
            (
                b"",
                b"\0",
                b"hello\n",
                b"<!DOCTYPE html><html>",
                b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n",
                b"PK\5\6" + bytes(18),
                b"\x80\x04K\x01.",
                b"\x93NUMPY\x01\0",
                chance.randbytes(3_000),
            )
        )
    )


def npy(header: str, data: bytes = b"", version: int = 1) -> bytes:
    """A .npy file with this header, whatever it claims."""
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + length + header.encode() + data


def claims(descr: str, shape: object, order: bool = False) -> str:
    """The header of an array of this type and shape."""
    return f"{{'descr': {descr!r}, 'fortran_order': {order}, 'shape': {shape}, }}\n"


def arrays(chance: random.Random) -> list[bytes]:
    """Files in the place of an array of images, each wrong in its own way."""
    terabytes = ("(40000000, 28, 28)", "(10**9, 28, 28)", "(4000000000, 1, 28, 28)")
    shapes = ("(28, 28)", "()", "(0, 28, 28)", "(9, 32, 32)", "(9, 3, 28, 28)")
    shapes += ("(9, 28, 28, 1)", "(9, 784)", "(-1, 28, 28)", "('a', 28, 28)", "None")
    kinds = ("|O", "<c8", "|b1", "<U9", "|S9", "<M8[s]", "<f16", "|V784", "x")
    some = bytes(9 * 784)
    files = [npy(claims("|u1", shape)) for shape in terabytes]
    files += [npy(claims("<f8", shape), some) for shape in terabytes]
    files += [npy(claims("|u1", shape), some) for shape in shapes]
    files += [npy(claims(kind, "(9, 28, 28)"), 16 * some) for kind in kinds]
    files += [npy("[" * 5_000 + "\n"), npy("{}\n"), npy("\n"), npy("a" * 60_000)]
    files += [npy(claims("|u1", "(9, 28, 28)"), some, 9), b"\x80\x04N."]
    nan = np.full((120, 28, 28), 0.5, "<f4")
    nan[chance.randrange(120), 3, 4] = np.nan
    for values in (nan, np.full((120, 28, 28), np.inf), -200 * np.ones((120, 28, 28))):
        text = claims(values.dtype.str, str(values.shape))
        files.append(npy(text, values.tobytes()))
    return files
