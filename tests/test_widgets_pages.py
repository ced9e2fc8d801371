"""What is handed over for a lab: its module, its picture, and what stands in for it."""

import re
import tomllib
from typing import Any

import numpy as np
import pytest

from aigc_course import widgets
from aigc_course.errors import CourseError
from aigc_course.widgets import lab, replies, stage
from aigc_course.widgets.arena import Arena, Settings
from aigc_course.widgets.bundle import STATIC, bundle

LABS = {"gan_lab": "gan_lab.js", "game_1d": "game_1d.js"}
LABS |= {"loss_explorer": "loss_explorer.js"}
PAGES = [*LABS.values(), "latent_explorer.js", "attention_explorer.js"]
PAGES += ["field_lab.js", "sokoban.js"]


@pytest.fixture(autouse=True)
def short_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replies, "WORK", 0.002)


@pytest.mark.parametrize("name", LABS)
def test_fast_mode_shows_a_figure_with_words(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AIGC_FAST", "1")
    assert getattr(widgets, name)() is None
    assert "Figure: " in capsys.readouterr().out


def test_without_anywidget_there_is_a_figure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(stage, "find_spec", lambda name: None)
    assert widgets.loss_explorer() is None
    assert "non-saturating -0.90" in capsys.readouterr().out


def test_nothing_but_a_live_lab_imports_anywidget() -> None:
    sources = {p.name: p.read_text() for p in STATIC.parent.glob("*.py")}
    at_once = re.compile(r"^(import|from) (anywidget|ipywidgets|traitlets)", re.M)
    assert len(sources) > 8
    assert [name for name, text in sources.items() if at_once.search(text)] == []


@pytest.mark.parametrize("name", LABS)
def test_a_live_lab_carries_its_picture(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("anywidget")
    monkeypatch.delenv("AIGC_FAST", raising=False)
    monkeypatch.setattr(lab, "MOMENTS", (0, 1))
    monkeypatch.setattr("aigc_course.widgets.line_game.ROUNDS", 1)
    widget = getattr(widgets, name)()
    mime, metadata = widget._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in mime
    assert mime["image/png"] and mime["text/plain"].startswith("Figure: ")
    assert mime["text/plain"].endswith(metadata["image/png"]["alt"])
    assert widget._esm == bundle(LABS[name])


def test_messages_reach_the_desk_and_answers_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("anywidget")
    monkeypatch.delenv("AIGC_FAST", raising=False)
    widget = widgets.gan_lab(width=16)
    sent: list[Any] = []
    monkeypatch.setattr(type(widget), "send", lambda _, *what: sent.append(what))
    widget._handle_custom_msg({"kind": "tick", "id": 5}, [])
    ((header, buffers),) = sent
    assert header["id"] == 5 and len(buffers) == len(header["arrays"])


def test_fields_list_what_the_call_chose(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("anywidget")
    monkeypatch.delenv("AIGC_FAST", raising=False)
    offer = widgets.gan_lab(lr=(5e-4, 1e-3), width=48).offer
    assert offer["lr_g"] == [1e-4, 3e-4, 5e-4, 1e-3, 3e-3, 1e-2]
    assert 48 in offer["width"] and "drawn" in offer["data"]
    with pytest.raises(CourseError, match="no data set 'swiss'"):
        widgets.gan_lab("swiss")


def test_the_film_strip_is_the_labs_own_game(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "MOMENTS", (0, 3))
    monkeypatch.setattr(lab, "FAST_MOMENTS", (0, 3))
    figure, words = lab.strip(Settings(width=16))
    arena = Arena(Settings(width=16))
    arena.move("round", 3)
    last = figure.axes[1].lines
    drawn = next(line for line in last if line.get_label() == "generated")
    assert np.allclose(drawn.get_xydata(), arena.fakes(len(drawn.get_xdata())))
    assert "After 3 rounds" in words and "of 8 modes" in words


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_one_module_without_an_address(page: str) -> None:
    text = bundle(page)
    assert "import {" not in text and text.count("export") == 1
    assert "export default { render };" in text
    assert "http://www.w3.org" not in text and "//cdn" not in text


def test_every_file_of_the_pages_is_used() -> None:
    used = "".join(bundle(page) for page in PAGES)
    assert {p.name for p in STATIC.glob("*.js")} <= {
        line[3:] for line in used.splitlines() if line.startswith("// ")
    }


DECLARATIONS = [
    "const same = 1;",
    "let [other, same] = [1, 2];",
    "const {\n  other,\n  key: same = 3,\n} = {};",
    "const { other, ...same } = {};",
    "async function same() {}",
    "function* same() {}",
    "class same {}",
]


@pytest.mark.parametrize("declaration", DECLARATIONS)
def test_two_files_with_one_name_are_an_error(declaration: str, tmp_path: Any) -> None:
    (tmp_path / "a.js").write_text(f'import {{ b }} from "./b.js";\n{declaration}\n')
    (tmp_path / "b.js").write_text("const [same] = [2];\nexport const b = 3;\n")
    with pytest.raises(CourseError, match=r"b.js and a.js define same"):
        bundle("a.js", tmp_path)


def test_names_that_are_no_declarations_may_be_repeated(tmp_path: Any) -> None:
    text = "const { same: one, [0]: two } = {};\n{\n  const same = 1;\n}\n"
    (tmp_path / "a.js").write_text(f'import {{ b }} from "./b.js";\n{text}')
    (tmp_path / "b.js").write_text("const same = 2;\nexport const b = 3;\n")
    assert "const same = 2;" in bundle("a.js", tmp_path)


def test_the_pages_are_part_of_the_package() -> None:
    root = STATIC.parents[2]
    project = tomllib.loads((root / "pyproject.toml").read_text())
    (patterns,) = project["tool"]["setuptools"]["package-data"].values()
    assert "widgets/static/*" in patterns
