"""What the README promises is there."""

import json
import re
import tomllib
from pathlib import Path

import benchmark_table
import landing

ROOT = Path(__file__).resolve().parents[1]
PICTURE = re.compile(r'"image/(?:png|gif|jpeg)": "[A-Za-z0-9+/=\\n]*"')
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_figures_are_those_of_the_records():
    table = benchmark_table.PAGE.read_text(encoding="utf-8")
    assert benchmark_table.main_text(table) == table


def test_figures_syllabus_and_pictures_are_those_of_records_and_chapters():
    assert landing.stale() == []
    assert landing.figures().count("\n") == 13  # two lines of head, twelve figures


def test_links_lead_somewhere():
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_badges_use_the_one_slug():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    slug, branch = (project["tool"]["aigc"][k] for k in ("repository", "branch"))
    assert f"colab.research.google.com/github/{slug}/blob/{branch}/" in README
    assert f"mybinder.org/v2/gh/{slug}/{branch}" in README


def test_the_syllabus_tells_ready_from_planned():
    rows = re.findall(r"^\| (\d\d) \| (.*?) \| (.*?) \| (.*?) \|$", README, re.M)
    rows += re.findall(
        r"^\| (\d\d) \| () ?\| (.*? \(planned\).*?) \|() \|$", README, re.M
    )
    assert sorted(number for number, *_ in rows) == [f"{n:02d}" for n in range(22)]
    built = {path.name[:2] for path in (ROOT / "chapters").glob("*.py")}
    for number, picture, title, time in rows:
        ready = number in built
        assert ready == picture.startswith("![") == ("](" in title), number
        assert ready == bool(re.fullmatch(r"(\d h )?\d\d min", time)), number


def test_the_table_of_folders_has_every_package():
    packages = {
        path.parent.name for path in (ROOT / "aigc_course").glob("*/__init__.py")
    }
    rows = re.findall(r"^\| `aigc_course/(\w+)/` \| (.+) \|$", README, re.M)
    assert packages <= {name for name, _ in rows}
    assert len({told for _, told in rows}) == len(rows)


def test_every_picture_has_a_description():
    assert not re.findall(r"!\[\s*\]", README)


def test_nothing_built_names_a_place_of_one_computer():
    """Outputs are shared: no path of the machine that executed them."""
    private = {str(ROOT), str(ROOT.parent), str(Path.home())} - {"/"}
    for folder in ("notebooks", "solutions", "benchmarks/records"):
        for path in sorted((ROOT / folder).glob("*.*")):
            # a picture's letters may spell a folder's name by chance
            text = PICTURE.sub("", path.read_text(encoding="utf-8"))
            assert not [place for place in private if f"{place}/" in text], path


def test_no_solution_keeps_a_warning():
    """What a cell warned of is mended in the cell and not shown to every reader."""
    for path in sorted((ROOT / "solutions").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for output in cell.get("outputs", ()):
                said = "".join(output.get("text", ()))
                is_error_stream = output.get("name") == "stderr"
                assert not is_error_stream or "Warning" not in said, (path, said)


def test_a_picture_is_left_out_and_what_stands_beside_it_is_not():
    text = '"image/png": "iVBOR/tmp/x+/=", "text": "/tmp/x"'
    assert PICTURE.sub("", text) == ', "text": "/tmp/x"'
