"""Golden outputs: what a released model must give for inputs that are written down."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from aigc_course.release.drawing import Drawing

COUNT = 32
TOLERANCE = 2e-5  # as of `parity`


def golden(one: Drawing, seed: int = 0, n: int = COUNT) -> dict[str, Tensor]:
    """Inputs and the output that belongs to them, as tensors for a safetensors file.

    Names give the order of the inputs: "input.0.z", "input.1.label". The inputs are
    stored, and not the seed alone: another version of PyTorch may draw other numbers
    from it.
    """
    inputs = one.draw(n, seed)
    pairs = enumerate(zip(one.inputs, inputs, strict=True))
    named = {f"input.{i}.{each.name}": x for i, (each, x) in pairs}
    return {**named, f"output.{one.output}": one(*inputs)}


def difference(record: dict[str, Tensor], compute: Any) -> float:
    """Largest absolute difference between a record and what `compute(*inputs)` gives.

    compute: takes the inputs in their order; gives a tensor or an array. Infinite where
    shapes differ or a value is not a number.
    """
    inputs = [record[name] for name in sorted(record) if name.startswith("input.")]
    (expected,) = [x for name, x in record.items() if name.startswith("output.")]
    got = torch.as_tensor(np.asarray(compute(*inputs)))
    if got.shape != expected.shape:
        return float("inf")
    worst = float((got - expected).abs().max())
    return worst if np.isfinite(worst) else float("inf")


def check_golden(record: dict[str, Tensor], compute: Any) -> str:
    """Empty where `compute` gives the output within TOLERANCE, or a sentence."""
    worst = difference(record, compute)
    if worst <= TOLERANCE:
        return ""
    return (
        f"The golden outputs differ by {worst:.2g}, more than {TOLERANCE:g}: these are"
        " not the weights, or not the code, that were released."
    )
