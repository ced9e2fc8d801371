"""Linux's Landlock: from now on this process writes in one folder and reads in a few.

The kernel enforces it, also for C code, and it cannot be taken back. From Linux 5.13
on; each later version adds something (truncation, TCP, signals). Names of folders can
still be listed, since Python looks for its modules that way.
Source: the kernel's documentation, "Landlock: unprivileged access control".
"""

import contextlib
import ctypes
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446  # system calls, the same on each machine
_ASK_VERSION, _PATH_BENEATH, _NO_NEW_PRIVILEGES = 1, 1, 38
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_FOLDER = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE = 1 << 14
# the number of access rights to files that each version of Landlock knows
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
_ALL_RIGHTS = 16
_TCP, _SCOPES = 0b11, 0b11  # bind and connect; abstract sockets and signals
_DEEPEST = 20  # folders that are looked into for what may be read


class _Ruleset(ctypes.Structure):
    _fields_ = [(n, ctypes.c_uint64) for n in ("files", "network", "scopes")]


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32)]


def version() -> int:
    """The version of Landlock that this kernel offers; 0 for none."""
    if sys.platform != "linux":
        return 0
    libc = ctypes.CDLL(None, use_errno=True)
    return max(0, int(libc.syscall(_CREATE, None, 0, _ASK_VERSION)))


def write_only_below(folder: Path, reading: Sequence[Path] | None = None) -> bool:
    """Forbid writing outside `folder`, running programs and TCP. Say if that worked.

    reading: the files and folders whose content may be read, besides `folder`; None
    for all. False where the kernel has no Landlock; nothing has changed then.
    """
    offered = version()
    if not offered:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    handled = (1 << _RIGHTS.get(offered, _ALL_RIGHTS)) - 1 & ~_READ_FOLDER
    if reading is None:
        handled &= ~_READ_FILE
    rules = _Ruleset(handled, _TCP * (offered >= 4), _SCOPES * (offered >= 6))
    size = 8 * (1 + (offered >= 4) + (offered >= 6))
    ruleset = libc.syscall(_CREATE, ctypes.byref(rules), size, 0)
    if ruleset < 0:
        return False
    try:
        _allow(libc, ruleset, folder, handled & ~_EXECUTE)
        nothing = handled & (_WRITE_FILE | _TRUNCATE | _READ_FILE)
        _allow(libc, ruleset, Path(os.devnull), nothing)
        for place in reading or ():
            _allow(libc, ruleset, place, _READ_FILE)
        return _restrict(libc, ruleset)
    finally:
        os.close(ruleset)


def all_but(places: Iterable[Path], hidden: Iterable[Path]) -> list[Path]:
    """Files and folders that together are `places` without `hidden`.

    A rule of Landlock allows a whole folder, so a folder with a hidden one in it is
    replaced by what else lies in it.
    """
    secret = [path.resolve() for path in hidden]
    found: list[Path] = []
    waiting = [(place.resolve(), 0) for place in places]
    while waiting:
        place, depth = waiting.pop()
        if any(place == one or one in place.parents for one in secret):
            continue
        if any(place in one.parents for one in secret) and depth < _DEEPEST:
            with contextlib.suppress(OSError):
                inside = [Path(entry.path) for entry in os.scandir(place)]
                # a link leads elsewhere: what it leads to is named by itself, or not
                waiting += [(p, depth + 1) for p in inside if not p.is_symlink()]
        elif place.exists():
            found.append(place)
    return list(dict.fromkeys(found))


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # it is gone: one rule less
        return
    try:
        rule = _Beneath(rights, place)
        libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(place)


def _restrict(libc: ctypes.CDLL, ruleset: int) -> bool:
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.syscall(_RESTRICT, ruleset, 0) == 0)
