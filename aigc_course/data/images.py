"""Image sets in memory: `load` one by name, or take the `default`, MNIST."""

from dataclasses import dataclass
from difflib import get_close_matches

from torch import Tensor

from aigc_course.data import digits, sources
from aigc_course.data.catalogue import DIGITS, NAMES, SETS, SPLITS
from aigc_course.errors import CourseError


@dataclass(frozen=True, eq=False, repr=False)
class ImageSet:
    """A split of an image set, whole in memory.

    images: uint8 [N, 1, 28, 28], 0 is background and 255 full ink; labels: int64 [N],
    positions in `classes`; source: where it was found, in words.
    """

    name: str
    split: str
    images: Tensor
    labels: Tensor
    classes: tuple[str, ...]
    source: str

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        return f"<{self.name}, {self.split}: {len(self):,} images, {self.source}>"


def load(name: str, split: str = "train") -> ImageSet:
    """The image set called `name` (one of NAMES), split "train" or "test".

    mnist, fashion-mnist and kmnist have 60,000 and 10,000 images. mnist comes with the
    course; the other two are looked for in $AIGC_DATA, in the user cache and on
    torchvision's mirrors, in this order, and checked before use. digits (1,500 and 297)
    comes with scikit-learn. Loading again in the same process takes the same tensors
    from memory.

    Raises CourseError for an unknown name or split, for a file that is missing or not
    as published, and when the set is nowhere to be had.

    >>> load("digits", "test").images.shape
    torch.Size([297, 1, 28, 28])
    """
    _check(name, split)
    if name == "digits":
        images, labels = digits.read(split)
        source = "bundled with scikit-learn, enlarged from 8×8"
        return ImageSet(name, split, images[:, None], labels, DIGITS, source)
    found = sources.read(name, split)
    classes = SETS[name].classes
    return ImageSet(
        name, split, found.images[:, None], found.labels, classes, found.source
    )


def default(split: str = "train") -> ImageSet:
    """MNIST, which comes with the course; prints one line that says so.

    Raises CourseError for an unknown split and for a damaged file.
    """
    images = load("mnist", split)
    print(f"Data: {images.name}, {len(images):,} {split} images")
    return images


def _check(name: str, split: str) -> None:
    if name not in NAMES:
        near = get_close_matches(str(name), NAMES, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise CourseError(
            f"There is no image set {name!r}; there are {', '.join(NAMES)}.{hint}"
        )
    if split not in SPLITS:
        raise CourseError(f"There is no split {split!r}; there are train and test.")
