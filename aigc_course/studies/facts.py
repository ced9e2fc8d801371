"""What two machines must have in common for their cells to stand in one record."""

import hashlib
import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path

import aigc_course
from aigc_course.errors import CourseError
from aigc_course.studies.config import digest
from aigc_course.studies.study import Study

NAMES = {
    "course": "version of the course",
    "code": "code of the course",
    "torch": "version of torch",
    "numpy": "version of NumPy",
    "data": "data",
    "definition": "definition of the method",
}


def facts(study: Study, method: str, data: str) -> dict[str, str]:
    """Versions, and digests of the code, the data and the method's definition.

    data: the name of the study's image set, or "".
    """
    definition = digest(study.method(method).config)
    return {**versions(), "data": _data(data), "definition": definition}


def versions() -> dict[str, str]:
    """Versions of the course and its libraries, and a digest of the course's code."""
    return {
        "course": aigc_course.__version__,
        "code": _code(),
        "torch": version("torch"),
        "numpy": version("numpy"),
    }


def difference(mine: dict[str, str], wanted: dict[str, str]) -> str:
    """A sentence about the first fact in which this machine differs, or ""."""
    for name, value in wanted.items():
        if mine.get(name) != value:
            return (
                f"The worker {platform.node()} has another {NAMES.get(name, name)}"
                f" ({mine.get(name) or 'none'}, not {value}): make it as this machine."
            )
    return ""


@cache
def _code() -> str:
    found = hashlib.sha256()
    folder = Path(aigc_course.__file__).parent
    for file in sorted(folder.rglob("*.py")):
        found.update(file.relative_to(folder).as_posix().encode() + file.read_bytes())
    return found.hexdigest()[:16]


@cache
def _data(name: str) -> str:
    """Digest of a set's images and labels; "" for none, or where it is missing."""
    if not name:
        return ""
    from aigc_course import data

    try:
        images = data.load(name)
    except CourseError:
        return ""
    found = hashlib.sha256()
    for tensor in (images.images, images.labels):
        found.update(tensor.contiguous().numpy().data)
    return found.hexdigest()[:16]
