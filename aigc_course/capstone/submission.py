"""A submission: read from a folder or a zip archive, and nothing of it run."""

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from aigc_course.capstone import briefs, cards, evidence, safe
from aigc_course.capstone.safe import Refused
from aigc_course.errors import CourseError

if TYPE_CHECKING:
    from torch import Tensor

FORMAT = 1
NAME, CONFIG, CARD, REPORT = "submission.json", "config.json", "card.md", "report.md"
RECORD = "evidence/record.json"
WEIGHTS, ONNX = "model.safetensors", "model.onnx"
_T = TypeVar("_T")


@dataclass(frozen=True)
class Submission:
    """What was handed in, every part of the right form.

    samples: uint8 [n, 28, 28] or None, labels: int64 [n] or None, texts: of brief C;
    drawn with samples_seed, n of them measured. sha256: of names and bytes of all
    files. size: of all files, in bytes.
    """

    name: str
    brief: str
    config: dict[str, Any]
    card: cards.Card
    evidence: evidence.Record
    report: str
    n: int
    samples_seed: int
    samples: NDArray[np.uint8] | None
    labels: NDArray[np.int64] | None
    texts: tuple[str, ...]
    weights: "dict[str, Tensor]"
    onnx: bytes
    sha256: str
    size: int
    files: dict[str, bytes]


def read(place: Path) -> Submission:
    """The submission in a folder or a zip archive.

    Raises Refused, a CourseError that names the gate at which it ends.
    """
    found = safe.read_all(place)
    brief, n, seed = _at("files", lambda: _about(found))
    _at("files", lambda: _check_parts(found, brief))
    config = _at("config", lambda: _config(found, brief))
    weights, onnx = _at("weights", lambda: _weights(found, config))
    samples, labels, texts = _at("samples", lambda: _samples(found, brief, n))
    card = _at("card", lambda: cards.parse(safe.words(found, CARD)))
    record = _at("evidence", lambda: evidence.parse(found[RECORD]))
    report = _at("report", lambda: safe.words(found, REPORT))
    whole = place.resolve()
    name = whole.stem if whole.suffix == ".zip" else whole.name
    told = brief.name, config, card, record, report, n, seed
    size = sum(map(len, found.values()))
    made = samples, labels, texts, weights, onnx
    return Submission(name, *told, *made, digest(found), size, found)


def digest(files: dict[str, bytes]) -> str:
    """SHA-256 over names and contents; how they were packed does not matter."""
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(f"{name}\n{len(files[name])}\n".encode())
        whole.update(files[name])
    return whole.hexdigest()


def needed(brief: briefs.Brief, onnx: bool = False) -> list[str]:
    """The files that a submission to a brief has."""
    model = ONNX if onnx else WEIGHTS
    return [NAME, CONFIG, CARD, REPORT, RECORD, model, *brief.parts]


def _at(gate: str, step: Callable[[], _T]) -> _T:
    try:
        return step()
    except Refused:
        raise
    except CourseError as error:
        raise Refused(gate, str(error)) from error


def _json(found: dict[str, bytes], name: str) -> dict[str, Any]:
    if name not in found:
        raise CourseError(f"The submission lacks {name}: run `aigc capstone collect`.")
    try:
        value = json.loads(found[name].decode("utf-8-sig"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise CourseError(f"{name} is not JSON in UTF-8.") from error
    if not isinstance(value, dict):
        raise CourseError(f"{name} holds entries, {{...}}, and nothing else.")
    return value


def _no_number(word: str) -> Any:
    raise ValueError(word)


def _about(found: dict[str, bytes]) -> tuple[briefs.Brief, int, int]:
    """submission.json: brief, number of samples, seed."""
    about = _json(found, NAME)
    if about.keys() != {"format", "brief", "n", "seed"} or about["format"] != FORMAT:
        raise CourseError(
            f"{NAME} has the entries format ({FORMAT}), brief, n and seed."
        )
    brief = briefs.get(str(about["brief"]))
    n, seed = about["n"], about["seed"]
    if type(n) is not int or not brief.fewest <= n <= brief.n:
        raise CourseError(
            f"n in {NAME} is from {brief.fewest:,} to {brief.n:,} for brief"
            f" {brief.name}."
        )
    if type(seed) is not int or not 0 <= seed < 2**32:
        raise CourseError(f"seed in {NAME} is a whole number from 0 up.")
    return brief, n, seed


def _check_parts(found: dict[str, bytes], brief: briefs.Brief) -> None:
    onnx = ONNX in found and brief.name == "A"
    wanted = needed(brief, onnx)
    for name in wanted:
        if name not in found:
            raise CourseError(
                f"The submission lacks {name}: run `aigc capstone collect`."
            )
    if more := [name for name in found if name not in wanted]:
        raise CourseError(f"A submission to brief {brief.name} has no file {more[0]}.")


def _config(found: dict[str, bytes], brief: briefs.Brief) -> dict[str, Any]:
    config = _json(found, CONFIG)
    kinds = {"A": ("recipe", "onnx"), "B": ("recipe", "restorer"), "C": ("recipe",)}
    allowed = kinds.get(brief.name, ("recipe", "private"))
    kind = config.get("kind")
    if kind not in allowed:
        raise CourseError(
            f"`kind` in {CONFIG} is {' or '.join(allowed)} for brief {brief.name}."
        )
    if (kind == "onnx") != (ONNX in found):
        raise CourseError(f"{CONFIG} and the file of the model do not belong together.")
    _CHECKS[kind](config, brief)
    steps = config.get("steps", 0)
    if type(steps) is not int or not 0 <= steps <= (brief.budget or 10**9):
        raise CourseError(
            f"Brief {brief.name} allows at most {brief.budget:,} training steps;"
            f" `steps` in {CONFIG} says {str(steps)[:20]}."
        )
    return config


def _check_recipe(config: dict[str, Any], brief: briefs.Brief) -> None:
    from aigc_course import models

    model, preset = config.get("model"), config.get("preset")
    pair = str(model), str(preset)
    if model not in brief.models or pair not in models.known():
        raise CourseError(
            f"`model` and `preset` in {CONFIG} name a recipe of `aigc train`; for brief"
            f" {brief.name} these are {', '.join(brief.models)}."
        )


def _check_restorer(config: dict[str, Any], brief: briefs.Brief) -> None:
    ways = ("regression", "adversarial")
    if config.get("task") != "inpaint" or config.get("way") not in ways:
        raise CourseError(
            f'{CONFIG} of a restorer has "task": "inpaint" and "way": "regression" or'
            ' "adversarial".'
        )


def _check_private(config: dict[str, Any], brief: briefs.Brief) -> None:
    numbers = (config.get("epsilon"), config.get("delta"))
    mus = config.get("mus")
    whole = isinstance(mus, list) and 1 <= len(mus) <= 6
    if not whole or not all(_positive(x) for x in (*numbers, *(mus or []))):
        raise CourseError(
            f"{CONFIG} of a private generator has epsilon, delta and mus, a list of at"
            " most 6 positive numbers."
        )


def _check_onnx(config: dict[str, Any], brief: briefs.Brief) -> None:
    latent = config.get("latent")
    if type(latent) is not int or not 1 <= latent <= 4096:
        raise CourseError(f"`latent` in {CONFIG} is a whole number from 1 to 4,096.")


def _positive(x: Any) -> bool:
    return type(x) in (int, float) and 0 < x < 1e6 and math.isfinite(x)


_CHECKS = {
    "recipe": _check_recipe,
    "restorer": _check_restorer,
    "private": _check_private,
    "onnx": _check_onnx,
}


def _weights(
    found: dict[str, bytes], config: dict[str, Any]
) -> "tuple[dict[str, Tensor], bytes]":
    if config["kind"] == "onnx":
        from aigc_course.capstone import graph

        graph.check(found[ONNX], config["latent"])
        return {}, found[ONNX]
    return safe.tensors(found[WEIGHTS]), b""


def _samples(
    found: dict[str, bytes], brief: briefs.Brief, n: int
) -> tuple[NDArray[np.uint8] | None, NDArray[np.int64] | None, tuple[str, ...]]:
    if brief.name == "C":
        texts = tuple(safe.words(found, "samples.txt").rstrip("\n").split(BETWEEN))
        if len(texts) != briefs.TEXTS:
            raise CourseError(f"samples.txt holds {briefs.TEXTS} texts.")
        return None, None, texts
    pixels = safe.array("samples.npy", found["samples.npy"])
    if pixels.dtype != np.uint8 or pixels.shape != (n, 28, 28):
        raise CourseError(
            f"samples.npy holds uint8 pixels [{n}, 28, 28], as {NAME} says;"
            f" it has {pixels.dtype} {list(pixels.shape)}."
        )
    labels = None
    if "labels.npy" in found:
        labels = safe.array("labels.npy", found["labels.npy"]).astype(np.int64)
        if labels.shape != (n,) or labels.min() < 0 or labels.max() > 9:
            raise CourseError(f"labels.npy holds {n} labels from 0 to 9.")
    return pixels, labels, ()


BETWEEN = "\n\n----\n\n"
