"""The labs for real: JupyterLab in Chromium, buttons pressed, pictures seen to change.

    make browser-test

Not part of `make test`: it needs a browser, and a machine with little else to do.
Every test has a tab, a notebook and a kernel of its own. Screenshots are kept in
runs/browser/ for somebody to look at.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import background
import devtools
import nbformat
import pytest
from background import Server
from devtools import Browser, Page
from lab_page import PLANE, PLAY, SHOTS, LabPage

ROUNDS, PICTURES = 100, 15  # a second, at least

Open = Callable[..., LabPage]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    SHOTS.mkdir(parents=True, exist_ok=True)
    return tmp_path_factory.mktemp("labs")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with background.jupyterlab(folder) as server:
        yield server


@pytest.fixture(scope="module")
def browser(folder: Path) -> Iterator[Browser]:
    program = devtools.browser()
    assert program, devtools.MISSING
    with devtools.chromium(program, folder) as browser:
        yield browser


@pytest.fixture
def page(server: Server, browser: Browser) -> Iterator[Page]:
    """A fresh tab; its kernel ends with the test."""
    with browser.tab() as page:
        yield page
    server.end_kernels()


@pytest.fixture
def start(page: Page, server: Server) -> Open:
    return lambda name, given="": LabPage(page, server, name, given)


def test_the_gan_lab_plays(start: Open) -> None:
    lab = start("gan_lab")
    before = lab.picture()
    lab.play()
    assert lab.picture() != before
    lab.screenshot("gan_lab")
    assert lab.page.complaints == []


def test_keys_alone_are_enough(start: Open) -> None:
    lab, cells = start("gan_lab"), 2
    lab.play()
    lab.page.js(f"document.querySelector('{PLANE}').focus()")
    lab.pause()
    steps = lab.number("steps of D")
    assert f"Paused after {lab.number('rounds'):,} rounds." in lab.spoken()
    for _ in range(2):  # d, d is JupyterLab's command that deletes a cell
        lab.page.key("d")
    lab.until(lambda: lab.number("steps of D") == steps + 2, "two steps of D")
    assert lab.cells() == cells
    steps = lab.number("of G")
    lab.page.key("g")
    lab.until(lambda: lab.number("of G") == steps + 1, "a step of G")
    lab.page.key(" ")
    rounds = lab.number("rounds")
    lab.until(lambda: lab.number("rounds") > rounds, "rounds after the space bar")
    lab.pause()
    lab.page.key("r")
    lab.until(lambda: " 0 rounds" in lab.status(), "a new game")
    assert lab.cells() == cells


def test_a_data_set_is_drawn_with_the_mouse_and_played(start: Open) -> None:
    lab = start("gan_lab")
    lab.until(lambda: " 0 rounds" in lab.status(), "the kernel's first answer")
    lab.page.js(
        "(() => { const s = document.querySelector('.aigc-lab select');"
        " s.value = 'drawn'; s.dispatchEvent(new Event('change')); })()"
    )
    lab.until(lambda: "no separate modes" in lab.status(), "an empty plane")
    lab.page.click(PLAY)
    lab.until(lambda: "Draw some points" in lab.status(), "a refusal")
    before = lab.picture()
    x, y = lab.page.place(PLANE)
    lab.page.drag([(x - 120 + 8 * i, y + (i % 10) * 9) for i in range(30)])
    lab.until(lambda: lab.picture() != before, "drawn points")
    lab.page.click(PLAY)
    lab.until(lambda: lab.number("rounds") > 50, "rounds on the drawing")
    lab.screenshot("gan_lab_drawn")
    assert lab.page.complaints == []


def test_less_motion_means_fewer_pictures_not_less_training(
    page: Page, start: Open
) -> None:
    reduce = {"name": "prefers-reduced-motion", "value": "reduce"}
    page.call("Emulation.setEmulatedMedia", features=[reduce])
    lab = start("gan_lab")
    lab.play()
    rounds, drawn = lab.pace()
    assert drawn < 1.5 and rounds > 30


def test_no_widget_state_is_saved(start: Open) -> None:
    lab = start("gan_lab")
    lab.play()
    lab.page.key("s", modifiers=2)
    lab.until(lambda: '"image/png"' in lab.path.read_text(), "the saved notebook")
    notebook = nbformat.read(lab.path, as_version=4)
    assert "widgets" not in notebook.metadata
    (output,) = notebook.cells[0].outputs
    assert output["data"]["text/plain"].startswith("Figure: A GAN on ring")


def test_the_game_on_a_line_plays(start: Open) -> None:
    lab = start("game_1d")
    before = lab.picture()
    lab.play(rounds=100)
    assert lab.picture() != before
    lab.screenshot("game_1d")
    assert lab.page.complaints == []


def test_the_field_lab_trains_steps_and_plays(start: Open) -> None:
    lab = start("field_lab")
    lab.until(lambda: "has not learned yet" in lab.status(), "the first answer")
    before = lab.picture()
    lab.page.js(f"document.querySelector('{PLAY}').focus()")
    lab.page.key("t")
    lab.until(lambda: lab.number("training steps") == 100, "100 training steps")
    lab.page.key("n")
    lab.until(lambda: "t = 0.13" in lab.status(), "the solver's next time")
    assert lab.picture() != before
    lab.until(lambda: lab.spoken() == lab.status(), "its announcement")
    lab.page.key(" ")  # the button has the focus: this presses it
    lab.until(lambda: "Paused at t = 1.00" in lab.status(), "the particles' arrival")
    lab.screenshot("field_lab")
    assert lab.page.complaints == []


def test_the_loss_explorer_follows_its_slider(start: Open) -> None:
    lab = start("loss_explorer")
    before = lab.picture()
    lab.page.js("document.querySelector('.aigc-lab input[type=range]').focus()")
    for _ in range(30):
        lab.page.key("ArrowRight")
    lab.until(lambda: lab.picture() != before, "another picture")
    lab.until(lambda: "25 % sure" in lab.spoken(), "its announcement")
    row = lab.text(".aigc-figures tbody tr")
    assert row == "non-saturating1.39-0.75"  # -log(1/4) and 1/4 - 1
    lab.screenshot("loss_explorer")
    assert lab.page.complaints == []


def test_the_latent_explorer_follows_keys_and_pointer(start: Open) -> None:
    lab = start("latent_explorer", "vae.VAE(vae.mlp((20,), latent=2))")
    decoded = "document.querySelectorAll('.aigc-lab canvas')[1].toDataURL()"
    lab.until(lambda: "latent 0 at" in lab.status(), "the picture of the middle")
    before, plane = lab.page.js(decoded), lab.picture()
    lab.page.js(f"document.querySelector('{PLANE}').focus()")
    for _ in range(5):
        lab.page.key("ArrowRight")
    lab.until(lambda: lab.page.js(decoded) != before, "another decoded picture")
    assert lab.picture() != plane
    lab.until(lambda: lab.spoken() == lab.status(), "its announcement")
    x, y = lab.page.place(PLANE)
    before = lab.page.js(decoded)
    lab.page.drag([(x - 100 + 10 * i, y - 80) for i in range(5)])
    lab.until(lambda: lab.page.js(decoded) != before, "the picture at the pointer")
    lab.screenshot("latent_explorer")
    assert lab.page.complaints == []


def test_the_pace(start: Open) -> None:
    lab = start("gan_lab")
    lab.play()
    rounds, drawn = max(lab.pace() for _ in range(3))
    told = f"{rounds:.0f} rounds/s, {drawn:.1f} pictures/s"
    print(f"\n{told}")
    bar = f"at least {ROUNDS} and {PICTURES} on a machine with nothing else to do"
    assert rounds >= ROUNDS and drawn >= PICTURES, f"{told}; {bar}."


MODEL = "att.Transformer(att.Shape(4, width=16, layers=2, heads=2)), 'abca', 'abcd'"


def test_the_attention_explorer_reads_what_is_typed(start: Open) -> None:
    lab = start("attention_explorer", MODEL)
    lab.until(lambda: "position 3 (a)" in lab.status(), "the first weights")
    before = lab.picture()
    typed = "document.querySelector('.aigc-typed')"
    lab.page.js(f"{typed}.value = 'dbca'; {typed}.focus()")
    lab.page.key("Enter")
    lab.until(lambda: lab.picture() != before, "other weights")
    lab.page.js("document.querySelectorAll('.aigc-token')[3].focus()")
    lab.page.key("Home")
    lab.until(lambda: "position 0 (d)" in lab.status(), "the first query")
    assert "looks: 100 % at position 0 (d)" in lab.status()
    lab.until(lambda: lab.spoken() == lab.status(), "its announcement")
    lab.page.key("ArrowRight", modifiers=8)
    row = (
        "[...document.querySelectorAll('.aigc-token')].map((t) => t.innerText).join('')"
    )
    lab.until(lambda: lab.page.js(row) == "bdca", "a token that was moved by keys")
    lab.screenshot("attention_explorer")
    assert lab.page.complaints == []


ROOM = "######\\n#@   #\\n# $. #\\n#  $.#\\n######"
LEVELS = f"tiles.read('{ROOM}\\n\\n#####\\n#@$.#\\n#####')"
ARROW = {"l": "ArrowLeft", "u": "ArrowUp", "r": "ArrowRight", "d": "ArrowDown"}


def test_a_level_is_played_to_its_end_by_keys(start: Open) -> None:
    lab = start("level_lab", LEVELS)
    lab.until(lambda: "0 of 2 boxes on goals" in lab.status(), "the first level")
    before = lab.picture()
    lab.page.js(f"document.querySelector('{PLANE}').focus()")
    lab.page.key("ArrowUp")
    lab.until(lambda: "That way is blocked" in lab.status(), "a refusal")
    lab.page.key("ArrowDown")
    lab.until(lambda: lab.number("move") == 1, "a step")
    lab.page.key("u")
    lab.until(lambda: lab.number("moves") == 0 and lab.picture() == before, "no step")
    for direction in "drdr":
        lab.page.key(ARROW[direction])
    lab.until(lambda: "Solved: 2 of 2" in lab.status(), "both boxes on goals")
    assert "4 moves, 2 pushes" in lab.status()
    lab.until(lambda: lab.spoken() == lab.status(), "its announcement")
    lab.screenshot("level_lab_solved")
    lab.page.key("r")
    for _ in range(4):
        lab.page.key("n")
    lab.until(lambda: "Solved: 2 of 2" in lab.status(), "the solver's solution")
    assert lab.page.complaints == [] and lab.cells() == 2
