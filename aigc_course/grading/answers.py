"""Takes the answers out of a process before a student's code runs in it.

A check needs some of an exercise's code in the student's process: what makes inputs,
observes and looks at properties, since networks and gradients cannot travel. It needs
neither the reference, nor the misconceptions, nor the hints. Functions that no check of
the chapter uses are emptied where they stand, so no name, frame or list of objects
leads to their code. In the place of a reference the student's own function is called.

Once an exercise is settled the notebook goes on with the course's function, as it does
for its student: then its code comes back, from outside.
"""

import inspect
import linecache
import marshal
import sys
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from aigc_course.checks.exercise import Exercise
from aigc_course.grading.needs import wanted

_HOLDS = "aigc_course.exercises"
_STUDENTS = "__handed_in__"  # a global name in each emptied module
_places: dict[str, FunctionType] = {}  # the emptied functions, by module and name


def take_out(exercises: Iterable[Exercise], students: dict[str, Any]) -> None:
    """Empty everything that holds answers and that the checks do not need.

    students: by id the function to be called in the place of a reference; read when it
    is called.
    """
    # found now: later the notebook's process no longer has the modules by name
    _places.update({f"{f.__module__}:{f.__qualname__}": f for f in _functions()})
    asked = list(exercises)
    kept = {id(f) for one in asked for f in _used(_of_check(one))}
    references = {id(one.reference): one for one in asked}
    for function in list(_functions()):
        if one := references.get(id(function)):
            function.__globals__[_STUDENTS] = students
            _empty(function, _calls_student(one.id))
        elif id(function) not in kept:
            _empty(function, _nothing())
    for module in [m for name, m in sys.modules.items() if _is_answer(name)]:
        other = getattr(module, "exercise", None)
        if isinstance(other, Exercise):
            _empty_exercise(other)
    linecache.clearcache()


def code_of(exercise: Exercise) -> dict[str, str]:
    """The code of a reference and of all that it uses, as text by place."""
    return {
        f"{function.__module__}:{function.__qualname__}": marshal.dumps(
            function.__code__
        ).hex()
        for function in _used([exercise.reference])
    }


def put_back(code: dict[str, str], but: Iterable[Callable[..., Any]]) -> None:
    """Give functions their code again, but not these."""
    never = {id(function) for function in but}
    for place, text in code.items():
        function = _places.get(place)
        if function is not None and id(function) not in never:
            function.__code__ = marshal.loads(bytes.fromhex(text))


def _of_check(exercise: Exercise) -> list[Callable[..., Any]]:
    parts = [exercise.probes, exercise.behave, *(p.holds for p in exercise.checks)]
    return [part for part in parts if part is not None]


def _used(functions: Iterable[Any]) -> Iterator[FunctionType]:
    """The functions of the exercises that these use, and what those use."""
    seen: set[int] = set()
    waiting = list(functions)
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, list | tuple | dict):
            waiting += list(one.values() if isinstance(one, dict) else one)
        elif isinstance(one, type) and _is_answer(one.__module__):
            waiting += [*_methods(one), *one.__bases__]
        elif isinstance(one, FunctionType) and _is_answer(one.__module__):
            yield one
            waiting += list(_globals(one))
            waiting += [cell.cell_contents for cell in one.__closure__ or ()]
        elif _is_answer(type(one).__module__):
            waiting.append(type(one))


def _globals(function: FunctionType) -> Iterator[Any]:
    """What a function's global names stand for; of a module what it may use of it."""
    names = wanted(function.__code__)
    for name in names:
        value = function.__globals__.get(name)
        if isinstance(value, ModuleType) and _is_answer(value.__name__):
            yield from (getattr(value, a, None) for a in _attributes(function.__code__))
        yield value


def _attributes(code: CodeType) -> set[str]:
    inside = (part for part in code.co_consts if isinstance(part, CodeType))
    return set(code.co_names).union(*map(_attributes, inside))


def _functions() -> Iterator[FunctionType]:
    """Every function and method in the modules of the exercises."""
    for name, module in list(sys.modules.items()):
        if not _is_answer(name):
            continue
        for value in list(vars(module).values()):
            if getattr(value, "__module__", None) != name:
                continue
            if isinstance(value, FunctionType):
                yield value
            elif isinstance(value, type):
                yield from _methods(value)


def _methods(cls: type) -> list[FunctionType]:
    inside = (getattr(value, "__func__", value) for value in vars(cls).values())
    return [one for one in inside if isinstance(one, FunctionType)]


def _is_answer(module: object) -> bool:
    return isinstance(module, str) and f"{module}.".startswith(f"{_HOLDS}.")


def _empty(function: FunctionType, code: CodeType) -> None:
    function.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    function.__doc__ = None
    if not function.__code__.co_freevars:
        function.__code__ = code


def _empty_exercise(exercise: Exercise) -> None:
    exercise.misconceptions = []
    for name in ("idea", "formula", "line", "variation"):
        setattr(exercise, name, "")


def _calls_student(id: str) -> CodeType:
    space: dict[str, Any] = {}
    call = f"lambda *given, **named: {_STUDENTS}[{id!r}](*given, **named)"
    exec(f"emptied = {call}", space)
    code: CodeType = space["emptied"].__code__
    return code


def _nothing() -> CodeType:
    def emptied(*_: Any, **__: Any) -> None:
        raise NotImplementedError

    return emptied.__code__
