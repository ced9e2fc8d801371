"""One training on several processes: each learns from its share of every batch.

torchrun starts the processes and says which is which (RANK, WORLD_SIZE). All of them
take the same steps, because gradients are averaged, and rank 0 alone writes. What is
learnt does not depend on the number of processes, up to rounding, which
`benchmarks/together.py` tells from error by one process that sums in another order.
Without torchrun the functions here change nothing.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.distributed as dist
from torch import nn

from aigc_course.errors import CourseError
from aigc_course.training import shares
from aigc_course.training.checkpoint import digest


def size() -> int:
    """How many processes train together: 1 before they have met."""
    return dist.get_world_size() if _met() else 1


def rank() -> int:
    """The number of this process, from 0."""
    return dist.get_rank() if _met() else 0


@contextmanager
def step(batch: Any) -> Iterator[Any]:
    """This process's share of a batch; inside, the rest is as if all of it were here.

    batch: a tensor or a pair of them, the same on all. Raises CourseError where it
    cannot be shared evenly.
    """
    if size() == 1:
        yield batch
        return
    parts = batch if isinstance(batch, tuple | list) else (batch,)
    n, rest = divmod(len(parts[0]), size())
    if rest or not n:
        raise CourseError(
            f"{size()} processes cannot share a batch of {len(parts[0])} evenly: choose"
            " another number of processes."
        )
    mine = tuple(part[rank() * n : (rank() + 1) * n] for part in parts)
    with shares.Share(n, rank(), size()):
        yield mine if isinstance(batch, tuple | list) else mine[0]


def average(weights: Iterable[nn.Parameter]) -> None:
    """Inside a step, make every gradient the mean of all processes'."""
    if shares.parts() == 1:
        return
    slopes = [w.grad for w in weights if w.grad is not None]
    flat = torch.cat([slope.flatten() for slope in slopes])  # one message for all
    dist.all_reduce(flat)
    pieces = flat.div_(size()).split([slope.numel() for slope in slopes])
    views = [p.view_as(slope) for p, slope in zip(pieces, slopes, strict=True)]
    torch._foreach_copy_(slopes, views)


def mean(row: dict[str, float]) -> dict[str, float]:
    """The mean of all processes' values."""
    if size() == 1:
        return row
    told = _told([value / size() for value in row.values()], dist.ReduceOp.SUM)
    return dict(zip(row, told, strict=True))


def agree(seconds: float, asked: bool) -> tuple[float, bool]:
    """Rank 0's clock, and whether anybody was asked to stop."""
    if size() == 1:
        return seconds, asked
    mine = [seconds if rank() == 0 else 0.0, float(asked)]
    seconds, asked_any = _told(mine, dist.ReduceOp.MAX)
    return seconds, bool(asked_any)


def check_same(state: Any, sentence: str) -> None:
    """Raise CourseError with this sentence unless all processes hold the same state."""
    if size() == 1:
        return
    bits = float(int.from_bytes(digest(state)[:6], "big"))
    high, low = _told([bits, -bits], dist.ReduceOp.MAX)
    if high != -low:
        raise CourseError(sentence)


def _told(values: list[float], how: Any) -> list[float]:
    told = torch.tensor(values, dtype=torch.float64)
    dist.all_reduce(told, how)
    return told.tolist()


def _met() -> bool:
    return dist.is_available() and dist.is_initialized()
