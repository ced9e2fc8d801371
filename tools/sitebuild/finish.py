"""What is mended in the pages that Sphinx wrote: formulas' words, names, addresses."""

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
TAG = re.compile(r"\\tag\{([^}]*)\}")


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
            said = f"{said.rstrip('.').removesuffix('period').rstrip()}, equation {number[1]}"
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
    # a description list's empty paragraph, MathJax's config and the like stay
    return html.replace('<img alt="" ', '<img alt="" role="presentation" ')


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
