"""The safetensors file of a run: weights with a checksum, and nothing else taken."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.files import read_bytes, write_bytes

MOST_BYTES = 2**30
CHECKSUM = "sha256"
ABOUT = {"model", "preset", "step", CHECKSUM}  # what the file says of itself


def write(path: Path, weights: Mapping[str, Tensor], about: Mapping[str, str]) -> None:
    """Write tensors and what they are, with a SHA-256 over both, whole or not at all.

    Raises CourseError when the file cannot be written.
    """
    from safetensors.torch import save

    # clone: tensors that share memory, as tied matrices do, are each written
    tensors = {k: v.detach().cpu().contiguous().clone() for k, v in weights.items()}
    signed = {**about, CHECKSUM: _checksum(tensors, about)}
    write_bytes(path, save(tensors, signed))


def read(path: Path) -> dict[str, Tensor]:
    """The tensors of a file.

    Files of older versions, and of other programs, have no checksum and are read as
    well. Raises CourseError for a file that is missing, damaged, or altered since it
    was written, and for values that are not finite.
    """
    content = read_bytes(path, MOST_BYTES)
    try:
        tensors, about = _parse(content)
        problem = _problem(tensors, about)
    except Exception as error:  # readers of damaged files raise anything
        raise CourseError(f"{path} is damaged: it cannot be read.") from error
    if problem:
        raise CourseError(f"{path} is damaged: {problem}.")
    return tensors


def check_kinds(path: Path, found: Mapping[str, Tensor], wanted: Any) -> None:
    """Raise CourseError where a whole number stands for a fraction, or the reverse.

    found: what was read from `path`; wanted: the state of the network it was loaded
    into, which converts in silence.
    """
    for name, tensor in found.items():
        if tensor.is_floating_point() != wanted[name].is_floating_point():
            raise CourseError(
                f"{path} is damaged: {name} is of the type {tensor.dtype}, not"
                f" {wanted[name].dtype}."
            )


def _parse(content: bytes) -> tuple[dict[str, Tensor], dict[str, str]]:
    from safetensors.torch import load

    length = int.from_bytes(content[:8], "little")
    about = json.loads(content[8 : 8 + length]).get("__metadata__") or {}
    return load(content), about  # finds what does not fit the file


def _problem(tensors: dict[str, Tensor], about: dict[str, str]) -> str:
    """What is wrong, as a clause, or ""."""
    if CHECKSUM in about:
        said = {name: text for name, text in about.items() if name != CHECKSUM}
        if about[CHECKSUM] != _checksum(tensors, said):
            return "it was altered, for its checksum is another one"
    elif about.keys() & ABOUT and about.keys() != ABOUT - {CHECKSUM}:
        return "what it says of itself was altered"
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            return f"{name} holds values that are not finite"
        if not tensor.is_floating_point() and bool((tensor < 0).any()):
            return f"{name} is negative"
    return ""


def _checksum(tensors: Mapping[str, Tensor], about: Mapping[str, Any]) -> str:
    """SHA-256 over names, types, shapes and bytes of all tensors, and the words."""
    digest = hashlib.sha256(json.dumps(dict(sorted(about.items()))).encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(json.dumps([name, str(tensor.dtype), [*tensor.shape]]).encode())
        digest.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
