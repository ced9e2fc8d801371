"""The samples of a study's cells: kept as small integers, judged again at any time.

FOLDER/cells/METHOD-SEED.npz lies beside the outcome and holds one array, int16, with
steps of STEP. A value outside the range of int16 is cut to it, one that is not finite
makes the whole array NaN when it is read.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aigc_course.files import write_with

if TYPE_CHECKING:
    from torch import Tensor  # takes seconds to load, and records need none of it

SAMPLES = "samples"  # its name in what a method's run returns
STEP = 2e-4  # 1/50 of the standard deviation of the ring's modes; reaches to 6.5
_MOST = np.iinfo(np.int16).max
_NOT_FINITE = np.iinfo(np.int16).min


def samples_file(outcome: Path) -> Path:
    """Where the samples of the cell lie whose outcome is this file."""
    return outcome.with_suffix(".npz")


def keep_samples(path: Path, samples: "Tensor") -> None:
    """Write samples of any shape, whole or not at all."""
    values = samples.detach().double().numpy()
    finite = np.isfinite(values).all()
    steps = np.clip(np.rint(values / STEP), -_MOST, _MOST) if finite else _NOT_FINITE
    whole = np.broadcast_to(np.asarray(steps, dtype=np.int16), values.shape)
    write_with(path, lambda file: np.savez_compressed(file, samples=whole))


def kept_samples(path: Path) -> "Tensor | None":
    """The samples in this file as float64; None when there is no file."""
    if not path.exists():
        return None
    from torch import from_numpy

    with np.load(path, allow_pickle=False) as file:
        steps = file["samples"]
    lost = steps == _NOT_FINITE
    return from_numpy(np.where(lost, np.nan, steps.astype(float) * STEP))
