"""The labs for real: JupyterLab in Chromium, buttons pressed, pictures seen to change.

    make browser-test

Not part of `make test`: it needs a browser, and a machine with little else to do.
Screenshots are kept in runs/browser/ for somebody to look at.
"""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import devtools
import nbformat
import pytest
from devtools import Page, until

SHOTS = Path(__file__).parents[2] / "runs" / "browser"
ROUNDS, PICTURES = 100, 15  # a second, at least
PLANE = ".aigc-lab canvas"
CELLS = "document.querySelectorAll('.jp-Notebook .jp-Cell').length"

# counts how often a canvas is cleared, which every picture begins with
COUNTER = """
window.cleared = new Map();
const clear = CanvasRenderingContext2D.prototype.clearRect;
CanvasRenderingContext2D.prototype.clearRect = function (...box) {
  window.cleared.set(this.canvas, (window.cleared.get(this.canvas) ?? 0) + 1);
  return clear.apply(this, box);
};
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    SHOTS.mkdir(parents=True, exist_ok=True)
    return tmp_path_factory.mktemp("labs")


@pytest.fixture(scope="module")
def page(folder: Path) -> Iterator[Page]:
    program = devtools.browser()
    assert program, devtools.MISSING
    with (
        devtools.jupyterlab(folder) as address,
        devtools.chromium(program, folder) as p,
    ):
        p.address = address  # type: ignore[attr-defined]
        p.call("Page.addScriptToEvaluateOnNewDocument", source=COUNTER)
        yield p


def open_lab(page: Page, folder: Path, name: str) -> None:
    """A notebook with one lab, run by hand."""
    source = f"from aigc_course import widgets\nwidgets.{name}()"
    cells = [nbformat.v4.new_code_cell(source), nbformat.v4.new_markdown_cell("end")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, folder / f"{name}.ipynb")
    page.call("Page.navigate", url=page.address % f"{name}.ipynb")  # type: ignore[attr-defined]
    until(
        lambda: page.js("!!document.querySelector('.jp-CodeCell .cm-line')"), "a cell"
    )
    idle = "document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status"
    until(lambda: page.js(idle) == "idle", "an idle kernel")
    until(lambda: started(page), "the cell to run")
    try:
        until(lambda: page.js("!!document.querySelector('.aigc-lab')"), name)
    except TimeoutError:
        page.screenshot(SHOTS / f"{name}_missing.png")
        raise


def started(page: Page) -> bool:
    """Run the first cell; a kernel that is still connecting forgets the request."""
    page.click(".jp-CodeCell .cm-line")
    page.key("Enter", modifiers=8)
    time.sleep(2)
    prompt = "document.querySelector('.jp-CodeCell .jp-InputPrompt').textContent"
    return "[ ]" not in page.js(prompt)


def status(page: Page) -> str:
    return page.js("document.querySelector('.aigc-status').textContent")


def number(page: Page, pattern: str) -> int:
    found = re.search(rf"([\d,]+) {pattern}", status(page))
    return int(found[1].replace(",", "")) if found else 0


def settled(page: Page, pattern: str) -> int:
    """A number that has stopped changing: the last answer is there."""
    before, now = -1, number(page, pattern)
    while now != before:
        time.sleep(1)
        before, now = now, number(page, pattern)
    return now


def picture(page: Page, selector: str = PLANE) -> str:
    return page.js(f"document.querySelector({json.dumps(selector)}).toDataURL()")


def pictures(page: Page) -> int:
    return page.js(f"window.cleared.get(document.querySelector('{PLANE}')) ?? 0")


def spoken(page: Page) -> str:
    return page.js("document.querySelector('.aigc-lab [aria-live]').textContent")


def pace(page: Page, seconds: float = 5) -> tuple[float, float]:
    """Rounds and pictures a second, by the test's own clock."""
    rounds, drawn, start = number(page, "rounds"), pictures(page), time.monotonic()
    time.sleep(seconds)
    passed = time.monotonic() - start
    now = number(page, "rounds"), pictures(page)
    return (now[0] - rounds) / passed, (now[1] - drawn) / passed


def pressed(page: Page, label: str) -> str:
    """Selector of the button that reads `label`."""
    index = page.js(
        "[...document.querySelectorAll('.aigc-lab button')]"
        f".findIndex((b) => b.textContent === {json.dumps(label)})"
    )
    assert index >= 0, f"no button {label}"
    page.js(
        f"document.querySelectorAll('.aigc-lab button')[{index}].dataset.label="
        + json.dumps(label)
    )
    return f'.aigc-lab button[data-label="{label}"]'


def test_the_gan_lab_plays(page: Page, folder: Path) -> None:
    open_lab(page, folder, "gan_lab")
    until(lambda: "0 rounds" in status(page), "the first answer")
    before = picture(page)
    page.click(pressed(page, "Play"))
    until(lambda: number(page, "rounds") > 20, "rounds")
    assert picture(page) != before
    page.screenshot(SHOTS / "gan_lab.png")
    assert page.complaints == []


def test_keys_alone_are_enough(page: Page, folder: Path) -> None:
    cells = page.js(CELLS)
    page.js(f"document.querySelector('{PLANE}').focus()")
    page.key(" ")
    until(lambda: status(page).startswith("Paused"), "the pause")
    until(lambda: spoken(page).startswith("Paused after"), "its announcement")
    steps = settled(page, "steps of D")
    for _ in range(2):  # d, d is JupyterLab's command that deletes a cell
        page.key("d")
    until(lambda: number(page, "steps of D") == steps + 2, "two steps of D")
    assert page.js(CELLS) == cells
    steps = settled(page, "of G")
    page.key("g")
    until(lambda: number(page, "of G") == steps + 1, "a step of G")
    page.key("r")
    until(lambda: number(page, "rounds") == 0, "a new game")


def test_a_data_set_is_drawn_with_the_mouse_and_played(page: Page) -> None:
    page.js(
        "(() => { const s = document.querySelector('.aigc-lab select');"
        " s.value = 'drawn'; s.dispatchEvent(new Event('change')); })()"
    )
    until(lambda: "no separate modes" in status(page), "an empty plane")
    page.click(pressed(page, "Play"))
    until(lambda: "Draw some points" in status(page), "a refusal")
    before = picture(page)
    x, y = page.place(PLANE)
    page.drag([(x - 120 + 8 * i, y + (i % 10) * 9) for i in range(30)])
    until(lambda: picture(page) != before, "drawn points")
    page.click(pressed(page, "Play"))
    until(lambda: number(page, "rounds") > 50, "rounds on the drawing")
    page.screenshot(SHOTS / "gan_lab_drawn.png")
    page.key(" ")


def test_less_motion_means_fewer_pictures_not_less_training(
    page: Page, folder: Path
) -> None:
    reduce = {"name": "prefers-reduced-motion", "value": "reduce"}
    page.call("Emulation.setEmulatedMedia", features=[reduce])
    open_lab(page, folder, "gan_lab")
    until(lambda: "0 rounds" in status(page), "the first answer")
    page.click(pressed(page, "Play"))
    until(lambda: number(page, "rounds") > 20, "rounds")
    rounds, drawn = pace(page)
    assert drawn < 1.5 and rounds > 30
    page.call("Emulation.setEmulatedMedia", features=[])


def test_no_widget_state_is_saved(page: Page, folder: Path) -> None:
    page.key("s", modifiers=2)
    path = folder / "gan_lab.ipynb"
    until(lambda: '"image/png"' in path.read_text(), "the saved notebook")
    notebook = nbformat.read(path, as_version=4)
    assert "widgets" not in notebook.metadata
    (output,) = notebook.cells[0].outputs
    assert output["data"]["text/plain"].startswith("Figure: A GAN on ring")


def test_the_game_on_a_line_plays(page: Page, folder: Path) -> None:
    open_lab(page, folder, "game_1d")
    until(lambda: "0 rounds" in status(page), "the first answer")
    before = picture(page)
    page.click(pressed(page, "Play"))
    until(lambda: number(page, "rounds") > 100, "rounds")
    assert picture(page) != before
    page.screenshot(SHOTS / "game_1d.png")
    assert page.complaints == []


def test_the_loss_explorer_follows_its_slider(page: Page, folder: Path) -> None:
    open_lab(page, folder, "loss_explorer")
    before = picture(page)
    page.js("document.querySelector('.aigc-lab input[type=range]').focus()")
    for _ in range(30):
        page.key("ArrowRight")
    until(lambda: picture(page) != before, "another picture")
    until(lambda: "25 % sure" in spoken(page), "its announcement")
    row = "document.querySelector('.aigc-figures tbody tr').textContent"
    assert page.js(row) == "non-saturating1.39-0.75"  # -log(1/4) and 1/4 - 1
    page.screenshot(SHOTS / "loss_explorer.png")
    assert page.complaints == []


def test_the_pace(page: Page, folder: Path) -> None:
    open_lab(page, folder, "gan_lab")
    until(lambda: "0 rounds" in status(page), "the first answer")
    page.click(pressed(page, "Play"))
    until(lambda: number(page, "rounds") > 20, "rounds")
    rounds, drawn = max(pace(page) for _ in range(3))
    print(f"\n{rounds:.0f} rounds/s, {drawn:.1f} pictures/s")
    assert rounds >= ROUNDS and drawn >= PICTURES
