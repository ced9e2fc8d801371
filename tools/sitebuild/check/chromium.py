"""The browser of tests/browser, for the website's checks and for its PDFs."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tests" / "browser"))

from background import ask
from devtools import MISSING, Browser, Page, browser, chromium

__all__ = ["MISSING", "Browser", "Page", "ask", "browser", "chromium"]
