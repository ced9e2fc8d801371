"""The quiz of a chapter: kit/questions/NN.toml, checked and put together.

A question belongs to an exercise; each wrong option is a misconception of it, "name",
or of another exercise of the course, "05.slerp/straight". Choosing it, a student reads
the sentence that the checker says to that mistake.
"""

import hashlib
import random
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aigc_course.checks import registry
from aigc_course.errors import CourseError


@dataclass(frozen=True)
class Option:
    """An answer to choose. feedback: what a student reads behind it."""

    text: str
    right: bool
    feedback: str
    mistake: str = ""


@dataclass(frozen=True)
class Question:
    """id: unique in the course, letters, digits and underscores."""

    id: str
    exercise: str
    asks: str
    options: tuple[Option, ...]

    @property
    def right(self) -> Option:
        """The right option."""
        return next(one for one in self.options if one.right)


def table(root: Path, number: str) -> dict[str, Any]:
    """The file of a chapter. Raises CourseError where there is none."""
    path = root / "kit" / "questions" / f"{number}.toml"
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise CourseError(
            f"Chapter {number} has no questions: write {path}."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise CourseError(f"{path} is not TOML: {error}.") from error


def questions(root: Path, number: str) -> list[Question]:
    """The questions of a chapter. Raises CourseError for a mistake nobody knows."""
    entries = table(root, number)["question"]
    return [_question(number, i, one) for i, one in enumerate(entries, 1)]


def goals(root: Path, number: str) -> list[list[str]]:
    """For each goal of the chapter the exercises that serve it; none: not said yet."""
    found: list[list[str]] = table(root, number)["goals"]
    return found


def _question(number: str, index: int, entry: dict[str, Any]) -> Question:
    exercise = registry.get(entry["exercise"])
    right = Option(entry["right"], True, f"Right. {exercise.title}: {exercise.idea}")
    wrong = [_wrong(exercise.id, name, text) for name, text in entry["wrong"]]
    id = f"q{number}_{index:02}"
    options = [right, *wrong]
    # the same order each time, and the right one at another place in each question
    seed = int.from_bytes(hashlib.sha256(id.encode()).digest()[:8], "big")
    random.Random(seed).shuffle(options)
    return Question(id, exercise.id, entry["asks"], tuple(options))


def _wrong(exercise: str, name: str, text: str) -> Option:
    owner, slash, mistake = name.rpartition("/")
    known = registry.get(owner if slash else exercise)
    for one in known.misconceptions:
        if one.name == mistake:
            says = " ".join(one.says.split())
            return Option(text, False, says, f"{known.id}/{mistake}")
    raise CourseError(f"Exercise {known.id} has no misconception {mistake!r}.")
