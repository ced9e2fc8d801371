"""Confines a process before it runs a student's code.

Two layers. Python's audit hooks notice what the code tries and name it: writing
outside a scratch folder, starting or stopping a process, a connection, reading the
answers or what others handed in. On Linux the kernel forbids the same, also for code in
C: Landlock for files (5.13 and later), seccomp for processes, sockets, priorities and
memory that no limit counts (x86-64 and arm64), rlimits for memory, processor time and
the size of files. `Guards` says which of these this machine has.

What this is not: a prison. Where the kernel's guards are missing, code in C does what
it likes, and so does Python code that knows how to disarm a hook. Grade strangers' code
in a container. And chapter 20's own cells use the clinic, which holds a repair and a
test for each patient: a function that names `clinic.patients` is refused, but code that
asks `clinic.get` is not. Look at what was handed in for that chapter.
"""

import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import _bootstrap  # type: ignore[attr-defined]
from pathlib import Path
from typing import Any

from aigc_course.grading import landlock, seccomp
from aigc_course.grading.limits import MEMORY_LIMITED, Limits

_FILE_MIB = 64
_FILES = 2**16  # numbers of open files that are closed
_OPEN_FILES = 256  # at once: each may hold memory that no limit counts
_SPARE = 512  # MiB beyond the limit on memory that nothing lifts
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
    """What the confined code tried first, in words, or "". `armed`: it is watching.

    judging: a function is judged, so it counts; else a cell of the notebook runs.
    """

    def __init__(self) -> None:
        self.armed = self.judging = False
        self.tried = ""

    def note(self, words: str, event: str) -> None:
        """Remember it."""
        self.tried = self.tried or f"It tried to {words} (`{event}`)."

    def forbid(self, words: str, event: str) -> None:
        """Remember it and raise Forbidden."""
        self.note(words, event)
        raise Forbidden(f"grading does not allow to {words}")


@dataclass(frozen=True)
class Guards:
    """What guards a student's process on this machine, besides Python's audit hooks."""

    landlock: int = 0  # its version
    seccomp: bool = False
    memory: bool = False

    def __str__(self) -> str:
        found = [f"Landlock {self.landlock} (files)"] if self.landlock else []
        found += ["seccomp (processes, sockets, priorities)"] if self.seccomp else []
        found += ["rlimits (memory, files)"] if self.memory else []
        lacks = [] if self.landlock else ["Landlock"]
        lacks += [] if self.seccomp else ["seccomp"]
        lacks += [] if self.memory else ["limit on memory"]
        if not lacks:
            return f"Active guards: {', '.join(found)}, audit hooks."
        return (
            f"Active guards: {', '.join([*found, 'audit hooks'])}. This machine has no"
            f" {' and no '.join(lacks)}: code in C is not held back there."
        )


@cache
def guards() -> Guards:
    """What this machine has."""
    return Guards(landlock.version(), seccomp.works(), MEMORY_LIMITED)


def confine(
    scratch: Path,
    limits: Limits,
    result: int,
    *,
    reading: Sequence[Path] | None = None,
    hidden: Sequence[Path] = (),
) -> Watch:
    """Confine this process for good to `scratch`, an empty folder, and to limits.

    Memory is for `limit_memory`, function by function.
    result: the number of the one file or pipe that stays open.
    reading: what may be read besides scratch, None for all; hidden: what must not.
    """
    scratch = scratch.resolve()
    with contextlib.suppress(AttributeError, OSError):
        os.setsid()  # whatever it might start is found, and ended, by this number
    _silence(result)
    _move_into(scratch)
    kernel = landlock.write_only_below(scratch, reading)
    _limit(limits)
    watch = Watch()
    sys.addaudithook(_hook(watch, str(scratch), [str(one) for one in hidden], kernel))
    seccomp.refuse_calls()
    return watch


def limit_memory(limits: Limits) -> None:
    """Allow `limits.memory` more than is in use now, where the system can do that."""
    if MEMORY_LIMITED:
        import resource

        # torch reserves gigabytes of addresses that it never fills: count from there
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        wanted = _addresses() + limits.memory * 2**20
        if most == resource.RLIM_INFINITY:  # the first time: for good
            most = wanted + _SPARE * 2**20
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (min(wanted, most), most))


def lift_memory_limit() -> None:
    """Allow the spare memory as well, so that a report can be written."""
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
    _set(resource.RLIMIT_NOFILE, _OPEN_FILES)
    with contextlib.suppress(AttributeError, ValueError):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # an OSError instead


def _set(kind: int, value: int) -> None:
    import resource

    _, most = resource.getrlimit(kind)
    bound = value if most == resource.RLIM_INFINITY else min(value, most)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (bound, bound))


def _addresses() -> int:
    """Bytes of address space in use."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _hook(
    watch: Watch, scratch: str, hidden: list[str], kernel: bool
) -> Callable[[str, tuple[Any, ...]], None]:
    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if not watch.armed:
            return
        if event == "open":
            path, mode, flags = arguments
            if flags & _WRITING and not _may_write(scratch, path, mode, kernel):
                watch.forbid(f"write to `{_shown(path)}`", "open")
            elif any(_is_below(one, path) for one in hidden) and not _quotes_a_line():
                watch.forbid(f"read `{_shown(path)}`", "open")
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


def _may_write(scratch: str, path: Any, mode: object, kernel: bool) -> bool:
    """Whether a file may be opened to write.

    `os.open(name, flags, dir_fd=folder)` tells its folder to no hook, nor a mode:
    where the kernel does not judge it, a relative name is refused there.
    """
    by_number = mode is None and not isinstance(path, int)
    if by_number and not kernel and not Path(os.fsdecode(path)).is_absolute():
        return False
    return _is_below(scratch, path)


def _quotes_a_line() -> bool:
    """Whether Python itself reads a source file, to show a line in a message."""
    frame = sys._getframe(2)
    while frame is not None:
        if frame.f_globals.get("__name__") in ("linecache", "tokenize"):
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False


def _paths(event: str, arguments: tuple[Any, ...]) -> list[Any]:
    """The paths that the event would change, made whole where a folder is open."""
    first = 1 if event == "os.symlink" else 0  # a link may point anywhere
    paths = list(arguments[first : _PATHS[event]])
    if not _OPEN.exists():
        return paths
    folder = arguments[-1] if event in _IN_FOLDER else -1
    numbers = [folder] * len(paths)
    if event in ("os.rename", "os.link"):  # each path has a folder of its own
        numbers = list(arguments[2:4])
    bases = [_OPEN / str(n) if n >= 0 else Path() for n in numbers]
    return [
        _OPEN / str(path) if type(path) is int else base / os.fsdecode(path)
        for path, base in zip(paths, bases, strict=False)
    ]


def _in_an_import() -> bool:
    """Whether a library does it while it is imported: torchvision loads its own."""
    frame = sys._getframe(2)
    while frame is not None and not frame.f_code.co_filename.startswith("<cell"):
        if frame.f_globals is vars(_bootstrap):  # a name alone can be set by anybody
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
