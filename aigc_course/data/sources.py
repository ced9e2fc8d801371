"""Where image sets are read from.

MNIST ships with the package and is read from there and nowhere else, so that everybody
has the same bytes and needs no network. The other sets are looked for in $AIGC_DATA, in
the user cache and on torchvision's mirrors. Three environment variables steer that.
AIGC_DATA names a folder in torchvision's layout (`KMNIST/raw/train-images-idx3-ubyte`,
also `.gz`); AIGC_CACHE replaces the user cache; AIGC_OFFLINE=1 keeps off the network.
"""

import os
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from torch import Tensor

from aigc_course.data import download, idx, shipped
from aigc_course.data.catalogue import SETS, IdxFile, IdxSet
from aigc_course.data.idx import DataError

INSIDE = {"mnist": "comes with the course", "digits": "comes with scikit-learn"}


@dataclass(frozen=True, eq=False)
class Split:
    """One split as read from disk: images [N, 28, 28] uint8, labels [N] int64."""

    images: Tensor
    labels: Tensor
    source: str
    verified: bool  # against published SHA-256, not in format alone


def data_folder() -> Path | None:
    """The folder $AIGC_DATA names, whether or not it exists."""
    value = os.environ.get("AIGC_DATA", "")
    return _named(value, "AIGC_DATA") if value else None


def cache_folder() -> Path:
    """Where downloads are kept: $AIGC_CACHE/data, or `data` in the user's cache."""
    value = os.environ.get("AIGC_CACHE", "")
    if value:
        return _named(value, "AIGC_CACHE") / "data"
    import platformdirs

    try:
        return platformdirs.user_cache_path("aigc-course") / "data"
    except (RuntimeError, KeyError):  # a user without a home, as in some containers
        return _homeless() / "data"


def unused(name: str) -> str:
    """What $AIGC_DATA holds of a set that is read from inside, as a clause, or "".

    Nobody should believe that files of theirs are read when they are not.
    """
    own = data_folder()
    if own is None or name not in SETS or name not in INSIDE:
        return ""
    raw = _raw(own, SETS[name])
    found = [path.name for file in SETS[name].files if (path := _path(raw, file))]
    if not found:
        return ""
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f"{found[0]}{more} in {_public(raw)} not needed"


def read(name: str, split: str) -> Split:
    """Find, check and read a split of mnist, fashion-mnist or kmnist.

    mnist comes with the package. Another set that $AIGC_DATA holds is taken from there
    and from nowhere else: a broken file is named rather than passed over. A broken file
    in the cache is fetched again.

    Raises DataError when the set is nowhere to be had or a file of it is broken.
    """
    if name == "mnist":
        images, labels = shipped.read(split)
        return Split(
            images, labels, "comes with the course (SHA-256 as published)", True
        )
    idx_set = SETS[name]
    own = data_folder()
    if own is not None and _holds(_raw(own, idx_set), idx_set):
        return _read_own(_raw(own, idx_set), idx_set, split)
    cache = _raw(cache_folder(), idx_set)
    cached = _read_cached(cache, idx_set, split)
    if cached is not None:
        return cached
    try:
        download.fetch(idx_set, cache)
    except download.NotFetched as failure:
        raise _nowhere(name, own, failure) from failure
    return _read_folder(cache, idx_set, split)


def where(name: str) -> str:
    """Where `load` would take a set from, by the names of files alone.

    >>> where("digits")
    'comes with scikit-learn'
    """
    if name in INSIDE:
        return INSIDE[name]
    idx_set, own = SETS[name], data_folder()
    if own is not None and _holds(_raw(own, idx_set), idx_set):
        return f"in {_raw(own, idx_set)} (AIGC_DATA)"
    cache = _raw(cache_folder(), idx_set)
    if all(_path(cache, file) for file in idx_set.files):
        return f"in {cache} (the cache)"
    return "not on this computer" if download.offline() else "to be downloaded"


def _named(value: str, variable: str) -> Path:
    """The folder that a variable names. Raises DataError for ~ of nobody."""
    try:
        return Path(value).expanduser().absolute()
    except RuntimeError as error:
        raise DataError(
            f"{variable} is {value!r}, and this user has no home folder.",
            "Give the whole path.",
        ) from error


@lru_cache(maxsize=1)
def _homeless() -> Path:
    """A folder of our own among the temporary files; nobody else's is trusted."""
    user = getattr(os, "getuid", lambda: 0)()
    folder = Path(tempfile.gettempdir()) / f"aigc-course-{user}"
    with suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == user:
            return folder
    return Path(tempfile.mkdtemp(prefix="aigc-course-"))


def _raw(folder: Path, idx_set: IdxSet) -> Path:
    return folder / idx_set.folder / "raw"


def _holds(raw: Path, idx_set: IdxSet) -> bool:
    return any(_path(raw, file) for file in idx_set.files)


def _path(raw: Path, file: IdxFile) -> Path | None:
    """The file or, failing that, its archive; also as 7-Zip and Kaggle name them.

    These write a dot in train-images.idx3-ubyte.
    """
    names = (file.name, file.name.replace("-idx", ".idx"))
    paths = (raw / f"{name}{end}" for name in names for end in ("", ".gz"))
    return next(filter(_exists, paths), None)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a folder that may not be entered: reading will say so
        return True


def _read_own(raw: Path, idx_set: IdxSet, split: str) -> Split:
    try:
        return _read_folder(raw, idx_set, split)
    except DataError as error:
        advice = "Put that right, or unset AIGC_DATA to have it looked for elsewhere."
        raise DataError(error.reason, advice) from error


def _read_cached(raw: Path, idx_set: IdxSet, split: str) -> Split | None:
    """None when the cache lacks a file or holds one that is not as published."""
    try:
        cached = _read_folder(raw, idx_set, split)
    except DataError:
        return None
    return cached if cached.verified else None


def _read_folder(raw: Path, idx_set: IdxSet, split: str) -> Split:
    (images, sure), (labels, sure_too) = [
        idx.read(_required(raw, file), file) for file in idx_set.split(split)
    ]
    verified = sure and sure_too
    how = "SHA-256 as published" if verified else "format checked"
    return Split(images, labels, f"found in {_public(raw)} ({how})", verified)


def _public(raw: Path) -> str:
    """The folder without this computer's path: notebooks with outputs are shared."""
    own = data_folder()
    if own is not None and raw.is_relative_to(own):
        return f"$AIGC_DATA/{raw.relative_to(own).as_posix()}"
    return "the cache" if raw.is_relative_to(cache_folder()) else str(raw)


def _required(raw: Path, file: IdxFile) -> Path:
    path = _path(raw, file)
    if path is None:
        raise DataError(f"{raw} lacks the file {file.name} (or {file.name}.gz).")
    return path


def _nowhere(name: str, own: Path | None, failure: download.NotFetched) -> DataError:
    idx_set = SETS[name]
    unset = "not in the cache, AIGC_DATA is not set"
    places = f"neither in {own} (AIGC_DATA) nor in the cache" if own else unset
    example = f"{idx_set.folder}/raw/{idx_set.files[0].name}"
    return DataError(
        f"The image set {name} is {places}, and {failure.reason}.",
        f"{failure.advice}, set AIGC_DATA to a folder that holds {example} and the"
        " three files that go with it, or use 'digits', which needs none.",
    )
