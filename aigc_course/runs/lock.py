"""One training at a time in a run folder.

The lock is the kernel's (flock, or locking on Windows): it ends with its owner, however
that dies. Where a file system has none, or keeps it to one machine as some network file
systems do, a note in the locked file decides: who trains, and when it was last alive.
"""

import contextlib
import json
import os
import platform
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aigc_course.errors import CourseError

NAME = "training.lock"
BEAT, DEAD = 10.0, 60.0  # seconds between two signs of life, and after the last
SIZE = 1_000  # bytes of the note at most


@contextmanager
def locked(folder: str | Path) -> Iterator[None]:
    """Keep other trainings out of a folder while the block runs.

    The file training.lock is there meanwhile. Raises CourseError where another training
    is at work in the folder, on this machine or, over a network, on another, and where
    the folder cannot be written.
    """
    path = Path(folder) / NAME
    handle = _take(path)
    over = threading.Event()
    beating = threading.Thread(target=_beat, args=(path, over), daemon=True)
    beating.start()
    try:
        yield
    finally:
        over.set()
        beating.join()
        # removed while it is held, so that nobody holds a file without a name
        with contextlib.suppress(OSError):
            if os.name != "nt":
                path.unlink()
        os.close(handle)
        if os.name == "nt":
            with contextlib.suppress(OSError):
                path.unlink()


def _take(path: Path) -> int:
    """A descriptor of the locked file, with our note in it."""
    while True:
        try:
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
            handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o666)
        except OSError as error:
            raise CourseError(
                f"Cannot write {path}: {error.strerror or error}. Choose another place."
            ) from error
        try:
            sure = _lock(handle)
            if not _is_named(handle, path):  # its last owner has just removed it
                os.close(handle)
                continue
            _refuse_owner(path, handle, sure)
            _write_note(handle)
        except BaseException:
            with contextlib.suppress(OSError):
                os.close(handle)
            raise
        return handle


def _lock(handle: int) -> bool:
    """Whether the kernel's lock is ours; False where the file system has none.

    Raises CourseError where another process holds it.
    """
    try:
        _KERNEL(handle)
    except BlockingIOError as error:
        raise _busy(_note(handle)) from error
    except PermissionError as error:  # Windows says this of a region that is held
        if os.name == "nt":
            raise _busy({}) from error
        return False
    except OSError:
        return False
    return True


def _flock(handle: int) -> None:
    import fcntl

    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _msvcrt(handle: int) -> None:
    import msvcrt

    kernel: Any = msvcrt
    os.lseek(handle, 2**30, os.SEEK_SET)  # far behind the note, which stays readable
    kernel.locking(handle, kernel.LK_NBLCK, 1)


_KERNEL: Callable[[int], None] = _msvcrt if os.name == "nt" else _flock


def _is_named(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _refuse_owner(path: Path, handle: int, sure: bool) -> None:
    """CourseError where the note names an owner that is alive, as far as can be known.

    sure: the kernel's lock is ours, so that nobody on this machine trains.
    """
    note = _note(handle)
    if not note:
        return
    if note.get("host") == platform.node():
        if not sure and _is_alive(note):
            raise _busy(note)
        return
    last = os.fstat(handle).st_mtime
    os.utime(path)  # the file system's own clock, which all machines share
    if path.stat().st_mtime - last < DEAD:
        os.utime(path, (last, last))
        raise _busy(note)


def _busy(note: dict[str, Any]) -> CourseError:
    who = ""
    if isinstance(note.get("pid"), int):
        who = f" (process {note['pid']} on {str(note.get('host'))[:60]!r})"
    return CourseError(
        f"Another training is at work in this folder{who}: wait until it ends, stop it,"
        " or choose another folder with --out."
    )


def _note(handle: int) -> dict[str, Any]:
    """What the locked file says of its owner; {} where it says nothing that counts."""
    os.lseek(handle, 0, os.SEEK_SET)
    try:
        found = json.loads(os.read(handle, SIZE).decode())
    except (ValueError, RecursionError, OSError):
        return {}
    return found if isinstance(found, dict) else {}


def _write_note(handle: int) -> None:
    note = {"host": platform.node(), "pid": os.getpid(), "begun": _begun(os.getpid())}
    os.lseek(handle, 0, os.SEEK_SET)
    with contextlib.suppress(OSError):  # a full disk: the kernel's lock is enough
        os.ftruncate(handle, 0)
        os.write(handle, json.dumps(note).encode()[:SIZE])


def _is_alive(note: dict[str, Any]) -> bool:
    """Whether the noted process of this machine still runs."""
    begun = _begun(note.get("pid"))
    return begun is not None and begun == note.get("begun")


def _begun(pid: Any) -> float | None:
    """When a process began, so that its number, given anew, is no longer it."""
    import psutil

    if not isinstance(pid, int) or pid <= 0:
        return None
    try:
        return round(psutil.Process(pid).create_time(), 1)
    except (psutil.Error, OverflowError):
        return None


def _beat(path: Path, over: threading.Event) -> None:
    """Give signs of life until `over` is set."""
    while not over.wait(BEAT):
        with contextlib.suppress(OSError):
            os.utime(path)
