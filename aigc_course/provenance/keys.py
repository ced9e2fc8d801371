"""Secret keys of watermarks, and the secret directions that they stand for.

Who has the key can find the mark, and forge or remove it. The key is a secret number,
and the direction is computed from it: nothing else has to be kept.
"""

import hashlib
import re
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.files import read_bytes, write_secret

BYTES = 32
LEAST = 16  # bytes: 2^128 keys are too many to be tried
DIGITS = re.compile(r"[0-9a-f]*")


def new_key() -> bytes:
    """A new key, 32 bytes, from the system's own random numbers."""
    import secrets

    return secrets.token_bytes(BYTES)


def write_key(path: Path, key: bytes) -> None:
    """Write a key as hexadecimal digits, readable by its owner alone from the start.

    Raises CourseError for a short key, and where the file is there already.
    """
    check(key)
    write_secret(path, key.hex().encode() + b"\n")


def read_key(path: Path) -> bytes:
    """A key that `write_key` wrote. CourseError for a short key and for any other file.

    The message never repeats what the file holds.
    """
    text = read_bytes(path, 2**20).decode("ascii", "replace").removesuffix("\n")
    if not text or not DIGITS.fullmatch(text) or len(text) > 2 * BYTES:
        raise CourseError(
            f"{path} holds no watermark key: {2 * BYTES} hexadecimal digits."
        )
    if len(text) < 2 * BYTES:
        raise CourseError(
            f"The key in {path} is short: it has {len(text)} hexadecimal digits, and a"
            f" watermark key has {2 * BYTES}."
        )
    return bytes.fromhex(text)


def check(key: bytes) -> None:
    """Raise CourseError for a key with fewer than 16 bytes."""
    if not isinstance(key, bytes) or len(key) < LEAST:
        got = f"{len(key)} bytes" if isinstance(key, bytes) else type(key).__name__
        raise CourseError(
            f"A watermark key has at least {LEAST} secret bytes, not {got}."
        )


def name(key: bytes) -> str:
    """Eight digits that tell keys apart and do not give them away."""
    check(key)
    return hashlib.sha256(b"name of a watermark key:" + key).hexdigest()[:8]


def directions(key: bytes, n: int) -> Tensor:
    """The key's secret direction: a unit vector float64 [n], uniform on the sphere.

    n independent normal numbers, divided by their length, point in a uniform direction
    (Muller 1959). They come from SHAKE-256 of the key, so they are the same on every
    machine, and nobody can compute them, or tell them from random ones, without it.

    >>> round(float(directions(b"sixteen bytes ok", 100).norm()), 12)
    1.0
    """
    from scipy.special import ndtri

    check(key)
    stream = hashlib.shake_256(b"direction of a watermark key:" + key).digest(8 * n)
    whole = np.frombuffer(stream, "<u8") >> np.uint64(11)  # 53 bits, as doubles hold
    whole = whole.clip(max=2**53 - 2)  # the last one would be rounded up to 1
    # (k + 1/2) / 2^53 lies strictly between 0 and 1; ndtri is the normal's quantile
    normal = torch.from_numpy(ndtri((whole.astype(np.float64) + 0.5) / 2**53))
    return normal / normal.norm()
