"""How the processes of one training meet, and how they are started."""

import atexit
import logging
import os
import sys
from datetime import timedelta
from typing import Any
from uuid import uuid4

import torch
import torch.distributed as dist

from aigc_course.errors import CourseError
from aigc_course.training import together

MEETING, WAITING = timedelta(seconds=60), timedelta(minutes=30)
RESTARTS = 3
HERE = "127.0.0.1"


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
        # a life that began again must not find the addresses of the one before
        life = f"life {_number('TORCHELASTIC_RESTART_COUNT', 0)}"
        own = dist.PrefixStore(life, store)
        told: dict[str, Any] = {"store": own, "rank": mine, "world_size": number}
        dist.init_process_group(backend, timeout=WAITING, **told)
        atexit.register(_leave)
    except (RuntimeError, ValueError) as error:  # torch's errors are of these kinds
        raise CourseError(
            f"Process {mine} of {number} did not meet the others at {where}: the port"
            " may be taken, or the address wrong."
        ) from error


def _leave() -> None:
    """End the threads that talk to the others: Python must not end before them."""
    if dist.is_initialized():
        dist.destroy_process_group()


def restarted() -> bool:
    """Whether torchrun has started this process again, after one of them was lost."""
    return _number("TORCHELASTIC_RESTART_COUNT", 0) > 0


def job() -> str:
    """What torchrun calls the training that this process belongs to, or ""."""
    return os.environ.get("TORCHELASTIC_RUN_ID", "")


def check_system() -> None:
    """Raise CourseError on Windows, where torch's processes often do not meet."""
    if sys.platform == "win32":
        raise CourseError("Windows trains in one process: leave out --processes.")


def launch(words: list[str], processes: int) -> int:
    """Run `python WORDS` in so many processes on this machine, as torchrun does.

    Where one is lost, all begin again, RESTARTS times at most. Returns the exit code.
    Raises CourseError where processes were lost once too often.
    """
    from torch.distributed.elastic.multiprocessing import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import elastic_launch

    logging.disable(logging.ERROR)  # torch's reports; what counts is said below
    threads = max(1, (os.cpu_count() or 1) // processes)
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))
    loopback = "lo0" if sys.platform == "darwin" else "lo"
    os.environ.setdefault("GLOO_SOCKET_IFNAME", loopback)
    config = _one_machine(processes)
    try:
        elastic_launch(config, sys.executable)(*words)
    except SignalException as stopped:
        return 128 + int(stopped.sigval)
    except ChildFailedError as failed:
        code = failed.get_first_failure()[1].exitcode
        if code > 0:
            return code
        raise CourseError(
            f"A process was ended by signal {-code}, and {RESTARTS} restarts did not"
            " help: the same command with --resume goes on."
        ) from failed
    finally:
        logging.disable(logging.NOTSET)
    return 0


def _one_machine(processes: int) -> Any:
    """torchrun's settings for so many processes here, with any free port."""
    from torch.distributed.launcher.api import LaunchConfig

    return LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=processes,
        rdzv_backend="c10d",
        rdzv_endpoint=f"{HERE}:0",
        run_id=uuid4().hex,
        max_restarts=RESTARTS,
        local_addr=HERE,
    )


def _number(name: str, usual: int) -> int:
    try:
        return int(os.environ.get(name, usual))
    except ValueError:
        raise CourseError(f"{name} is a whole number, set by torchrun.") from None
