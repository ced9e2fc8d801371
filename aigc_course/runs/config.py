"""config.json: what a run is."""

import math
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

import aigc_course
from aigc_course import models
from aigc_course.errors import CourseError
from aigc_course.files import read_json
from aigc_course.training import Budget, bf16_pays, get_device
from aigc_course.training.device import CHOICES
from aigc_course.training.threads import MOST

MOST_BYTES = 2**20
WORD = re.compile(r"[\w .:+()-]{1,100}")  # goes into card.md


@dataclass(frozen=True)
class Config:
    """What a run is: enough to build its networks and to repeat it."""

    model: str
    preset: str
    data: str
    seed: int
    budget: dict[str, Any]  # {unit: amount}
    device: str = "auto"
    bf16: bool | None = None
    threads: int | None = None  # on a CPU; None until it is measured
    version: str = aigc_course.__version__
    torch: str = torch.__version__
    started: str = field(
        default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds")
    )


def read(path: Path) -> Config:
    """The configuration in a file, checked.

    Raises CourseError when the file is missing, is no JSON, lacks an entry, has one
    that this version does not know, or one of a wrong type or out of range.
    """
    found = read_json(path, MOST_BYTES)
    if not isinstance(found, dict):
        raise CourseError(f"{path} is damaged: it holds no entries.")
    names = {one.name for one in fields(Config)}
    if unknown := sorted(map(repr, found.keys() - names)):
        raise CourseError(
            f"{path} is damaged, or a newer version wrote it: it has the entry"
            f" {unknown[0][:60]}, which {aigc_course.__version__} does not know."
        )
    if missing := sorted({"model", "preset", "data", "seed", "budget"} - found.keys()):
        raise CourseError(f"{path} is damaged: it lacks the entry {missing[0]!r}.")
    for name, value in found.items():
        if problem := _CHECKS.get(name, _word)(value):
            raise CourseError(f"{path} is damaged: its {name} is {problem}.")
    models.get(found["model"], found["preset"])
    return Config(**found)


def amounts(budget: Budget) -> dict[str, float]:
    """The budget as config.json holds it: its unit and amount."""
    return {unit: n for unit, n in asdict(budget).items() if n is not None}


def with_precision(config: Config) -> Config:
    """The configuration with a bf16 of None made what suits recipe and device."""
    if config.bf16 is not None:
        return config
    recipe = models.get(config.model, config.preset)
    pays = bf16_pays(get_device(config.device))
    return replace(config, bf16=recipe.bf16 and pays)


def _word(value: Any) -> str:
    fine = isinstance(value, str) and WORD.fullmatch(value)
    return "" if fine else "no plain word"


def _seed(value: Any) -> str:
    fine = type(value) is int and 0 <= value < 2**63
    return "" if fine else "no whole number from 0 up"


def _budget(value: Any) -> str:
    units = {"steps", "seconds", "epochs"}
    if not isinstance(value, dict) or len(value) != 1 or not value.keys() <= units:
        return "no amount of steps, seconds or epochs"
    unit, amount = next(iter(value.items()))
    kinds = (int,) if unit == "steps" else (int, float)
    if type(amount) not in kinds or not 0 < amount < math.inf or amount > 1e15:
        return f"no positive number of {unit}"
    return ""


def _device(value: Any) -> str:
    return "" if value in CHOICES else f"none of {', '.join(CHOICES)}"


def _bf16(value: Any) -> str:
    return "" if value is None or type(value) is bool else "neither true nor false"


def _threads(value: Any) -> str:
    fine = value is None or (type(value) is int and 0 < value <= MOST)
    return "" if fine else f"no whole number from 1 to {MOST}"


_CHECKS: dict[str, Callable[[Any], str]] = {
    "seed": _seed,
    "budget": _budget,
    "device": _device,
    "bf16": _bf16,
    "threads": _threads,
}
