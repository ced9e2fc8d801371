"""MNIST as it comes with the package: one xz file for each split, no network needed.

A split's file holds the published images file and then the published labels file.
`tools/ship_mnist.py` packs them; `mnist/README.md` says where they come from.
"""

import hashlib
import lzma
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

from aigc_course.data.catalogue import MNIST, IdxFile
from aigc_course.data.idx import DataError, tensor

FOLDER = Path(__file__).parent / "mnist"
AGAIN = "Install the course again: `pip install --force-reinstall aigc-course`."


def read(split: str) -> tuple[Tensor, Tensor]:
    """Images uint8 [N, 28, 28] and labels int64 [N] of "train" or "test".

    Every byte is checked against the published SHA-256. A split read before in this
    process is taken from memory. Raises DataError when the file is missing or damaged.
    """
    return _read(FOLDER / f"{split}.xz", split)


@lru_cache(maxsize=2)
def _read(path: Path, split: str) -> tuple[Tensor, Tensor]:
    try:
        with lzma.open(path) as packed:
            images, labels = (_part(packed, file) for file in MNIST.split(split))
            too_long = packed.read(1) != b""
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(f"{path} cannot be read: {reason}.", AGAIN) from error
    except (lzma.LZMAError, EOFError) as error:
        raise DataError(f"{path} is damaged: it does not unpack.", AGAIN) from error
    if too_long or images is None or labels is None:
        raise DataError(f"{path} is damaged: it is not MNIST as published.", AGAIN)
    return images, labels.long()


def _part(packed: lzma.LZMAFile, file: IdxFile) -> Tensor | None:
    """The next idx file of an archive, uint8; None when it is not as published.

    The bytes are unpacked into the tensor's own memory, so that they are there once.
    """
    content = bytearray(file.length)
    view, filled = memoryview(content), 0
    while filled < file.length and (count := packed.readinto(view[filled:])):
        filled += count
    if hashlib.sha256(content).hexdigest() != file.sha256:
        return None
    return tensor(torch.frombuffer(content, dtype=torch.uint8), file)


def unpacked(path: Path, digest: str, what: str) -> bytes:
    """What an xz file holds, if its SHA-256 is `digest`; DataError otherwise.

    what: "table", say, for the message.
    """
    try:
        content = lzma.decompress(path.read_bytes())
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(f"{path} cannot be read: {reason}.", AGAIN) from error
    except (lzma.LZMAError, EOFError) as error:
        raise DataError(f"{path} is damaged: it does not unpack.", AGAIN) from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise DataError(f"{path} is damaged: it is not the {what} as shipped.", AGAIN)
    return content
