"""A pytest plugin beside nbval: a notebook fails above the memory that Binder has.

    pytest -p tools.nbval_memory --nbval-lax solutions

So every chapter is measured whenever the notebooks run, at no cost. AIGC_MOST_MB is the
limit for one kernel; of Binder's 2,000 MB its server takes about 150.
"""

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

MOST = float(os.environ.get("AIGC_MOST_MB", "1850"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: Any) -> Generator[None, Any, Any]:
    """After each cell, look at the most that its kernel has held."""
    result = yield
    kernel = getattr(getattr(item, "parent", None), "kernel", None)
    manager = getattr(kernel, "km", None)
    if manager is not None:
        held = peak(manager.provisioner.pid)
        assert held <= MOST, (
            f"The kernel has held {held:.0f} MB, and {MOST:.0f} are allowed: use less"
            " at once, for instance in parts."
        )
    return result


def peak(pid: int) -> float:
    """The most resident memory that a process has had, in MB; 0 where unknown."""
    file = Path(f"/proc/{pid}/status")
    if not file.exists():
        return 0.0
    found = [line for line in file.read_text().splitlines() if "VmHWM" in line]
    return int(found[0].split()[1]) * 1024 / 1e6 if found else 0.0
