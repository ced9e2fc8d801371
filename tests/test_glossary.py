"""The glossary and the questions: every term once, every link to a cell there is."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROW = re.compile(
    r"\| (.+?) \| (.+?) \| (.+?) \| (?:\[([^\]]+)\]\(([^)]+)\)|planned) \|"
)
LINK = re.compile(r"\[(\d\d-[\w-]+)\]\((notebooks/[\w]+\.ipynb)\)")


def cell_ids(notebook: str) -> set[str]:
    """Ids of the chapter that a notebook is built from."""
    script = ROOT / "chapters" / f"{Path(notebook).stem}.py"
    return set(re.findall(r'^# %%.* id="([^"]+)"', script.read_text("utf-8"), re.M))


def rows() -> list[tuple[str, ...]]:
    lines = (ROOT / "GLOSSARY.md").read_text("utf-8").splitlines()
    table = [line for line in lines if line.startswith("| ")][2:]
    found = [ROW.fullmatch(line) for line in table]
    assert all(found), [line for line, row in zip(table, found, strict=True) if not row]
    return [row.groups() for row in found if row]


def test_there_are_many_terms_in_both_languages_each_once_and_in_order() -> None:
    terms = [row[0] for row in rows()]
    assert len(terms) >= 200
    assert terms == sorted(terms, key=str.lower)
    assert len(set(terms)) == len(terms)
    for term, chinese, meaning, *_ in rows():
        # a few terms, such as Transformer and PixelCNN, stand as they are in Chinese
        assert re.search(r"[\u4e00-\u9fff]", chinese) or chinese.split()[0] in term
        assert meaning.endswith("."), term


@pytest.mark.parametrize("page", ["GLOSSARY.md", "FAQ.md"])
def test_every_link_leads_to_a_cell_of_that_chapter(page: str) -> None:
    links = LINK.findall((ROOT / page).read_text("utf-8"))
    assert len(links) > 20
    missing = [cell for cell, file in links if cell not in cell_ids(file)]
    assert missing == []
    assert all((ROOT / file).exists() for _, file in links)


def test_every_answer_says_where_it_is_shown() -> None:
    text = (ROOT / "FAQ.md").read_text("utf-8")
    answers = re.split(r"^### ", text, flags=re.M)[1:]
    assert len(answers) >= 30
    for answer in answers:
        assert LINK.search(answer) or "planned" in answer, answer.splitlines()[0]
