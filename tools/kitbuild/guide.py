"""A teacher's page for a chapter, and the page of the terms, as Markdown."""

from collections import Counter
from collections.abc import Mapping, Sequence

from aigc_course.grading.rows import Row
from kitbuild import rubrics
from kitbuild.chapter import Chapter
from kitbuild.marks import as_prose
from kitbuild.plans import LENGTHS, Plan, Week, plan

Seen = Mapping[tuple[str, str], int]
WHAT_TIMES_MEAN = (
    "An exercise gets the minutes of its head, a fifth more, and two for the check and"
    " two answers."
)


def page(
    chapter: Chapter,
    goals: Sequence[Sequence[str]],
    asked: list[rubrics.Open],
    seen: Seen,
    quiz: int,
) -> str:
    """The page. seen: (exercise, misconception) -> notebooks. quiz: its questions."""
    minutes = sum(one.minutes for one in chapter.exercises)
    parts = [
        f"# Teaching chapter {chapter.number}: {chapter.title}",
        chapter.summary,
        f"Exercises: {len(chapter.exercises)} ({minutes} minutes). Figures:"
        f" {len(chapter.figures)}. Quiz questions: {quiz}. Open questions:"
        f" {len(asked)}.",
        "## Goals and exercises",
        goals_table(chapter, goals),
        "## Plans",
        WHAT_TIMES_MEAN,
        *(part for length in LENGTHS for part in lesson(plan(chapter, length, goals))),
        "## What goes wrong",
        _counted(seen),
        *wrong(chapter, seen),
        "## Open questions",
        rubrics.markdown(asked),
    ]
    return "\n\n".join(parts) + "\n"


def goals_table(chapter: Chapter, goals: Sequence[Sequence[str]]) -> str:
    """A row a goal: its exercises and their minutes."""
    if not chapter.goals:
        return "This chapter states no goals; its exercises are listed below."
    if not goals:  # the chapter is newer than its table
        return "\n".join(f"- {goal}" for goal in chapter.goals)
    known = {one.id: one for one in chapter.exercises}
    lines = ["| goal | exercises | minutes |", "|---|---|--:|"]
    for goal, own in zip(chapter.goals, goals, strict=True):
        names = ", ".join(own) or "read and discuss"
        lines.append(f"| {goal} | {names} | {sum(known[id].minutes for id in own)} |")
    return "\n".join(lines)


def wrong(chapter: Chapter, seen: Seen) -> list[str]:
    """Each exercise with its misconceptions, those of the class first."""
    parts = []
    for one in chapter.exercises:
        parts.append(f"### {one.id}: {one.title}")
        counts = {m.name: seen.get((one.id, m.name), 0) for m in one.misconceptions}
        ordered = sorted(one.misconceptions, key=lambda m: -counts[m.name])
        lines = []
        for m in ordered:
            often = f" ({counts[m.name]} notebooks)" if counts[m.name] else ""
            says = " ".join(m.says.split())
            lines.append(f"- *{m.name.replace('_', ' ')}*{often}: {as_prose(says)}")
        parts.append("\n".join(lines))
    return parts


def terms(plans: Mapping[int, Sequence[Week]], chapters: Mapping[str, Chapter]) -> str:
    """The page of the term plans: weeks, chapters, minutes of exercises."""
    parts = [
        "# Term plans",
        "The minutes are those of the exercises. Reading and running come on top: each"
        " chapter's head says how long. Chapters that are not named are optional.",
    ]
    for length, listed in plans.items():
        lines = ["| week | chapters | exercises | minutes | note |"]
        lines.append("|--:|---|--:|--:|---|")
        total = 0
        for week in listed:
            own = [chapters[number] for number in week.chapters]
            exercises = [one for chapter in own for one in chapter.exercises]
            minutes = sum(one.minutes for one in exercises)
            total += minutes
            names = "; ".join(f"{one.number} {one.title}" for one in own) or "–"
            cells = [str(week.number), names, str(len(exercises)), str(minutes)]
            lines.append(f"| {' | '.join([*cells, week.note])} |")
        lines.append(f"| | all | | {total} | {total / 60:.1f} hours |")
        parts += [f"## {length} weeks", "\n".join(lines)]
    return "\n\n".join(parts) + "\n"


def counted(rows: Sequence[Row]) -> dict[tuple[str, str], int]:
    """How many notebooks of a class showed each misconception."""
    found = {(r.file, r.exercise, r.misconception) for r in rows if r.misconception}
    return dict(Counter((exercise, name) for _, exercise, name in found))


def _counted(seen: Seen) -> str:
    if seen:
        return "How many notebooks of your class showed a mistake stands beside it."
    return (
        "These are the wrong answers that the checker recognises, and what it says."
        " `SCORES=scores.csv make kit` adds how often your class showed each."
    )


def lesson(one: Plan) -> list[str]:
    """A lesson: its parts with their minutes, and what is left for home."""
    lines = ["| minutes | what |", "|--:|---|"]
    lines += [f"| {part.minutes} | {part.what} |" for part in one.parts]
    lines.append(f"| **{sum(part.minutes for part in one.parts)}** | together |")
    home = ", ".join(f"{e.id} ({e.minutes})" for e in one.home) or "none"
    skipped = "; ".join(one.skipped) or "none"
    return [
        f"### {one.minutes} minutes",
        "\n".join(lines),
        f"Exercises for home: {home}. Sections to read at home: {skipped}.",
    ]
