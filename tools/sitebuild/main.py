"""Build the website into build/site, or check it.

    python tools/sitebuild/main.py build      # what `make site` does
    python tools/sitebuild/main.py test       # what `make site-test` does

Pages are made of the built notebooks, so build those first when a chapter has changed.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from nbbuild.project import Project

from sitebuild import (
    finish,
    index,
    labs,
    misconceptions,
    notebooks,
    packages,
    records,
    reference,
    speech,
    tables,
)

ROOT = Path(__file__).resolve().parents[2]
SITE, SOURCE = ROOT / "build" / "site", ROOT / "build" / "site-source"
# pages that repeat what a chapter says, or say little to most readers, come later
LATER = {"api": 0.45, "mistakes_": 0.45, "equations": 0.6, "studies": 0.7, "index": 0.5}


def build() -> int:
    """Build the website; return 0, or 1 where a page is wrong."""
    start = time.monotonic()
    python, modules = packages.sphinx(ROOT), packages.node_modules(ROOT)
    began = time.monotonic()
    shutil.rmtree(SOURCE, ignore_errors=True)
    shutil.rmtree(SITE, ignore_errors=True)
    write_source(modules)
    print(f"Pages gathered after {time.monotonic() - began:.0f} s", flush=True)
    if subprocess.call(_sphinx(python), env=_environment()):
        return 1
    print(f"Sphinx is done after {time.monotonic() - began:.0f} s", flush=True)
    complete(modules)
    size = sum(file.stat().st_size for file in SITE.rglob("*") if file.is_file())
    print(
        f"{len(finish.pages(SITE))} pages, {size / 1e6:.0f} MB,"
        f" {time.monotonic() - start:.0f} s: open build/site/index.html"
    )
    return 0


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
        **reference.pages(ROOT / "aigc_course"),
    }
    pages["index"] = tables.start(ROOT, stems, EXTRA)
    for name, text in pages.items():
        (SOURCE / f"{name}.md").write_text(text, encoding="utf-8")
    vendored = SOURCE.parent / "site-vendored"
    packages.vendor(modules, vendored)
    labs.write(ROOT, vendored)


EXTRA = {
    "Labs": ["lab_gan", "lab_losses", "lab_attention"],
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
    facts = {
        "version": version[1] if version else "",
        "language": "en",
        "vendored": str(ROOT / "build" / "site-vendored"),
    }
    return {
        **os.environ,
        "AIGC_SITE_FACTS": json.dumps(facts),
        "PYTHONWARNINGS": "ignore",
    }


def complete(modules: Path) -> None:
    """Mend the pages, say their formulas, write the index, lay notebooks beside."""
    texts = {page: page.read_text(encoding="utf-8") for page in finish.pages(SITE)}
    asked = {formula for html in texts.values() for formula in finish.formulas(html)}
    words = speech.words(asked, ROOT, modules)
    for page, html in texts.items():
        page.write_text(finish.mended(finish.with_words(html, words)), encoding="utf-8")
    index.write(SITE, index.build(SITE, LATER))
    for left in ("searchindex.js", ".buildinfo", "objects.inv"):
        (SITE / left).unlink(missing_ok=True)
    shutil.copytree(ROOT / "notebooks", SITE / "notebooks")
    (SITE / ".nojekyll").touch()


def main(arguments: list[str]) -> int:
    """Do what is asked for; return an exit status."""
    try:
        if arguments == ["test"]:
            from sitebuild.check import everything

            return everything.main(ROOT)
        return build()
    except packages.Missing as reason:
        print(reason, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
