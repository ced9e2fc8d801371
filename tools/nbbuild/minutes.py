"""How long a chapter takes: its exercises, its reading and its run, added up."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nbbuild.chapter import Chapter
from nbbuild.project import Project

WORDS_PER_MINUTE = 180  # a reader of technical English in a second language
COUNTED = (
    *("no", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
CODE_OR_FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$]+\$|`[^`]+`|\{\{[^}]*\}\}", re.S)


@dataclass(frozen=True)
class Minutes:
    """What a chapter asks of a reader; all but `exercises` in minutes."""

    exercises: int  # how many
    solving: float
    reading: float
    running: float

    @property
    def total(self) -> int:
        """All of it, to five minutes."""
        return 5 * round((self.solving + self.reading + self.running) / 5)

    def line(self) -> str:
        """A sentence's worth: the total, then its parts."""
        return (
            f"about {_hours(self.total)}: {_exercises(self.exercises)}"
            f" ({self.solving:.0f} minutes), reading ({self.reading:.0f}) and running"
            f" ({max(self.running, 1):.0f})"
        )


def needed(chapter: Chapter, project: Project) -> Minutes:
    """The minutes of each exercise, words at reading speed, the measured run."""
    names = [c.metadata["exercise"] for c in chapter.cells if "exercise" in c.metadata]
    texts = [c.source for c in chapter.cells if c.cell_type == "markdown"]
    card: Mapping[str, Any] = project.run_cards().get(chapter.stem, {})
    seconds = card.get("cpu_seconds", card.get("seconds", 0))
    return Minutes(
        exercises=len(names),
        solving=sum(project.exercise(name).minutes for name in names),
        reading=sum(map(words, texts)) / WORDS_PER_MINUTE,
        running=seconds / 60,
    )


def words(markdown: str) -> int:
    """Words of a text; a formula and a piece of code count as one each.

    >>> words(r"Let $x = 1$ and `y = 2`: then [this](there.md) holds.")
    7
    """
    text = CODE_OR_FORMULA.sub(" X ", markdown)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    return len(re.findall(r"[\w'’-]*\w[\w'’-]*", text))


def _hours(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    told = [f"{hours} hour{'s' * (hours > 1)}"] if hours else []
    told += [f"{rest} minutes"] if rest or not hours else []
    return " and ".join(told)


def _exercises(count: int) -> str:
    number = COUNTED[count] if count < len(COUNTED) else str(count)
    return f"{number} exercise{'s' * (count != 1)}"
