"""Confines a process before it runs a student's code.

What this is: a guard against accidents and pranks. Files outside a scratch folder
cannot be written, renamed or deleted, no process is started or stopped, no connection
opened, and memory, processor time and file sizes are limited. Python's audit hooks
notice it and name it; where Linux has Landlock, the kernel forbids it as well, also
for code in C.

What this is not: a prison. Files can be read. An attacker who knows Python's insides
can reach what the checker holds in memory and claim points, and without Landlock a C
library writes where it likes. Grade strangers' code as a user of its own or in a
container, and read what looks too good.
"""

import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aigc_course.grading import landlock
from aigc_course.grading.limits import MEMORY_LIMITED, Limits

_FILE_MIB = 64
_FILES = 2**16  # numbers of open files that are closed
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# event of the interpreter: what the code tried to do
_NEVER = {
    "ctypes.dlopen": "load a C library",
    "os.exec": "start a program",
    "os.fork": "start a process",
    "os.forkpty": "start a process",
    "os.kill": "stop a process",
    "os.killpg": "stop a process",
    "os.posix_spawn": "start a program",
    "os.spawn": "start a program",
    "os.startfile": "start a program",
    "os.system": "start a program",
    "pty.spawn": "start a program",
    "resource.prlimit": "change its limits",
    "resource.setrlimit": "change its limits",
    "signal.pthread_kill": "stop a process",
    "sqlite3.connect": "open a database",
    "subprocess.Popen": "start a program",
    "sys.addaudithook": "watch the checker",
    "webbrowser.open": "open a browser",
}
# event: how many of its first arguments are paths
_PATHS = {
    "os.chflags": 1,
    "os.chmod": 1,
    "os.chown": 1,
    "os.link": 2,
    "os.mkdir": 1,
    "os.remove": 1,
    "os.removexattr": 1,
    "os.rename": 2,
    "os.rmdir": 1,
    "os.setxattr": 1,
    "os.symlink": 2,
    "os.truncate": 1,
    "os.utime": 1,
    "shutil.move": 2,
    "shutil.rmtree": 1,
}
# events whose last argument is the number of an open folder, or -1
_IN_FOLDER = {f"os.{verb}" for verb in ("chmod", "chown", "link", "mkdir", "remove")}
_IN_FOLDER |= {f"os.{verb}" for verb in ("rename", "rmdir", "symlink", "utime")}
_OPEN = Path("/proc/self/fd")  # what is open, by number


class Forbidden(PermissionError):
    """What the confined code tried is not allowed."""


class Watch:
    """What the confined code tried first, in words, or "". `armed`: it is watching."""

    def __init__(self) -> None:
        self.armed = False
        self.tried = ""

    def forbid(self, words: str, event: str) -> None:
        """Remember it and raise Forbidden."""
        self.tried = self.tried or f"It tried to {words} (`{event}`)."
        raise Forbidden(f"grading does not allow to {words}")


def confine(scratch: Path, limits: Limits, result: int) -> Watch:
    """Confine this process for good to `scratch`, an empty folder, and to limits.

    Memory is for `limit_memory`, function by function.
    result: the number of the one file or pipe that stays open.
    """
    scratch = scratch.resolve()
    _silence(result)
    _move_into(scratch)
    landlock.write_only_below(scratch)
    _limit(limits)
    watch = Watch()
    sys.addaudithook(_hook(watch, str(scratch)))
    return watch


def limit_memory(limits: Limits) -> None:
    """Allow `limits.memory` more than is in use now, where the system can do that."""
    if MEMORY_LIMITED:
        import resource

        # torch reserves gigabytes of addresses that it never fills: count from there
        _set(resource.RLIMIT_AS, _addresses() + limits.memory * 2**20)


def lift_memory_limit() -> None:
    """Take the limit on memory away, so that a report can be written."""
    if MEMORY_LIMITED:
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _silence(result: int) -> None:
    """Nothing is read from the terminal or written to it, nor to inherited pipes."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)
    if os.name == "posix":  # among them: pipes to the process that forks
        os.closerange(3, result)
        os.closerange(result + 1, _FILES)


def _move_into(scratch: Path) -> None:
    home = ("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP", "MPLCONFIGDIR")
    os.environ.update(
        dict.fromkeys((*home, "XDG_CACHE_HOME", "AIGC_CACHE"), str(scratch))
    )
    tempfile.tempdir = None
    sys.dont_write_bytecode = True
    os.chdir(scratch)


def _limit(limits: Limits) -> None:
    try:
        import resource
    except ImportError:  # Windows: time alone is limited, from outside
        return
    cpu = int(limits.total) + 60  # when nobody is left to watch the clock
    _set(resource.RLIMIT_CPU, cpu)
    _set(resource.RLIMIT_FSIZE, _FILE_MIB * 2**20)
    _set(resource.RLIMIT_CORE, 0)
    with contextlib.suppress(AttributeError, ValueError):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # an OSError instead


def _set(kind: int, value: int) -> None:
    import resource

    _, most = resource.getrlimit(kind)
    bound = value if most == resource.RLIM_INFINITY else min(value, most)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (bound, most))


def _addresses() -> int:
    """Bytes of address space in use."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _hook(watch: Watch, scratch: str) -> Callable[[str, tuple[Any, ...]], None]:
    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if not watch.armed:
            return
        if event == "open":
            path, _, flags = arguments
            if flags & _WRITING and not _is_below(scratch, path):
                watch.forbid(f"write to `{_shown(path)}`", "open")
        elif event in _PATHS:
            for path in _paths(event, arguments):
                if not _is_below(scratch, path):
                    watch.forbid(f"change or delete `{_shown(path)}`", event)
        elif event in _NEVER:
            if event != "ctypes.dlopen" or not _in_an_import():
                watch.forbid(_NEVER[event], event)
        elif event.startswith("socket."):
            watch.forbid("use the network", event)

    return hook


def _paths(event: str, arguments: tuple[Any, ...]) -> list[Any]:
    """The paths that the event would change, made whole where a folder is open."""
    first = 1 if event == "os.symlink" else 0  # a link may point anywhere
    paths = list(arguments[first : _PATHS[event]])
    if not _OPEN.exists():
        return paths
    folder = arguments[-1] if event in _IN_FOLDER else -1
    base = _OPEN / str(folder) if folder >= 0 else Path()
    return [_OPEN / str(p) if type(p) is int else base / os.fsdecode(p) for p in paths]


def _in_an_import() -> bool:
    """Whether a library does it while it is imported: torchvision loads its own."""
    frame = sys._getframe(2)
    while frame is not None and not frame.f_code.co_filename.startswith("<cell"):
        if frame.f_globals.get("__name__") == "importlib._bootstrap":
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False


def _is_below(scratch: str, path: Any) -> bool:
    if isinstance(path, int):  # an open file: opening it was the moment to ask
        return True
    try:
        real = os.path.realpath(os.fsdecode(path))
    except (TypeError, ValueError):
        return True  # no path: the call itself refuses it
    return real == os.devnull or real == scratch or real.startswith(scratch + os.sep)


def _shown(path: Any) -> str:
    return os.fsdecode(path)[-80:]
