"""Every page in Chromium: requests, formulas, axe-core, the lab's pace, PDFs."""

import base64
import contextlib
import functools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sitebuild.check.chromium import Page

PATIENCE = 300.0  # seconds for a page to be read or printed on a busy machine
WIDTHS, THEMES = (1280, 400), ("light", "dark")
READY = "document.readyState === 'complete' && window.courseMathReady === true"
# WCAG 2.0 to 2.2, A and AA, and axe's best practices; a theme changes colours alone
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES = {
    "light": {"type": "tag", "values": TAGS},
    "dark": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
AXE = """(async (runOnly) => {
  const found = await axe.run(document, { runOnly, resultTypes: ["violations"] });
  const first = (v) => v.nodes[0].html.slice(0, 160);
  return found.violations.map((v) => [v.id, v.nodes.length, first(v)]);
})"""
# colours are to be seen as they end, not on their way
STILL = """;(() => {
  const sheet = document.createElement("style");
  sheet.textContent = "*, *::before, *::after { transition: none !important }";
  document.head.append(sheet);
})()"""
FORMULAS = """(() => {
  const shown = [...document.querySelectorAll("mjx-container")];
  return {
    count: document.querySelectorAll(".math[data-spoken]").length,
    shown: shown.length,
    errors: document.querySelectorAll("mjx-merror, [data-mml-node='merror']").length,
    silent: shown.filter((f) => !(f.getAttribute("aria-label") ?? "").trim()).length,
  };
})()"""


@contextmanager
def served(site: Path) -> Iterator[str]:
    """The site over HTTP on this machine: its address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(site))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


class Reader(Page):
    """A tab that notes every request that it makes and that fails."""

    def __init__(self, address: str) -> None:
        self.requests: list[str] = []
        self.failed: list[str] = []
        self.names: dict[str, str] = {}
        super().__init__(address)
        self.call("Network.enable")

    def notice(self, event: dict[str, Any]) -> None:
        """Keep requests beside what pages complain of."""
        super().notice(event)
        parameters = event.get("params", {})
        if event.get("method") == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
            self.names[parameters["requestId"]] = parameters["request"]["url"]
        if event.get("method") == "Network.loadingFailed":
            name = self.names.get(parameters["requestId"], "")
            self.failed.append(f"{parameters.get('errorText', '')} {name}")
        response = parameters.get("response", {})
        if response.get("status", 200) >= 400:
            self.failed.append(f"{response['status']} {response['url']}")

    def answer(self, method: str) -> dict[str, Any]:
        """The answer to the last command, for which a long page may take minutes."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with contextlib.suppress(TimeoutError):
                return super().answer(method)
        raise TimeoutError(f"The browser did not answer {method}.")

    def open(self, address: str, patience: float = PATIENCE) -> None:
        """Open a page and wait until its formulas are drawn. Raises TimeoutError."""
        self.call("Page.navigate", url=address)
        end = time.monotonic() + patience
        while time.monotonic() < end:
            # the old page may still answer while the new one is on its way
            if self.js(f"location.href === {json.dumps(address)} && {READY}"):
                return
            time.sleep(0.05)
        raise TimeoutError(f"{address} was not ready: {self.complaints[-3:]}")

    def size(self, width: int) -> None:
        """Look through a window of this width."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    def theme(self, name: str) -> None:
        """Light or dark."""
        self.js(
            f"document.documentElement.dataset.theme = '{name}';"
            f"document.documentElement.dataset.mode = '{name}'"
        )


def outside(requests: list[str], base: str) -> list[str]:
    """Requests that leave the site."""
    own = (base, "data:", "blob:", "about:")
    return sorted({address for address in requests if not address.startswith(own)})


def look(reader: Reader, base: str, name: str, axe: str) -> dict[str, Any]:
    """One page: requests, formulas, exceptions, and axe in four settings."""
    reader.requests.clear()
    reader.failed.clear()
    reader.complaints.clear()
    reader.size(WIDTHS[0])
    reader.open(f"{base}/{name}")
    found: dict[str, Any] = {"formulas": reader.js(FORMULAS), "violations": []}
    if axe:
        reader.js(axe + STILL)
        for width in WIDTHS:
            reader.size(width)
            time.sleep(0.6)  # the theme looks a while later which boxes scroll
            for theme in THEMES:
                reader.theme(theme)
                wrong = reader.js(f"{AXE}({json.dumps(RULES[theme])})")
                found["violations"] += [[width, theme, *each] for each in wrong]
            # a phone's browser zooms out of a page that is too wide: innerWidth grows
            wide = f"document.documentElement.scrollWidth - {width}"
            if width == min(WIDTHS) and (over := reader.js(wide)) > 1:
                found["violations"].append([width, "", "scrolls sideways", over, ""])
    found["outside"] = outside(reader.requests, base)
    found["failed"] = list(reader.failed)
    found["exceptions"] = list(reader.complaints)
    return found


# counts the pictures of the plane, which each begin with a clear canvas, and plays
PLAY = """(() => {
  window.pictures = 0;
  const { prototype } = CanvasRenderingContext2D;
  const clear = prototype.clearRect;
  const plane = document.querySelector(".aigc-lab canvas");
  prototype.clearRect = function (...box) {
    if (this.canvas === plane) window.pictures += 1;
    return clear.apply(this, box);
  };
  document.querySelector(".aigc-play").click();
})()"""
STATE = r"""(() => {
  const line = document.querySelector(".aigc-status").textContent;
  const rounds = Number(line.match(/([\d,]+) rounds/)[1].replaceAll(",", ""));
  return { time: performance.now() / 1000, pictures: window.pictures, rounds };
})()"""


def pace(reader: Reader, base: str, seconds: float = 6) -> dict[str, float]:
    """Rounds and pictures a second of the GAN lab, by the clock and by CPU time."""
    reader.size(WIDTHS[0])
    reader.open(f"{base}/lab_gan.html")
    reader.call("Performance.enable")
    reader.js(PLAY)
    time.sleep(2)
    first, spent = reader.js(STATE), _thread_seconds(reader)
    time.sleep(seconds)
    last, spent = reader.js(STATE), _thread_seconds(reader) - spent
    reader.js("document.querySelector('.aigc-play').click()")
    made = {key: last[key] - first[key] for key in first}
    return {
        "rounds_per_second": round(made["rounds"] / made["time"], 1),
        "pictures_per_second": round(made["pictures"] / made["time"], 1),
        "rounds_per_cpu_second": round(made["rounds"] / spent, 1),
        "pictures_per_cpu_second": round(made["pictures"] / spent, 1),
        "cpu_share": round(spent / made["time"], 3),
    }


def _thread_seconds(reader: Reader) -> float:
    """CPU time of the page's main thread so far."""
    metrics = reader.call("Performance.getMetrics")["metrics"]
    return next(m["value"] for m in metrics if m["name"] == "ThreadTime")


def printed(reader: Reader, address: str, path: Path) -> int:
    """Print a page as a tagged PDF; return its size in bytes."""
    reader.open(address)
    reader.js(
        "document.querySelectorAll('details').forEach((d) => (d.open = true));"
        "document.querySelectorAll('img').forEach((i) => (i.loading = 'eager'))"
    )
    made = reader.call(
        "Page.printToPDF",
        printBackground=False,
        generateTaggedPDF=True,
        generateDocumentOutline=True,
        preferCSSPageSize=False,
        paperWidth=8.27,
        paperHeight=11.69,
    )
    data = base64.b64decode(made["data"])
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return len(data)
