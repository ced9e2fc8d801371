"""What every grading process has in memory from its start. Loaded in no other process.

On Linux one process loads this once, and those that run students' code are forks of it.
It must start no thread, and do no backward pass: both end badly in a fork.
"""

import atexit
import contextlib
import gc
import importlib
import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["MPLBACKEND"] = "Agg"

import torch  # noqa: E402

from aigc_course.checks import registry  # noqa: E402

torch.set_num_threads(1)
for _name in ("data", "gan", "metrics", "plots", "training"):  # what notebooks import
    with contextlib.suppress(Exception):
        importlib.import_module(f"aigc_course.{_name}")
for _number in registry.modules():
    with contextlib.suppress(Exception):  # whoever needs that chapter will hear of it
        registry.exercises(_number)

# the first optimiser loads half of torch, seconds that are no student's
_optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)])
_optimizer.zero_grad()
_optimizer.step()

gc.collect()
gc.freeze()  # so that the forks share this memory
# taking torch down at the end takes a while, and talks on the terminal
atexit.register(os._exit, 0)
