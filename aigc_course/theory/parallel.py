"""Gradient descent shared by several processes, by hand, and what it costs.

The task is least squares: loss L(w) = mean over rows of (x w - y)^2 / 2. Every process
holds as many rows as the others.
"""

import math
import multiprocessing
from dataclasses import dataclass
from multiprocessing.connection import Connection

import torch
from torch import Tensor

from aigc_course.errors import CourseError

HOW, WHEN = ("mean", "sum"), ("after", "before")


def gradient(w: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """dL/dw = mean over rows of (x w - y) x, [d]; w [d], x [n, d], y [n]."""
    return (x @ w - y) @ x / len(x)


def clipped(g: Tensor, most: float) -> Tensor:
    """g, shortened to the length `most` where it is longer."""
    return g * min(1.0, most / max(float(g.norm()), 1e-30))


def combined(
    gradients: list[Tensor],
    how: str = "mean",
    most: float = math.inf,
    when: str = "after",
) -> Tensor:
    """One gradient made of those of all processes, [d].

    how: "mean", or "sum". most: the largest length. when: whether the combined gradient
    is clipped, or each of them before. Raises CourseError for other words.
    """
    if how not in HOW or when not in WHEN:
        raise CourseError(f"how is one of {HOW}, when one of {WHEN}.")
    if when == "before":
        gradients = [clipped(g, most) for g in gradients]
    total = torch.stack(gradients).sum(0)
    total = total / len(gradients) if how == "mean" else total
    return clipped(total, most) if when == "after" else total


def descend(
    x: Tensor,
    y: Tensor,
    processes: int,
    steps: int,
    lr: float,
    how: str = "mean",
    most: float = math.inf,
    when: str = "after",
) -> Tensor:
    """The weights after each step, [steps, d], from w = 0; processes taken in turn.

    Raises CourseError where the rows cannot be shared evenly.
    """
    if processes < 1 or len(x) % processes:
        raise CourseError(f"{processes} processes cannot share {len(x)} rows evenly.")
    w, path = x.new_zeros(x.shape[1]), []
    shares = list(zip(x.chunk(processes), y.chunk(processes), strict=True))
    for _ in range(steps):
        gradients = [gradient(w, *share) for share in shares]
        w = w - lr * combined(gradients, how, most, when)
        path.append(w)
    return torch.stack(path)


def two_processes(x: Tensor, y: Tensor, steps: int, lr: float) -> tuple[Tensor, Tensor]:
    """The same with two real processes, each with half of the rows: both weights, [d].

    They send each other nothing but gradients.
    """
    if len(x) % 2:
        raise CourseError(f"2 processes cannot share {len(x)} rows evenly.")
    start = multiprocessing.get_context("spawn")
    ours, theirs = start.Pipe()
    back, result = start.Pipe(duplex=False)
    halves = list(zip(x.chunk(2), y.chunk(2), strict=True))
    told = [[part.tolist() for part in half] for half in halves]
    other = start.Process(target=_other, args=(theirs, result, *told[1], steps, lr))
    other.start()
    mine = _alone(ours, *halves[0], steps, lr)
    found = torch.tensor(back.recv(), dtype=x.dtype)
    other.join()
    return mine, found


def _other(
    line: Connection, result: Connection, x: list, y: list, steps: int, lr: float
) -> None:
    w = _alone(line, _double(x), _double(y), steps, lr)
    result.send(w.tolist())


def _double(values: list) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def _alone(line: Connection, x: Tensor, y: Tensor, steps: int, lr: float) -> Tensor:
    """What each of the two does."""
    w = x.new_zeros(x.shape[1])
    for _ in range(steps):
        g = gradient(w, x, y)
        line.send(g.tolist())
        g = (g + torch.tensor(line.recv(), dtype=x.dtype)) / 2
        w = w - lr * g
    return w


@dataclass(frozen=True)
class Network:
    """What connects the processes: seconds a message, and bytes a second."""

    latency: float
    bandwidth: float


def exchange_seconds(processes: int, size: float, network: Network) -> float:
    """A ring's all-reduce of `size` bytes (Patarasuk & Yuan 2009, section 3).

    2 (P - 1) messages of size / P bytes, one after the other:
    t = 2 (P - 1) (latency + size / (P bandwidth))
    """
    P = processes
    return 2 * (P - 1) * (network.latency + size / (P * network.bandwidth))


def efficiency(
    processes: int, compute: float, size: float, network: Network, fixed_batch: bool
) -> float:
    """Speed-up divided by the number of processes, where nothing overlaps.

    compute: seconds in which one process computes the gradient of its batch. size: of
    the gradients, bytes. fixed_batch: the batch is shared, so that each computes a P-th
    of the time; else each has a batch of its own of that size.
    """
    share = compute / processes if fixed_batch else compute
    return share / (share + exchange_seconds(processes, size, network))
