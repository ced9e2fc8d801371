"""Companion package of the course: data, models, training, metrics, exercise checks.

Importing it is cheap: a topic such as ``aigc_course.gan`` (and with it torch) is
loaded when it is first used.
"""

from importlib import import_module

__version__ = "0.1.0"

_TOPICS = (
    "checks",
    "classical",
    "control",
    "data",
    "gan",
    "metrics",
    "plots",
    "pretrained",
    "models",
    "theory",
    "training",
    "vae",
    "widgets",
)


def __getattr__(name: str) -> object:
    if name in _TOPICS:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_TOPICS])
