"""Two-dimensional toy sets: distributions known exactly, and seen at a glance.

ring and grid are the mixtures on which mode collapse is counted (Lin et al. 2018,
PacGAN, section 4.1, after Srivastava et al. 2017, VEEGAN); spiral and moons have no
separate modes.
"""

import math
from difflib import get_close_matches
from numbers import Integral

import numpy as np
import torch
from torch import Tensor

from aigc_course.data.batches import permutation
from aigc_course.errors import CourseError

TOYS = ("ring", "grid", "spiral", "moons")
EPOCH = 100_000  # points: PacGAN's training set; a toy drawn anew has no end of its own

_STDS = {"ring": 0.01, "grid": 0.05, "spiral": 0.02, "moons": 0.05}


def toy(name: str, n: int, seed: int = 0) -> Tensor:
    """n points of a toy set, float32 [n, 2] on the CPU, the same for the same seed.

    ring: 8 normal modes on the unit circle, standard deviation 0.01. grid: 25 modes at
    {-4, -2, 0, 2, 4}^2, standard deviation 0.05; modes have equal weights. spiral: one
    arm of one and a half turns out to radius 1, noise 0.02. moons: two interlocking
    half circles of radius 1 around the origin, noise 0.05.

    Raises CourseError for an unknown name, n below 1 or a negative seed.

    >>> toy("ring", 5).shape
    torch.Size([5, 2])
    """
    _known(name)
    if not isinstance(n, Integral) or n < 1:
        raise CourseError(f"The number of points is a whole number from 1, not {n}.")
    if not isinstance(seed, Integral) or seed < 0:
        raise CourseError(f"A seed is a whole number from 0 up; this one is {seed}.")
    return _draw(name, int(n), torch.Generator().manual_seed(int(seed)))


def toy_modes(name: str) -> Tensor | None:
    """Centres of the modes, float32 [k, 2]; None for spiral and moons.

    k is 8 for the ring and 25 for the grid. Raises CourseError for an unknown name.
    """
    _known(name)
    if name == "ring":
        angles = torch.arange(8) * (2 * math.pi / 8)
        return torch.stack([angles.cos(), angles.sin()], dim=1)
    if name == "grid":
        line = torch.linspace(-4, 4, 5)
        return torch.cartesian_prod(line, line)
    return None


def toy_std(name: str) -> float:
    """Standard deviation of the noise in each direction; CourseError if unknown."""
    return _STDS[_known(name)]


class ToyBatches:
    """Endless minibatches of points, float32 [B, d] on `device`, for `training.fit`.

    source: the name of a toy set, of which each step draws new points, or a tensor of
    points [N, d], through which every epoch passes in a new order (an incomplete last
    batch is dropped). Batches are made from (seed, step) alone, so they are the same on
    every device. An epoch of a named set stands for 100,000 points.

    Raises CourseError for an unknown name, points of another shape, a batch size that
    does not fit, and a negative seed.

    >>> steps = ToyBatches("ring", 256)
    >>> next(steps).shape, steps.per_epoch
    (torch.Size([256, 2]), 390)
    """

    def __init__(
        self,
        source: str | Tensor,
        batch_size: int = 256,
        seed: int = 0,
        device: str | torch.device = "cpu",
    ) -> None:
        self._name = _known(source) if isinstance(source, str) else None
        self._points = None if isinstance(source, str) else _points(source, device)
        self._size = EPOCH if self._points is None else len(self._points)
        _check(batch_size, self._size, seed)
        self.batch_size, self.seed, self.device = batch_size, seed, device
        self.per_epoch = self._size // batch_size  # steps
        self.steps = 0  # batches given so far
        self._order: tuple[tuple[int, int], Tensor] | None = None

    @property
    def epoch(self) -> int:
        """Epochs completed so far."""
        return self.steps // self.per_epoch

    def __iter__(self) -> "ToyBatches":
        return self

    def __next__(self) -> Tensor:
        batch = self._fresh() if self._points is None else self._shuffled()
        self.steps += 1
        return batch

    def state_dict(self) -> dict[str, int]:
        """The position: numbers only, so that it fits any checkpoint."""
        return {
            "seed": self.seed,
            "steps": self.steps,
            "batch_size": self.batch_size,
            "points": self._size,
        }

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Continue with the batch that followed when `state` was taken.

        Raises CourseError when it was taken with another batch size or point count.
        """
        mine = self.state_dict()
        for key, what in (("batch_size", "batches of"), ("points", "a set of")):
            if state.get(key) != mine[key]:
                raise CourseError(
                    f"The saved position belongs to {what} {state.get(key)} points;"
                    f" here it is {mine[key]}."
                )
        self.seed, self.steps = int(state["seed"]), int(state["steps"])

    def _fresh(self) -> Tensor:
        assert self._name is not None
        # SeedSequence mixes the pair: neighbouring seeds and steps share no points
        mixed = np.random.SeedSequence([self.seed, self.steps])
        seed = int(mixed.generate_state(1, np.uint64)[0])
        seeded = torch.Generator().manual_seed(seed)
        return _draw(self._name, self.batch_size, seeded).to(self.device)

    def _shuffled(self) -> Tensor:
        assert self._points is not None
        epoch, step = divmod(self.steps, self.per_epoch)
        key = (self.seed, epoch)
        if self._order is None or self._order[0] != key:
            self._order = key, permutation(self._size, *key).to(self.device)
        rows = self._order[1][step * self.batch_size : (step + 1) * self.batch_size]
        return self._points.index_select(0, rows)


def _draw(name: str, n: int, generator: torch.Generator) -> Tensor:
    centres = toy_modes(name)
    if centres is not None:
        clean = centres[torch.randint(len(centres), (n,), generator=generator)]
    else:
        where = torch.rand(n, 2, generator=generator)
        clean = _spiral(where[:, 0]) if name == "spiral" else _moons(*where.T)
    return clean + _STDS[name] * torch.randn(n, 2, generator=generator)


def _spiral(u: Tensor) -> Tensor:
    radius = u.sqrt()  # even along the arm, whose length grows as radius^2
    angle = 3 * math.pi * radius
    return radius[:, None] * torch.stack([angle.cos(), angle.sin()], dim=1)


def _moons(u: Tensor, which: Tensor) -> Tensor:
    angle = math.pi * u
    upper = torch.stack([angle.cos() - 0.5, angle.sin() - 0.25], dim=1)
    # the lower moon is the upper one turned by half a turn about the origin
    return torch.where(which[:, None] < 0.5, upper, -upper)


def _known(name: str) -> str:
    if name not in TOYS:
        near = get_close_matches(str(name), TOYS, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise CourseError(
            f"There is no toy set {name!r}; there are {', '.join(TOYS)}.{hint}"
        )
    return name


def _points(points: Tensor, device: str | torch.device) -> Tensor:
    if not points.is_floating_point() or points.ndim != 2:
        raise CourseError(
            f"Points are floats of shape [N, d]; these are {points.dtype} of shape"
            f" {list(points.shape)}."
        )
    return points.to(device, torch.float32)


def _check(batch_size: int, size: int, seed: int) -> None:
    if not isinstance(batch_size, Integral) or not 1 <= batch_size <= size:
        raise CourseError(
            f"A batch size of {batch_size} does not fit {size:,} points; it is a whole"
            f" number from 1 to {size}."
        )
    if not isinstance(seed, Integral) or seed < 0:
        raise CourseError(f"A seed is a whole number from 0 up; this one is {seed}.")
