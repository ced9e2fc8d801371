"""What is mended in the pages that Sphinx wrote: formulas' words, names, addresses."""

import base64
import hashlib
import re
from html import unescape
from pathlib import Path

FORMULA = re.compile(
    r'<(span|div) class="math notranslate nohighlight"([^>]*)>(.*?)</\1>', re.S
)
DELIMITERS = re.compile(r"^\s*\\[(\[](.*)\\[)\]]\s*$", re.S)
# the theme names these buttons by another word than the one that is seen
SEARCH_NAME = re.compile(
    r'(<button[^>]*class="[^"]*search-button[^"]*"[^>]*) aria-label="[^"]*"'
)
FOLD_NAME = re.compile(r'<summary aria-label="Toggle hidden content">')
SUBPAGES = re.compile(r"<summary>(?=<span class=\"toctree-toggle\")")
SPHINX_INDEX = re.compile(r"<script[^>]*searchindex\.js[^>]*></script>")
PDF = re.compile(r' To print: <a href="pdf/[^"]+">PDF</a>\.')
# names and punctuation in code have the colour of the text anyway
PLAIN = re.compile(r'<span class="(?:n|p|nn)">([^<]*)</span>')
EMPTY_HEAD = re.compile(r'<th class="head([^"]*)"><p></p></th>')
LONG = 340_000  # bytes of a page, above which the colours of its code are thinned out
COLOURS = ("k", "kn", "nf", "nc", "nd", "c1")  # that stay: keywords, what is defined
THIN = re.compile(
    rf'<span class="(?!(?:{"|".join(COLOURS)})")[a-z][a-z0-9]{{0,2}}">([^<]*)</span>'
)
HEARD = re.compile(r'src="data:(?:audio|video)/([a-z0-9]+);base64,([A-Za-z0-9+/=]+)"')
CHINESE = re.compile(r"[\u4e00-\u9fff]+(?:[ \u3000-\u303f]*[\u4e00-\u9fff]+)*")
TAG = re.compile(r"\\tag\{([^}]*)\}")
# Sphinx puts a formula of several lines into `split`, in which MathJax takes no number
IN_SPLIT = re.compile(r"\s*(\\tag\{[^}]*\})(\s*\\end\{split\})")


def numbered_outside(html: str) -> str:
    """A page whose equation numbers stand behind `split`, where TeX allows them."""
    return IN_SPLIT.sub(r"\2\1", html)


def formulas(html: str) -> set[str]:
    """The TeX of every formula in a page."""
    return {tex(found[3]) for found in FORMULA.finditer(html)}


def tex(content: str) -> str:
    """The TeX in an element that MathJax will read."""
    plain = unescape(
        re.sub(r"<span class=\"eqno\">.*?</span>", "", content, flags=re.S)
    )
    found = DELIMITERS.match(plain.strip())
    return (found[1] if found else plain).strip()


def with_words(html: str, words: dict[str, str]) -> str:
    """A page in which each formula carries its words, and its number."""

    def spoken(found: re.Match[str]) -> str:
        formula = tex(found[3])
        said = words[formula].strip()
        if number := TAG.search(formula):
            said = said.rstrip(".").removesuffix("period").rstrip()
            said = f"{said}, equation {number[1]}"
        said = said.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
        kind, attributes, content = found[1], found[2], found[3]
        return (
            f'<{kind} class="math notranslate nohighlight"{attributes}'
            f' data-spoken="{said}">{content}</{kind}>'
        )

    return FORMULA.sub(spoken, html)


def mended(html: str) -> str:
    """A page without the theme's known faults of accessibility."""
    html = SEARCH_NAME.sub(r"\1", html)
    html = FOLD_NAME.sub("<summary>", html)
    html = PLAIN.sub(r"\1", html)
    html = EMPTY_HEAD.sub(r'<td class="head\1"></td>', html)  # it heads nothing
    html = SUBPAGES.sub(r'<summary aria-label="Pages of this part">', html)
    # our own index takes the place of Sphinx's
    return in_chinese(SPHINX_INDEX.sub("", html))


def thinned(html: str) -> str:
    """A page; a very long one with less markup in its code and around it."""
    if len(html.encode()) <= LONG:
        return html
    html = THIN.sub(r"\1", html).replace("<pre><span></span>", "<pre>")
    return re.sub(r'(<div class="cell[\w ]*?) docutils container"', r'\1"', html)


def with_media_apart(html: str, site: Path) -> str:
    """A page whose sounds are files of the site, named by what is in them."""

    def written(found: re.Match[str]) -> str:
        content = base64.b64decode(found[2])
        digest = hashlib.sha256(content).hexdigest()[:16]
        name = f"_static/media/{digest}.{found[1]}"
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_bytes(content)
        return f'src="{name}"'

    # nothing is loaded before somebody presses play
    return HEARD.sub(written, html).replace("<audio ", '<audio preload="none" ')


def in_chinese(html: str) -> str:
    """A page whose Chinese words are marked as Chinese, for whoever reads them out."""
    parts, silent = [], 0
    for part in re.split(r"(<[^>]*>)", html):
        if part.startswith("<"):
            if found := re.match(r"<(/?)(script|style|title)\b", part):
                silent += -1 if found[1] else 1
            parts.append(part)
        else:
            is_marked = bool(parts) and 'lang="zh"' in parts[-1]
            keep = silent > 0 or is_marked
            parts.append(
                part if keep else CHINESE.sub(r'<span lang="zh">\g<0></span>', part)
            )
    return "".join(parts)


def pages(site: Path) -> list[Path]:
    """The pages that a reader can open."""
    return sorted(site.glob("*.html"))


def described_pictures(site: Path) -> dict[str, int]:
    """How many pictures the pages show, and how many of them have no description."""
    alts = [
        unescape(found[1])
        for page in pages(site)
        for found in re.finditer(
            r'<img(?=[^>]*alt="([^"]*)")[^>]*>', page.read_text("utf-8")
        )
    ]
    return {"pictures": len(alts), "without": sum(not alt.strip() for alt in alts)}
