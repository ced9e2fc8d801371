"""From the built notebooks to build/site; `tools/build_site.py` calls it."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from nbbuild.project import Project

from aigc_course.files import write_json
from sitebuild import (
    finish,
    index,
    labs,
    misconceptions,
    notebooks,
    packages,
    pdf,
    records,
    reference,
    speech,
    tables,
    teaching,
)

ROOT = Path(__file__).resolve().parents[2]
TOOK = ROOT / "build" / "site-took.json"
SITE, SOURCE = ROOT / "build" / "site", ROOT / "build" / "site-source"
# pages that repeat what a chapter says, or say little to most readers, come later
LATER = {
    "api": 0.45,
    "mistakes_": 0.45,
    "teaching_": 0.4,
    "equations": 0.6,
    "studies": 0.7,
    "index": 0.5,
    "glossary": 0.85,
    "questions": 0.85,
}


def fetch() -> tuple[Path, Path]:
    """Sphinx's Python and the folder of the npm packages. Raises Missing."""
    return packages.sphinx(ROOT), packages.node_modules(ROOT)


def build(with_pdf: bool = False) -> dict[str, Any] | None:
    """Build the website; what it took, or None where a page is wrong."""
    python, modules = fetch()
    start, before = time.monotonic(), _cpu_seconds()
    for folder in (SOURCE, SITE):
        shutil.rmtree(folder, ignore_errors=True)
    write_source(modules)
    if subprocess.call(_sphinx(python), env=_environment()):
        return None
    complete(modules, with_pdf)
    took = {
        "wall_seconds": round(time.monotonic() - start, 1),
        "cpu_seconds": round(_cpu_seconds() - before, 1),
        "warnings": 0,  # with -W a warning ends the build
    }
    write_json(TOOK, took)
    if with_pdf:
        pdf.write(ROOT)
    size = sum(file.stat().st_size for file in SITE.rglob("*") if file.is_file())
    print(
        f"{len(finish.pages(SITE))} pages, {size / 1e6:.0f} MB,"
        f" {took['wall_seconds']:.0f} s: open build/site/index.html"
    )
    return took


def _cpu_seconds() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def write_source(modules: Path) -> None:
    """Everything that Sphinx reads, into build/site-source."""
    SOURCE.mkdir(parents=True)
    project = Project(ROOT)
    made, stems = {}, []
    for path in notebooks.chapters(ROOT):
        solved = json.loads(path.read_text(encoding="utf-8"))
        student = json.loads(
            (ROOT / "notebooks" / path.name).read_text(encoding="utf-8")
        )
        address = f"https://github.com/{project.slug}/blob/{project.branch}"
        made[path.stem] = notebooks.page(solved, student, address)
        notebooks.add_work_line(
            made[path.stem], path.stem, project.slug, project.branch
        )
        (SOURCE / path.name).write_text(json.dumps(made[path.stem]), encoding="utf-8")
        stems.append(path.stem)
    pages = {
        "glossary": tables.glossary(ROOT),
        "questions": tables.questions(ROOT),
        "equations": tables.equations(made),
        "studies": records.studies(ROOT),
        "measurements": records.measurements(ROOT),
        "accessibility": (ROOT / "ACCESSIBILITY.md").read_text(encoding="utf-8"),
        **labs.pages(),
        **misconceptions.pages(stems),
        **teaching.pages(ROOT),
        **reference.pages(ROOT / "aigc_course"),
    }
    pages["index"] = tables.start(ROOT, stems, EXTRA)
    for name, text in pages.items():
        (SOURCE / f"{name}.md").write_text(text, encoding="utf-8")
    vendored = SOURCE.parent / "site-vendored"
    packages.vendor(modules, vendored)
    labs.write(ROOT, vendored)


EXTRA = {
    "Labs": ["lab_gan", "lab_losses", "lab_attention", "lab_field"],
    "To look things up": [
        "glossary",
        "questions",
        "equations",
        "mistakes",
        "studies",
        "measurements",
        "api",
        "accessibility",
    ],
    "For teachers": ["teaching"],
}


def _sphinx(python: Path) -> list[str]:
    options = ["-b", "html", "-n", "-W", "--keep-going", "-q", "-j", "2"]
    doctrees = str(ROOT / "build" / "site-doctrees")
    places = ["-c", str(ROOT / "site"), "-d", doctrees, str(SOURCE), str(SITE)]
    return [str(python), "-m", "sphinx", *options, *places]


def _environment() -> dict[str, str]:
    version = re.search(
        r'__version__ = "([^"]+)"',
        (ROOT / "aigc_course/__init__.py").read_text("utf-8"),
    )
    facts: dict[str, Any] = {
        "version": version[1] if version else "",
        "language": "en",
        # filled when a second edition is there: ["zh", "中文", "zh/"]
        "other_languages": [],
        "vendored": str(ROOT / "build" / "site-vendored"),
    }
    return {
        **os.environ,
        "AIGC_SITE_FACTS": json.dumps(facts),
        "PYTHONWARNINGS": "ignore",
    }


def complete(modules: Path, with_pdf: bool = False) -> None:
    """Mend the pages, say their formulas, write the index, lay notebooks beside."""
    texts = {
        page: finish.numbered_outside(page.read_text(encoding="utf-8"))
        for page in finish.pages(SITE)
    }
    asked = {formula for html in texts.values() for formula in finish.formulas(html)}
    words = speech.words(asked, ROOT, modules)
    for page, html in texts.items():
        html = finish.mended(finish.with_words(html, words))
        html = finish.thinned(finish.with_media_apart(html, SITE))
        # a link to a PDF only where there will be one
        html = html if with_pdf else finish.PDF.sub("", html)
        page.write_text(html, encoding="utf-8")
    index.write(SITE, index.build(SITE, LATER))
    for left in ("searchindex.js", ".buildinfo", "objects.inv"):
        (SITE / left).unlink(missing_ok=True)
    copy_notebooks(ROOT / "notebooks", SITE / "notebooks")
    (SITE / ".nojekyll").touch()


def copy_notebooks(source: Path, target: Path) -> None:
    """The chapters alone: what somebody trained beside them is not for the website."""
    target.mkdir()
    for notebook in source.glob("*.ipynb"):
        shutil.copy2(notebook, target)


def main(arguments: list[str]) -> int:
    """Do what is asked for; return an exit status."""
    task, *options = arguments or ["build"]
    if task not in ("build", "fetch", "test", "check"):
        print(f"There is no task {task!r}: say build, check or test.", file=sys.stderr)
        return 2
    try:
        if task == "fetch":
            return 0 if fetch() else 1
        if task == "test":
            from sitebuild.check import everything

            return everything.main(ROOT, lambda: build(with_pdf=True))
        if task == "check":
            from sitebuild.check import everything

            return everything.main(ROOT, lambda: SITE)
        return 0 if build("--pdf" in options) else 1
    except (packages.Missing, ValueError) as reason:
        print(reason, file=sys.stderr)
        return 2
