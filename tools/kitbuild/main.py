"""Writes build/kit; `tools/make_kit.py` calls it."""

import json
import shutil
from pathlib import Path

from aigc_course.files import write_bytes, write_json, write_text
from kitbuild import guide, pages, plans, questions, quiz_moodle, quiz_qti, rubrics
from kitbuild import slides as slide_maker
from kitbuild.chapter import Chapter, read, ready


def build(root: Path, out: Path, seen: guide.Seen | None = None) -> list[Chapter]:
    """The kit of every chapter that is ready, the terms and a page that lists all.

    seen: see `guide.counted`. Raises CourseError for a table that lacks something.
    """
    shutil.rmtree(out, ignore_errors=True)
    chapters = [read(path) for path in ready(root)]
    for chapter in chapters:
        write_chapter(root, chapter, out / chapter.number, seen or {})
    known = {one.number: one for one in chapters}
    text = guide.terms(plans.weeks(root), known)
    write_text(out / "terms.md", text)
    write_text(out / "terms.html", pages.page("Term plans", _main(text)))
    write_text(out / "index.html", pages.page("The teacher's kit", _index(chapters)))
    return chapters


def write_chapter(root: Path, chapter: Chapter, out: Path, seen: guide.Seen) -> None:
    """Guide, slides, quiz in four formats, open questions as notebooks."""
    number = chapter.number
    quiz = questions.questions(root, number)
    goals = questions.goals(root, number)
    asked = rubrics.questions(root, number)
    text = guide.page(chapter, goals, asked, seen, len(quiz))
    write_text(out / "guide.md", text)
    title = f"Teaching chapter {number}"
    write_text(out / "guide.html", pages.page(title, _main(text)))
    made = slide_maker.slides(chapter, quiz)
    write_text(out / "slides.md", slide_maker.markdown(made))
    write_text(out / "slides.html", slide_maker.html(chapter, made))
    for i, one in enumerate(made, 1):
        if one.figure:
            write_bytes(out / "figures" / f"{i:02}.png", one.figure.png)
    title = f"Chapter {number}: {chapter.title}"
    write_bytes(out / "quiz.xml", quiz_moodle.moodle_xml(quiz, title))
    write_text(out / "quiz.gift", quiz_moodle.gift(quiz, title))
    write_bytes(out / "quiz_qti12.zip", quiz_qti.qti12(quiz, title, number))
    write_bytes(out / "quiz_qti21.zip", quiz_qti.qti21(quiz, title, number))
    for name, answers in (("open_source", True), ("open", False)):
        cells = rubrics.notebook(number, asked, answers=answers)
        write_json(out / f"{name}.ipynb", json.loads(json.dumps(cells)))


def _main(markdown: str) -> str:
    return f"<main>{pages.html(markdown)}</main>"


def _index(chapters: list[Chapter]) -> str:
    """Links to everything, a row a chapter."""
    files = {
        "guide": "guide.html",
        "slides": "slides.html",
        "Moodle XML": "quiz.xml",
        "GIFT": "quiz.gift",
        "QTI 1.2": "quiz_qti12.zip",
        "QTI 2.1": "quiz_qti21.zip",
        "open questions": "open.ipynb",
        "with answers": "open_source.ipynb",
    }
    head = "".join(f"<th>{name}</th>" for name in ("chapter", *files))
    rows = []
    for one in chapters:
        links = [
            f'<td><a href="{one.number}/{file}"'
            f' aria-label="Chapter {one.number}: {name}">{name}</a></td>'
            for name, file in files.items()
        ]
        title = f"{one.number} {pages.inline(one.title)}"
        rows.append(f'<tr><th scope="row">{title}</th>{"".join(links)}</tr>')
    return (
        "<main><h1>The teacher's kit</h1>"
        '<p><a href="terms.html">Plans for terms of 6, 12 and 15 weeks</a></p>'
        f"<table><tr>{head}</tr>{''.join(rows)}</table></main>"
    )
