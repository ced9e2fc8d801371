"""Finds what was handed in and reads the code cells; runs none of it.

Whatever lies in the folder is graded or named with the reason: notebooks under the
names that browsers give them, archives as Moodle and Canvas make them, Python files,
and what is none of these. Links are not followed: they may lead to others' work.
"""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from aigc_course.errors import CourseError
from aigc_course.grading.archive import Archive, opened
from aigc_course.grading.notebook import Unreadable, chapter_of, code_cells, text_of

MIB = 2**20
MOST_BYTES = 50 * MIB
_DEEPEST = 30  # folders within folders
_MOST_FILES = 20_000
NOTEBOOK = re.compile(r"\.ipynb(\.(json|txt))?$", re.I)
_PYTHON = re.compile(r"\.py(\.txt)?$", re.I)
_ZIP = re.compile(r"\.zip$", re.I)
# what systems leave behind; nobody hands it in
_LITTER = re.compile(
    r"^(\..*|__MACOSX|__pycache__|Thumbs\.db|desktop\.ini|submission_metadata\.yml)$",
    re.I,
)
_LINK = (
    "This is a link, which may lead to somebody else's file: the file itself is wanted."
)
_OTHER = "This is no notebook, Python file or zip archive: it was not graded."


@dataclass(frozen=True)
class Submission:
    """A notebook that was handed in.

    file: its path below the folder, with "/"; in an archive "x.zip/a.ipynb". cells:
    the code cells' text, in order. chapter: two digits, or "" where it cannot be told.
    unreadable: why it could not be read, a sentence, or "". place: the file itself.
    """

    file: str
    cells: tuple[str, ...] = ()
    chapter: str = ""
    unreadable: str = ""
    place: Path | None = None


def find(place: Path) -> list[Submission]:
    """Everything handed in, in a folder and below it, or one file, sorted by path.

    Hidden files and folders are left out; Jupyter keeps its checkpoints there. Files
    that lie beside a notebook in a folder of their own, such as pictures, are taken for
    parts of it. Raises CourseError when there is no such place, or nothing in it.
    """
    if place.is_file():
        return _read_all(place.resolve(), place.name)
    if not place.is_dir():
        raise CourseError(f"There is no file or folder {place}.")
    listed = sorted(_files(place), key=lambda one: one[0].parts)
    at_home = {path.parent for path, _ in listed if _is_work(path.name)}
    found: list[Submission] = []
    for path, why in listed:
        name = path.as_posix()
        if why:
            found.append(Submission(name, unreadable=why, place=place / path))
        elif _is_work(path.name):
            found += _read_all(place / path, name)
        elif path.parent == Path() or path.parent not in at_home:
            found.append(Submission(name, unreadable=_OTHER, place=place / path))
    if not found:
        raise CourseError(f"There is no notebook (*.ipynb) in {place}.")
    return found


def read(path: Path, name: str) -> Submission:
    """The code cells of a file; what cannot be read says why and raises nothing."""
    try:
        return replace(parsed(name, content(path)), place=path)
    except Unreadable as error:
        return Submission(name, unreadable=str(error), place=path)


def parsed(name: str, content: bytes) -> Submission:
    """The code cells of a notebook or a Python file. Raises Unreadable."""
    text = text_of(content)
    cells, ids = code_cells(text, is_python=bool(_PYTHON.search(name)))
    return Submission(name, cells, chapter_of(name, cells, ids))


def content(path: Path) -> bytes:
    """What is in a regular file; nothing else is opened. Raises Unreadable."""
    follow = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        info = path.lstat()
        if stat.S_ISLNK(info.st_mode):
            raise Unreadable(_LINK)
        if not stat.S_ISREG(info.st_mode):
            raise Unreadable("This is no file.")
        if info.st_size > MOST_BYTES:
            limit = f"{MOST_BYTES // MIB} MiB"
            raise Unreadable(f"The file is larger than {limit}: clear its outputs.")
        number = os.open(path, os.O_RDONLY | follow | getattr(os, "O_BINARY", 0))
        with os.fdopen(number, "rb") as file:
            if not stat.S_ISREG(os.fstat(number).st_mode):
                raise Unreadable("This is no file.")
            return file.read(MOST_BYTES)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Unreadable(f"The file cannot be opened: {reason}.") from error


def _read_all(path: Path, name: str) -> list[Submission]:
    """The file, or what an archive holds."""
    if not _ZIP.search(name):
        return [read(path, name)]
    try:
        found = list(_in_archive(opened(content(path)), name))
    except Unreadable as error:
        return [Submission(name, unreadable=str(error), place=path)]
    if not found:
        found = [Submission(name, unreadable="There is no notebook in the archive.")]
    return [replace(one, place=path) for one in found]


def _in_archive(archive: Archive, name: str, depth: int = 0) -> Iterator[Submission]:
    """What lies in an archive, and in the archives within, as Moodle packs them."""
    works = [one for one in archive.names if _is_work(one.rpartition("/")[2])]
    shown = [one for one in works if not any(map(_LITTER.match, one.split("/")))]
    for one in shown:
        full = f"{name}/{one}"
        try:
            inside = archive.read(one)
            if not _ZIP.search(one):
                yield parsed(full, inside)
            elif depth:
                raise Unreadable("An archive in an archive in an archive is not read.")
            else:
                yield from _in_archive(opened(inside), full, depth + 1)
        except Unreadable as error:
            yield Submission(full, unreadable=str(error))


def _files(place: Path) -> Iterator[tuple[Path, str]]:
    """Paths below a folder, and why one is not to be read; does not recurse."""
    waiting = [Path()]
    count = 0
    while waiting:
        folder = waiting.pop()
        try:
            entries = list(os.scandir(place / folder))
        except OSError as error:
            yield folder, f"The folder cannot be opened: {error.strerror}."
            continue
        for entry in entries:
            path = folder / entry.name
            count += 1
            if count > _MOST_FILES:
                yield (
                    path,
                    f"More than {_MOST_FILES:,} files were handed in; the rest is",
                )
                return
            if _LITTER.match(entry.name):
                continue
            if entry.is_symlink():
                yield path, _LINK
            elif not entry.is_dir(follow_symlinks=False):
                yield path, ""
            elif _is_work(entry.name):
                yield path, "This is no file."
            elif len(path.parts) > _DEEPEST:
                yield (
                    path,
                    f"It lies more than {_DEEPEST} folders deep: not read.",
                )
            else:
                waiting.append(path)


def _is_work(name: str) -> bool:
    return any(kind.search(name) for kind in (NOTEBOOK, _PYTHON, _ZIP))
