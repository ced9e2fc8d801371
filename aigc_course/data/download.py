"""Fetch an image set from torchvision's mirrors into the cache, whole and verified."""

import hashlib
import io
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from aigc_course import files
from aigc_course.data.catalogue import IdxFile, IdxSet

TIMEOUTS = (5.0, 8.0)  # seconds to connect, and between two packets
# A mirror may be silent for PATIENCE seconds; from then on it must have sent SLOWEST
# bytes per second on average. So S bytes take at most max(PATIENCE, S / SLOWEST)
# seconds, whatever the server does.
PATIENCE = 8.0
SLOWEST = 50_000

_failures: dict[str, str] = {}  # folder of a set -> why it could not be fetched


class NotFetched(Exception):
    """Nothing was downloaded: `reason` is a clause, `advice` what would help."""

    def __init__(self, reason: str, advice: str) -> None:
        super().__init__(reason)
        self.reason, self.advice = reason, advice


class _MirrorFailed(Exception):
    """What a mirror did, as the end of a sentence that starts with its name."""


def offline() -> bool:
    """Whether AIGC_OFFLINE asks to leave the network alone."""
    return os.environ.get("AIGC_OFFLINE", "") not in ("", "0")


def mirrors(idx_set: IdxSet) -> list[str]:
    """torchvision's addresses for a set, each ending in a slash."""
    from torchvision import datasets  # takes a second to load

    return list(getattr(datasets, idx_set.folder).mirrors)


def fetch(idx_set: IdxSet, folder: Path) -> None:
    """Bring the four archives of a set into `folder`, trying one mirror after another.

    An archive stays in memory until its SHA-256 is right and is then written whole, so
    the folder never holds part of one; those it holds already are left alone. When
    every mirror fails, that is remembered: this process does not try again.

    Raises NotFetched when AIGC_OFFLINE is set, the folder cannot be written or every
    mirror fails; CourseError when the disk is full.
    """
    if offline():
        raise NotFetched("AIGC_OFFLINE is set", "Unset AIGC_OFFLINE")
    if idx_set.folder not in _failures:
        _ask_writable(folder)
        missing = [file for file in idx_set.files if not _have(folder, file)]
        tried = _try_mirrors(idx_set, missing, folder)
        if not missing:
            return
        _failures[idx_set.folder] = f"the download failed ({'; '.join(tried)})"
    advice = "Connect to the internet and start Python again"
    raise NotFetched(_failures[idx_set.folder], advice)


def _try_mirrors(idx_set: IdxSet, missing: list[IdxFile], folder: Path) -> list[str]:
    """Empty the list `missing` file by file; returns what failing mirrors did."""
    tried = []
    for mirror in mirrors(idx_set) if missing else []:
        try:
            _fetch_from(mirror, missing, folder)
            break
        except _MirrorFailed as failure:
            tried.append(f"{urlsplit(mirror).netloc} {failure}")
    return tried


def _fetch_from(mirror: str, missing: list[IdxFile], folder: Path) -> None:
    size = sum(file.archive_length for file in missing) / 1e6
    print(f"Downloading {size:.1f} MB from {mirror} to {folder}", file=sys.stderr)
    while missing:
        archive = _archive(folder, missing[0])
        content = _get(mirror + archive.name, missing[0])
        files.write_bytes(archive, content)
        del missing[0]  # the next mirror need not send it again


def _get(url: str, file: IdxFile) -> bytes:
    """The verified content behind `url`."""
    inbox = _Inbox(file.archive_length)
    errors: list[Exception] = []
    # In a thread, since looking up a name and reading headers know no deadline; a
    # daemon, so that one which never comes back does not keep Python from ending.
    thread = threading.Thread(target=_receive, args=(url, inbox, errors), daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(0.05)
        if thread.is_alive():
            inbox.check_pace()
    if errors:
        raise _MirrorFailed(_in_words(errors[0])) from errors[0]
    content = inbox.getvalue()
    if hashlib.sha256(content).hexdigest() != file.archive_sha256:
        raise _MirrorFailed(f"sent a {file.name}.gz with a wrong SHA-256")
    return content


def _receive(url: str, inbox: "_Inbox", errors: list[Exception]) -> None:
    try:
        import requests

        # identity: the archive itself is wanted, not what a server would unpack
        headers = {"Accept-Encoding": "identity"}
        with requests.get(
            url, stream=True, timeout=TIMEOUTS, headers=headers
        ) as response:
            response.raise_for_status()
            for chunk in response.iter_content(1024):
                inbox.write(chunk)
    except Exception as error:  # whatever it is, the waiting thread reports it
        errors.append(error)


class _Inbox(io.BytesIO):
    """Holds a download in memory and ends one that is too long or too slow."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit
        self.started = time.monotonic()

    def write(self, chunk) -> int:  # type: ignore[no-untyped-def]
        self.check_pace()
        if self.tell() + len(chunk) > self.limit:
            raise _MirrorFailed(f"sent more than the {self.limit:,} bytes expected")
        return super().write(chunk)

    def check_pace(self) -> None:
        seconds = time.monotonic() - self.started
        if seconds > PATIENCE and self.tell() < SLOWEST * seconds:
            raise _MirrorFailed(f"sent {self.tell():,} bytes in {seconds:.0f} seconds")


def _in_words(error: Exception) -> str:
    from requests import exceptions

    if isinstance(error, _MirrorFailed):
        return str(error)
    if isinstance(error, exceptions.HTTPError) and error.response is not None:
        return f"answered with status {error.response.status_code}"
    if isinstance(error, exceptions.Timeout):
        return "did not answer in time"
    if isinstance(error, exceptions.ChunkedEncodingError):
        return "broke off in the middle"
    return "could not be reached"


def _archive(folder: Path, file: IdxFile) -> Path:
    return folder / f"{file.name}.gz"


def _have(folder: Path, file: IdxFile) -> bool:
    path = _archive(folder, file)
    if not path.is_file():
        return False
    return hashlib.sha256(path.read_bytes()).hexdigest() == file.archive_sha256


def _ask_writable(folder: Path) -> None:
    """Find out before the download, not after it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise NotFetched(
            f"the cache folder {folder} cannot be written ({error.strerror or error})",
            "Set AIGC_CACHE to a folder that can be written",
        ) from error
