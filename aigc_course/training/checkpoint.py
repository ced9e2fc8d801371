"""Checkpoints: all that is needed to go on exactly where training stopped.

A checkpoint is torch's zip file. Its comment, which torch passes over, holds the
SHA-256 of all that stands before it, so that an altered file is recognised. Files of
older versions have no comment and are read as well.
"""

import hashlib
import io
import math
import re
import warnings
import zipfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.files import look, read_bytes, write_bytes
from aigc_course.training.history import NAME

FORMAT = 1
MOST_BYTES = 2**30  # of a file; the course's largest has 25 million
MARK = b"sha256:"
COMMENT = len(MARK) + 64  # bytes of the zip file's comment
END = 22  # bytes of a zip file's last record, whose last two are the comment's length
TEXT = re.compile(r"[^\n\r]{0,500}")
DAMAGED = "Train again without --resume, or restore the file from a copy."


def save(path: str | Path, state: dict[str, Any]) -> None:
    """Write `state` (tensors, numbers, strings, lists, dicts) whole or not at all.

    Raises CourseError when the file cannot be written.
    """
    # through memory: torch's own file writer hides why the disk refused
    memory = io.BytesIO()
    torch.save({"format": FORMAT, **state}, memory)
    write_bytes(path, _signed(memory.getvalue()))


def load(path: str | Path) -> dict[str, Any]:
    """Read a checkpoint. Tensors come back on the CPU.

    Nothing in the file is executed (`weights_only=True`). Raises CourseError when the
    file is missing, damaged, altered since it was written, or of another format.
    """
    path = Path(path)
    if not path.exists():
        raise CourseError(f"There is no checkpoint {path}.")
    look(path, MOST_BYTES)
    content = read_bytes(path, MOST_BYTES)
    try:
        _check_bytes(content)
        with warnings.catch_warnings():  # torch also warns of what it then refuses
            warnings.simplefilter("ignore")
            state = torch.load(
                io.BytesIO(content), map_location="cpu", weights_only=True
            )
    except Exception as error:  # readers of damaged files raise anything
        raise CourseError(
            f"The checkpoint {path} is damaged: it cannot be read. {DAMAGED}"
        ) from error
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise CourseError(f"{path} is not a checkpoint of this course.")
    return state


def check_training(path: str | Path, state: dict[str, Any], model: Any) -> None:
    """Raise CourseError unless `state`, read from `path`, is a training of `model`.

    Looks at what no checksum vouches for in files of older versions: types, numbers
    that are not finite, and names that a spreadsheet would take for a formula.
    """
    problem = _problem(state, model)
    if problem:
        raise CourseError(f"The checkpoint {path} is damaged: {problem}. {DAMAGED}")


def all_finite(state: Any) -> bool:
    """Whether every float tensor in a nested state is finite."""
    if isinstance(state, Tensor):
        return not state.is_floating_point() or bool(torch.isfinite(state).all())
    if isinstance(state, dict):
        return all(all_finite(value) for value in state.values())
    if isinstance(state, list | tuple):
        return all(all_finite(value) for value in state)
    return True


def digest(state: Any) -> bytes:
    """SHA-256 of a nested state: its tensors' bits, its names and its other values."""
    found = hashlib.sha256()
    _feed(found, state)
    return found.digest()


def _feed(found: Any, state: Any) -> None:
    if isinstance(state, Tensor):
        bits = state.detach().cpu().contiguous().flatten().view(torch.uint8)
        found.update(bits.numpy())
    elif isinstance(state, dict):
        _feed(found, [part for pair in state.items() for part in pair])
    elif isinstance(state, list | tuple):
        for part in state:
            _feed(found, part)
    else:
        found.update(repr(state).encode())


def _signed(content: bytes) -> bytes:
    """A zip file with a checksum as its comment."""
    body = content[:-2] + COMMENT.to_bytes(2, "little")
    return body + MARK + hashlib.sha256(body).hexdigest().encode()


def _check_bytes(content: bytes) -> None:
    """ValueError unless the bytes are as written, or from before there were checksums.

    Also where parts are packed: torch stores them as they are, so that a file cannot
    grow in memory beyond its size.
    """
    body, comment = content[:-COMMENT], content[-COMMENT:]
    if comment.startswith(MARK):
        if comment != MARK + hashlib.sha256(body).hexdigest().encode():
            raise ValueError("the checksum is another one")
    elif content[-END : -END + 4] != b"PK\5\6" or content[-2:] != b"\0\0":
        raise ValueError("no zip file, or one that was cut or added to")
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for part in parts.infolist():
            if part.compress_type != zipfile.ZIP_STORED:
                raise ValueError("a part is packed")
        if len(parts.infolist()) > 100_000:
            raise ValueError("too many parts")
        if not comment.startswith(MARK) and parts.testzip() is not None:
            raise ValueError("a part has another CRC-32")


def _problem(state: dict[str, Any], model: Any) -> str:
    """What is wrong with a training's state, as a clause, or ""."""
    for name, wanted in (("model", dict), ("batches", dict), ("history", dict)):
        if not isinstance(state.get(name), wanted):
            return f"its part {name!r} is missing or of a wrong type"
    if not isinstance(state.get("random"), dict):
        return "its random states are missing"
    if not _is_count(state.get("step")):
        return "its step is no whole number from 0 up"
    if not _is_number(state.get("elapsed")) or not 0 <= state["elapsed"] < math.inf:
        return "its time is no number from 0 up"
    batches = state["batches"].values()
    if not all(_is_count(value) for value in batches if not _is_nested(value)):
        return "its position in the data is no whole number"
    if not all_finite(state["model"]):
        return "it holds weights that are not finite"
    return _history_problem(state["history"]) or _unlike(model.state_dict(), state)


def _history_problem(history: dict[str, Any]) -> str:
    rows, messages = history.get("rows"), history.get("messages")
    if not isinstance(rows, list) or not isinstance(messages, list):
        return "its history is missing"
    for row in rows:
        if not isinstance(row, dict) or not {"step", "seconds"} <= row.keys():
            return "a row of its history is none"
        for name, value in row.items():
            if not isinstance(name, str) or not NAME.fullmatch(name):
                return "a column of its history has no proper name"
            if not _is_number(value):
                return f"its history's column {name!r} holds what is no number"
    for message in messages:
        if not isinstance(message, list | tuple) or len(message) != 2:
            return "a message of its history is none"
        if not _is_count(message[0]) or not isinstance(message[1], str):
            return "a message of its history is of a wrong type"
        if not TEXT.fullmatch(message[1]):
            return "a message of its history is too long"
    return ""


def _unlike(mine: Any, state: dict[str, Any]) -> str:
    """A clause where the model's state has other kinds of values than the model's."""
    kinds = _differing(mine, state["model"], "model")
    return f"{kinds} is of a wrong type" if kinds else ""


def _differing(mine: Any, theirs: Any, where: str) -> str:
    """The first place where two nested states differ in kind, or "".

    What only one of them has, and other shapes, are left to `load_state_dict`.
    """
    if isinstance(mine, Tensor):
        same = isinstance(theirs, Tensor) and (
            theirs.is_floating_point() == mine.is_floating_point()
        )
        return "" if same else where
    if isinstance(mine, dict):
        if not isinstance(theirs, dict):
            return where
        found = (
            _differing(mine[name], theirs[name], f"{where}.{name}")
            for name in mine
            if name in theirs
        )
        return next(filter(None, found), "")
    if isinstance(mine, list) and isinstance(theirs, list):
        pairs = zip(mine, theirs, strict=False)
        return next(filter(None, (_differing(a, b, where) for a, b in pairs)), "")
    if _is_number(mine):
        fine = _is_number(theirs) and math.isfinite(theirs)
        return "" if fine and (isinstance(mine, float) or theirs >= 0) else where
    return ""


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict | list | Tensor | str) or value is None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
