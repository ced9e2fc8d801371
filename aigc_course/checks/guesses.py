"""Predictions: the learner commits to an answer, the chapter measures, both are shown.

    checks.predict("05.fast-share", 40, unit="%")  # before: the learner writes 40
    checks.measured("05.fast-share", share)        # after: "You predicted 40 %; ..."
    checks.predictions("05")                       # at the end: all of them in a table

An answer is kept in one file on the reader's machine, so that it is still there on the
next day; nothing is sent anywhere. `...` stands for no answer, and nothing stops then.
"""

import json
import math
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from numbers import Real
from pathlib import Path
from typing import Any

from aigc_course.checks.verdict import Page, show, table_page, text_page
from aigc_course.errors import CourseError
from aigc_course.files import write_json

Answer = float | str

_HEAD = ("prediction", "yours", "measured", "unit")
_LATE = " (changed after the measurement)"


@dataclass(frozen=True)
class Prediction:
    """One question: what the learner wrote, and what the chapter found.

    options: the answers to choose from; empty where a number is asked for.
    late: the answer was written or changed when the measured value was known.
    """

    answer: Answer | None = None
    unit: str = ""
    options: tuple[str, ...] = ()
    found: Answer | None = None
    late: bool = False


_session: dict[str, Prediction] = {}


def predict(
    id: str, answer: Any = ..., *, unit: str = "", options: Sequence[str] = ()
) -> None:
    """Note the learner's answer to the question `id` before it is measured.

    id: the chapter's two digits, a dot and some words: "05.fast-share". answer: a
    finite number, or one of `options` where there are any; `...` means none yet. An
    answer that does not fit is told in a sentence, and the notebook goes on.
    """
    known = _known(id)
    late = known.found is not None
    asked = replace(known, unit=unit, options=tuple(options))
    given, refused = _read(answer, asked)
    if refused:
        _session[id] = asked
        if answer is ... and asked.answer is not None:
            refused = f"Your earlier answer stands: {_told(asked.answer, unit)}."
        return show(text_page(f"Prediction {id}", refused))
    changed = given != known.answer
    noted = replace(
        asked, answer=given, late=(late and changed) or (known.late and not changed)
    )
    _session[id] = noted
    told = "" if _keep() else " It could not be saved, so it lasts for this session."
    late_words = _LATE if noted.late else ""
    sentence = f"You predict {_told(given, unit)}{late_words}.{told}"
    show(text_page(f"Prediction {id}", sentence))


def measured(id: str, value: Any) -> None:
    """Note what the chapter found, and show it beside the learner's answer.

    Raises CourseError for a question that was not asked, and for a value that is
    neither a number nor a word.
    """
    asked = _session.get(id)
    if asked is None:
        raise CourseError(
            f'No prediction "{id}" was asked for; run the cell with'
            f' `checks.predict("{id}", ...)` first.'
        )
    found = value if isinstance(value, str) else _number(value)
    if found is None:
        raise CourseError(f"A measured value is a number or a word, not {value!r}.")
    _session[id] = noted = replace(asked, found=found)
    _keep()
    says = f"Measured: {_told(found, noted.unit)}."
    if noted.answer is not None:
        late = _LATE if noted.late else ""
        says = f"You predicted {_told(noted.answer, noted.unit)}{late}. {says}"
    show(text_page(f"Prediction {id}", says))


def predictions(chapter: str) -> Page:
    """A table of the predictions of a chapter, such as "05", beside what was found."""
    asked = {**_kept(), **_session}
    rows = [_row(id, one) for id, one in asked.items() if id.startswith(f"{chapter}.")]
    title = f"Your predictions in chapter {chapter}"
    if not rows:
        return text_page(title, "This session has asked for none yet.")
    return table_page(title, _HEAD, rows)


def forget_predictions() -> None:
    """Forget all answers, in this session and on disk.

    Raises CourseError when the file cannot be removed.
    """
    _session.clear()
    file = place()
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise CourseError(f"Cannot remove {file}: {error.strerror}.") from error


def place() -> Path:
    """The file with the answers: in $AIGC_STATE, or where this system keeps such."""
    import platformdirs

    folder = os.environ.get("AIGC_STATE")
    home = Path(folder) if folder else platformdirs.user_data_path("aigc-course")
    return home / "predictions.json"


def _known(id: str) -> Prediction:
    """What this session knows of a question, or an earlier one on this machine."""
    if id not in _session:
        _session[id] = _kept().get(id, Prediction())
    return _session[id]


def _read(answer: Any, asked: Prediction) -> tuple[Answer | None, str]:
    """The answer, and "" or the sentence that says why there is none."""
    where = "in the place of `...` and run this cell again"
    if asked.options:
        choice = " or ".join(f'"{option}"' for option in asked.options)
        if answer is ...:
            return None, f"No answer yet: write {choice} {where}. The chapter goes on."
        if isinstance(answer, str) and answer in asked.options:
            return answer, ""
        return None, f"The answer is {choice}, not {answer!r}."
    if answer is ...:
        return None, f"No answer yet: write a number {where}. The chapter goes on."
    number = _number(answer)
    if number is None:
        return (
            None,
            f"The answer is a finite number, such as 12 or 0.5; not {answer!r}.",
        )
    return number, ""


def _number(value: Any) -> float | None:
    """A finite number, also from NumPy or a tensor of one element; else None."""
    if hasattr(value, "item") and not isinstance(value, str):
        try:
            value = value.item()
        except (ValueError, RuntimeError):
            return None
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    return float(value) if math.isfinite(value) else None


def _told(answer: Answer | None, unit: str = "") -> str:
    if answer is None:
        return "–"
    if isinstance(answer, str):
        return f'"{answer}"'
    whole = answer == round(answer) and abs(answer) < 1e15
    text = f"{answer:,.0f}" if whole or abs(answer) >= 1000 else f"{answer:.3g}"
    return f"{text} {unit}".strip()


def _row(id: str, one: Prediction) -> tuple[str, ...]:
    name = id.partition(".")[2].replace("-", " ").replace("_", " ")
    yours = _told(one.answer) + (_LATE if one.late else "")
    return name, yours, _told(one.found), one.unit


def _kept() -> dict[str, Prediction]:
    """The answers on disk; none where the file is missing or damaged."""
    try:
        told = json.loads(place().read_text(encoding="utf-8"))
        return {
            id: Prediction(**{**one, "options": tuple(one["options"])})
            for id, one in told.items()
        }
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        return {}


def _keep() -> bool:
    """Write the session's answers beside the older ones; whether that worked."""
    mine = {id: one for id, one in _session.items() if one.answer is not None}
    if not mine:
        return True
    every = {id: asdict(one) for id, one in {**_kept(), **mine}.items()}
    try:
        write_json(place(), every)
    except (CourseError, OSError):
        return False
    return True
