"""Linux's Landlock: from now on this process writes nowhere but in one folder.

The kernel enforces it, also for C code, and it cannot be taken back. Reading stays
free. From Linux 5.13 on; each later version adds something (truncation, TCP, signals).
Source: the kernel's documentation, "Landlock: unprivileged access control".
"""

import ctypes
import os
import sys
from pathlib import Path

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446  # system calls, the same on each machine
_ASK_VERSION, _PATH_BENEATH, _NO_NEW_PRIVILEGES = 1, 1, 38
_EXECUTE, _WRITE_FILE, _TRUNCATE = 1 << 0, 1 << 1, 1 << 14
_READ = _EXECUTE | 1 << 2 | 1 << 3  # execute, read a file, list a folder
# the number of access rights to files that each version of Landlock knows
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
_ALL_RIGHTS = 16
_TCP, _SCOPES = 0b11, 0b11  # bind and connect; abstract sockets and signals


class _Ruleset(ctypes.Structure):
    _fields_ = [(n, ctypes.c_uint64) for n in ("files", "network", "scopes")]


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32)]


def write_only_below(folder: Path) -> bool:
    """Forbid writing outside `folder`, running programs and TCP. Say if that worked.

    False where the kernel has no Landlock; nothing has changed then.
    """
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE, None, 0, _ASK_VERSION)
    if version < 1:
        return False
    handled = (1 << _RIGHTS.get(version, _ALL_RIGHTS)) - 1 & ~(_READ & ~_EXECUTE)
    rules = _Ruleset(handled, _TCP * (version >= 4), _SCOPES * (version >= 6))
    size = 8 * (1 + (version >= 4) + (version >= 6))
    ruleset = libc.syscall(_CREATE, ctypes.byref(rules), size, 0)
    if ruleset < 0:
        return False
    try:
        _allow(libc, ruleset, folder, handled & ~_EXECUTE)
        _allow(libc, ruleset, Path(os.devnull), handled & (_WRITE_FILE | _TRUNCATE))
        return _restrict(libc, ruleset)
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path, rights: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _Beneath(rights, place)
        libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(place)


def _restrict(libc: ctypes.CDLL, ruleset: int) -> bool:
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.syscall(_RESTRICT, ruleset, 0) == 0)
