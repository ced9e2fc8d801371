"""Few labels: turned and shifted copies, or generated digits, beside the real ones."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from aigc_course import data, training
from aigc_course.apps.reader import DigitClassifier
from aigc_course.data import Batches, ImageSet
from aigc_course.errors import CourseError

TURN, SLANT, SCALE, SHIFT = 0.2, 0.2, 0.12, 0.16  # half ranges; see `augment`


def augment(images: Tensor) -> Tensor:
    """Turn, slant, scale and shift each image a little, as handwriting differs.

    By up to 0.2 radians, 0.2 of its height, 12 % and 2.2 pixels, from the global random
    generator (Simard et al. 2003, section 2, without their elastic waves).
    images: float [N, 1, 28, 28] in [-1, 1], and so is what comes back.
    """
    n = len(images)
    angle, slant, scale = _uniform(n, TURN), _uniform(n, SLANT), 1 + _uniform(n, SCALE)
    matrix = torch.zeros(n, 2, 3)
    matrix[:, 0, 0] = scale * angle.cos()
    matrix[:, 0, 1] = slant - scale * angle.sin()
    matrix[:, 1, 0] = scale * angle.sin()
    matrix[:, 1, 1] = scale * angle.cos()
    matrix[:, :, 2] = _uniform((n, 2), SHIFT)  # in half widths
    grid = affine_grid(matrix.to(images), list(images.shape), align_corners=False)
    # outside the image grid_sample reads 0: shift so that 0 means black, and back
    return grid_sample(images + 1, grid, align_corners=False) - 1


def few(images: ImageSet, n: int, seed: int = 0) -> ImageSet:
    """n labelled images, the classes in equal shares as far as n allows.

    Raises CourseError where a class has not so many.
    """
    k = len(images.classes)
    chance = torch.Generator().manual_seed(seed)
    rows = []
    for c in range(k):
        wanted = n // k + (c < n % k)
        there = (images.labels == c).nonzero()[:, 0]
        if n < k or wanted > len(there):
            raise CourseError(
                f"{n} images of {k} classes: from {k}, and at most {len(there)} of"
                f" {images.classes[c]}."
            )
        rows.append(there[torch.randperm(len(there), generator=chance)[:wanted]])
    chosen = torch.cat(rows)
    return replace(images, images=images.images[chosen], labels=images.labels[chosen])


def learn(
    real: ImageSet,
    extra: tuple[Tensor, Tensor] | None = None,
    *,
    change: Callable[[Tensor], Tensor] | None = None,
    share: float = 0.5,
    steps: int = 300,
    batch_size: int = 64,
    seed: int = 0,
    **settings: Any,
) -> DigitClassifier:
    """A classifier trained on real images, with generated ones beside them.

    extra: images [M, 1, 28, 28] in [-1, 1] and labels int [M]; a share `share` of each
    batch comes from them. change: `augment`, for classical augmentation; of real and
    extra alike. steps are the same whatever is added, so that what is compared is the
    data and not the effort. settings: those of `DigitClassifier`. Seeds torch's global
    generator. Raises CourseError for a share outside (0, 1) and what does not fit.
    """
    if not 0 < share < 1:
        raise CourseError(f"The share of extra images lies between 0 and 1: {share}.")
    training.seed_everything(seed)
    reader = DigitClassifier(change=change, **settings)
    more = round(share * batch_size) if extra else 0
    batches: Any = _Repeated(real, batch_size - more, seed)
    if extra:
        marked = replace(real, images=data.to_uint8(extra[0]), labels=extra[1])
        batches = _Mixed(batches, _Repeated(marked, more, seed + 1))
    training.fit(reader, batches, training.Budget(steps=steps), progress=False)
    return reader


class _Repeated(Batches):
    """Labelled batches of a set that may be smaller than a batch: it is repeated."""

    def __init__(self, images: ImageSet, batch_size: int, seed: int) -> None:
        times = -(-batch_size // len(images))
        pixels = images.images.repeat(times, 1, 1, 1)
        super().__init__(pixels, images.labels.repeat(times), batch_size, seed)


class _Mixed:
    """Two labelled batches in one; what `training.fit` asks of batches."""

    def __init__(self, one: Batches, two: Batches) -> None:
        self.one, self.two = one, two
        self.batch_size = one.batch_size + two.batch_size
        self.per_epoch = one.per_epoch

    def __next__(self) -> tuple[Tensor, Tensor]:
        (x, y), (more, marks) = next(self.one), next(self.two)
        return torch.cat([x, more]), torch.cat([y, marks])

    def state_dict(self) -> dict[str, Any]:
        return {"one": self.one.state_dict(), "two": self.two.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.one.load_state_dict(state["one"])
        self.two.load_state_dict(state["two"])


def _uniform(shape: Any, half_range: float) -> Tensor:
    return half_range * (2 * torch.rand(shape) - 1)
