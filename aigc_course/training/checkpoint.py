"""Checkpoints: all that is needed to go on exactly where training stopped."""

import io
import pickle
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.files import write_bytes

FORMAT = 1


def save(path: str | Path, state: dict[str, Any]) -> None:
    """Write `state` (tensors, numbers, strings, lists, dicts) whole or not at all.

    Raises CourseError when the file cannot be written.
    """
    # through memory: torch's own file writer hides why the disk refused
    memory = io.BytesIO()
    torch.save({"format": FORMAT, **state}, memory)
    write_bytes(path, memory.getbuffer())


def load(path: str | Path) -> dict[str, Any]:
    """Read a checkpoint. Tensors come back on the CPU.

    Nothing in the file is executed (`weights_only=True`). Raises CourseError when the
    file is missing, damaged or of another format.
    """
    try:
        with warnings.catch_warnings():  # torch also warns of what it then refuses
            warnings.simplefilter("ignore")
            state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise CourseError(f"There is no checkpoint {path}.") from error
    except (
        OSError,
        RuntimeError,
        EOFError,
        ValueError,
        pickle.UnpicklingError,
    ) as error:
        raise CourseError(
            f"The checkpoint {path} is damaged: it cannot be read. Train again without"
            " --resume, or restore the file from a copy."
        ) from error
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise CourseError(f"{path} is not a checkpoint of this course.")
    return state


def all_finite(state: Any) -> bool:
    """Whether every float tensor in a nested state is finite."""
    if isinstance(state, Tensor):
        return not state.is_floating_point() or bool(torch.isfinite(state).all())
    if isinstance(state, dict):
        return all(all_finite(value) for value in state.values())
    if isinstance(state, list | tuple):
        return all(all_finite(value) for value in state)
    return True
