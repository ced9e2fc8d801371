"""Glossary, questions, equations and the start page, from what the project holds."""

import re
import tomllib
from pathlib import Path
from typing import Any

CELL = re.compile(r"\[(\d\d-[\w-]+)\]\(notebooks/(\w+)\.ipynb\)")
EQUATION = re.compile(r"\$\$(.+?)\$\$", re.S)
TAG = re.compile(r"\\tag\{([^}]+)\}")
HEADING = re.compile(r"^#{2,3} (.+)$", re.M)


def cell_links(text: str) -> str:
    """Links to a cell of a notebook become links to its place on the chapter's page."""
    return CELL.sub(r'<a href="\2.html#\1">\1</a>', text)


def glossary(root: Path) -> str:
    """The page of GLOSSARY.md; every term has an anchor of its own."""
    text = (root / "GLOSSARY.md").read_text(encoding="utf-8")
    rows = []
    for line in cell_links(text).splitlines():
        term = re.match(r"\| (.+?) \| ", line)
        if term and term[1] not in ("term", "---"):
            place = f'<span id="{term_id(term[1])}"></span>'
            line = line.replace(f"| {term[1]} |", f"| {place}{term[1]} |", 1)
            line = re.sub(
                r"\| ([^|]*[\u4e00-\u9fff][^|]*) \|", _in_chinese, line, count=1
            )
        rows.append(line)
    return "\n".join(rows) + "\n"


def _in_chinese(found: re.Match[str]) -> str:
    return f'| <span lang="zh">{found[1]}</span> |'


def term_id(term: str) -> str:
    """The anchor of a glossary's term."""
    return "term-" + re.sub(r"[^a-z0-9]+", "-", term.lower()).strip("-")


def questions(root: Path) -> str:
    """The page of FAQ.md."""
    text = cell_links((root / "FAQ.md").read_text(encoding="utf-8"))
    return text.replace("(GLOSSARY.md)", "(glossary.md)").replace(
        "(README.md", "(index.md"
    )


def equations(notebooks: dict[str, dict[str, Any]]) -> str:
    """Every displayed formula with an id, beside the cell and the section it stands in.

    notebooks: by stem, as Sphinx reads them.
    """
    parts = [
        "# Index of equations\n",
        "Each displayed formula of the course with its id. A numeric test covers every"
        " one of them. The link leads to the cell that shows it.\n",
    ]
    for stem, notebook in notebooks.items():
        rows = list(_equations(notebook))
        if rows:
            parts.append(f"## {title(notebook)}\n")
            for number, formula, cell_id, section in rows:
                link = f'<a href="{stem}.html#{cell_id}">({number})</a>'
                parts.append(f"{link} {section}\n\n$${formula}$$\n")
    return "\n".join(parts)


def _equations(notebook: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """(number, TeX, id of the cell, heading above it) of each formula with a tag."""
    found, section = [], ""
    for cell in notebook["cells"]:
        if cell["cell_type"] != "markdown":
            continue
        text, at = "".join(cell["source"]), 0
        cell_id = re.search(r'<span id="([^"]+)"', text)
        for formula in EQUATION.finditer(text):
            headings = HEADING.findall(text[at : formula.start()])
            section, at = (headings or [section])[-1], formula.end()
            if (number := TAG.search(formula[1])) and cell_id:
                tex = TAG.sub("", formula[1]).strip()
                found.append((number[1], tex, cell_id[1], section))
        section = (HEADING.findall(text[at:]) or [section])[-1]
    return found


def title(notebook: dict[str, Any]) -> str:
    """The heading of a chapter, "02 · The GAN objective"."""
    text = "".join(notebook["cells"][0]["source"])
    found = re.search(r"^# (.+)$", text, re.M)
    assert found, text[:200]
    return found[1]


def start(root: Path, stems: list[str], extra: dict[str, list[str]]) -> str:
    """The start page: what the course is, its chapters, and all other pages.

    extra: pages under their caption in the side bar.
    """
    syllabus = tomllib.loads((root / "chapters/syllabus.toml").read_text("utf-8"))
    chapters = "\n".join(
        f"- [{stem[:2]} · {syllabus[stem[:2]]['title']}]({stem}.ipynb):"
        f" {syllabus[stem[:2]]['makes']}"
        for stem in stems
    )
    trees = _tree("Chapters", stems)
    trees += "".join(_tree(caption, pages) for caption, pages in extra.items())
    return f"""# Generative AI, built and tested

A course on generative models that you build yourself: GANs, variational autoencoders,
conditional models, Transformers. You read here, and work in notebooks on your own
machine. It needs no GPU, no account and, once installed, no network.

**Start** with the [first chapter]({stems[0]}.ipynb), or play first: the
[GAN lab](lab_gan.md), the [loss explorer](lab_losses.md), the
[attention explorer](lab_attention.md) and the [field lab](lab_field.md) run in the
browser.

## Chapters

{chapters}

Every chapter page shows its exercises with the solutions folded. Each has a link to the
notebook without solutions, and to a PDF.

## To look things up

The [glossary](glossary.md) has the terms in English and Chinese, and the
[questions](questions.md) have short answers. [Equations](equations.md),
[usual mistakes](mistakes.md), [studies](studies.md), [measurements](measurements.md)
and the [package](api.md) have an index each. The search finds cells, also without a
network.

{trees}
"""


def _tree(caption: str, pages: list[str]) -> str:
    lines = "\n".join(pages)
    return f"```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{lines}\n```\n\n"
