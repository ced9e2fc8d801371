"""Settings as plain JSON, so that a record says what was run."""

import dataclasses
import functools
import hashlib
import inspect
import json
from collections.abc import Mapping
from typing import Any

PLAIN = (str, int, float, bool, type(None))


def describe(value: Any) -> Any:
    """A value as numbers, strings, lists and dicts.

    Functions and classes give their names with the arguments that are set, defaults
    among them; objects what they hold. What begins with an underscore is left out.

    >>> describe({"lr": 0.002, "check": functools.partial(round, number=1.5)})
    {'lr': 0.002, 'check': {'round': {'ndigits': None, 'number': 1.5}}}
    """
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, Mapping):
        return {str(key): describe(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [describe(item) for item in value]
    if isinstance(value, functools.partial):
        return _called(value.func, value.args, value.keywords)
    if callable(value) and hasattr(value, "__qualname__"):
        return _called(value, (), _closed_over(value))
    return {type(value).__name__: describe(_held(value))}


def digest(value: Any) -> str:
    """Sixteen letters that change when `value`, plain JSON, does."""
    text = json.dumps(value, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _called(function: Any, args: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
    """The name of a function or class, with the arguments that it would be given."""
    name = getattr(function, "__qualname__", type(function).__name__)
    try:
        signature = inspect.signature(function)
    except ValueError:  # some built-in functions have none
        return {name: describe({**dict(enumerate(args)), **named})}
    parameters = signature.parameters.values()
    defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
    given = defaults | dict(zip(signature.parameters, args, strict=False)) | {**named}
    return {name: describe(given)} if given else name


def _closed_over(function: Any) -> dict[str, Any]:
    """The variables of the function around this one that it uses."""
    cells = getattr(function, "__closure__", None) or ()
    names = function.__code__.co_freevars if cells else ()
    held = zip(names, (cell.cell_contents for cell in cells), strict=True)
    return {name: item for name, item in held if name != "__class__"}


def _held(value: Any) -> dict[str, Any]:
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
        return {name: getattr(value, name) for name in names}
    held = getattr(value, "__dict__", {})
    return {name: item for name, item in held.items() if not name.startswith("_")}
