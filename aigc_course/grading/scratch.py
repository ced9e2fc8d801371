"""The folder that a student's code may write in: made, measured and removed.

Its code may leave anything there: 100,000 files, folders 2,000 deep, folders that
nobody may enter, links to the teacher's files. So nothing here recurses, follows a link
or trusts a path: folders are opened one by one, each from the one above it.
"""

import contextlib
import os
import stat
import sys
import tempfile
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

MIB = 2**20
_DEPTH = 40  # folders within folders that a grading may need
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
_BY_NUMBER = os.open in os.supports_dir_fd and os.scandir in os.supports_fd
_WAIT = 0.2  # seconds between two tries to make a folder


@dataclass(frozen=True)
class Quota:
    """What may lie in the folder. bytes: on the disk. entries: files and folders."""

    bytes: int = 256 * MIB
    entries: int = 10_000


def quota_for(folder: Path, most: Quota | None = None) -> Quota:
    """At most a quarter of what is free where the folder lies; a /tmp may be small."""
    most = most or Quota()
    if not hasattr(os, "statvfs"):
        return most
    free = os.statvfs(folder)
    entries = free.f_favail // 4 if free.f_files else most.entries  # btrfs counts none
    return Quota(
        min(most.bytes, free.f_bavail * free.f_frsize // 4), min(most.entries, entries)
    )


def make(patience: float = 30.0) -> Path:
    """A new empty folder. Waits where the disk is full, as another job may end soon.

    patience: seconds. Raises OSError when there is no room even then.
    """
    end = time.monotonic() + patience
    while True:
        try:
            return Path(tempfile.mkdtemp(prefix="aigc-grade-"))
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(_WAIT)


def excess(folder: Path, quota: Quota) -> str:
    """What is too much in the folder, in words, or ""."""
    if not _BY_NUMBER:
        return ""
    entries = used = 0
    changing = contextlib.suppress(OSError)  # while it is measured
    with changing, contextlib.closing(_walk(folder)) as found:
        for depth, size in found:
            entries, used = entries + 1, used + size
            if used > quota.bytes:
                return f"more than {quota.bytes / MIB:.3g} MiB"
            if entries > quota.entries:
                return f"more than {quota.entries:,} files and folders"
            if depth > _DEPTH:
                return f"folders more than {_DEPTH} deep"
    return ""


def remove(folder: Path) -> bool:
    """Remove the folder and all below it; say whether nothing is left."""
    if not _BY_NUMBER:
        return _remove_by_name(folder)
    with contextlib.suppress(OSError):
        top = os.open(folder, _FOLDER)
        try:
            _flatten(top)
        finally:
            os.close(top)
        folder.rmdir()
    return not folder.exists()


def _walk(folder: Path) -> Generator[tuple[int, int], None, None]:
    """(depth, bytes on the disk) of each entry; holds one number for each depth."""
    open_folders = [os.open(folder, _FOLDER)]
    lists = [os.scandir(open_folders[-1])]
    try:
        while lists:
            entry = next(lists[-1], None)
            if entry is None:
                lists.pop().close()
                os.close(open_folders.pop())
                continue
            info = entry.stat(follow_symlinks=False)
            yield len(lists), getattr(info, "st_blocks", 0) * 512
            if stat.S_ISDIR(info.st_mode):
                with contextlib.suppress(OSError):
                    inner = os.open(entry.name, _FOLDER, dir_fd=open_folders[-1])
                    open_folders.append(inner)
                    lists.append(os.scandir(inner))
    finally:
        for left in lists:
            left.close()
        for number in open_folders:
            os.close(number)


def _flatten(top: int) -> None:
    """Empty the open folder: what lies in its folders is first moved up into it.

    A move costs the same however much hangs below, so depth does not matter.
    """
    fresh = 0
    while names := _names(top):
        for name, is_folder in names:
            if not is_folder:
                os.unlink(name, dir_fd=top)
                continue
            inner = _entered(name, top)
            try:
                for below, is_folder_too in _names(inner):
                    if is_folder_too:
                        _entered_and_left(below, inner)
                        fresh += 1
                        moved = f"{os.getpid()}-{fresh}"
                        os.rename(below, moved, src_dir_fd=inner, dst_dir_fd=top)
                    else:
                        os.unlink(below, dir_fd=inner)
            finally:
                os.close(inner)
            os.rmdir(name, dir_fd=top)


def _names(folder: int) -> list[tuple[str, bool]]:
    with os.scandir(folder) as entries:
        return [(e.name, e.is_dir(follow_symlinks=False)) for e in entries]


def _entered(name: str, above: int) -> int:
    """The folder, opened, whatever its mode was."""
    _entered_and_left(name, above)
    return os.open(name, _FOLDER, dir_fd=above)


def _entered_and_left(name: str, above: int) -> None:
    """Make a folder one's own to enter and to change; never the target of a link."""
    if sys.platform == "linux":  # by its number: between two looks a name may change
        number = os.open(name, os.O_PATH | _FOLDER, dir_fd=above)
        try:
            Path(f"/proc/self/fd/{number}").chmod(0o700)
        finally:
            os.close(number)
    elif os.chmod in os.supports_follow_symlinks:
        os.chmod(name, 0o700, dir_fd=above, follow_symlinks=False)


def _remove_by_name(folder: Path) -> bool:
    """Where folders cannot be opened (Windows): the longest paths first."""
    for here, folders, files in os.walk(folder, topdown=False):
        for name in files:
            with contextlib.suppress(OSError):
                Path(here, name).unlink()
        for name in folders:
            with contextlib.suppress(OSError):
                Path(here, name).rmdir()
    with contextlib.suppress(OSError):
        folder.rmdir()
    return not folder.exists()
