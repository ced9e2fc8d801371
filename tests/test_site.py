"""The website's pages before Sphinx, and what is mended after it."""

import base64
import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
import torch
from sitebuild import (
    finish,
    index,
    labs,
    main,
    misconceptions,
    notebooks,
    records,
    reference,
    tables,
)
from sitebuild.check import files, queries
from test_widgets_js import run
from torch import Tensor

from aigc_course import attention as att
from aigc_course.gan.losses import GAMES
from aigc_course.widgets import explorer
from aigc_course.widgets.tokens import TokenDesk

ROOT = Path(__file__).parents[1]

STEM = "02_the_gan_objective"


def load(folder: str, stem: str = STEM) -> dict:
    return json.loads((ROOT / folder / f"{stem}.ipynb").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def page() -> dict:
    return notebooks.page(load("solutions"), load("notebooks"), "https://example.org")


def text_of(page: dict) -> str:
    return "\n".join("".join(cell["source"]) for cell in page["cells"])


def test_every_cell_has_its_place_and_ids_are_unique(page: dict) -> None:
    wanted = [
        cell["id"]
        for cell in load("solutions")["cells"]
        if "generated" not in cell["metadata"].get("tags", [])
    ]
    assert re.findall(r'<span id="([^"]+)"', text_of(page)) == wanted
    ids = [cell["id"] for cell in page["cells"]]
    assert len(set(ids)) == len(ids)


def test_a_solution_is_folded_under_its_stub_and_marks_are_gone(page: dict) -> None:
    at = {cell["id"]: i for i, cell in enumerate(page["cells"])}
    cell = page["cells"][at["02-ex-value"]]
    stub = page["cells"][at["02-ex-value"] - 1]
    assert cell["metadata"]["tags"] == ["hide-input"]
    assert "Show the solution" in cell["metadata"]["mystnb"].values()
    assert "torch.log(d_real)" in cell["source"]
    assert "NotImplementedError" in stub["source"]
    assert "BEGIN SOLUTION" not in text_of(page)
    assert "colab" not in text_of(page).lower()


def test_a_caption_that_repeats_the_alt_is_not_read_twice(page: dict) -> None:
    captions = [
        "".join(output["data"]["text/html"])
        for cell in page["cells"]
        for output in cell.get("outputs", [])
        if "Figure: " in "".join(output.get("data", {}).get("text/html", ""))
    ]
    assert len(captions) > 10
    assert all('aria-hidden="true"' in caption for caption in captions)


def test_the_way_to_work_on_a_chapter_stands_beneath_its_title() -> None:
    page = notebooks.page(load("solutions"), load("notebooks"), "https://example.org")
    notebooks.add_work_line(page, STEM, "who/what", "main")
    title, _, line = page["cells"][0]["source"].split("\n")[:3]
    assert title == "# 02 · The GAN objective"
    assert f'href="notebooks/{STEM}.ipynb"' in line
    assert "who/what/blob/main" in line
    assert f"pdf/{STEM}.pdf" in line and "pdf" not in finish.PDF.sub("", line).lower()


def test_links_between_chapters_and_into_the_repository() -> None:
    given = {
        "cell_type": "markdown",
        "id": "02-x",
        "metadata": {},
        "source": [
            "[a](04_a_first_gan.ipynb) [b](../FAQ.md) [c](../notebooks/05_x.ipynb)"
        ],
    }
    book = {"cells": [given], "metadata": {"kernelspec": {}}}
    made = text_of(notebooks.page(book, book, "https://example.org"))
    assert "[a](04_a_first_gan.ipynb)" in made and "[c](05_x.ipynb)" in made
    assert "[b](https://example.org/FAQ.md)" in made


def test_the_index_of_equations_has_every_id(page: dict) -> None:
    tags = re.findall(r"\\tag\{([^}]+)\}", text_of(page))
    made = tables.equations({STEM: page})
    assert re.findall(rf'<a href="{STEM}\.html#[\w-]+">\(([^)]+)\)', made) == tags
    assert len(tags) > 10 and "\\tag" not in made


def test_glossary_and_questions_lead_to_cells_that_exist() -> None:
    made = tables.glossary(ROOT) + tables.questions(ROOT)
    links = set(re.findall(r'<a href="(\w+)\.html#([\w-]+)">', made))
    assert len(links) > 150 and "ipynb" not in made
    known = {
        (path.stem, cell["id"])
        for path in (ROOT / "solutions").glob("*.ipynb")
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
    }
    assert links <= known
    terms = re.findall(r'<span id="(term-[^"]+)"', made)
    assert len(set(terms)) == len(terms) >= 200
    assert made.count('<span lang="zh">') >= 200


def test_mistakes_are_listed_with_what_the_checker_says() -> None:
    made = misconceptions.pages([STEM])
    assert set(made) == {"mistakes", "mistakes_02"}
    said = made["mistakes_02"]
    assert "## 02.value" in said and said.count("\n- **") > 30
    told = re.search(r"name ([\d,]+) usual mistakes", made["mistakes"])
    assert told and int(told[1]) == said.count("\n- **")
    assert misconceptions.markdown("a_b <c> `x_y` $5") == r"a\_b \<c\> `x_y` \$5"


def test_the_reference_shows_signatures_and_documentation(tmp_path: Path) -> None:
    package = tmp_path / "aigc_course"
    (package / "gan").mkdir(parents=True)
    (package / "gan" / "__init__.py").write_text('"""About <gans>."""\n')
    (package / "gan" / "losses.py").write_text(
        '"""Losses."""\n\ndef loss(a: int = 1) -> float:\n    """Says a < b."""\n\n'
        'def _own():\n    """Hidden."""\n\ndef bare():\n    pass\n'
    )
    made = reference.pages(package)
    assert set(made) == {"api", "api_gan"}
    assert "def loss(a: int=1) -> float" in made["api_gan"]
    assert "Says a &lt; b." in made["api_gan"] and "Hidden" not in made["api_gan"]
    assert "bare" not in made["api_gan"] and "&lt;gans>" in made["api"]


def test_a_long_folder_of_the_reference_is_one_page_for_each_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "aigc_course"
    for folder in ("apps", "apps/music"):
        (package / folder).mkdir(parents=True)
        (package / folder / "__init__.py").write_text(f'"""About {folder}."""\n')
    for name in ("one", "music/two"):
        text = f'"""M."""\n\ndef {name[-3:]}():\n    """Says {name}."""\n'
        (package / "apps" / f"{name}.py").write_text(text)
    whole = reference.pages(package)
    assert set(whole) == {"api", "api_apps"} and "music/two" in whole["api_apps"]
    monkeypatch.setattr(reference, "LONG", 10)
    made = reference.pages(package)
    assert set(made) == {"api", "api_apps", "api_apps_music"}
    assert "Says one." in made["api_apps"] and "music/two" not in made["api_apps"]
    assert "# aigc_course.apps.music\n" in made["api_apps_music"]
    assert "\n  - [aigc_course.apps.music](api_apps_music.md): About" in made["api"]


def test_a_record_becomes_medians_ranges_and_failures() -> None:
    made = records.studies(ROOT)
    names = {
        path.stem for path in (ROOT / "aigc_course/studies/records").glob("*.json")
    }
    assert names == set(re.findall(r"^## (.+)$", made, re.M))
    record = {
        "study": "s",
        "question": "Q?",
        "rule": "",
        "command": "c",
        "date": "d",
        "columns": [{"name": "a_b", "unit": "", "kind": "share"}],
        "methods": {"m": {}},
        "cells": [
            {"method": "m", "failed": bool(v), "outcome": {"a_b": v}}
            for v in (0, 0.5, 1)
        ],
    }
    assert "| m | 50.0 %<br>0.0 % to 100.0 % | 2 of 3 |" in records._study(record)


def test_a_formula_gets_its_words_and_its_number() -> None:
    html = (
        '<p><span class="math notranslate nohighlight">\\(a &lt; b\\)</span></p>'
        '<div class="math notranslate nohighlight">\n\\[x = 1. \\tag{2.1}\\]</div>'
    )
    assert finish.formulas(html) == {"a < b", "x = 1. \\tag{2.1}"}
    words = {"a < b": 'a "less" b', "x = 1. \\tag{2.1}": "x equals 1 period"}
    made = finish.with_words(html, words)
    said = [unescape(found) for found in re.findall('data-spoken="([^"]*)"', made)]
    assert said == ['a "less" b', "x equals 1, equation 2.1"]


def test_the_number_of_a_formula_of_several_lines_stands_behind_it() -> None:
    inside = "\\[\\begin{split}a \\\\ b \\tag{3.1}\\end{split}\\]"
    outside = "\\[\\begin{split}a \\\\ b\\end{split} \\tag{3.1}\\]"
    assert finish.numbered_outside(inside).replace(" ", "") == outside.replace(" ", "")
    assert finish.numbered_outside(outside) == outside


def test_chinese_is_marked_where_a_reader_sees_it() -> None:
    words = 'attention 注意力, <b lang="zh">力</b>'
    html = f'<title>注</title><p>{words}</p><script>"注"</script>'
    made = finish.in_chinese(html)
    assert made.count("<span") == 1 and '<span lang="zh">注意力</span>,' in made


def test_a_sound_becomes_a_file_beside_the_page(tmp_path: Path) -> None:
    sound = base64.b64encode(b"RIFF and more").decode()
    html = f'<audio ><source src="data:audio/wav;base64,{sound}" type="audio/wav">'
    made = finish.with_media_apart(html * 2, tmp_path)
    (name,) = {*re.findall(r'src="([^"]+)"', made)}
    assert (tmp_path / name).read_bytes() == b"RIFF and more"
    assert made.count(f'src="{name}" type="audio/wav"') == 2
    assert made.count('<audio preload="none" >') == 2


def test_only_the_chapters_are_laid_beside_the_pages(tmp_path: Path) -> None:
    source = tmp_path / "notebooks"
    (source / "runs" / "mine").mkdir(parents=True)
    (source / "runs" / "mine" / "model.pt").write_bytes(b"private")
    (source / f"{STEM}.ipynb").write_text("{}")
    main.copy_notebooks(source, tmp_path / "site")
    assert [path.name for path in (tmp_path / "site").iterdir()] == [f"{STEM}.ipynb"]


def test_a_table_has_no_empty_heading() -> None:
    html = '<tr><th class="head"><p></p></th><th class="head"><p>a</p></th></tr>'
    wanted = '<tr><td class="head"></td><th class="head"><p>a</p></th></tr>'
    assert finish.mended(html) == wanted


def test_only_a_very_long_page_loses_colours_of_its_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    html = (
        '<div class="cell_input docutils container"><pre><span></span>'
        '<span class="k">if</span> <span class="mi">1</span>'
        ' <span class="o">&lt;</span>'
        ' <span class="s2">&quot;a&quot;</span></pre><span class="menu">x</span></div>'
    )
    assert finish.thinned(html) == html
    monkeypatch.setattr(finish, "LONG", 10)
    assert finish.thinned(html) == (
        '<div class="cell_input"><pre><span class="k">if</span> 1 &lt;'
        ' &quot;a&quot;</pre><span class="menu">x</span></div>'
    )


def test_sections_of_a_page_have_their_cell_as_place() -> None:
    html = """<title>T</title><nav>menu</nav><article class="bd-article">
    <h1>T<a class="headerlink">#</a></h1><span class="cell-place" id="02-a"></span>
    <p>First.</p><h2>Two</h2><p>Said <img alt="a cat">.</p>
    <span class="cell-place" id="02-b"></span><pre>code</pre><p>Last.</p></article>no"""
    found = index.sections(html)
    assert found == [
        ("", "T", ""),
        ("02-a", "T", "First."),
        ("02-a", "Two", "Said a cat ."),
        ("02-b", "Two", "Last."),
    ]


def test_checks_of_files_find_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<h1>A</h1><h3 id="x">B</h3><i id="x"></i><a href="b.html#no">l</a>'
        '<a href="#x">m</a><a href="gone.html">n</a><img src="https://e.org/i.png">'
    )
    (tmp_path / "b.html").write_text('<h1>B</h1><script src="s.js"></script>')
    pages = files.read(tmp_path)
    assert files.broken_links(tmp_path, pages) == [
        "a.html: b.html#no",
        "a.html: gone.html",
    ]
    assert files.foreign_loads(tmp_path, pages) == [
        "a.html: https://e.org/i.png",
        "b.html: s.js",
    ]
    assert files.skipped_headings(pages) == ["a.html: H1, then H3"]
    assert pages["a.html"].twice == {"x"}


def test_what_the_site_fetches_is_pinned_by_hash() -> None:
    pins = (ROOT / "site/pins.txt").read_text(encoding="utf-8")
    names = re.findall(r"^([\w.-]+)==", pins, re.M)
    assert {"sphinx", "myst-nb", "sphinx-book-theme"} <= set(names)
    blocks = re.split(r"^(?=[\w.-]+==)", pins, flags=re.M)[1:]
    assert all("--hash=sha256:" in block for block in blocks)
    lock = json.loads((ROOT / "site/package-lock.json").read_text(encoding="utf-8"))
    packages = {name: part for name, part in lock["packages"].items() if name}
    assert len(packages) >= 4
    for part in packages.values():
        assert part["integrity"].startswith("sha512-") and "resolved" not in part


@pytest.mark.parametrize("name", queries.SETS.values())
def test_the_questions_to_the_search_name_pages_that_exist(name: str) -> None:
    given = json.loads((ROOT / "site" / name).read_text(encoding="utf-8"))
    assert len(given["english"]) >= 32 and len(given["mixed"]) >= 10
    stems = {path.stem for path in (ROOT / "solutions").glob("*.ipynb")}
    others = {"glossary", "questions", "studies", *labs.PAGES}
    for _, wanted in [*given["english"], *given["mixed"]]:
        assert all(p in stems | others or p.startswith("mistakes_") for p in wanted)
    assert all(re.search(r"[\u4e00-\u9fff]", query) for query, _ in given["mixed"])


def test_scripts_without_a_browser() -> None:
    assert "fail 0" in run("--test", str(ROOT / "tests/js/site.check.mjs"))


@pytest.mark.parametrize("name", labs.PAGES)
def test_a_lab_is_one_plain_script(name: str, tmp_path: Path) -> None:
    script = labs.script(ROOT, name)
    assert not re.search(r"^(import|export) ", script, re.M)
    (tmp_path / "lab.cjs").write_text(script, encoding="utf-8")
    run("--check", str(tmp_path / "lab.cjs"))
    assert f"_static/labs/{name}.js" in labs.pages()[name]


def test_the_explorers_curves_are_those_of_the_course() -> None:
    script = (ROOT / "site/labs/start_losses.js").as_uri()
    code = f"""
    const {{ curves }} = await import("{script}");
    const views = ["generator", "real", "fake"];
    console.log(JSON.stringify(views.map((view) => [view, curves(view)])));"""
    for view, told in json.loads(run("--input-type=module", "-", text=code)):
        for name, game in GAMES.items():
            logits = explorer.LOGITS.clone().requires_grad_()
            zero = torch.zeros_like(logits)
            pair = (logits, zero) if view == "real" else (zero, logits)
            one = game.generator if view == "generator" else game.discriminator
            given = (logits, zero) if view == "generator" else pair
            loss = one(*given)  # the mean over all logits
            (slope,) = torch.autograd.grad(loss, logits)
            assert told[name]["loss"] == pytest.approx(losses(one, given), abs=1e-9)
            # at a corner of the hinge either side's slope will do
            apart = (torch.tensor(told[name]["slope"]) - len(logits) * slope).abs()
            assert (apart > 1e-6).sum() <= 1


def losses(one: Callable[..., Tensor], given: tuple[Tensor, Tensor]) -> list[float]:
    """The loss of each pair of logits by itself."""
    pairs = zip(*(part.detach().split(1) for part in given), strict=True)
    return [float(one(*pair)) for pair in pairs]


def test_the_explorers_transformer_is_the_course_s() -> None:
    path = ROOT / "site/labs/copier.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    model = att.Transformer(att.Shape(**document["shape"]))
    state = {
        name: torch.frombuffer(
            bytearray(base64.b64decode(part["half"])), dtype=torch.half
        )
        .reshape(part["shape"])
        .float()
        for name, part in document["weights"].items()
    }
    model.load_state_dict(state)
    tokens = list("glimpseglimpseg")
    desk = TokenDesk(model, document["words"])
    weights, shares = desk.read(desk.tokens(tokens))
    code = f"""
    import {{ readFileSync }} from "node:fs";
    const {{ Copier }} = await import("{(ROOT / "site/labs/copier.js").as_uri()}");
    const model = new Copier(JSON.parse(readFileSync("{path.as_posix()}", "utf-8")));
    const ids = {json.dumps(tokens)}.map((letter) => model.words.indexOf(letter));
    const {{ weights, shares }} = model.read(ids);
    console.log(JSON.stringify([Array.from(weights), shares.flat()]));"""
    found = json.loads(run("--input-type=module", "-", text=code))
    assert found[0] == pytest.approx(weights.flatten().tolist(), abs=1e-4)
    assert found[1] == pytest.approx(shares.flatten().tolist(), abs=1e-3)
    assert document["words"][int(shares[-1].argmax())] == "l"


def test_an_unknown_task_is_refused_in_a_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main.main(["what"]) == 2
    assert "no task 'what'" in capsys.readouterr().err
