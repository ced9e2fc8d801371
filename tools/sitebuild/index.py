"""The search index: the text of each section of each page, as a script."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

from sitebuild import finish

LEFT_OUT = {"genindex.html", "search.html", "py-modindex.html"}
VOID = {"img", "br", "input", "hr", "link", "meta", "wbr", "source", "path"}
LONG = 1500  # letters of a section that are indexed and quoted from


class Sections(HTMLParser):
    """Collects (anchor, heading, text) of an article. A cell's anchor is the place."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[list[str]] = [["", "", ""]]
        self.depth = 0  # inside the article; 0 outside
        self.silent = 0
        self.heading = False
        self.place = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "article" and "bd-article" in (named.get("class") or ""):
            self.depth = 1
            return
        if not self.depth:
            return
        if tag not in VOID:
            self.depth += 1
            classes = named.get("class") or ""
            # formulas and code do not read as words
            if (
                self.silent
                or tag in ("script", "style", "pre")
                or "headerlink" in classes
            ):
                self.silent += 1
        if "cell-place" in (named.get("class") or ""):
            self.place = named.get("id") or ""
            self.found.append([self.place, self.found[-1][1], ""])
        if tag in ("h1", "h2", "h3"):
            self.heading = True
            self.found.append([self.place, "", ""])
        if (named.get("id") or "").startswith("term-"):  # a row of the glossary
            self.heading = True
            self.found.append([named["id"] or "", "", ""])
        if tag == "img" and named.get("alt"):
            self._add(f"{named['alt']} ")

    def handle_endtag(self, tag: str) -> None:
        if not self.depth or tag in VOID:
            return
        self.depth -= 1
        self.silent = max(0, self.silent - 1)
        if tag in ("h1", "h2", "h3", "td"):
            self.heading = False
        if tag in ("p", "td", "th", "li", "div"):
            self._add(" ")

    def handle_data(self, data: str) -> None:
        if self.depth and not self.silent:
            self._add(data)

    def _add(self, text: str) -> None:
        self.found[-1][1 if self.heading else 2] += text


def sections(html: str) -> list[tuple[str, str, str]]:
    """(anchor, heading, text) of every section with words."""
    reader = Sections()
    reader.feed(html)
    found = []
    for place, heading, text in reader.found:
        text = re.sub(r"\\[(\[].*?\\[)\]]", " ", text, flags=re.S)
        text, heading = " ".join(text.split()), " ".join(heading.split())
        if text or heading:
            found.append((place, heading, text[:LONG]))
    return found


def build(site: Path, weights: dict[str, float]) -> dict[str, object]:
    """The index of all pages. weights: of pages that should come later, by prefix."""
    pages, listed = [], []
    for path in finish.pages(site):
        if path.name in LEFT_OUT:
            continue
        html = path.read_text(encoding="utf-8")
        title = re.search(
            r"<title>(.*?)(?: [—–-] Generative AI, built and tested)?</title>",
            html,
            re.S,
        )
        page = {
            "name": path.stem,
            "title": " ".join(title[1].split()) if title else path.stem,
        }
        weight = next(
            (w for start, w in weights.items() if path.stem.startswith(start)), 1.0
        )
        if weight != 1.0:
            page["weight"] = weight  # type: ignore[assignment]
        pages.append(page)
        for place, heading, text in sections(html):
            listed.append([len(pages) - 1, place, heading or page["title"], text])
    return {"pages": pages, "sections": listed}


def write(site: Path, index: dict[str, object]) -> None:
    """Write the index as a script, which a page may load from file:// as well."""
    text = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
    text = text.replace("</", "<\\/")
    (site / "_static" / "search_index.js").write_text(
        f"window.courseIndex = {text};\n", encoding="utf-8"
    )
