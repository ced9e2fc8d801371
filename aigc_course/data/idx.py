"""Read one idx file after checking that it is the published one."""

import gzip
import hashlib
import struct
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from stat import S_ISREG

import numpy as np
import torch
from torch import Tensor

from aigc_course.data.catalogue import IdxFile
from aigc_course.errors import CourseError


class DataError(CourseError):
    """An image set cannot be had, or a file of it is wrong.

    `reason` says what is wrong, in one sentence; the message is that sentence followed
    by what to do.
    """

    def __init__(self, reason: str, advice: str = "") -> None:
        super().__init__(f"{reason} {advice}".strip())
        self.reason = reason


def read(path: Path, file: IdxFile) -> tuple[Tensor, bool]:
    """The values of `path` (unpacked or .gz) and whether a SHA-256 vouches for them.

    Images come as uint8 [N, 28, 28], labels as int64 [N]. Where no published SHA-256
    applies (Fashion-MNIST and KMNIST unpacked, or packed anew), magic number, shape,
    length and the range of labels are checked and the second value is False. A file
    read before in this process and unchanged since is taken from memory.

    Raises DataError when the file cannot be read or is not the published one.
    """
    try:
        stat = path.stat()
        if not S_ISREG(stat.st_mode):  # a pipe would be waited for
            raise DataError(f"{path} cannot be read: it is a folder, pipe or device.")
        return _read(path, file, stat.st_size, stat.st_mtime_ns)
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(f"{path} cannot be read: {reason}.") from error


@lru_cache(maxsize=8)  # images and labels of four splits
def _read(path: Path, file: IdxFile, size: int, changed: int) -> tuple[Tensor, bool]:
    with _unpacked(path, file.length) as plain:
        problem = _problem(plain, file)
        if problem:
            raise DataError(f"{path} {problem}.")
        verified = file.sha256 is not None or sha256(path) == file.archive_sha256
        values = _parse(plain, file)
    if len(file.shape) == 1 and values.max() > 9:
        raise DataError(f"{path} holds the label {values.max()}; 0 to 9 are right.")
    return values, verified


@contextmanager
def _unpacked(path: Path, length: int) -> Iterator[Path]:
    """A path of the plain file; an archive is unpacked into a temporary one.

    That ends one byte after `length`, however much the archive would give.
    """
    if path.suffix != ".gz":
        yield path
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        plain = Path(folder) / path.stem
        try:
            with gzip.open(path) as packed, plain.open("wb") as out:
                left = length + 1
                while left and (chunk := packed.read(min(left, 1 << 20))):
                    left -= out.write(chunk)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise DataError(f"{path} is damaged: it does not unpack.") from error
        yield plain


def _problem(plain: Path, file: IdxFile) -> str:
    """What is wrong with an unpacked file, or "" when nothing is."""
    length = plain.stat().st_size
    with plain.open("rb") as stream:
        header = stream.read(len(file.header))
    if len(header) == len(file.header) and header != file.header:
        return _header_problem(header, file)
    if length != file.length:
        what = "truncated" if length < file.length else "too long"
        return f"is {what}: it has {length:,} bytes, and {file.length:,} are right"
    if file.sha256 is not None and sha256(plain) != file.sha256:
        return "is damaged: its shape is right, but its SHA-256 is not as published"
    return ""


def _header_problem(header: bytes, file: IdxFile) -> str:
    magic = file.header[:4]
    if header[:4] != magic:
        return f"starts with the bytes {header[:4].hex(' ')}; {magic.hex(' ')} is right"
    shape = struct.unpack(f">{len(file.shape)}I", header[4:])
    return f"has the shape {_times(shape)}; {_times(file.shape)} is right"


def _times(shape: tuple[int, ...]) -> str:
    return " × ".join(f"{n:,}" for n in shape)


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def tensor(content: Tensor, file: IdxFile) -> Tensor:
    """The values of a whole idx file, uint8 [length], without its header."""
    return content[len(file.header) :].reshape(file.shape)


def _parse(plain: Path, file: IdxFile) -> Tensor:
    content = torch.from_numpy(np.fromfile(plain, dtype=np.uint8))
    values = tensor(content, file)
    return values if len(file.shape) == 3 else values.long()
