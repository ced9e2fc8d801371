"""The usual mistakes, exercise by exercise, from what the checkers know."""

import re

from aigc_course.checks import registry
from aigc_course.checks.exercise import Exercise

INTRODUCTION = """\
# Usual mistakes

The checkers of the exercises name {mistakes:,} usual mistakes in {exercises} exercises.
Each mistake is a wrong answer that a test hands in; the checker must reject it with the
sentence that you read here. The pages below list them chapter by chapter. They tell you
what to change, so try the exercise first.

{links}
"""


def pages(stems: list[str]) -> dict[str, str]:
    """Markdown pages by name: an overview, and one for each chapter with exercises."""
    made, links, number, count = {}, [], 0, 0
    for stem in stems:
        chapter = stem[:2]
        exercises = registry.exercises(chapter)
        if not exercises:
            continue
        name = f"mistakes_{chapter}"
        made[name] = _page(chapter, stem, exercises)
        known = sum(len(exercise.misconceptions) for exercise in exercises)
        links.append(f"- [Chapter {chapter}]({name}.md): {known} mistakes")
        number, count = number + known, count + len(exercises)
    words = {"mistakes": number, "exercises": count, "links": "\n".join(links)}
    tree = "\n".join(made)
    overview = (
        INTRODUCTION.format(**words) + f"\n```{{toctree}}\n:hidden:\n\n{tree}\n```\n"
    )
    return {"mistakes": overview, **made}


def _page(chapter: str, stem: str, exercises: list[Exercise]) -> str:
    parts = [
        f"# Usual mistakes of chapter {chapter}\n",
        f"What people write in the exercises of [this chapter]({stem}.ipynb), and what"
        " the checker says to it.\n",
    ]
    for exercise in exercises:
        parts.append(f"## {exercise.id}: {markdown(exercise.title)}\n")
        for mistake in exercise.misconceptions:
            name = mistake.name.replace("_", " ")
            parts.append(f"- **{markdown(name)}.** {markdown(mistake.says)}")
        parts.append("")
    return "\n".join(parts)


def markdown(text: str) -> str:
    """A sentence of the checker as Markdown that shows the same letters."""
    text = " ".join(text.split())
    parts = re.split(r"(`[^`]+`)", text)
    shown = [
        part
        if part.startswith("`")
        else re.sub(r"([\\`*_{}\[\]<>#$|~^])", r"\\\1", part)
        for part in parts
    ]
    return "".join(shown)
