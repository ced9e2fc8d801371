"""Checks that need the files alone: links, anchors, sizes, headings, descriptions."""

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

PAGE_LIMIT, SITE_LIMIT = 350_000, 60_000_000  # bytes
LOADS = {
    "img": "src",
    "script": "src",
    "link": "href",
    "source": "src",
    "iframe": "src",
}


class Read(HTMLParser):
    """What a page contains: ids, links, what it loads, headings, pictures."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.twice: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.headings: list[int] = []
        self.alts: list[str | None] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if place := named.get("id"):
            (self.twice if place in self.ids else self.ids).add(place)
        if tag == "a" and named.get("href"):
            self.links.append(named["href"] or "")
        if tag in LOADS and (address := named.get(LOADS[tag])):
            is_loaded = tag != "link" or named.get("rel") in (
                "stylesheet",
                "icon",
                "preload",
            )
            self.loads += [address] if is_loaded else []
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "img":
            self.alts.append(named.get("alt"))


def read(site: Path) -> dict[str, Read]:
    """Every page by its file's name."""
    pages = sorted(site.glob("*.html"))
    return {page.name: Read(page.read_text(encoding="utf-8")) for page in pages}


def broken_links(site: Path, pages: dict[str, Read]) -> list[str]:
    """Links inside the site that lead nowhere, as "page: address"."""
    wrong = []
    for name, page in pages.items():
        for address in page.links:
            parts = urlsplit(address)
            target = unquote(parts.path) or name
            known = pages.get(target)
            is_away = bool(parts.scheme or parts.netloc)
            no_place = known and unquote(parts.fragment) not in known.ids | {""}
            if not is_away and (no_place or not (site / target).exists()):
                wrong.append(f"{name}: {address}")
    return wrong


def foreign_loads(site: Path, pages: dict[str, Read]) -> list[str]:
    """What a page or a style sheet would load from elsewhere, or that is not there."""
    wrong = []
    for name, page in pages.items():
        for address in page.loads:
            path = unquote(urlsplit(address).path)
            is_foreign = "//" in address or not (site / path).exists()
            if is_foreign and not address.startswith("data:"):
                wrong.append(f"{name}: {address}")
    for sheet in site.rglob("*.css"):
        for address in re.findall(r"url\([\"']?([^)\"']+)", sheet.read_text("utf-8")):
            if re.match(r"(https?:)?//", address):
                wrong.append(f"{sheet.name}: {address}")
    return wrong


def skipped_headings(pages: dict[str, Read]) -> list[str]:
    """Pages without exactly one H1, or whose headings skip a level."""
    wrong = []
    for name, page in pages.items():
        levels = page.headings
        if levels.count(1) != 1:
            wrong.append(f"{name}: {levels.count(1)} H1")
        # the side bars' own headings come before the article's H1
        body = levels[levels.index(1) :] if 1 in levels else levels
        for above, below in zip(body, body[1:], strict=False):
            if below > above + 1:
                wrong.append(f"{name}: H{above}, then H{below}")
    return wrong


def cells_without_place(root: Path, pages: dict[str, Read]) -> list[str]:
    """Cells of the chapters whose id is no anchor of their page."""
    import json

    wrong = []
    for path in sorted((root / "solutions").glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        page = pages.get(f"{path.stem}.html")
        for cell in notebook["cells"]:
            generated = "generated" in cell["metadata"].get("tags", [])
            if not generated and (page is None or cell["id"] not in page.ids):
                wrong.append(f"{path.stem}: {cell['id']}")
    return wrong


def wrong_alts(root: Path, site: Path, pages: dict[str, Read]) -> dict[str, Any]:
    """Figures of the chapters, and those whose alt is not the stored description."""
    import json

    count, wrong = 0, []
    for path in sorted((root / "solutions").glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        stored = [
            output["metadata"].get(kind, {}).get("alt")
            for cell in notebook["cells"]
            for output in cell.get("outputs", [])
            for kind in ("image/png", "image/gif")
            if kind in output.get("data", {})
        ]
        shown = pages[f"{path.stem}.html"].alts
        shown = [alt for alt in shown if alt]
        count += len(stored)
        if [unescape(alt or "") for alt in stored] != [alt or "" for alt in shown]:
            missing = [alt for alt in stored if alt not in shown]
            wrong.append(
                f"{path.stem}: {len(stored)} stored, {len(shown)} shown {missing[:2]}"
            )
    return {"figures": count, "wrong": wrong}


def sizes(site: Path) -> dict[str, Any]:
    """Bytes of the site and of its largest page, and what is above its limit."""
    files = [file for file in site.rglob("*") if file.is_file()]
    pages = {page.name: page.stat().st_size for page in site.glob("*.html")}
    # the PDFs are no part of what is read page by page
    total = sum(file.stat().st_size for file in files if file.suffix != ".pdf")
    printed = sum(file.stat().st_size for file in files if file.suffix == ".pdf")
    largest = max(pages, key=lambda name: pages[name])
    mathjax = sum(
        file.stat().st_size
        for file in (site / "_static/mathjax").rglob("*")
        if file.is_file()
    )
    over = [f"{name}: {size}" for name, size in pages.items() if size > PAGE_LIMIT]
    if total > SITE_LIMIT:
        over.append(f"the site: {total}")
    return {
        "bytes": total,
        "pdf_bytes": printed,
        "files": len(files),
        "pages": len(pages),
        "largest_page": [largest, pages[largest]],
        "mathjax_bytes": mathjax,
        "over": over,
    }
