"""A notebook with one lab, open in JupyterLab: what a test sees of it."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import background
import nbformat
from background import OPENING, WAIT, Server
from devtools import Page

SHOTS = Path(__file__).parents[2] / "runs" / "browser"
PLANE = ".aigc-lab canvas"
PLAY = ".aigc-lab button.aigc-play"

# counts how often a canvas is cleared, which every picture begins with
COUNTER = """
window.cleared = new Map();
const clear = CanvasRenderingContext2D.prototype.clearRect;
CanvasRenderingContext2D.prototype.clearRect = function (...box) {
  window.cleared.set(this.canvas, (window.cleared.get(this.canvas) ?? 0) + 1);
  return clear.apply(this, box);
};
"""
# a request is forgotten by a kernel that is still connecting
READY = """(() => {
  const open = [...(window.jupyterapp?.shell.widgets("main") ?? [])];
  const { sessionContext } = open.find((panel) => panel.sessionContext) ?? {};
  const { connectionStatus, status } = sessionContext?.session?.kernel ?? {};
  return sessionContext?.isReady && connectionStatus === "connected"
    && status === "idle" && !!document.querySelector(".jp-CodeCell .cm-line");
})()"""


class LabPage:
    """A lab that has been started, and waits for its first button.

    given: its arguments, as Python source.
    """

    def __init__(self, page: Page, server: Server, name: str, given: str = "") -> None:
        self.page, self.name = page, name
        page.call("Page.addScriptToEvaluateOnNewDocument", source=COUNTER)
        self.path = _notebook(server.folder, name, given)
        page.call("Page.navigate", url=server.address(self.path.name))
        self.until(lambda: page.js(READY), "a notebook with an idle kernel", OPENING)
        page.click(".jp-CodeCell .cm-line")
        page.key("Enter", modifiers=8)
        shown = "!!document.querySelector('.aigc-lab')"
        self.until(lambda: page.js(shown), "the lab in the cell's output", OPENING)

    def until(
        self, condition: Callable[[], Any], what: str, seconds: float = WAIT
    ) -> Any:
        """The first true answer; a TimeoutError that tells what is seen instead."""
        try:
            return background.until(condition, what, seconds)
        except TimeoutError as late:
            raise TimeoutError(f"{late} {self.plight()}") from None

    def plight(self) -> str:
        """What somebody in front of the screen would tell; leaves a screenshot."""
        shot = SHOTS / f"{self.path.stem}_failed.png"
        self.page.screenshot(shot)
        return (
            f"The line beneath the lab: {self.status()!r}."
            f" A dialog: {self.text('.jp-Dialog')!r}."
            f" The cell's output: {self.text('.jp-OutputArea-output')[-300:]!r}."
            f" Exceptions: {self.page.complaints}. See {shot}."
        )

    def text(self, selector: str) -> str:
        """The text of the first element that matches, "" where none does."""
        quoted = json.dumps(selector)
        return self.page.js(f"document.querySelector({quoted})?.textContent ?? ''")

    def status(self) -> str:
        """The line beneath the lab."""
        return self.text(".aigc-status")

    def spoken(self) -> str:
        """What a screen reader was told last."""
        return self.text(".aigc-lab [aria-live]")

    def number(self, pattern: str) -> int:
        """The number that stands before `pattern` in the line beneath; 0 for none."""
        found = re.search(rf"([\d,]+) {pattern}", self.status())
        return int(found[1].replace(",", "")) if found else 0

    def cells(self) -> int:
        """How many cells the notebook has."""
        return self.page.js("document.querySelectorAll('.jp-Notebook .jp-Cell').length")

    def picture(self) -> str:
        """The first canvas, as text to compare."""
        return self.page.js(f"document.querySelector('{PLANE}').toDataURL()")

    def drawn(self) -> int:
        """How many pictures the first canvas has shown."""
        return self.page.js(
            f"window.cleared.get(document.querySelector('{PLANE}')) ?? 0"
        )

    def play(self, rounds: int = 20) -> None:
        """Press Play with the mouse and see that more than so many rounds are made."""
        self.until(lambda: " 0 rounds" in self.status(), "the kernel's first answer")
        self.page.click(PLAY)
        self.until(lambda: self.number("rounds") > rounds, f"{rounds} rounds")

    def pause(self) -> None:
        """Press the space bar and wait until the last answer is there."""
        self.page.key(" ")
        self.until(lambda: self.spoken().startswith("Paused after"), "the pause, told")

    def pace(self, seconds: float = 5) -> tuple[float, float]:
        """Rounds and pictures a second, by the test's own clock."""
        before, start = (self.number("rounds"), self.drawn()), time.monotonic()
        time.sleep(seconds)
        passed = time.monotonic() - start
        now = self.number("rounds"), self.drawn()
        return (now[0] - before[0]) / passed, (now[1] - before[1]) / passed

    def screenshot(self, name: str) -> None:
        self.page.screenshot(SHOTS / f"{name}.png")


def _notebook(folder: Path, name: str, given: str) -> Path:
    """A new notebook with one lab; never one that JupyterLab has seen before."""
    source = "from aigc_course import attention as att, vae, widgets\n"
    source += "from aigc_course.apps.levels import tiles\n"
    source += f"widgets.{name}({given})"
    cells = [nbformat.v4.new_code_cell(source), nbformat.v4.new_markdown_cell("end")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    path = folder / f"{name}_{len(list(folder.glob('*.ipynb'))) + 1}.ipynb"
    nbformat.write(notebook, path)
    return path
