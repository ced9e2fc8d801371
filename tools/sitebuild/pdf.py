"""A PDF of each chapter, printed by Chromium from the chapter's page."""

import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sitebuild.check import browsing
from sitebuild.check.chromium import Browser, ask, browser, chromium

LIMIT = 5_000_000  # bytes


@contextmanager
def reader_of(tabs: Browser) -> Iterator[browsing.Reader]:
    """A fresh tab that notes its requests."""
    found = ask(f"{tabs.json}/new?about:blank", "PUT")
    with browsing.Reader(found["webSocketDebuggerUrl"]) as reader:
        yield reader
    ask(f"{tabs.json}/close/{found['id']}")


def write(root: Path) -> int:
    """Print every chapter into build/site/pdf; return how many were printed."""
    program = browser()
    if program is None:
        print("There is no Chromium, so no PDF is made.", file=sys.stderr)
        return 0
    site, count = root / "build" / "site", 0
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium(program, Path(folder)) as tabs,
        browsing.served(site) as base,
        reader_of(tabs) as reader,
    ):
        for page in sorted(site.glob("[0-9][0-9]_*.html")):
            path = site / "pdf" / f"{page.stem}.pdf"
            size = browsing.printed(reader, f"{base}/{page.name}", path)
            print(f"  {path.name}: {size / 1e6:.1f} MB", flush=True)
            count += 1
    return count


def sizes(root: Path) -> dict[str, Any]:
    """Bytes of each PDF, and those that are missing, too large or not tagged."""
    site, found, wrong = root / "build" / "site", {}, []
    for page in sorted(site.glob("[0-9][0-9]_*.html")):
        path = site / "pdf" / f"{page.stem}.pdf"
        if not path.exists():
            wrong.append(f"{path.name} is missing")
            continue
        data = path.read_bytes()
        found[path.name] = len(data)
        is_tagged = re.search(rb"/MarkInfo\s*<<[^>]*/Marked true", data) is not None
        if len(data) > LIMIT or not is_tagged:
            wrong.append(f"{path.name}: {len(data)} bytes, tagged: {is_tagged}")
    return {"bytes": found, "wrong": wrong}
