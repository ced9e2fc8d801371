"""The JavaScript of the labs, tested under Node where it is installed."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from aigc_course.widgets.bundle import bundle

SUITE = Path(__file__).parent / "js"
OLDEST = 18


def node() -> str:
    """Node's program; skips the test where there is none, or an old one."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("Node is not installed: the drawing functions were not tested.")
    said = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    if int(said.lstrip("v").split(".")[0]) < OLDEST:
        pytest.skip(f"Node {said.strip()} is older than {OLDEST}: nothing was tested.")
    return program


def run(*arguments: str, text: str | None = None) -> str:
    done = subprocess.run(
        [node(), *arguments],
        input=text,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_drawing_and_behaviour() -> None:
    files = sorted(map(str, SUITE.glob("*.test.mjs")))
    assert len(files) == 7
    told = run("--test", *files)
    assert "# fail 0" in told or "ℹ fail 0" in told, told


PAGES = ["gan_lab.js", "game_1d.js", "loss_explorer.js", "latent_explorer.js"]
PAGES += ["attention_explorer.js", "field_lab.js", "sokoban.js"]


@pytest.mark.parametrize("page", PAGES)
def test_the_module_that_is_handed_over_loads(page: str) -> None:
    code = "const m = await import('data:text/javascript,' + encodeURIComponent("
    code += json.dumps(bundle(page)) + ")); console.log(typeof m.default.render);"
    assert run("--input-type=module", "-", text=code).strip() == "function"
