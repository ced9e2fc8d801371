"""Whether a file computes what the network computes, at more than one batch size."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from aigc_course.errors import CourseError
from aigc_course.release.drawing import Drawing
from aigc_course.release.export import run, session

SIZES = (1, 7, 64, 1000)
TOLERANCE = 2e-5  # each program alone is up to 7e-6 away from float64


def parity(
    one: Drawing, path: str | Path, sizes: Sequence[int] = SIZES, seed: int = 0
) -> dict[int, float]:
    """Largest absolute difference between PyTorch and ONNX Runtime, by batch size.

    Both are float32; PyTorch runs the network as it was trained, before any folding.
    The example of the export had another number of rows than each of these.
    """
    opened = session(path)
    found = {}
    for n in sizes:
        inputs = one.draw(n, seed + n)
        expected, got = one(*inputs).numpy(), run(opened, inputs)
        if expected.shape != got.shape:
            raise CourseError(
                f"{path} gives {list(got.shape)} for {n} rows, not"
                f" {list(expected.shape)}."
            )
        found[n] = float(np.abs(expected - got).max())
    return found
