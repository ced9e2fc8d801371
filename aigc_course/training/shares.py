"""Inside a step of several processes: what a learner does as if the batch were whole.

Random numbers are drawn for the whole batch on every process, from one stream, and each
takes its rows. So the random state is the same everywhere and does not depend on the
number of processes. Batch norm takes its statistics over all rows, on CPUs as well.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

import torch
import torch.distributed as dist
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from aigc_course.training import norms

_now: "Share | None" = None


def parts() -> int:
    """How many processes share the batch of the step that is being taken; else 1."""
    return _now.size if _now else 1


def whole(x: Tensor) -> Tensor:
    """Inside a step, the rows of all processes: [n, ...] to [N, ...], with gradients.

    For what looks at a batch as a whole. Elsewhere x itself.
    """
    gathered: Tensor = norms.Whole.apply(x, _now) if _now else x
    return gathered


def part(x: Tensor) -> Tensor:
    """Inside a step, this process's rows of what all have alike: [N, ...] to [n, ...].

    Elsewhere x itself.
    """
    return _now.mine(x, 0) if _now else x


def weight(count: int) -> float:
    """A count divided by its mean over all processes: 1 outside of a step.

    Times it, means over different numbers of rows average to the mean over all rows.
    """
    if not _now:
        return 1.0
    total = torch.tensor(float(count), dtype=torch.float64)
    dist.all_reduce(total)
    return count * _now.size / max(float(total), 1.0)


@contextmanager
def common() -> Iterator[None]:
    """Inside: draws that are no rows of a batch, and stay the same everywhere."""
    global _now
    before, _now = _now, None
    try:
        yield
    finally:
        _now = before


class Share(TorchFunctionMode):
    """Takes the place of torch's random functions and of batch norm.

    n: rows of this process; a draw is taken for one of the batch where its first axis,
    or else its second, is a multiple of n. rank: which of `size` processes this is.
    """

    def __init__(self, n: int, rank: int, size: int) -> None:
        super().__init__()
        self.n, self.rank, self.size = n, rank, size
        self.outer: Share | None = None

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Called by torch in place of each of its functions."""
        instead = _INSTEAD.get(function)
        if instead is None or _now is not self:  # common, or a share within this one
            return function(*args, **(kwargs or {}))
        return instead(self, function, *args, **(kwargs or {}))

    def __enter__(self) -> Self:
        global _now
        self.outer, _now = _now, self
        super().__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        global _now
        _now = self.outer
        super().__exit__(*error)

    def axis(self, shape: Any) -> int | None:
        """The axis of the batch, if there is one."""
        axes = (i for i, k in enumerate(shape[:2]) if k and k % self.n == 0)
        return next(axes, None)

    def mine(self, x: Tensor, axis: int) -> Tensor:
        """This process's part of what was drawn for all; several batches may follow."""
        blocks = x.unflatten(axis, (-1, self.n * self.size))
        rows = blocks.narrow(axis + 1, self.rank * self.n, self.n)
        return rows.flatten(axis, axis + 1)


def _sized(at: Share, function: Any, *args: Any, **kwargs: Any) -> Tensor:
    """rand, randn, randint: the shape is the last argument, or `size`."""
    first = 0 if function is not torch.randint else len(args) - 1
    if "size" in kwargs:
        first, shape = len(args), kwargs.pop("size")
    else:
        shape = args[first] if not isinstance(args[first], int) else args[first:]
    axis = at.axis(shape)
    if axis is None:
        return function(*args[:first], shape, **kwargs)
    more = [k * at.size if i == axis else k for i, k in enumerate(shape)]
    return at.mine(function(*args[:first], more, **kwargs), axis)


def _like(at: Share, function: Any, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """randn_like and so on: row by row, so that other rows' values do not matter."""
    axis = at.axis(x.shape)
    if axis is None:
        return function(x, *args, **kwargs)
    every = torch.cat([x.detach()] * at.size, axis)
    return at.mine(function(every, *args, **kwargs), axis)


def _in_place(at: Share, function: Any, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    return x.copy_(_like(at, function, x, *args, **kwargs))


def _dropout(at: Share, function: Any, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    kwargs.pop("inplace", None)
    return x * _like(at, function, torch.ones_like(x), *args[:2], **kwargs)


_INSTEAD: dict[Any, Callable[..., Tensor]] = {
    **dict.fromkeys((torch.rand, torch.randn, torch.randint), _sized),
    **dict.fromkeys((torch.rand_like, torch.randn_like, torch.randint_like), _like),
    **dict.fromkeys((torch.bernoulli, torch.multinomial), _like),
    torch.Tensor.normal_: _in_place,
    torch.Tensor.uniform_: _in_place,
    torch.Tensor.bernoulli_: _in_place,
    F.dropout: _dropout,
    F.batch_norm: norms.batch_norm,
}
