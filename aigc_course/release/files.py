"""What can be in a file of weights: code in a pickle, nothing but numbers in the other.

`pickle` is a small program for a stack machine, and one of its instructions calls any
function by name. A safetensors file is a length, a JSON header and bytes.
"""

import json
import pickle
import pickletools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aigc_course.errors import CourseError
from aigc_course.files import read_bytes, write_bytes

MOST_BYTES = 2**30
MOST_HEADER = 100_000_000  # bytes; the limit of the safetensors library, too
SIZES = {
    **{"F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4},
    **{"F16": 2, "BF16": 2, "I16": 2, "U16": 2, "I8": 1, "U8": 1, "BOOL": 1},
}
WHAT_RAN: list[str] = []  # what harmless pickles did in this process


def note(sentence: str) -> str:
    """Add a sentence to WHAT_RAN, and return it: all that a harmless pickle does."""
    WHAT_RAN.append(sentence)
    return sentence


class Harmless:
    """An object whose pickle calls `note` when it is loaded."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        """A function and its arguments: `pickle` stores the call, `load` makes it."""
        return note, (self.sentence,)


def harmless_pickle(
    path: str | Path, sentence: str = "This file ran a function."
) -> None:
    """Write a "weights" file that runs a function of this module when it is loaded."""
    write_bytes(path, pickle.dumps({"weight": Harmless(sentence)}, 2))  # as torch


def globals_of(path: str | Path) -> list[str]:
    """What a pickle would import, as "module.name", without running any of it.

    Raises CourseError for a file that is missing, or no pickle.
    """
    found: list[str] = []
    texts: list[str] = []
    try:
        for code, argument, _ in pickletools.genops(read_bytes(path, MOST_BYTES)):
            if code.name == "GLOBAL":
                found.append(str(argument).replace(" ", "."))
            elif code.name == "STACK_GLOBAL":  # module and name are the last two texts
                found.append(".".join(texts[-2:]))
            elif isinstance(argument, str):
                texts.append(argument)
    except CourseError:
        raise
    except Exception as error:  # pickletools raises several kinds
        raise CourseError(f"{path} is no pickle, or is damaged.") from error
    return found


@dataclass(frozen=True)
class Entry:
    """One tensor: its type, its shape, and its bytes begin <= i < end of the data."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


@dataclass(frozen=True)
class Header:
    """What a safetensors file says: tensors by name, and its own words."""

    tensors: dict[str, Entry]
    about: dict[str, str]


def header(path: str | Path) -> Header:
    """Read the header of a safetensors file by hand, and check all that it says.

    8 bytes give the length N, little-endian; N bytes of JSON give type, shape and place
    of each tensor; the data follow. The places must fill the data without gap or
    overlap, and each must have the length that type and shape ask for.
    Raises CourseError that names the first thing that is wrong.
    """
    content = read_bytes(path, MOST_BYTES)
    if len(content) < 8:
        raise _damaged(path, "it has fewer than 8 bytes")
    length = int.from_bytes(content[:8], "little")
    if length > min(MOST_HEADER, len(content) - 8):
        raise _damaged(path, f"its header would have {length:,} bytes")
    try:
        words = json.loads(content[8 : 8 + length])
        about = words.pop("__metadata__", {})
        tensors = {name: _entry(one) for name, one in words.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _damaged(path, "its header is not of the right form") from error
    _check_places(path, tensors, len(content) - 8 - length)
    return Header(tensors, about)


def _entry(words: dict[str, Any]) -> Entry:
    begin, end = (int(value) for value in words["data_offsets"])
    shape = tuple(int(size) for size in words["shape"])
    if min((*shape, begin, end)) < 0:
        raise ValueError("negative")
    return Entry(str(words["dtype"]), shape, begin, end)


def _check_places(path: str | Path, tensors: dict[str, Entry], size: int) -> None:
    """The tensors lie one behind the other, from the first byte to the last."""
    at = 0
    for name, one in sorted(tensors.items(), key=lambda item: item[1].begin):
        if one.dtype not in SIZES:
            raise _damaged(path, f"{name!r} is of the unknown type {one.dtype}")
        numbers = 1
        for length in one.shape:
            numbers *= length
        if one.begin != at or one.end - one.begin != numbers * SIZES[one.dtype]:
            raise _damaged(path, f"the place of {name!r} does not fit its shape")
        at = one.end
    if at != size:
        raise _damaged(path, f"it has {size:,} bytes of data and names {at:,}")


def _damaged(path: str | Path, reason: str) -> CourseError:
    return CourseError(f"{path} is no safetensors file: {reason}.")
