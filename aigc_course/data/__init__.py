"""Image sets in memory and seeded minibatches from them.

>>> digits = load("digits")
>>> steps = batches(digits, batch_size=64, seed=0)
>>> next(steps).shape
torch.Size([64, 1, 28, 28])

`sources` says where files are looked for and how they are checked.
"""

from aigc_course.data import cleaning, corrupt, factors
from aigc_course.data.batches import Batches, batches, to_float, to_uint8
from aigc_course.data.catalogue import NAMES
from aigc_course.data.corrupt.rows import parts, subset
from aigc_course.data.idx import DataError
from aigc_course.data.images import ImageSet, default, load
from aigc_course.data.sources import where
from aigc_course.data.toys import TOYS, ToyBatches, toy, toy_modes, toy_std

__all__ = [
    "NAMES",
    "TOYS",
    "Batches",
    "DataError",
    "ImageSet",
    "ToyBatches",
    "batches",
    "cleaning",
    "corrupt",
    "default",
    "factors",
    "load",
    "parts",
    "subset",
    "to_float",
    "to_uint8",
    "toy",
    "toy_modes",
    "toy_std",
    "where",
]
