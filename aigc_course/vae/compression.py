"""Images as bytes and back: a VQ-VAE's codes under a prior, and JPEG and PNG beside it.

What is counted differs by nature, and here is how. Of the VQ-VAE: all bytes of the
message, but neither the number of images nor the networks, which both sides must have.
Of JPEG: the entropy-coded scan alone, from behind the header SOS up to the marker EOI,
with Huffman tables made for the image, which are not counted. Of PNG: the data of its
IDAT chunks, a zlib stream. So JPEG and PNG are favoured: their headers, most of the
file of so small an image, cost nothing.
"""

import io
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from aigc_course import validate
from aigc_course.data.batches import to_float, to_uint8
from aigc_course.errors import CourseError
from aigc_course.training.learner import CHUNK
from aigc_course.vae import coding
from aigc_course.vae.made import LENGTH
from aigc_course.vae.prior import Tables, checked
from aigc_course.vae.spatial import SIDE
from aigc_course.vae.vq import VQVAE


@dataclass(frozen=True)
class Compressed:
    """Images as bytes. data: the message. images: how many, of 28 x 28 pixels."""

    data: bytes
    images: int

    @property
    def bits_per_pixel(self) -> float:
        """All bits of the message, per pixel."""
        return 8 * len(self.data) / (self.images * 28 * 28)


@dataclass(frozen=True, eq=False)
class Baseline:
    """One image coded by a standard. bits: what is counted. image: decoded again."""

    bits: int
    image: Tensor

    @property
    def bits_per_pixel(self) -> float:
        """The counted bits, per pixel."""
        return self.bits / self.image.numel()


def encode_maps(codes: Tensor, prior: Tables, size: int) -> bytes:
    """Maps of codes, int [N, 7, 7] below `size`, as one message.

    About -log2 p(k) bits by the prior, and 5 bytes. Raises CourseError for codes that
    do not fit.
    """
    codes = checked(codes, size).cpu()
    message = coding.sealed(codes)
    # last in, first out: the last position of the last maps is pushed first
    for some in reversed(codes.split(CHUNK)):
        tables = [prior.table(some, t) for t in range(LENGTH)]  # 49 of [n, K]
        for t in reversed(range(LENGTH)):
            coding.push_all(message, some.flatten(1)[:, t], tables[t])
    return message.to_bytes()


def decode_maps(data: bytes, prior: Tables, n: int) -> Tensor:
    """The maps, int64 [n, 7, 7], that `encode_maps` made into `data`.

    Position by position: what is decoded tells the prior what comes next. Raises
    CourseError for damaged bytes, another prior or another n.
    """
    validate.whole(n, "The number of images")
    message = coding.Message(data)
    maps = torch.zeros(n, SIDE, SIDE, dtype=torch.long)
    for some in maps.split(CHUNK):  # views, filled in place
        for t in range(LENGTH):
            symbols = coding.pop_all(message, prior.table(some, t))
            some.view(-1, LENGTH)[:, t] = symbols
    message.close(maps)
    return maps


def compress(model: VQVAE, prior: Tables, images: Tensor) -> Compressed:
    """Images [N, 1, 28, 28] in [-1, 1] as bytes: the codes of `model` under `prior`.

    What is lost is lost in the codes, as in `model.reconstruct`. Raises CourseError for
    images that do not fit.
    """
    codes, size = model.encode(images), len(model.networks.codebook.codes)
    return Compressed(encode_maps(codes, prior, size), len(images))


def decompress(model: VQVAE, prior: Tables, compressed: Compressed) -> Tensor:
    """The images [N, 1, 28, 28] in [-1, 1]: `model.reconstruct` of the originals.

    Model and prior are those of `compress`, on the same kind of machine with the same
    number of threads (see `CodePrior.table`). Raises CourseError as `decode_maps`.
    """
    return model.decode(decode_maps(compressed.data, prior, compressed.images))


def jpeg_bits(image: Tensor, quality: int) -> Baseline:
    """An image [1, H, W] in [-1, 1] as JPEG (ITU-T T.81), of quality 1 to 100.

    Counts the scan's entropy-coded bytes, stuffed zeros with them. Raises CourseError
    for another image or quality.
    """
    validate.whole(quality, "The quality")
    if quality > 100:
        raise CourseError(f"The quality is at most 100, not {quality}.")
    file = _saved(image, format="JPEG", quality=quality, optimize=True)
    return Baseline(8 * len(_jpeg_scan(file)), _opened(file))


def png_bits(image: Tensor) -> Baseline:
    """An image [1, H, W] in [-1, 1] as PNG (RFC 2083): exact at 256 grey values.

    Counts the data of all IDAT chunks. Raises CourseError for another image.
    """
    file = _saved(image, format="PNG", optimize=True)
    return Baseline(8 * sum(map(len, _png_data(file))), _opened(file))


def _saved(image: Tensor, **settings: Any) -> bytes:
    if image.ndim != 3 or image.shape[0] != 1 or not image.numel():
        raise CourseError(f"An image is [1, H, W]; got shape {list(image.shape)}.")
    if not float(image.abs().max()) <= 1 + validate.ROUNDING:  # nor NaN
        raise CourseError("The image's pixels must lie in [-1, 1].")
    file = io.BytesIO()
    Image.fromarray(to_uint8(image[0]).cpu().numpy()).save(file, **settings)
    return file.getvalue()


def _opened(file: bytes) -> Tensor:
    with Image.open(io.BytesIO(file)) as picture:
        raw = bytearray(picture.tobytes())
        size = 1, picture.height, picture.width
    return to_float(torch.frombuffer(raw, dtype=torch.uint8).view(size))


def _jpeg_scan(file: bytes) -> bytes:
    """What lies between the header of the only scan and the end of the image."""
    at = 2  # behind SOI
    while file[at + 1] != 0xDA:  # until SOS: a marker and the length of its segment
        at += 2 + int.from_bytes(file[at + 2 : at + 4], "big")
    at += 2 + int.from_bytes(file[at + 2 : at + 4], "big")
    return file[at : file.rindex(b"\xff\xd9")]


def _png_data(file: bytes) -> list[bytes]:
    """The data of each IDAT chunk: 4 bytes of length, 4 of name, data, 4 of CRC."""
    at, found = 8, []
    while at < len(file):
        length = int.from_bytes(file[at : at + 4], "big")
        if file[at + 4 : at + 8] == b"IDAT":
            found.append(file[at + 8 : at + 8 + length])
        at += 12 + length
    return found
