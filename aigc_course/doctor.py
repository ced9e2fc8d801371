"""`aigc doctor`: is this machine ready, and if not, what to do."""

import importlib
import json
import os
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version

from aigc_course import shadows

PACKAGES = ("numpy", "matplotlib", "scikit-learn", "safetensors", "jupyterlab")
MARKS = {"ok": "ok  ", "note": "note", "problem": "FAIL"}
OLDEST, TOO_NEW = (3, 11), (3, 15)
# CVE-2023-6597 of tempfile is mended from this release on
DELETES_SAFELY = {(3, 11): 8, (3, 12): 2}
NEEDED_MEMORY, NEEDED_DISK = 2.0, 1.0  # GiB; chapters need at most 1.7


@dataclass(frozen=True)
class Finding:
    """One fact about the machine. status: "ok", "note" or "problem"."""

    name: str
    status: str
    detail: str
    advice: str = ""


def examine() -> list[Finding]:
    """All findings. Never raises: what cannot be found out is itself a finding."""
    checks: tuple[Callable[[], Finding], ...] = (
        _python,
        _own_files,
        _torch,
        _torchvision,
        _packages,
        _device,
        _memory,
        _disk,
        _data,
        _offline_data,
    )
    return [_guarded(check) for check in checks]


def as_text(findings: list[Finding]) -> str:
    """Findings as lines for a person, advice beneath, a verdict last."""
    lines = []
    for finding in findings:
        lines.append(f"{MARKS[finding.status]}  {finding.name:<12} {finding.detail}")
        if finding.advice:
            lines.append(f"{'':<18} -> {finding.advice}")
    bad = sum(finding.status == "problem" for finding in findings)
    verdict = f"{bad} problem(s): see the arrows." if bad else "Ready."
    return "\n".join([*lines, verdict])


def as_json(findings: list[Finding]) -> str:
    """Findings as JSON."""
    return json.dumps([asdict(finding) for finding in findings], indent=2)


def _guarded(check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except Exception as error:  # a doctor that faints helps nobody
        name = check.__name__.strip("_")
        return Finding(name, "problem", f"{type(error).__name__}: {error}")


def _python() -> Finding:
    detail = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if not OLDEST <= sys.version_info[:2] < TOO_NEW:
        advice = "Use Python 3.11 to 3.14, for which the course's packages are built."
        return Finding("python", "problem", detail, advice)
    if sys.version_info[2] < DELETES_SAFELY.get(sys.version_info[:2], 0):
        advice = "Update it before you grade: it follows links when it deletes folders."
        return Finding("python", "note", detail, advice)
    return Finding("python", "ok", detail)


def _own_files() -> Finding:
    """Files of one's own that hide packages break them in ways that name neither."""
    hidden = shadows.sentence()
    if hidden:
        return Finding("own files", "problem", "a package is hidden", hidden)
    return Finding("own files", "ok", "none hides a package")


def _torch() -> Finding:
    try:
        import torch

        return Finding("torch", "ok", torch.__version__)
    except (ImportError, AttributeError) as error:
        # a file of one's own under that name is no torch, and no reason to install one
        advice = shadows.sentence() or "pip install torch torchvision"
        return Finding("torch", "problem", str(error), advice)


def _torchvision() -> Finding:
    """torch and torchvision must come from one build; a mixed pair does not import."""
    found = _versions(("torch", "torchvision"))
    try:
        importlib.import_module("torchvision")
    except (ImportError, RuntimeError, OSError, AttributeError) as error:
        advice = shadows.sentence() or (
            "torch and torchvision are not of one build: pip install"
            " --force-reinstall torch torchvision (both from the same index)."
        )
        return Finding("torchvision", "problem", f"{found}; {error}", advice)
    return Finding("torchvision", "ok", version("torchvision"))


def _packages() -> Finding:
    missing = [name for name in PACKAGES if _version(name) is None]
    if missing:
        advice = f"pip install {' '.join(missing)}"
        return Finding("packages", "problem", f"missing: {', '.join(missing)}", advice)
    return Finding("packages", "ok", _versions(PACKAGES))


def _device() -> Finding:
    import torch

    from aigc_course.training import get_device

    device = get_device()
    if device.type == "cuda":
        return Finding("device", "ok", f"cuda: {torch.cuda.get_device_name()}")
    if device.type == "mps":
        return Finding("device", "ok", "mps: Apple GPU")
    threads = f"cpu, {torch.get_num_threads()} threads"
    if shutil.which("nvidia-smi"):
        advice = (
            "Delete .venv and run `make lab` again, which chooses a torch that fits the"
            " driver; the course needs no GPU."
        )
        detail = f"{threads}; an NVIDIA GPU is here that this torch cannot use"
        return Finding("device", "note", detail, advice)
    return Finding("device", "ok", f"{threads}; no GPU, and none is needed")


def _memory() -> Finding:
    import psutil

    free, total = (
        getattr(psutil.virtual_memory(), k) / 2**30 for k in ("available", "total")
    )
    detail = f"{free:.1f} of {total:.1f} GiB free"
    if free < NEEDED_MEMORY:
        return Finding("memory", "note", detail, "Close other programs or notebooks.")
    return Finding("memory", "ok", detail)


def _disk() -> Finding:
    free = shutil.disk_usage(os.getcwd()).free / 2**30  # noqa: PTH109  one call
    detail = f"{free:.1f} GiB free here"
    if free < NEEDED_DISK:
        return Finding("disk", "note", detail, f"Runs need about {NEEDED_DISK} GiB.")
    return Finding("disk", "ok", detail)


def _data() -> Finding:
    from aigc_course import data
    from aigc_course.errors import CourseError

    try:
        images = data.load("mnist")
    except CourseError as error:
        return Finding("mnist", "note", str(error), "Install the course again.")
    return Finding("mnist", "ok", f"{len(images):,} images; {images.source}", "")


def _offline_data() -> Finding:
    from aigc_course import data

    return Finding("digits", "ok", f"{len(data.load('digits')):,} images, no network")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _versions(packages: tuple[str, ...]) -> str:
    return ", ".join(f"{name} {_version(name) or 'missing'}" for name in packages)
