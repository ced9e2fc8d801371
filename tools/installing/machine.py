"""What this computer is, and which build of torch suits it."""

import os
import platform
import shutil
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from installing.errors import Failed

PYPI = "pip"  # torch as PyPI has it; the word that AIGC_TORCH takes


@dataclass(frozen=True)
class Machine:
    """What decides which wheels fit. libc: name and version, or empty."""

    system: str
    processor: str
    bits: int
    macos: str = ""
    libc: tuple[str, str] = ("", "")
    nvidia: bool = False


def here() -> Machine:
    """The machine that this Python runs on."""
    is_musl = "musl" in str(sysconfig.get_config_var("SOABI"))
    return Machine(
        system=platform.system(),
        # on Windows the processor that Python was built for decides, not the real one
        processor=sysconfig.get_platform().rsplit("-", 1)[-1]
        if os.name == "nt"
        else platform.machine(),
        bits=64 if sys.maxsize > 2**32 else 32,
        macos=platform.mac_ver()[0],
        libc=("musl", "") if is_musl else platform.libc_ver(),
        nvidia=bool(shutil.which("nvidia-smi"))
        or Path("/proc/driver/nvidia/version").exists(),
    )


def refusal(machine: Machine) -> str | None:
    """Why torch cannot be installed on a machine, in a sentence; None where it can."""
    processor = machine.processor.lower()
    if machine.bits != 64:
        return "This Python has 32 bits, and torch needs one of 64 bits: install that."
    if machine.system == "Darwin":
        if processor != "arm64":
            return (
                "PyTorch no longer supports Macs with Intel processors: use the course"
                " on Colab or, if this Mac has an Apple chip, install Python for arm64."
            )
        if machine.macos and int(machine.macos.split(".")[0]) < 14:
            return f"torch needs macOS 14, and this is {machine.macos}: update macOS."
    elif machine.system == "Windows":
        if processor != "amd64":
            return (
                "There is no torch for Windows on ARM: install Python for x86-64, which"
                " runs there, or use the course in Linux under WSL."
            )
    elif machine.system == "Linux":
        name, version = machine.libc
        if processor not in ("x86_64", "amd64", "aarch64", "arm64"):
            return f"There is no torch for processors of the kind {machine.processor}."
        if name == "musl":
            return (
                "There is no torch for Linux with musl, as in Alpine: use a"
                " distribution with glibc."
            )
        if name == "glibc" and _numbers(version) < (2, 28):
            return f"torch needs glibc 2.28, and this is {version}: update the system."
    else:
        return f"There is no torch for {machine.system}: use Linux, macOS or Windows."
    return None


def backend(machine: Machine, wish: str = "") -> str:
    """Which torch to install: a backend of uv's, an index's address, or PYPI.

    wish: what AIGC_TORCH says. PyPI's torch is the small one on macOS and Windows; on
    Linux it is the CUDA build. Raises Failed for an unknown wish.
    """
    if wish:
        known = wish in (PYPI, "cpu", "auto", "xpu") or wish.startswith(("cu", "rocm"))
        if known or "://" in wish:
            return wish
        raise Failed(
            f"AIGC_TORCH is {wish!r}; it can be cpu, auto, pip (what PyPI has), a"
            " backend of uv's such as cu130, or the address of an index that has torch."
        )
    if machine.nvidia and machine.system in ("Linux", "Windows"):
        return "auto"
    return "cpu" if machine.system == "Linux" else PYPI


def sizes(machine: Machine, torch: str) -> tuple[float, float]:
    """About how much is downloaded and how much disk is needed on the way, in GB."""
    cuda = machine.system == "Linux" and torch == PYPI or torch == "auto"
    return (3.2, 9.0) if cuda else (0.4, 2.0)


def room(root: Path, needed: float) -> None:
    """Raises Failed where fewer than `needed` GB of disk are free."""
    free = shutil.disk_usage(root).free / 1e9
    if free < needed:
        raise Failed(
            f"The installation needs {needed:.0f} GB of disk, and {free:.1f} GB are"
            f" free in {root}: make room, or move the course to another disk."
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
