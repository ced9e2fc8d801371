"""Right answers that are written differently from the references.

Those of exercise 05.slerp stand in tests/also_right/ch05/slerp.py:

    from tests.also_right import also_right

    @also_right
    def by_turning(a, b, t): ...

tests/checks_contract.py judges each of them in every wrapping. They stand here, so that
nobody is given the package with the answers of others in it.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
_answers: dict[str, list[Callable[..., Any]]] = {}  # by id


def also_right(function: F, id: str = "") -> F:
    """Declare a right answer to the exercise that the function's module is named after.

    id: the exercise's, where the function is defined elsewhere.
    """
    id = id or ".".join(function.__module__.split(".")[-2:]).removeprefix("ch")
    _answers.setdefault(id, []).append(function)
    return function


def of(id: str) -> list[Callable[..., Any]]:
    """The other right answers to an exercise, such as "05.slerp"."""
    chapter, _, name = id.partition(".")
    if (Path(__file__).parent / f"ch{chapter}" / f"{name}.py").is_file():
        import_module(f"{__name__}.ch{chapter}.{name}")
    return _answers.get(id, [])
