"""Reads the files of a submission as bytes, within limits; nothing of it is run.

A zip archive is read in memory and never unpacked to the disk. Only the names in LIMITS
exist here, so that a path which leads elsewhere has no meaning.
"""

import ast
import io
import math
import re
import stat
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aigc_course.errors import CourseError
from aigc_course.grading.notebook import Unreadable
from aigc_course.grading.submissions import content

MB = 10**6
MOST_PACKED = 10 * MB
MOST_ALL = 32 * MB
LIMITS = {
    "submission.json": 10_000,
    "config.json": 20_000,
    "card.md": 60_000,
    "report.md": 60_000,
    "model.safetensors": 10 * MB,
    "model.onnx": 10 * MB,
    "samples.npy": 8 * MB,
    "labels.npy": 100_000,
    "samples.txt": 100_000,
    "evidence/record.json": 1_000_000,
}
_ENCRYPTED = 0x1
TOO_DEEP = (RecursionError, MemoryError)
_NPY = b"\x93NUMPY"
_HEADER = re.compile(r"[\w\s{}'\"(),:.|<>=]{1,500}", re.ASCII)


class Refused(CourseError):
    """A submission that a gate refuses. gate: its name."""

    def __init__(self, gate: str, sentence: str) -> None:
        super().__init__(sentence)
        self.gate = gate


def read_all(place: Path) -> dict[str, bytes]:
    """The files of a submission, by the names in LIMITS. Raises Refused.

    place: a folder, in which other files are left alone, or a zip archive, which must
    hold nothing else.
    """
    if place.is_symlink():
        raise Refused("files", f"{place.name} is a link: hand in the file itself.")
    if place.is_dir():
        return _of_folder(place)
    if not place.is_file():
        raise Refused("files", f"There is no folder or zip file {place}.")
    if place.stat().st_size > MOST_PACKED:
        raise Refused("files", _large(place.name, MOST_PACKED))
    try:
        return _of_zip(content(place))
    except Unreadable as error:
        raise Refused("files", f"{place.name} cannot be read: {error}") from error


def _of_folder(place: Path) -> dict[str, bytes]:
    if (place / "evidence").is_symlink():
        raise Refused("files", "The folder evidence is a link: hand in the folder.")
    found: dict[str, bytes] = {}
    for name, most in LIMITS.items():
        path = place / name
        if not path.exists() and not path.is_symlink():
            continue
        if path.is_file() and path.stat().st_size > most:
            raise Refused("files", _large(name, most))
        try:
            found[name] = content(path)
        except Unreadable as error:
            raise Refused("files", f"{name} cannot be read: {error}") from error
    return _within(found)


def _of_zip(packed: bytes) -> dict[str, bytes]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(packed))
        infos = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Refused("files", "The file is not a zip archive.") from error
    found: dict[str, bytes] = {}
    for info in infos:
        if info.filename in ("evidence/",):
            continue
        if info.filename not in LIMITS:
            raise Refused(
                "files",
                f"The archive holds {info.filename[:60]!r}, which does not belong to a"
                " submission: pack it with `aigc submit`.",
            )
        if info.filename in found:
            raise Refused("files", f"The archive holds {info.filename} twice.")
        found[info.filename] = _entry(archive, info)
    return _within(found)


def _entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    name, most = info.filename, LIMITS[info.filename]
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind and not stat.S_ISREG(kind):
        raise Refused("files", f"{name} in the archive is a link and not a file.")
    if info.flag_bits & _ENCRYPTED:
        raise Refused("files", f"{name} in the archive is locked with a password.")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused("files", f"{name} is packed in a way that is not read here.")
    try:
        with archive.open(info) as file:
            got = file.read(most + 1)  # whatever size the archive claims
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error) as error:
        raise Refused("files", f"{name} in the archive is damaged.") from error
    except (EOFError, OSError, ValueError) as error:
        raise Refused("files", f"{name} in the archive is damaged.") from error
    if len(got) > most:
        raise Refused("files", _large(name, most))
    return got


def _within(found: dict[str, bytes]) -> dict[str, bytes]:
    if sum(map(len, found.values())) > MOST_ALL:
        raise Refused("files", _large("The submission", MOST_ALL))
    return found


def _large(name: str, most: int) -> str:
    size = f"{most / MB:g} MB" if most >= MB else f"{most // 1000} kB"
    return f"{name} is larger than {size}, the most that is read."


def words(found: dict[str, bytes], name: str) -> str:
    """A text file. Raises CourseError for what is not UTF-8."""
    try:
        return found[name].decode("utf-8-sig")
    except UnicodeError as error:
        raise CourseError(f"{name} is not text in UTF-8.") from error


def array(name: str, packed: bytes) -> NDArray[Any]:
    """A .npy file of whole numbers. Raises CourseError.

    The header is read by hand: NumPy would reserve the memory that it claims first.
    """
    if packed[:6] != _NPY or packed[6:8] not in (b"\1\0", b"\2\0"):
        raise CourseError(f"{name} is not a .npy file of NumPy.")
    wide = 2 if packed[6] == 1 else 4
    start = 8 + wide + int.from_bytes(packed[8 : 8 + wide], "little")
    header = packed[8 + wide : start].decode("latin-1").strip()
    try:
        if not _HEADER.fullmatch(header):
            raise ValueError
        told = ast.literal_eval(header)
        kind, shape = str(told["descr"]), tuple(told["shape"])
        if told["fortran_order"] is not False:
            raise ValueError
        if not all(type(size) is int and 0 <= size < 10**6 for size in shape):
            raise ValueError
    except (ValueError, KeyError, TypeError, SyntaxError, *TOO_DEEP) as error:
        raise CourseError(f"The header of {name} is not of the right form.") from error
    if kind not in ("|u1", "<i8"):
        raise CourseError(f"{name} holds uint8 or int64 numbers, not {kind!r}.")
    dtype = np.dtype(kind)
    if len(packed) - start != math.prod(shape) * dtype.itemsize:
        raise CourseError(f"{name} does not have the length that its header claims.")
    return np.frombuffer(packed, dtype, offset=start).reshape(shape)


def tensors(packed: bytes) -> dict[str, Any]:
    """The tensors of a safetensors file, every place checked. Raises CourseError."""
    from aigc_course.release.files import header
    from aigc_course.runs import weights

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        path.write_bytes(packed)
        try:
            told = header(path)
            if len(str(told.about)) > 2_000 or len(told.tensors) > 1_000:
                raise CourseError(f"{path} says more of itself than belongs there.")
            return dict(weights.read(path))
        except CourseError as error:
            raise CourseError(str(error).replace(str(path), path.name)) from error
