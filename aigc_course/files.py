"""Files that are written whole or not at all, and looked at before they are read."""

import contextlib
import errno
import json
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aigc_course.errors import CourseError

# what a file system answers that knows no permissions, or cannot flush
UNABLE = {errno.EPERM, errno.EACCES, errno.EINVAL, errno.ENOTSUP, errno.ENOSYS}


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path that becomes `path` when the block ends without error.

    The temporary file lies in the same folder (a rename there is atomic), is flushed to
    disk before the rename, and is removed when the block fails, so `path` holds either
    its old content or all of the new. The suffix is kept, since many writers read the
    format from it. A link at `path` is replaced, not followed: see `target`.

    Raises CourseError when the folder cannot be written, the disk is full, or `path` is
    a device, a pipe or a folder.
    """
    path = Path(path)
    temporary: Path | None = None
    try:
        _refuse_devices(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.stem[:60]}-", suffix=path.suffix
        )
        os.close(handle)
        temporary = Path(name)
        yield temporary
        _flush(temporary)
        _open_to_others(temporary)
        temporary.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CourseError(
            f"Cannot write {path}: {reason}. Free some space or choose another place;"
            " nothing was changed."
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def target(path: str | Path) -> Path:
    """The file that `path` leads to: the end of a link, or `path` itself.

    For files that a person names, so that a link stays and what it points at is
    written. Files that this course names itself are not written through links.
    """
    path = Path(path)
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 text whole or not at all; what UTF-8 lacks is written as escapes."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_json(path: str | Path, value: Any) -> None:
    """Write indented JSON whole or not at all."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def write_bytes(path: str | Path, content: bytes | memoryview) -> None:
    """Write bytes whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_bytes(content)


def write_secret(path: str | Path, content: bytes) -> None:
    """Write a new file that its owner alone may read, from the first byte on.

    Raises CourseError where it is there already, and where it cannot be written.
    """
    path, made = Path(path), False
    if path.exists() or path.is_symlink():
        raise CourseError(f"{path} is there already: a key is not overwritten.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # O_EXCL: what came there in the meantime is not opened either
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        made = True
        with os.fdopen(handle, "wb") as file:
            file.write(content)
    except OSError as error:
        if made:
            path.unlink(missing_ok=True)
        raise CourseError(f"Cannot write {path}: {error.strerror}.") from error


def write_with(path: str | Path, writer: Callable[[Path], object]) -> None:
    """Let `writer(temporary_path)` write the file, then put it in place."""
    with whole_file(path) as temporary:
        writer(temporary)


def sweep(folder: str | Path, names: tuple[str, ...]) -> None:
    """Remove what writers of these files left behind when they were killed."""
    for name in map(Path, names):
        for left in Path(folder).glob(f".{name.stem}-????????{name.suffix}"):
            with contextlib.suppress(OSError):
                left.unlink()


def look(path: str | Path, most: int) -> os.stat_result:
    """Facts about a file that is safe to open and to read whole.

    Raises CourseError for what is missing, a folder, a pipe or a device (which would be
    waited for), may not be read, or has more than `most` bytes.
    """
    try:
        found = Path(path).stat()
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        raise CourseError(f"There is no file {path}.") from error
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {_reason(error)}.") from error
    if not stat.S_ISREG(found.st_mode):
        raise CourseError(
            f"{path} is no file that holds data: it is a folder, a pipe or a device."
        )
    if found.st_size > most:
        raise CourseError(
            f"{path} has {found.st_size / 2**20:,.0f} MiB; at most"
            f" {most / 2**20:,.0f} MiB are read."
        )
    return found


def read_bytes(path: str | Path, most: int) -> bytes:
    """The content of a file. Raises CourseError as `look` does."""
    look(path, most)
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {_reason(error)}.") from error


def read_json(path: str | Path, most: int = 2**24) -> Any:
    """What a JSON file holds, with or without a byte-order mark.

    Raises CourseError as `look` does, and for what is no UTF-8 or no JSON.
    """
    content = read_bytes(path, most)
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        reason = str(error) or "it is nested too deeply"
        raise CourseError(f"{path} is damaged: {reason}.") from error


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def _refuse_devices(path: Path) -> None:
    """Renaming a file to the name of a device or a pipe would replace it."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        mode = path.lstat().st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISLNK(mode):
            raise OSError(errno.EINVAL, "it is a folder, a pipe or a device")


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        try:
            os.fsync(file.fileno())
        except OSError as error:
            if error.errno not in UNABLE:
                raise


def _open_to_others(path: Path) -> None:
    """Give a file the usual permissions, where the file system has any."""
    try:
        path.chmod(0o666 & ~_umask())  # mkstemp gives 0600
    except OSError as error:
        if error.errno not in UNABLE:
            raise
    except NotImplementedError:
        pass


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
