"""The image sets the course knows, as published: files, shapes, lengths, SHA-256.

The hashes of the archives stand in TensorFlow Datasets' table of checksums and, given
independently, in torchvision's prototype data sets; those of the unpacked MNIST files
were computed here and agree with a published table.
"""

import math
import struct
from dataclasses import dataclass

SPLITS = ("train", "test")


@dataclass(frozen=True)
class IdxFile:
    """One file in idx format: a header with the shape, then one byte per value."""

    name: str  # unpacked, without .gz
    shape: tuple[int, ...]  # (N, 28, 28) for images, (N,) for labels
    archive_length: int  # bytes of name.gz as published
    archive_sha256: str
    sha256: str | None = None  # of the unpacked file, where known

    @property
    def header(self) -> bytes:
        """Two zero bytes, 8 for uint8, the number of axes, then each length as >u4."""
        axes = len(self.shape)
        return struct.pack(f">BBBB{axes}I", 0, 0, 8, axes, *self.shape)

    @property
    def length(self) -> int:
        """Bytes of the unpacked file."""
        return len(self.header) + math.prod(self.shape)


@dataclass(frozen=True)
class IdxSet:
    """An image set in torchvision's layout: FOLDER/raw/ with four idx files."""

    folder: str  # also the name of torchvision's class
    classes: tuple[str, ...]
    files: tuple[IdxFile, ...]  # train images, train labels, test images, test labels

    def split(self, split: str) -> tuple[IdxFile, ...]:
        """Images and labels of "train" or "test"."""
        return self.files[:2] if split == "train" else self.files[2:]


def _as_mnist(
    folder: str,
    classes: tuple[str, ...],
    archives: dict[int, str],
    unpacked: tuple[str | None, ...] = (None,) * 4,
) -> IdxSet:
    """A set with MNIST's names and shapes; `archives` gives length: SHA-256."""
    names_and_shapes: list[tuple[str, tuple[int, ...]]] = [
        ("train-images-idx3-ubyte", (60_000, 28, 28)),
        ("train-labels-idx1-ubyte", (60_000,)),
        ("t10k-images-idx3-ubyte", (10_000, 28, 28)),
        ("t10k-labels-idx1-ubyte", (10_000,)),
    ]
    rows = zip(names_and_shapes, archives.items(), unpacked, strict=True)
    files = (IdxFile(*what, *archive, sha256) for what, archive, sha256 in rows)
    return IdxSet(folder, classes, tuple(files))


DIGITS = tuple("0123456789")

MNIST = _as_mnist(
    "MNIST",
    DIGITS,
    archives={
        9_912_422: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        28_881: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        1_648_877: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        4_542: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    },
    unpacked=(
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
)

FASHION_MNIST = _as_mnist(
    "FashionMNIST",
    (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    archives={
        26_421_880: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        29_515: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        4_422_102: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        5_148: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    },
)

KMNIST = _as_mnist(
    "KMNIST",
    ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    archives={
        18_165_135: "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
        29_497: "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
        3_041_136: "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
        5_120: "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
    },
)

SETS = {"mnist": MNIST, "fashion-mnist": FASHION_MNIST, "kmnist": KMNIST}
NAMES = (*SETS, "digits")
