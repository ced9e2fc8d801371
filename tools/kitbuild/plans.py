"""Lesson plans of 50, 90 and 120 minutes whose parts add up, and the term's weeks."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aigc_course.checks.exercise import Exercise
from kitbuild.chapter import Chapter, Section

LENGTHS = (50, 90, 120)
_OPENING, _CLOSING, _LEAST_TALK, _MOST_TALK = 5, 5, 4, 10
_SHORTEST = 3  # minutes of a part
_SLACK = 1.2  # a class takes longer than the reader whom the minutes are for


@dataclass(frozen=True)
class Part:
    """A part of a lesson: minutes, what is done, in Markdown."""

    minutes: int
    what: str
    exercise: str = ""


@dataclass(frozen=True)
class Plan:
    """A lesson. home: exercises left for home. skipped: sections left out."""

    minutes: int
    parts: tuple[Part, ...]
    home: tuple[Exercise, ...]
    skipped: tuple[str, ...]


@dataclass(frozen=True)
class Week:
    """A week of a term: chapters, and a word on what else happens."""

    number: int
    chapters: tuple[str, ...]
    note: str


def plan(chapter: Chapter, minutes: int, goals: Sequence[Sequence[str]]) -> Plan:
    """A lesson of this length: each section is told, then its exercise is solved.

    goals: exercises by goal; the first ones of each goal are taken first, then more,
    as long as there is time. What is left of the time is the last part before the end.
    """
    left = minutes - _OPENING - _CLOSING
    chosen: set[str] = set()
    sections: list[str] = []
    for exercise in _by_goal(chapter, goals):
        section = _section(chapter, exercise)
        new = section.title not in sections
        need = in_class(exercise) + (talk(section) if new else 0)
        if need <= left:
            chosen.add(exercise.id)
            sections += [section.title] * new
            left -= need
    for section in chapter.sections:  # more sections, told without their exercises
        if section.title not in sections and talk(section) <= left:
            sections.append(section.title)
            left -= talk(section)
    parts = [Part(_OPENING, _opening(chapter))]
    for section in chapter.sections:
        if section.title in sections:
            parts.append(Part(talk(section), _told(section)))
            own = [one for one in section.exercises if one.id in chosen]
            parts += [_exercise_part(one) for one in own]
    if left >= _SHORTEST:
        parts.append(Part(left, "Questions; who has finished takes a variation."))
        left = 0
    end = "Two questions of the quiz, and what to take along."
    parts.append(Part(_CLOSING + left, end))
    home = tuple(one for one in chapter.exercises if one.id not in chosen)
    skipped = [one.title for one in chapter.sections if one.title not in sections]
    return Plan(minutes, tuple(parts), home, tuple(skipped))


def in_class(exercise: Exercise) -> int:
    """Minutes of an exercise in a class, its check and two answers at the board."""
    return round(exercise.minutes * _SLACK) + 2


def talk(section: Section) -> int:
    """Minutes to tell a section: half of what reading takes, within limits."""
    return min(max(round(section.reading / 2), _LEAST_TALK), _MOST_TALK)


def weeks(root: Path) -> dict[int, list[Week]]:
    """The term plans of kit/terms.toml: number of weeks -> the weeks."""
    plans = tomllib.loads((root / "kit" / "terms.toml").read_text("utf-8"))["plan"]
    return {
        one["weeks"]: [
            Week(i, tuple(week["chapters"]), week["note"])
            for i, week in enumerate(one["week"], 1)
        ]
        for one in plans
    }


def _by_goal(chapter: Chapter, goals: Sequence[Sequence[str]]) -> list[Exercise]:
    """One exercise of each goal, then the second of each, and so on; all of them."""
    known = {one.id: one for one in chapter.exercises}
    rounds = max([len(one) for one in goals], default=0)
    order = [goal[i] for i in range(rounds) for goal in goals if i < len(goal)]
    return [known[id] for id in dict.fromkeys([*order, *known]) if id in known]


def _section(chapter: Chapter, exercise: Exercise) -> Section:
    return next(s for s in chapter.sections if exercise in s.exercises)


def _opening(chapter: Chapter) -> str:
    goals = len(chapter.goals)
    what = f"the {goals} goals" if goals else "what the chapter is for"
    return f"The question of the chapter, and {what} on one slide."


def _told(section: Section) -> str:
    figures = len(section.figures)
    shown = f", with {figures} figure{'s' * (figures > 1)}" if figures else ""
    return f"Talk: {section.title}{shown}."


def _exercise_part(one: Exercise) -> Part:
    what = f"Exercise {one.id}, {one.title}: alone or in pairs; then two answers."
    return Part(in_class(one), what, one.id)
