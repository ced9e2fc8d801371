"""How the processes of one training meet, and how they are started."""

import os
from datetime import timedelta

import torch
import torch.distributed as dist

from aigc_course.errors import CourseError
from aigc_course.training import together

MEETING, WAITING = timedelta(seconds=60), timedelta(minutes=30)


def join() -> None:
    """Meet the others, where torchrun has started this process as one of several.

    Raises CourseError for numbers that make no sense, and when nobody is met.
    """
    mine, number = _number("RANK", 0), _number("WORLD_SIZE", 1)
    if number == 1 or together.size() > 1:
        return
    if not 0 <= mine < number or "MASTER_ADDR" not in os.environ:
        raise CourseError(
            f"RANK is {mine} and WORLD_SIZE {number}: start the processes by torchrun,"
            " which numbers them from 0 and says where they meet."
        )
    where = f"{os.environ['MASTER_ADDR']}:{os.environ.get('MASTER_PORT', '29500')}"
    enough = torch.cuda.device_count() >= _number("LOCAL_WORLD_SIZE", number)
    if enough:
        torch.cuda.set_device(_number("LOCAL_RANK", mine))
    backend = "cpu:gloo,cuda:nccl" if enough else "gloo"
    try:
        store = next(iter(dist.rendezvous("env://", timeout=MEETING)))[0]
        told = {"store": store, "rank": mine, "world_size": number}
        dist.init_process_group(backend, timeout=WAITING, **told)
    except (RuntimeError, ValueError) as error:  # torch's errors are of these kinds
        raise CourseError(
            f"Process {mine} of {number} did not meet the others at {where}: the port"
            " may be taken, or the address wrong."
        ) from error


def _number(name: str, usual: int) -> int:
    try:
        return int(os.environ.get(name, usual))
    except ValueError:
        raise CourseError(f"{name} is a whole number, set by torchrun.") from None
