"""Where chapters, notebooks and their records lie, and where the project lives."""

import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from aigc_course.errors import CourseError
from aigc_course.files import write_json
from aigc_course.studies.results import Record, find

ROOT = Path(__file__).resolve().parents[2]
CHAPTER_FILE = re.compile(r"(\d\d)_[a-z0-9_]+\.py")


class Exercise(Protocol):
    """What the build takes from `aigc_course.checks.exercise.Exercise`."""

    difficulty: int
    minutes: int

    @property
    def header(self) -> str:
        """The line above the exercise, in Markdown."""


def registered(name: str) -> Exercise:
    """The course's exercise of this name. Raises CourseError when there is none."""
    from aigc_course.checks import registry  # a chapter's exercises load torch

    return registry.get(name)


@dataclass(frozen=True)
class Project:
    """A checkout of the course; `root` holds pyproject.toml and chapters/.

    exercise: finds an exercise by its name, "05.interpolate". study: finds the record
    of a study by its name, "ring-8".
    """

    root: Path = ROOT
    exercise: Callable[[str], Exercise] = registered
    study: Callable[[str], Record] = find

    @cached_property
    def slug(self) -> str:
        """`owner/name` on GitHub, from `[tool.aigc]`."""
        return self._settings["repository"]

    @cached_property
    def branch(self) -> str:
        """The branch that badges and links point to."""
        return self._settings["branch"]

    @property
    def release(self) -> tuple[str, str] | None:
        """Address and SHA-256 of the released wheel; None before there is one."""
        address, digest = (self._settings.get(k, "") for k in ("wheel", "sha256"))
        return (address, digest) if address and digest else None

    def pin(self, package: str) -> str:
        """ "package==version" as it is pinned, or the bare name where nothing is."""
        file = self.root / "constraints.txt"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        pins = (line.split(" ")[0] for line in lines)
        return next((p for p in pins if p.startswith(f"{package}==")), package)

    @cached_property
    def _settings(self) -> dict[str, str]:
        text = (self.root / "pyproject.toml").read_text(encoding="utf-8")
        return tomllib.loads(text)["tool"]["aigc"]

    def chapters(self) -> list[Path]:
        """Every chapters/NN_slug.py, in reading order."""
        files = (self.root / "chapters").glob("*.py")
        return sorted(path for path in files if CHAPTER_FILE.fullmatch(path.name))

    def chosen(self, names: list[str]) -> list[Path]:
        """The chapters meant by `names` ("05", "05_slug" or a path); all when empty.

        Raises CourseError for a name that fits no chapter.
        """
        return [self._find(name) for name in names] or self.chapters()

    def _find(self, name: str) -> Path:
        wanted = Path(name).stem
        for path in self.chapters():
            if wanted in (path.stem, path.stem[:2]):
                return path
        known = ", ".join(path.stem for path in self.chapters()) or "none"
        raise CourseError(f"There is no chapter {name!r}. Chapters: {known}.")

    def built(self, folder: str, stem: str) -> Path:
        """The notebook made from chapter `stem`; folder: notebooks or solutions."""
        return self.root / folder / f"{stem}.ipynb"

    @property
    def _cards_file(self) -> Path:
        return self.root / "chapters" / "run_cards.json"

    def run_cards(self) -> dict[str, dict[str, Any]]:
        """Measured time and memory of each chapter, by its file stem."""
        if not self._cards_file.exists():
            return {}
        return json.loads(self._cards_file.read_text(encoding="utf-8"))

    def record(self, stem: str, card: dict[str, Any]) -> None:
        """Keep the measurement of one chapter, beside those of the others."""
        cards = self.run_cards() | {stem: card}
        write_json(self._cards_file, dict(sorted(cards.items())))
