"""Build the site, check all of it, and write benchmarks/records/site.json."""

import concurrent.futures
import contextlib
import datetime
import json
import os
import queue
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aigc_course.files import write_json
from aigc_course.studies.machine import machine
from sitebuild import packages, pdf
from sitebuild.check import browsing, files, queries
from sitebuild.check.chromium import MISSING, browser, chromium

# that look at pages side by side
LIMIT = float(os.environ.get("AIGC_SITE_SECONDS", "3600"))  # then no page is opened
BROWSERS = int(os.environ.get("AIGC_BROWSERS", "2"))


def main(root: Path, build: Any) -> int:
    """Run every check; return 0 where all bars are met."""
    program = browser()
    if program is None:
        print(MISSING, file=sys.stderr)
        return 2
    if build() is None:
        return 1
    site = root / "build" / "site"
    start = time.monotonic()
    record = {
        "benchmark": "site",
        "command": "make site-test",
        "date": datetime.date.today().isoformat(),
        "machine": {**machine(), "load_before": round(os.getloadavg()[0], 2)},
        "files": of_files(root, site),
        **{key: queries.ask(root, site, name) for key, name in queries.SETS.items()},
        **in_browser(root, site, program),
    }
    took = (root / "build" / "site-took.json").read_text(encoding="utf-8")
    record["build"] = json.loads(took)
    record["check_seconds"] = round(time.monotonic() - start, 1)
    record["missed"] = missed(record)
    write_json(root / "benchmarks" / "records" / "site.json", record)
    print(json.dumps(record["missed"], indent=1, ensure_ascii=False))
    print(f"{len(record['missed'])} bars missed; see benchmarks/records/site.json")
    return 1 if record["missed"] else 0


def of_files(root: Path, site: Path) -> dict[str, Any]:
    """What the files alone tell."""
    pages = files.read(site)
    return {
        **files.sizes(site),
        "links": sum(len(page.links) for page in pages.values()),
        "broken_links": files.broken_links(site, pages),
        "foreign_loads": files.foreign_loads(site, pages),
        "headings": files.skipped_headings(pages),
        "ids_twice": [
            f"{n}: {sorted(p.twice)[:3]}" for n, p in pages.items() if p.twice
        ],
        "cells_without_place": files.cells_without_place(root, pages),
        "alts": files.wrong_alts(root, site, pages),
    }


def in_browser(root: Path, site: Path, program: str) -> dict[str, Any]:
    """What Chromium tells of every page, over HTTP and from the disk."""
    axe = (packages.node_modules(root) / "axe-core" / "axe.min.js").read_text("utf-8")
    pages = sorted(site.glob("*.html"), key=lambda page: page.stat().st_size)
    found: dict[str, Any] = {"http": {}, "file": {}}
    late: list[str] = []
    end = time.monotonic() + LIMIT
    with contextlib.ExitStack() as stack:
        base = stack.enter_context(browsing.served(site))
        readers = [stack.enter_context(_reader(program)) for _ in range(BROWSERS)]
        lab = browsing.pace(readers[0], base)
        free: queue.Queue[browsing.Reader] = queue.Queue()
        for reader in readers:
            free.put(reader)

        def seen(job: tuple[str, str]) -> None:
            kind, name = job
            if time.monotonic() > end:
                return late.append(f"{kind} {name}")
            reader = free.get()
            at, rules = (base, axe) if kind == "http" else (site.as_uri(), "")
            try:
                found[kind][name] = browsing.look(reader, at, name, rules)
            except TimeoutError:
                return late.append(f"{kind} {name}")
            finally:
                free.put(reader)
            wrong = len(found[kind][name]["violations"])
            print(f"  {kind} {name}: {wrong} violations", flush=True)

        jobs = [(kind, page.name) for kind in found for page in pages]
        with concurrent.futures.ThreadPoolExecutor(BROWSERS) as pool:
            list(pool.map(seen, jobs))
    return {**summary(found), "unopened": late, "lab": lab, "pdf": pdf.sizes(root)}


@contextlib.contextmanager
def _reader(program: str) -> Iterator[browsing.Reader]:
    """A tab in a browser of its own: a tab behind another one would be slowed down."""
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium(program, Path(folder)) as tabs,
        pdf.reader_of(tabs) as reader,
    ):
        yield reader


def summary(found: dict[str, Any]) -> dict[str, Any]:
    """Counts over all pages, and whatever is wrong, named."""
    looks = [
        (kind, name, seen)
        for kind, pages in found.items()
        for name, seen in pages.items()
    ]
    web = found["http"].values()

    def listed(key: str) -> list[str]:
        return [
            f"{kind} {name}: {each}" for kind, name, seen in looks for each in seen[key]
        ]

    def counted(key: str) -> int:
        return sum(seen["formulas"][key] for seen in web)

    return {
        "pages_opened": len(looks),
        "outside_requests": listed("outside"),
        "failed_requests": listed("failed"),
        "exceptions": listed("exceptions"),
        "axe": {
            "settings": [
                f"{w} px, {t}" for w in browsing.WIDTHS for t in browsing.THEMES
            ],
            "violations": listed("violations"),
        },
        "formulas": {
            "written": counted("count"),
            "drawn": counted("shown"),
            "errors": counted("errors"),
            "silent": counted("silent"),
            "drawn_from_file": sum(
                s["formulas"]["shown"] for s in found["file"].values()
            ),
        },
    }


def missed(record: dict[str, Any]) -> list[str]:
    """The bars that are not met, with the figure."""
    of_files, formulas, lab = record["files"], record["formulas"], record["lab"]
    took = record["build"]["cpu_seconds"]
    bars = {
        f"the build took {took} s of CPU time": took > 90,
        f"too large: {of_files['over']}": of_files["over"],
        f"formulas: {formulas}": formulas["errors"]
        or formulas["silent"]
        or formulas["written"] != formulas["drawn"],
        f"lab: {lab}": lab["rounds_per_second"] < 500
        or lab["pictures_per_second"] < 30,
        f"alt: {of_files['alts']['wrong']}": of_files["alts"]["wrong"],
        f"PDF: {record['pdf']['wrong']}": record["pdf"]["wrong"],
    }
    for key in (
        "broken_links",
        "foreign_loads",
        "headings",
        "ids_twice",
        "cells_without_place",
    ):
        bars[f"{key}: {of_files[key][:5]} ({len(of_files[key])})"] = of_files[key]
    for key in queries.SETS:
        bars[f"{key}: {record[key]['missed']}"] = record[key]["hit_at_3"] < 0.95
    for key in ("unopened", "outside_requests", "failed_requests", "exceptions"):
        bars[f"{key}: {record[key][:5]} ({len(record[key])})"] = record[key]
    wrong = record["axe"]["violations"]
    bars[f"axe: {len(wrong)} violations"] = wrong
    return [words for words, is_missed in bars.items() if is_missed]
