"""What the kit takes from a solved chapter: goals, sections, figures, findings."""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aigc_course.checks import registry
from aigc_course.checks.exercise import Exercise
from aigc_course.errors import CourseError

WORDS_PER_MINUTE = 180
_NUMBERED = re.compile(r"^(\d+) · (.*)$")
_RECAPS = ("What to take along", "Recap")
_NOT_TAUGHT = (*_RECAPS, "References")
_HIDDEN = re.compile(r"<details>.*?</details>|<!--.*?-->", re.S)


@dataclass(frozen=True)
class Figure:
    """A figure of a solved notebook: its PNG, its description, the cell's id."""

    png: bytes
    alt: str
    cell: str


@dataclass
class Section:
    """A section: its heading without the number, Markdown, figures, exercises."""

    title: str
    text: str = ""
    figures: list[Figure] = field(default_factory=list)
    exercises: list[Exercise] = field(default_factory=list)

    @property
    def reading(self) -> float:
        """Minutes to read it."""
        return len(self.text.split()) / WORDS_PER_MINUTE


@dataclass(frozen=True)
class Chapter:
    """A chapter as a teacher needs it. goals, findings: Markdown, an item each."""

    number: str
    title: str
    summary: str
    goals: tuple[str, ...]
    sections: tuple[Section, ...]
    findings: tuple[str, ...]

    @property
    def exercises(self) -> list[Exercise]:
        """In the order in which a reader meets them."""
        return [one for section in self.sections for one in section.exercises]

    @property
    def figures(self) -> list[Figure]:
        """All figures of its sections."""
        return [one for section in self.sections for one in section.figures]


def read(path: Path) -> Chapter:
    """The chapter in a solved notebook. Raises CourseError where it has no title."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    texts = [_source(cell) for cell in cells if cell["cell_type"] == "markdown"]
    title = next((t for t in texts if re.match(r"# \d\d · ", t)), "")
    if not title:
        raise CourseError(f"{path} has no cell that begins with its number and title.")
    whole = list(_sections(cells))
    recap = next((one.text for one in whole if one.title in _RECAPS), "")
    return Chapter(
        number=title[2:4],
        title=title.splitlines()[0][7:],
        summary=_paragraphs(title)[1],
        goals=tuple(_items(title.partition("**You will be able to**")[2])),
        sections=tuple(one for one in whole if one.title not in _NOT_TAUGHT),
        findings=tuple(_items(recap)),
    )


def ready(root: Path) -> list[Path]:
    """The solved notebooks of the chapters that have questions, in order."""
    return [path for path in solved(root) if _table(root, path).is_file()]


def without(root: Path) -> list[str]:
    """The numbers of solved chapters that have no questions as yet."""
    return [p.name[:2] for p in solved(root) if not _table(root, p).is_file()]


def solved(root: Path) -> list[Path]:
    """All solved notebooks."""
    return sorted((root / "solutions").glob("[0-9][0-9]_*.ipynb"))


def _table(root: Path, path: Path) -> Path:
    return root / "kit" / "questions" / f"{path.name[:2]}.toml"


def _sections(cells: list[dict[str, Any]]) -> Iterator[Section]:
    """Split where a heading of the second level stands, also inside a cell."""
    section: Section | None = None
    for cell in cells:
        if cell["cell_type"] == "markdown":
            parts = re.split(r"^## (.*)$", _source(cell), flags=re.M)
            if section:
                section.text += f"{parts[0]}\n\n"
            for heading, text in zip(parts[1::2], parts[2::2], strict=True):
                if section:
                    yield section
                number = _NUMBERED.match(heading)
                section = Section(number[2] if number else heading, f"{text}\n\n")
        elif section:
            section.figures += _figures(cell)
            if name := cell["metadata"].get("aigc", {}).get("exercise"):
                section.exercises.append(registry.get(name))
    if section:
        yield section


def _figures(cell: dict[str, Any]) -> list[Figure]:
    found = []
    for output in cell.get("outputs", []):
        png = output.get("data", {}).get("image/png")
        alt = output.get("metadata", {}).get("image/png", {}).get("alt", "")
        if png and alt:
            data = base64.b64decode("".join(png))
            found.append(Figure(data, alt, cell.get("id", "")))
    return found


def _source(cell: dict[str, Any]) -> str:
    return _HIDDEN.sub("", "".join(cell["source"]))


def _paragraphs(markdown: str) -> list[str]:
    return [part.strip() for part in re.split(r"\n\s*\n", markdown) if part.strip()]


def _items(markdown: str) -> list[str]:
    """The items of the first list, each on one line, without its final sign."""
    items: list[str] = []
    for line in markdown.splitlines():
        if line.startswith("- "):
            items.append(line[2:])
        elif items and line.startswith("  "):
            items[-1] += f" {line.strip()}"
        elif items:
            break
    return [one.rstrip(";.") for one in items]


def first_paragraph(text: str) -> str:
    """The first paragraph of prose: no list, table, formula, exercise or picture."""
    for part in _paragraphs(text):
        if not re.match(r"[-|>#!]|\d+\. |\$\$|\*\*Exercise|\*\*Predict|<", part):
            return " ".join(part.split())
    return ""


def first_formula(text: str) -> str:
    """The first displayed formula, with its dollars, or ""."""
    found = re.search(r"\$\$.+?\$\$", text, re.S)
    return found.group() if found else ""
