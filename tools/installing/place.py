"""What .venv holds, and the guards that keep half an installation from passing for one.

A stamp says for which pins an installation was finished. While one is under way the
marker lies in .venv; whoever finds it makes .venv anew, since neither uv nor pip can
tell a package that was unpacked from one that was unpacked in part.
"""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from installing.errors import Failed

PINS = ("pyproject.toml", "pins.txt")
MARKER = ".aigc-unfinished"


def scripts(root: Path) -> Path:
    """Folder of the programs in .venv."""
    return root / ".venv" / ("Scripts" if os.name == "nt" else "bin")


def interpreter(root: Path) -> Path:
    """The Python of .venv."""
    return scripts(root) / ("python.exe" if os.name == "nt" else "python")


def stamp(kind: str, root: Path) -> Path:
    """File in .venv that says for which pins `kind` (base or dev) was installed."""
    return root / ".venv" / f".aigc-{kind}"


def marker(root: Path) -> Path:
    """File in .venv that is there while .venv must not be trusted."""
    return root / ".venv" / MARKER


def fingerprint(root: Path) -> str:
    """What an installation depends on, in one hash: the pins and where they lie."""
    parts = [str(root).encode(), *((root / name).read_bytes() for name in PINS)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def is_ready(kind: str, root: Path) -> bool:
    """Whether .venv holds what `kind` needs; dev holds base too."""
    if not interpreter(root).exists() or marker(root).exists():
        return False
    wanted = fingerprint(root)
    stamps = [stamp(name, root) for name in {kind, "dev"}]
    return any(path.exists() and path.read_text() == wanted for path in stamps)


def is_usable(root: Path) -> bool:
    """Whether packages can be added to .venv as it is."""
    return interpreter(root).exists() and not marker(root).exists()


def finished(kind: str, root: Path) -> None:
    """Say that .venv holds `kind` now. The marker goes last."""
    stamp(kind, root).write_text(fingerprint(root))
    marker(root).unlink(missing_ok=True)


def emptied(root: Path) -> None:
    """Leave an empty .venv with the marker in it. Raises Failed.

    What was there is renamed first: deleting it takes a while, and a .venv half deleted
    must not be met with its stamps still in it.
    """
    try:
        if (venv := root / ".venv").is_symlink() or venv.is_file():
            venv.unlink()
        elif venv.exists():
            venv.rename(root / f".venv-old-{os.getpid()}")
        for old in root.glob(".venv-old-*"):
            shutil.rmtree(old, ignore_errors=True)
        venv.mkdir()
        marker(root).touch()
    except OSError as error:
        raise Failed(_not_written(root, error)) from None


def contents(root: Path) -> set[tuple[str, int]]:
    """What tells whether an installer that failed had changed .venv."""
    folders = [scripts(root), *(root / ".venv").glob("[Ll]ib/**/site-packages")]
    files = (file for folder in folders for file in folder.glob("*"))
    return {(str(file), file.stat().st_mtime_ns) for file in files if file.exists()}


@contextlib.contextmanager
def alone(root: Path) -> Iterator[IO[str]]:
    """Wait until no other set-up works in this folder, and keep others out.

    Raises Failed. Yields the lock. An installer that inherits it holds it too, so that
    the next set-up waits for one whose parent was killed.
    """
    try:
        lock = (root / ".venv-lock").open("w")
    except OSError as error:
        raise Failed(_not_written(root, error)) from None
    with lock:
        if not _locked(lock, wait=False):
            print("Another set-up works in this folder; waiting for it.", flush=True)
            _locked(lock, wait=True)
        yield lock


def _locked(lock: IO[str], wait: bool) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            how = msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK  # type: ignore[attr-defined]
            msvcrt.locking(lock.fileno(), how, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            how = fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB)
            fcntl.flock(lock, how)
    except BlockingIOError:
        return False
    except (
        OSError
    ):  # Windows waits ten seconds at a time; some network disks cannot lock
        return os.name != "nt" or (wait and _locked(lock, wait))
    return True


def _not_written(root: Path, error: OSError) -> str:
    return (
        f"Cannot write in {root} ({error.strerror}): the course installs itself there,"
        " so put it into a folder of yours with free disk, and close what uses .venv."
    )
