"""Three worked submissions with their verdicts: good, untruthful, overfitted.

All are for brief A. The good one is a DCGAN of 600 steps. The untruthful one is the
same with a card that claims a better FID. The overfitted one went on from the good
weights, with the distance to MNIST by the public extractor as its loss.

Weights are kept with 8 bits, and samples not at all: `unpack` draws them.
"""

import io
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aigc_course.capstone import briefs, loading, submission
from aigc_course.capstone.verdict import Verdict, from_dict
from aigc_course.errors import CourseError
from aigc_course.files import read_bytes, read_json, write_bytes, write_json, write_text

NAMES = ("good", "untruthful", "overfitted")
SEED = "the judge of the worked submissions"
FOLDER = Path(__file__).parent / "examples"
MOST = 2**21
WORDS = ("card.md", "report.md")
TABLES = ("config.json", "submission.json", "record.json")
SMALLEST = 1_000  # numbers of a matrix that is kept with 8 bits


def unpack(name: str, out: str | Path) -> Path:
    """Write a worked submission as a folder; its samples are drawn from its weights.

    Raises CourseError for another name, and for a folder that holds something.
    """
    place = Path(out)
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise CourseError(f"{place} is not an empty folder: choose another --out.")
    tables = {file: _table(name, file) for file in TABLES}
    state = weights(name)
    about = tables["submission.json"]
    made = loading.build(tables["config.json"], state, b"")
    drawn = briefs.draw(made, briefs.get("A"), about["n"], about["seed"])
    assert drawn.pixels is not None
    for file in WORDS:
        write_text(place / file, _text(name, file))
    write_json(place / submission.NAME, about)
    write_json(place / submission.CONFIG, tables["config.json"])
    write_json(place / submission.RECORD, tables["record.json"])
    write_bytes(place / submission.WEIGHTS, _packed(state))
    write_bytes(place / "samples.npy", _array(drawn.pixels))
    return place


def verdict(name: str) -> Verdict:
    """The verdict on a worked submission, by the judge whose seed is SEED."""
    return from_dict(_table(name, "verdict.json"))


def weights(name: str) -> dict[str, Tensor]:
    """The weights of a worked submission, float16. Raises CourseError."""
    _check(name)
    state = _read("good.safetensors")
    if name == "overfitted":  # what the second training changed
        state |= _read("overfitted.safetensors")
    return state


def squeezed(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Large matrices with 8 bits, a scale for each row; the rest as float16.

    w = s q, q whole numbers from -127 to 127, s = max |w| / 127 of the row.
    """
    found: dict[str, Tensor] = {}
    for name, value in state.items():
        if value.ndim < 2 or value.numel() < SMALLEST:
            found[name] = value.half() if value.is_floating_point() else value
            continue
        rows = value.float().flatten(1)
        scale = (rows.abs().amax(1, keepdim=True) / 127).clamp(min=1e-8)
        found[f"{name}:q"] = (rows / scale).round().to(torch.int8).view(value.shape)
        found[f"{name}:s"] = scale[:, 0]
    return found


def widened(kept: dict[str, Tensor]) -> dict[str, Tensor]:
    """The weights that `squeezed` kept, float16."""
    found: dict[str, Tensor] = {}
    for name, value in kept.items():
        if name.endswith(":s"):
            continue
        if not name.endswith(":q"):
            found[name] = value
            continue
        scale = kept[name[:-1] + "s"].view(-1, *[1] * (value.ndim - 1))
        found[name[:-2]] = (value.float() * scale).half()
    return found


def _read(file: str) -> dict[str, Tensor]:
    from safetensors.torch import load

    return widened(load(read_bytes(FOLDER / file, MOST)))


def _check(name: str) -> None:
    if name not in NAMES:
        raise CourseError(
            f"There is no worked submission {name[:30]!r}: choose from"
            f" {', '.join(NAMES)}."
        )


def _table(name: str, file: str) -> Any:
    _check(name)
    return read_json(FOLDER / name / file, MOST)


def _text(name: str, file: str) -> str:
    return read_bytes(FOLDER / name / file, MOST).decode("utf-8")


def _packed(state: dict[str, Tensor]) -> bytes:
    from safetensors.torch import save

    return save({name: value.contiguous() for name, value in state.items()})


def _array(pixels: Tensor) -> bytes:
    out = io.BytesIO()
    np.save(out, pixels.numpy())
    return out.getvalue()
