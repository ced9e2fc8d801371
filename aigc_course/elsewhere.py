"""Work in other processes, on this machine or on a cluster.

All of it goes through `concurrent.futures.Executor`: threads here, Dask's workers where
a scheduler is named, Slurm's nodes by executorlib. What a worker is given is a line of
text, and what it gives back is one: it runs the line in a process of its own (`apart`).
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aigc_course.errors import CourseError

PAUSE = 0.05  # seconds between two looks at a process
REACH = 10  # seconds in which a scheduler answers
TRIES = 3  # of a line whose worker is lost
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
NEEDED = {
    "distributed": "pip install 'aigc-course[cluster]'",
    "executorlib": "pip install executorlib",
}

_here = threading.local()  # `stop` in the threads of a local executor


@contextmanager
def workers(on: str | None, jobs: int | None = None) -> Iterator[Executor]:
    """Who does the work: an executor whose workers can call `apart`.

    on: None for threads of this machine; the address of a Dask scheduler, such as
    "tcp://127.0.0.1:8786"; "slurm". jobs: how many at once, here; None takes the cores.
    When the block ends by an error, what runs here is ended.
    Raises CourseError where there is nobody to work.
    """
    stop = threading.Event()
    if on is None:
        told = (_here, "stop", stop)
        pool: Executor = ThreadPoolExecutor(
            jobs or os.cpu_count() or 1, initializer=setattr, initargs=told
        )
    elif on == "slurm":
        pool = _need("executorlib").SlurmClusterExecutor()
    else:
        pool = _dask(on)
    try:
        yield pool
    except BaseException:
        stop.set()
        raise
    finally:
        pool.shutdown(wait=on is None)
        if client := getattr(pool, "_client", None):  # Dask's
            client.close()


@contextmanager
def ended(futures: dict[Future[str], Any]) -> Iterator[Iterator[tuple[Any, str]]]:
    """What each future stands for and what it gave, as soon as it is there.

    What has not ended when the block does is given up. Raises CourseError for a future
    whose worker was lost too often.
    """
    try:
        yield _ended(futures)
    finally:
        for future in futures:
            future.cancel()


def _ended(futures: dict[Future[str], Any]) -> Iterator[tuple[Any, str]]:
    left = set(futures)
    while left:
        done, left = wait(left, timeout=0)
        for future in done:
            try:
                yield futures[future], future.result()
            except CourseError:
                raise
            except Exception as error:  # whatever the cluster's own software raises
                raise CourseError(
                    f"A worker was lost: {type(error).__name__}: {str(error)[:200]}"
                    " The same command goes on."
                ) from error
        time.sleep(PAUSE)


def apart(code: str, line: str) -> str:
    """Run Python code in a fresh process: JSON with `told`, `reason` and `seconds`.

    The process finds the line on its standard input, which stays open: its end tells
    the process to end. It writes what it has to tell to the file that is its first
    argument. reason: how it ended, where it told nothing. One thread.
    """
    began, wanted = time.perf_counter(), _wanted()
    with (
        tempfile.TemporaryDirectory(prefix="aigc-") as folder,
        tempfile.TemporaryFile("w+", errors="replace") as errors,
    ):
        file = Path(folder) / "told"
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            text=True,
            env={**os.environ, **dict.fromkeys(THREADS, "1")},
            start_new_session=True,  # Ctrl-C is for the process that started it
        )
        assert process.stdin is not None
        with contextlib.suppress(OSError):  # it may be gone already
            process.stdin.write(line + "\n")
            process.stdin.flush()
        try:
            while process.poll() is None and wanted():
                time.sleep(PAUSE)
        finally:
            process.kill()
            process.wait()
            with contextlib.suppress(OSError):
                process.stdin.close()
        told = file.read_text(encoding="utf-8") if file.exists() else ""
        reason = "" if told else _reason(process.returncode, errors)
    seconds = round(time.perf_counter() - began, 2)
    return json.dumps({"told": told, "reason": reason, "seconds": seconds})


def _wanted() -> Callable[[], bool]:
    """Whether the answer of this thread's task is still asked for."""
    stop = getattr(_here, "stop", None)
    if stop is not None:
        return lambda: not stop.is_set()
    with contextlib.suppress(ImportError, ValueError):  # ValueError: no Dask worker
        from distributed import get_worker

        worker = get_worker()
        task = worker.state.tasks.get(worker.get_current_task())
        return lambda: task is None or task.state in ("executing", "long-running")
    return lambda: True


def _reason(code: int, errors: Any) -> str:
    errors.seek(0)
    said = [line.strip() for line in errors if line.strip()]
    end = f"signal {-code}" if code < 0 else f"exit code {code}"
    return f"The process ended with {end}. {said[-1] if said else ''}".strip()[:300]


def _dask(address: str) -> Executor:
    if "://" not in address:
        raise CourseError(
            f"--on takes a scheduler's address such as tcp://HOST:8786, or slurm; not"
            f" {address!r}."
        )
    distributed = _need("distributed")
    try:
        client = distributed.Client(address, timeout=REACH, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise CourseError(
            f"There is no scheduler at {address}: start one by `dask scheduler`."
        ) from error
    if not client.scheduler_info(n_workers=-1)["workers"]:
        client.close()
        raise CourseError(
            f"The scheduler at {address} has no workers: start one on each machine by"
            f" `dask worker {address}`."
        )
    pool: Executor = client.get_executor(pure=False, retries=TRIES)
    return pool


def _need(name: str) -> Any:
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError as error:
        raise CourseError(f"--on needs {name}: {NEEDED[name]}.") from error
