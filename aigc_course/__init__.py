"""Companion package of the course: data, models, training, metrics, exercise checks.

Importing it is cheap: a topic such as ``aigc_course.gan`` (and with it torch) is
loaded when it is first used.
"""

from importlib import import_module
from pathlib import Path

__version__ = "0.1.0"

# every folder with code, and the one module that is a topic of its own
_TOPICS = {file.parent.name for file in Path(__file__).parent.glob("*/__init__.py")}
_TOPICS.add("models")


def __getattr__(name: str) -> object:
    if name in _TOPICS:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_TOPICS])
