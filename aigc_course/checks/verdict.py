"""What the learner reads: a verdict, a hint, a solution or a table; HTML and text.

The HTML takes its text and background colours from the page, so it reads in light and
dark themes; the coloured bar repeats what the symbol and the words already say.
"""

import re
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import Any, Literal

Status = Literal["passed", "not attempted", "misconception", "wrong", "error"]

# status: symbol, words, colour of the bar (Okabe-Ito)
_LOOK: dict[str, tuple[str, str, str]] = {
    "passed": ("✓", "passed", "#009E73"),
    "not attempted": ("○", "not attempted yet", "#999999"),
    "misconception": ("◐", "not right yet", "#E69F00"),
    "wrong": ("◐", "not right yet", "#E69F00"),
    "error": ("✗", "stopped with an error", "#D55E00"),
}


@dataclass(frozen=True, repr=False)
class Verdict:
    """What a check found. It shows itself as HTML in a notebook and as text elsewhere.

    exercise: the id. message: one or two sentences.
    misconception: the name of the recognised misconception, or "".
    violated: the name of the violated property, or "".
    hint_level: rung of the ladder that the mistake deserves (0, 1, 2), or None.
    hint: the hint that is shown. said: what the function printed, cut to a few lines.
    """

    exercise: str
    status: Status
    message: str
    misconception: str = ""
    violated: str = ""
    hint_level: int | None = None
    hint: str = ""
    said: str = ""

    @property
    def passed(self) -> bool:
        """Whether the answer is right."""
        return self.status == "passed"

    @property
    def failed(self) -> bool:
        """Whether an answer was given and is not right."""
        return self.status in ("misconception", "wrong", "error")

    def as_dict(self) -> dict[str, Any]:
        """The verdict for a score sheet; only text, numbers and None."""
        return asdict(self)

    def __str__(self) -> str:
        parts = [self.message, self.hint, _printed(self.said)]
        text = "\n".join(_wrapped(part) for part in parts if part)
        return f"{self.exercise}: {label(self.status)}\n{text}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        sign, words, colour = _LOOK[self.status]
        parts = [paragraph(self.message), paragraph(self.hint)]
        if self.said:
            parts.append(paragraph("Its output:") + code(self.said))
        title = (
            f'<span aria-hidden="true">{sign}</span> <strong>{escape(self.exercise)}'
            f": {words}</strong>"
        )
        return _box(colour, title, "".join(parts))


@dataclass(frozen=True, repr=False)
class Page:
    """A titled text, for hints, solutions and tables."""

    title: str
    text: str
    html: str

    def __str__(self) -> str:
        return f"{self.title}\n{self.text}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        title = f"<strong>{escape(self.title)}</strong>"
        return _box("#0072B2", title, self.html)


def label(status: str) -> str:
    """The status in words."""
    return _LOOK[status][1]


def show(thing: Verdict | Page) -> None:
    """Display in a notebook, print elsewhere."""
    if "IPython" in sys.modules:
        from IPython import get_ipython
        from IPython.display import display

        if get_ipython() is not None:
            display(thing)
            return
    print(thing)


def paragraph(text: str) -> str:
    """A sentence as an HTML paragraph; `code` between backticks is set as code."""
    inner = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
    return f'<p style="margin:0.3em 0">{inner}</p>' if text else ""


def code(text: str) -> str:
    """Preformatted text as HTML."""
    return f'<pre style="margin:0.3em 0"><code>{escape(text)}</code></pre>'


def text_page(title: str, sentence: str) -> Page:
    """A page with one paragraph."""
    return Page(title, _wrapped(sentence), paragraph(sentence))


def table_page(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Page:
    """A page with a table, as text and as HTML."""
    lines = [head, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = "\n".join(
        "  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
    top = "".join(f'<th scope="col">{name}</th>' for name in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    html = f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
    return Page(title, text, html)


def _box(colour: str, title: str, body: str) -> str:
    style = f"border-left:4px solid {colour};padding:0.2em 0.8em;margin:0.4em 0"
    return f'<div role="status" style="{style}">{title}{body}</div>'


def _printed(said: str) -> str:
    return f"Its output:\n{said}" if said else ""


def _wrapped(text: str) -> str:
    lines = text.splitlines()
    return "\n".join(
        textwrap.fill(line, 86, initial_indent="  ", subsequent_indent="  ")
        for line in lines
    )
