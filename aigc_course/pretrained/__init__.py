"""Small weights that ship with the course, each with a card.

For every NAME there are three files here: NAME.safetensors (the weights), NAME.json
(the card for programs; its "sha256" is that of the weights file) and NAME.md (the card
for people).
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor

from aigc_course import files
from aigc_course.errors import CourseError

FOLDER = Path(__file__).parent


def names() -> list[str]:
    """What is shipped, in alphabetical order."""
    return sorted(path.stem for path in FOLDER.glob("*.safetensors"))


def card(name: str) -> dict[str, Any]:
    """The card of `name`: where the weights come from and how they were measured.

    Raises CourseError when `name` is not shipped or its card cannot be read.
    """
    _require(name)
    try:
        content = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(f"{name}.json") from error
    if not isinstance(content, dict) or "sha256" not in content:
        raise _damaged(f"{name}.json")
    return content


def load_weights(name: str) -> dict[str, Tensor]:
    """The tensors of `name` by key, on the CPU, checked against the card's SHA-256.

    Half precision is a storage format here: such tensors come back as float32.
    Raises CourseError when `name` is not shipped or its files are damaged.
    """
    expected = card(name)["sha256"]
    data = (FOLDER / f"{name}.safetensors").read_bytes()
    if hashlib.sha256(data).hexdigest() != expected:
        raise _damaged(f"{name}.safetensors")
    return {key: _widen(tensor) for key, tensor in load(data).items()}


@contextmanager
def building(name: str) -> Iterator[None]:
    """Says that the files of `name` are damaged where no network comes of them.

    For what is built inside from a card that is valid JSON and lacks a key, holds a
    wrong value, or does not fit the weights: CourseError in place of their errors.
    """
    try:
        yield
    except CourseError:
        raise
    except (AttributeError, LookupError, TypeError, ValueError, RuntimeError) as error:
        raise _damaged(f"{name}.json") from error


def write(name: str, tensors: dict[str, Tensor], about: dict[str, Any]) -> dict:
    """Write NAME.safetensors and NAME.json (`about` plus "sha256" and "bytes").

    For the tools that make the shipped weights. Returns the card as written.
    """
    data = save({key: tensor.contiguous() for key, tensor in tensors.items()})
    digest = hashlib.sha256(data).hexdigest()
    complete = {"name": name, "sha256": digest, "bytes": len(data), **about}
    path = FOLDER / f"{name}.safetensors"
    files.write_with(path, lambda temporary: temporary.write_bytes(data))
    files.write_json(path.with_suffix(".json"), complete)
    return complete


def _require(name: str) -> None:
    if name not in names():
        raise CourseError(
            f"No pretrained weights are called {name!r}; there are:"
            f" {', '.join(names()) or 'none'}."
        )


def _damaged(file: str) -> CourseError:
    return CourseError(
        f"The shipped file {FOLDER / file} is damaged; install the package again."
    )


def _widen(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.dtype in (torch.float16, torch.bfloat16) else tensor
