"""Markdown to HTML that needs nothing else: formulas as MathML, pictures inside."""

import re
from collections.abc import Callable
from html import escape

from latex2mathml.converter import convert
from markdown_it import MarkdownIt

_MATH = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+(?:\n[^$\n]+)?)\$", re.S)
_CODE = re.compile(r"`[^`\n]+`")
_TAG = re.compile(r"\\tag\{([^}]*)\}")
_NAMED = re.compile(r"<mi>(log|exp|sin|cos|tanh|max|min)</mi>")
_THIN = '<mspace width="0.17em"/>'  # 3/18 em, which TeX puts beside such names
_SIZES = re.compile(r"\\(?:big|Big|bigg|Bigg)[lrm]?(?![a-z])")

STYLE = """
:root{color-scheme:light dark}
body{font:1rem/1.5 system-ui,"Noto Sans CJK SC",sans-serif;max-width:48em;
margin:2em auto;padding:0 1em}
table{border-collapse:collapse;margin:1em 0}td,th{border:1px solid #767676;
padding:.2em .6em;text-align:left;vertical-align:top}
img{max-width:100%;height:auto;background:#fff}code{font-family:ui-monospace,monospace}
math{font-size:1.05em}
"""


def html(markdown: str) -> str:
    """The HTML of a piece of Markdown, formulas as MathML."""
    kept: list[str] = []

    def keep(text: str) -> str:
        kept.append(text)
        return f"\ue000{len(kept) - 1}\ue001"

    text = _outside_code(markdown, lambda part: _MATH.sub(lambda m: keep(_ml(m)), part))
    made = MarkdownIt("commonmark").enable("table").render(text)
    return re.sub(r"\ue000(\d+)\ue001", lambda m: kept[int(m[1])], made)


def page(title: str, body: str, style: str = STYLE, script: str = "") -> str:
    """A whole page."""
    script = f"<script>{script}</script>" if script else ""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{style}</style></head>\n"
        f"<body>{body}{script}</body></html>\n"
    )


def inline(markdown: str) -> str:
    """One line of Markdown as HTML, without a paragraph around it."""
    return html(markdown).strip().removeprefix("<p>").removesuffix("</p>")


def _ml(match: re.Match[str]) -> str:
    """A formula as MathML; its number stands behind it."""
    latex = match[1] or match[2]
    tag = _TAG.search(latex)
    latex = _SIZES.sub("", _TAG.sub("", latex)).strip()
    made = convert(latex, display="block" if match[1] else "inline")
    made = _NAMED.sub(rf"{_THIN}<mi>\1</mi>{_THIN}", made)
    number = f" <span>({escape(tag[1])})</span>" if tag else ""
    return f"<p>{made}{number}</p>" if match[1] else made


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    """Change what is not code."""
    parts, last = [], 0
    for code in _CODE.finditer(text):
        parts += [change(text[last : code.start()]), code.group()]
        last = code.end()
    return "".join([*parts, change(text[last:])])
