"""The functions a chapter calls, and what they remember until the kernel stops."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from aigc_course.checks import registry
from aigc_course.checks.exercise import LADDER, Exercise
from aigc_course.checks.verdict import (
    Page,
    Status,
    Verdict,
    code,
    label,
    paragraph,
    show,
    table_page,
    text_page,
)
from aigc_course.errors import CourseError

F = TypeVar("F", bound=Callable[..., Any])
_HEAD = ("exercise", "title", "difficulty", "minutes", "status", "tries")


@dataclass
class _Memory:
    """One exercise in this session.

    rung: the last hint shown, -1 before the first. verdict: the last one on a function
    of the learner's own.
    """

    verdict: Verdict | None = None
    status: Status = "not attempted"
    tries: int = 0
    rung: int = -1
    solution_seen: bool = False


_memories: dict[str, _Memory] = {}


def check(id: str, function: Callable[..., Any]) -> Verdict:
    """Judge a learner's function against the exercise `id`, such as "05.interpolate".

    A failing answer brings a hint. Its rung (idea, formula, line) is picked from the
    mistake; each further failing check climbs one rung. Nothing the function does
    raises here. Raises CourseError for an unknown id.
    """
    return _checked(id, function)[0]


def use(id: str, function: F) -> F:
    """Show the verdict; return the function when it passed, else the reference.

    So an exercise that is not solved yet does not stop the notebook. Run again, the
    cell meets that reference under the learner's name: it is not judged, and the last
    verdict on the learner's own function stands. A function that
    passed with results of another kind, such as floats for 0-d tensors, comes back in a
    wrapper that converts them, since later cells count on the kind. Only while nbgrader
    grades does it raise, since a cell that raises nothing earns its points.

    Raises CourseError for an unknown id, AssertionError in nbgrader's hands.
    """
    verdict, going_on = _checked(id, function)
    if verdict.passed:
        show(verdict)
        return going_on
    if "NBGRADER_EXECUTION" in os.environ:  # set by its autograde and validate
        raise AssertionError(str(verdict))
    note = f"The notebook goes on with the course's `{registry.get(id).function}`."
    show(replace(verdict, message=f"{verdict.message} {note}"))
    return registry.get(id).reference  # type: ignore[return-value]


def hint(id: str, level: int | None = None) -> Page:
    """The next hint of the ladder, or the one of `level`: 1 idea, 2 formula, 3 line.

    Raises CourseError for an unknown id or another level.
    """
    exercise, memory = registry.get(id), _memory(id)
    if level not in (None, 1, 2, 3):
        raise CourseError(
            f"The levels are 1 (idea), 2 (formula) and 3 (line); {level!r} is none."
        )
    rung = min(memory.rung + 1, _last_rung()) if level is None else level - 1
    if rung > _last_rung():
        raise CourseError("Hint 3, the line, is locked during an assessment.")
    memory.rung = max(memory.rung, rung)
    return text_page(f"{id}: {exercise.title}", _rung_text(exercise, rung))


def solution(id: str) -> Page:
    """One right answer, as code, and what to try next.

    Raises CourseError for an unknown id, and while AIGC_ASSESSMENT is set.
    """
    exercise = registry.get(id)
    if is_assessment():
        raise CourseError("Solutions are locked during an assessment.")
    _memory(id).solution_seen = True
    source, after = exercise.source(), f"To try next: {exercise.variation}"
    html = code(source) + paragraph(after)
    return Page(f"{id}: one right answer", f"{source}\n\n{after}", html)


def is_assessment() -> bool:
    """Whether a school has locked solutions, and the hint that gives the line.

    The variable AIGC_ASSESSMENT does so, set where the notebooks are served. It keeps
    honest people from looking; the package's own files can still be read.
    """
    return os.environ.get("AIGC_ASSESSMENT", "") not in ("", "0")


def _last_rung() -> int:
    return 1 if is_assessment() else 2


def progress() -> Page:
    """A table of this session: the exercises of each chapter that was worked on."""
    chapters = sorted({id.partition(".")[0] for id in _memories})
    listed = [one for number in chapters for one in registry.exercises(number)]
    rows = [_row(exercise) for exercise in listed]
    passed = sum(_memory(exercise.id).status == "passed" for exercise in listed)
    title = f"Exercises passed in this session: {passed} of {len(rows)}"
    return table_page(title, _HEAD, rows)


def header(id: str) -> str:
    """The Markdown line above an exercise: id, difficulty and minutes.

    Raises CourseError for an unknown id.

    >>> header("00.to_tanh_range")
    '**Exercise 00.to_tanh_range** · difficulty 1/5 · 5 minutes'
    """
    return registry.get(id).header


def forget() -> None:
    """Start the session anew: no tries, no hints shown."""
    _memories.clear()


def _checked(id: str, function: F) -> tuple[Verdict, F]:
    from aigc_course.checks.judge import judged  # loads torch

    exercise = registry.get(id)
    if function is exercise.reference:
        return _not_the_learners(exercise), function
    verdict, going_on = judged(exercise, function)
    return _remember(exercise, verdict), going_on  # type: ignore[return-value]


def _not_the_learners(exercise: Exercise) -> Verdict:
    """The last verdict on the learner's own function; why this one is not judged."""
    note = (
        f"`{exercise.function}` is the course's own function now: an earlier run of"
        " this cell put it in the place of yours, and it is not judged. Run the cell"
        " that defines your function, then this one."
    )
    last = _memory(exercise.id).verdict
    if last is None or last.passed:
        return Verdict(exercise.id, "not attempted", note)
    return replace(last, message=f"{note} The last verdict on yours: {last.message}")


def _memory(id: str) -> _Memory:
    return _memories.setdefault(id, _Memory())


def _remember(exercise: Exercise, verdict: Verdict) -> Verdict:
    memory = _memory(exercise.id)
    memory.verdict = verdict
    if memory.status != "passed" or verdict.failed:
        memory.status = verdict.status
    memory.tries += verdict.status != "not attempted"
    if verdict.hint_level is None:
        return verdict
    memory.rung = min(max(verdict.hint_level, memory.rung + 1), _last_rung())
    text = _rung_text(exercise, memory.rung)
    if memory.rung == 2:
        text += f' `checks.solution("{exercise.id}")` shows one right answer.'
    return replace(verdict, hint_level=memory.rung, hint=text)


def _rung_text(exercise: Exercise, rung: int) -> str:
    return f"Hint {rung + 1} of 3 ({LADDER[rung]}): {exercise.hints[rung]}"


def _row(exercise: Exercise) -> tuple[str, ...]:
    memory = _memory(exercise.id)
    return (
        exercise.id,
        exercise.title,
        f"{exercise.difficulty}/5",
        str(exercise.minutes),
        label(memory.status) + " (solution seen)" * memory.solution_seen,
        str(memory.tries),
    )
