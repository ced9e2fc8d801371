"""config.json: what a run is."""

from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import torch

import aigc_course
from aigc_course import recipes
from aigc_course.training import Budget, bf16_pays, pick


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
    version: str = aigc_course.__version__
    torch: str = torch.__version__
    started: str = field(
        default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds")
    )


def amounts(budget: Budget) -> dict[str, float]:
    """The budget as config.json holds it: its unit and amount."""
    return {unit: n for unit, n in asdict(budget).items() if n is not None}


def with_precision(config: Config) -> Config:
    """The configuration with a bf16 of None made what suits recipe and device."""
    if config.bf16 is not None:
        return config
    recipe = recipes.get(config.model, config.preset)
    pays = bf16_pays(pick(config.device))
    return replace(config, bf16=recipe.bf16 and pays)
