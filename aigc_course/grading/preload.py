"""What every grading process has in memory from its start.

On Linux one process loads this once, and those that run students' code are forks of it.
It must start no thread, and do no backward pass: both end badly in a fork.
"""

import atexit
import contextlib
import gc
import importlib
import os
import sys
from functools import cache

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


CHAPTERS = "AIGC_GRADED_CHAPTERS"  # those that are graded, "05,08"; all by default


@cache
def load() -> None:
    """Load torch, the course and the checks; for a process that only grades."""
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    os.environ.update({"CUDA_VISIBLE_DEVICES": "", "MPLBACKEND": "Agg"})
    import torch

    torch.set_num_threads(1)
    for name in ("data", "gan", "metrics", "plots", "training"):  # notebooks import it
        with contextlib.suppress(Exception):
            importlib.import_module(f"aigc_course.{name}")
    _load_checks()
    for name in ("sitting", "bench", "stand_in"):
        importlib.import_module(f"aigc_course.grading.{name}")
    importlib.import_module("IPython.core.inputtransformer2")
    # the first optimiser loads half of torch, seconds that are no student's
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)])
    optimizer.zero_grad()
    optimizer.step()
    gc.collect()
    gc.freeze()  # so that the forks share this memory
    # taking torch down at the end takes a while, and talks on the terminal
    atexit.register(os._exit, 0)


def _load_checks() -> None:
    from aigc_course.checks import registry

    asked = os.environ.get(CHAPTERS)
    for number in asked.split(",") if asked else registry.modules():
        with contextlib.suppress(Exception):  # who needs that chapter will hear of it
            registry.exercises(number)


# The process that forks is told to import this module, not to call anything. Anywhere
# else, where a tool imports every module, importing does nothing.
if any("multiprocessing.forkserver" in word for word in sys.orig_argv):
    load()
