"""Where tensors live: CUDA, Apple's MPS or the CPU."""

import ctypes
import sys
from collections.abc import Callable, Mapping
from typing import Any

import torch

from aigc_course.errors import CourseError

CHOICES = ("auto", "cpu", "cuda", "mps")


def get_device(name: str = "auto") -> torch.device:
    """The device called `name`; "auto" takes a GPU when there is one.

    Raises CourseError for an unknown name or a device this machine lacks.
    """
    if name not in CHOICES:
        raise CourseError(
            f"There is no device {name!r}; choose from {', '.join(CHOICES)}."
        )
    if name == "auto":
        name = next(filter(is_here, ("cuda", "mps", "cpu")))
    if not is_here(name):
        raise CourseError(
            f"This machine has no {name} device that torch can use; try --device auto."
        )
    return torch.device(name)


def is_here(name: str) -> bool:
    """Whether this machine has the device called `name`; "auto" and "cpu" always are.

    >>> is_here("cpu")
    True
    """
    if name == "cuda":
        return torch.cuda.is_available()
    return name != "mps" or torch.backends.mps.is_available()


def prepare(device: torch.device) -> None:
    """Set what makes float32 training fast on `device` and costs no quality.

    CPU: numbers below 1e-38 become zero (they slow convolutions up to 40 times), and
    freed memory is kept for the next step.
    CUDA: matrix products may use TF32, which keeps float32's range.
    """
    if device.type == "cpu":
        torch.set_flush_denormal(True)
        _keep_freed_memory()
    if device.type == "cuda":
        torch.set_float32_matmul_precision("high")


def bf16_pays(device: torch.device) -> bool:
    """Whether `device` multiplies bfloat16 numbers faster than float32.

    So do CUDA devices since Ampere, and processors with AVX512-BF16 or AMX.
    """
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type != "cpu":
        return False
    ask: Callable[[], Mapping[str, Any]] = getattr(torch.cpu, "get_capabilities", dict)
    able = ask()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def _keep_freed_memory() -> None:
    """Tell glibc not to hand large blocks back to the system between steps.

    By default every tensor above 128 kB is mapped afresh, and the kernel clears its
    pages each time: a tenth of a small network's step on a CPU.
    """
    if sys.platform != "linux":
        return
    trim_threshold, mmap_threshold = -1, -3  # from malloc.h
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    if mallopt:
        mallopt(mmap_threshold, 32 * 2**20)
        mallopt(trim_threshold, 2**30)
