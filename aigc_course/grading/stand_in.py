"""What `aigc_course.checks` is in a notebook that is graded.

`use` hands the function over and gives back what the notebook goes on with; hints and
tables say nothing. There is no checker behind it to ask.
"""

import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import aigc_course
from aigc_course.grading.confine import Watch

_HIDDEN = ("aigc_course.checks", "aigc_course.exercises", "aigc_course.grading")
ASKS = "ask the checker for the answer"


class _Checks(ModuleType):
    """The stand-in; a name that it does not have is a question to the checker."""

    def __init__(self, use: Callable[[Any, Any], Any], watch: Watch) -> None:
        super().__init__("aigc_course.checks")
        self.__path__: list[str] = []
        self.use = use
        for name in ("check", "hint", "progress", "header", "exercises", "forget"):
            setattr(self, name, lambda *_, **__: None)
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "solution" and not self._watch.judging:
            return lambda *_, **__: None  # a cell may have shown it
        self._watch.note(ASKS, f"checks.{name}")
        raise AttributeError(f"there is no `checks.{name}` while grading")


class _Finder(MetaPathFinder):
    """Finds none of the modules that hold answers or verdicts, and says who asked."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: Any = None
    ) -> ModuleSpec | None:
        if f"{name}.".startswith(tuple(f"{one}." for one in _HIDDEN)):
            self.watch.note(ASKS, f"import {name}")
            raise ModuleNotFoundError(f"there is no {name} while grading")
        return None


def install(use: Callable[[Any, Any], Any], watch: Watch) -> None:
    """From now on `aigc_course.checks` is the stand-in, and what it hides is gone."""
    for name in list(sys.modules):
        if f"{name}.".startswith(tuple(f"{one}." for one in _HIDDEN)):
            del sys.modules[name]
    for name in ("exercises", "grading"):
        vars(aigc_course).pop(name, None)
    checks = _Checks(use, watch)
    sys.modules["aigc_course.checks"] = checks
    aigc_course.checks = checks
    sys.meta_path.insert(0, _Finder(watch))
