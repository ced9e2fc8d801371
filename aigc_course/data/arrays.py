"""Images in a .npy file: looked at before anything is read into memory."""

from pathlib import Path

import numpy as np
import torch

from aigc_course.errors import CourseError
from aigc_course.files import look

MAGIC = b"\x93NUMPY"
MOST_BYTES = 2**36  # of a file, of which only the rows asked for are read
MOST_ROWS = 5_000_000
WANTED = "an array of images is uint8 or floating point, [N, 28, 28] or [N, 1, 28, 28]"


def read_images(path: str | Path, n: int, seed: int) -> np.ndarray:
    """At most n images of a .npy file, chosen by `seed` where there are more.

    uint8 or floats, [n, 28, 28] or [n, 1, 28, 28], as in the file. Nothing in the file
    is executed, and memory is taken for n images, whatever its header claims.

    Raises CourseError for what is missing, a pipe or a device, no .npy file, damaged,
    or of another type or shape.
    """
    path = Path(path)
    look(path, MOST_BYTES)
    array = _opened(path)
    shape = list(array.shape)
    if array.dtype.kind not in "uif" or array.dtype.itemsize > 8:
        raise CourseError(f"{path} holds numbers of type {array.dtype}; {WANTED}.")
    if shape[1:] not in ([28, 28], [1, 28, 28]):
        raise CourseError(f"{path} has the shape {shape}; {WANTED}.")
    if not 1 <= len(array) <= MOST_ROWS:
        raise CourseError(
            f"{path} holds {len(array):,} images; from 1 to {MOST_ROWS:,} are taken."
        )
    try:
        # as metrics.report chooses, so that the figures are those of the whole array
        chosen = torch.randperm(
            len(array), generator=torch.Generator().manual_seed(seed)
        )[:n].numpy()
        part = array[chosen] if len(array) > n else array
        return np.array(part, dtype=array.dtype.newbyteorder("="), order="C")
    except (OSError, MemoryError) as error:
        raise CourseError(
            f"{path} cannot be read: {error or 'there is too little memory'}."
        ) from error


def _opened(path: Path) -> np.ndarray:
    """The array as it lies on disk, not read yet."""
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise CourseError(
                    f"{path} is not a NumPy file of images: np.save writes one."
                )
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except CourseError:
        raise
    except OSError as error:
        raise CourseError(
            f"{path} cannot be read: {error.strerror or error}."
        ) from error
    except Exception as error:  # headers of damaged files raise anything
        raise CourseError(
            f"{path} is not a NumPy file of images, or it is damaged or cut off."
        ) from error
    if not isinstance(array, np.ndarray):
        raise CourseError(f"{path} is not a NumPy file of images.")
    return array
