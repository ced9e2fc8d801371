"""The studies by name: `ring-8` is made by the function `study` of ring_8.py.

A definition loads torch, so it is imported when asked for.
"""

import pkgutil
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path

from aigc_course.errors import CourseError
from aigc_course.studies.study import Study

_HERE = "aigc_course.studies.definitions"
_FOLDER = Path(__file__).with_name("definitions")
SOURCES = {  # module and the function that makes the study, as "module:function"
    found.name.replace("_", "-"): f"{_HERE}.{found.name}:study"
    for found in pkgutil.iter_modules([str(_FOLDER)])
}


def names() -> list[str]:
    """The names of all studies."""
    return list(SOURCES)


def source(name: str) -> str:
    """Where the study is defined. Raises CourseError for an unknown name."""
    if name not in SOURCES:
        near = get_close_matches(str(name), SOURCES, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise CourseError(
            f"There is no study {name!r}; there are {', '.join(SOURCES)}.{hint}"
        )
    return SOURCES[name]


def get(name: str) -> Study:
    """The study of this name. Raises CourseError for an unknown one."""
    return load(source(name))


def load(place: str) -> Study:
    """The study made by "module:function"."""
    module, _, function = place.partition(":")
    return getattr(import_module(module), function)()
