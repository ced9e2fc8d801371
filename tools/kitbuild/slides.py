"""Slides of a chapter from its own sections, figures, exercises and mistakes."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from kitbuild import pages
from kitbuild.chapter import Chapter, Figure, Section, first_formula, first_paragraph
from kitbuild.marks import as_prose
from kitbuild.questions import Question

_MOST_WORDS = 70
_PER_SLIDE = 4  # items of a list
_STYLE = """
:root{color-scheme:light dark}
html{scroll-snap-type:y proximity}
body{margin:0;font:clamp(1rem,2.2vw,1.6rem)/1.4 system-ui,"Noto Sans CJK SC",sans-serif}
section{min-height:100vh;box-sizing:border-box;padding:4vh 6vw;scroll-snap-align:start;
display:flex;flex-direction:column;justify-content:center;
border-bottom:1px solid #767676}
h1{font-size:2em}h2{font-size:1.5em;margin:0 0 .5em}h1,h2{line-height:1.15}
img{max-width:100%;max-height:58vh;object-fit:contain;background:#fff;align-self:center}
.note{font-size:.75em}footer{font-size:.6em;margin-top:auto;padding-top:1em}
summary{cursor:pointer}@media print{section{break-after:page}}
"""
_SCRIPT = """
const s=[...document.querySelectorAll("section")];
const here=()=>s.findIndex(e=>e.getBoundingClientRect().bottom>innerHeight/2);
addEventListener("keydown",e=>{
if(e.target.closest("summary")||e.ctrlKey||e.metaKey||e.altKey)return;
const d={ArrowRight:1,PageDown:1,ArrowLeft:-1,PageUp:-1}[e.key];
const to=s[here()+(d||0)];if(d&&to){e.preventDefault();to.scrollIntoView()}});
"""


@dataclass(frozen=True)
class Slide:
    """title, body: Markdown. figure: a picture below. answer: folded away."""

    title: str
    body: str = ""
    figure: Figure | None = None
    answer: str = ""


def slides(chapter: Chapter, quiz: Sequence[Question]) -> list[Slide]:
    """All slides of a chapter, in order; the first one is its title."""
    made = [Slide(f"{chapter.number} · {chapter.title}", chapter.summary)]
    made += _lists("You will be able to", chapter.goals)
    for section in chapter.sections:
        made += _of_section(section)
    made += [_wrong(chapter, one.id) for one in chapter.exercises[:3]]
    made += [_question(one) for one in quiz[:2]]
    return [*made, *_lists("What to take along", chapter.findings)]


def markdown(made: Sequence[Slide]) -> str:
    """The slides as Markdown; a rule stands between them, figures lie in figures/."""
    parts = []
    for number, one in enumerate(made, 1):
        lines = [f"{'##' if number > 1 else '#'} {one.title}", one.body]
        if one.figure:
            lines.append(f"![{_flat(one.figure.alt)}](figures/{number:02}.png)")
        if one.answer:
            lines.append(f"Answer: {one.answer}")
        parts.append("\n\n".join(filter(None, lines)))
    return "\n\n---\n\n".join(parts) + "\n"


def html(chapter: Chapter, made: Sequence[Slide]) -> str:
    """The slides as one page that needs nothing else; arrow keys go on and back."""
    title = f"Chapter {chapter.number}: {chapter.title}"
    shown = [_section_html(one, i, len(made)) for i, one in enumerate(made, 1)]
    body = f"<main>\n{''.join(shown)}</main>"
    return pages.page(title, body, _STYLE, _SCRIPT)


def _section_html(one: Slide, number: int, count: int) -> str:
    level = "h2" if number > 1 else "h1"
    parts = [f"<{level}>{pages.inline(one.title)}</{level}>", pages.html(one.body)]
    if one.figure:
        data = base64.b64encode(one.figure.png).decode()
        alt = escape(one.figure.alt, quote=True)
        parts.append(f'<img alt="{alt}" src="data:image/png;base64,{data}">')
    if one.answer:
        answer = pages.html(one.answer)
        parts.append(f"<details><summary>Answer</summary>{answer}</details>")
    parts.append(f"<footer>{number} / {count}</footer>")
    return f"<section>{''.join(parts)}</section>\n"


def _of_section(section: Section) -> list[Slide]:
    """What it is about with its formula, its figures, what to write."""
    said = _short(first_paragraph(section.text))
    body = "\n\n".join(filter(None, [said, first_formula(section.text)]))
    figures = section.figures[:2]
    made = [Slide(section.title, body, None if len(body) > 400 else _first(figures))]
    rest = figures[1:] if made[0].figure else figures
    made += [Slide(section.title, _short(one.alt), one) for one in rest]
    for one in section.exercises:
        head = f"Difficulty {one.difficulty} of 5 · {one.minutes} minutes"
        made.append(Slide(f"Your turn: {one.title}", f"Exercise {one.id}. {head}"))
    return made


def _wrong(chapter: Chapter, id: str) -> Slide:
    """Two usual mistakes of an exercise, as the checker describes them."""
    one = next(e for e in chapter.exercises if e.id == id)
    says = [" ".join(m.says.split()) for m in one.misconceptions[:2]]
    quoted = "\n".join(f"- {as_prose(said)}" for said in says)
    return Slide(f"What goes wrong: {one.title}", quoted)


def _question(one: Question) -> Slide:
    lines = [f"{'ABCDEF'[i]}. {as_prose(o.text)}" for i, o in enumerate(one.options)]
    letter = "ABCDEF"[one.options.index(one.right)]
    body = "\n\n".join([as_prose(one.asks), *lines])
    return Slide("Which one?", body, answer=f"{letter}. {as_prose(one.right.text)}")


def _lists(title: str, items: Sequence[str]) -> list[Slide]:
    groups = [items[i : i + _PER_SLIDE] for i in range(0, len(items), _PER_SLIDE)]
    return [
        Slide(
            title if len(groups) == 1 else f"{title} ({i} of {len(groups)})",
            "\n".join(f"- {item}" for item in group),
        )
        for i, group in enumerate(groups, 1)
    ]


def _first(figures: Sequence[Figure]) -> Figure | None:
    return figures[0] if figures else None


def _short(text: str) -> str:
    """Whole sentences, as many as fit on a slide."""
    if len(text.split()) <= _MOST_WORDS:
        return text
    kept: list[str] = []
    count = 0
    for sentence in _sentences(text):
        count += len(sentence.split())
        if kept and count > _MOST_WORDS:
            break
        kept.append(sentence)
    return " ".join(kept)


def _sentences(text: str) -> list[str]:
    """Split behind a full stop and before a capital, outside of formulas and code."""
    found, start = [], 0
    for i in range(1, len(text) - 1):
        before = text[start:i]
        closed = before.count("$") % 2 == 0 and before.count("`") % 2 == 0
        ends = text[i - 1] in ".?!" and text[i] == " " and text[i + 1].isupper()
        if ends and closed and before.count("(") == before.count(")"):
            found.append(before.strip())
            start = i
    return [*found, text[start:].strip()]


def _flat(text: str) -> str:
    return " ".join(text.replace("[", "(").replace("]", ")").split())
