"""Pages for teachers: plans and goals of each chapter, term plans, more machines.

They are the kit's own (`make kit`), but for model answers, rubrics and quizzes: those
would be of little use once a class can read them here.
"""

from pathlib import Path

from kitbuild import guide, plans, questions, rubrics
from kitbuild.chapter import Chapter, read, ready

INTRODUCTION = """\
# Teaching the course

These pages are for teachers. Each chapter has a page with its goals, the exercises that
serve them, lesson plans of 50, 90 and 120 minutes, and open questions. The
[term plans](teaching_terms.md) spread the chapters over 6, 12 or 15 weeks.
{more}

The commands `make kit` and `aigc grade` make the rest on your own machine: slides,
quizzes for Moodle and Canvas, model answers with rubrics, and the grading of a class.
Model answers and quizzes are not on this website, because students read it too.

{links}

```{{toctree}}
:hidden:

{tree}
```
"""


def pages(root: Path) -> dict[str, str]:
    """Markdown pages by name: an overview, one a chapter, terms, instructors/*.md."""
    paths = ready(root)
    chapters = {path.stem: read(path) for path in paths}
    made = {
        f"teaching_{one.number}": chapter_page(root, one, stem)
        for stem, one in chapters.items()
    }
    numbered = {one.number: one for one in chapters.values()}
    made["teaching_terms"] = guide.terms(plans.weeks(root), numbered)
    more, written = [], sorted((root / "instructors").glob("*.md"))
    for path in written:
        made[f"teaching_{path.stem}"] = text = path.read_text(encoding="utf-8")
        title = text.splitlines()[0].removeprefix("# ")
        more.append(f"Also: [{title}](teaching_{path.stem}.md).")
    links = [
        f"- [Chapter {one.number}: {one.title}](teaching_{one.number}.md)"
        for one in chapters.values()
    ]
    words = {"links": "\n".join(links), "tree": "\n".join(made)}
    overview = INTRODUCTION.format(more="\n".join(more), **words)
    return {"teaching": overview, **made}


def chapter_page(root: Path, chapter: Chapter, stem: str) -> str:
    """What a teacher plans with; the mistakes have pages of their own."""
    number = chapter.number
    goals = questions.goals(root, number)
    minutes = sum(one.minutes for one in chapter.exercises)
    parts = [
        f"# Teaching chapter {number}",
        f"[{number} · {chapter.title}]({stem}.ipynb). {chapter.summary}",
        f"The chapter has {len(chapter.exercises)} exercises ({minutes} minutes). Its"
        f" [usual mistakes](mistakes_{number}.md) have a page of their own.",
        "## Goals and exercises",
        guide.goals_table(chapter, goals),
        "## Plans",
        guide.WHAT_TIMES_MEAN,
    ]
    for length in plans.LENGTHS:
        parts += guide.lesson(plans.plan(chapter, length, goals))
    parts += ["## Open questions"]
    for one in rubrics.questions(root, number):
        parts += [f"### {one.id} ({one.minutes} minutes)", one.asks]
    return "\n\n".join(parts) + "\n"
