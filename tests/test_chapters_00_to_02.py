"""What chapters 00 to 02 say of works, of the pipeline, and of held-back data."""

import re
from pathlib import Path

import pytest

CHAPTERS = Path(__file__).resolve().parents[1] / "chapters"


def text_of(number):
    (path,) = CHAPTERS.glob(f"{number}_*.py")
    return re.sub("^# ?", "", path.read_text(), flags=re.MULTILINE)


def body_and_list(number):
    body, _, listed = text_of(number).partition("## References")
    works = re.split(r"\n- ", listed)[1:]
    return " ".join(body.split()), [" ".join(work.split()) for work in works]


def first_author_and_year(work):
    author = re.match(r"(?:[A-Z]\. )+([^\W\d_]+(?:-[^\W\d_]+)?)", work)[1]
    return author, re.findall(r"\b(?:19|20)\d\d\b", work)


@pytest.mark.parametrize("number", ["01", "02"])
def test_each_listed_work_is_cited(number):
    body, works = body_and_list(number)
    missing = []
    for work in works:
        author, years = first_author_and_year(work)
        cited = re.findall(author + r"(?:[^.;]|al\.){0,60}?\b((?:19|20)\d\d)\b", body)
        if not set(cited) & set(years):
            missing.append(work)
    assert works and not missing


@pytest.mark.parametrize("number", ["01", "02"])
def test_each_cited_work_is_listed(number):
    body, works = body_and_list(number)
    name = r"([A-Z][a-zà-ü]+)(?: et al\.|,? (?:and|&) [A-Z]\w+| and [A-Z]\w+)?"
    listed = " ".join(works)
    for author, year in re.findall(name + r",? \(?((?:19|20)\d\d)", body):
        assert author in listed, (author, year)
        assert year in listed, (author, year)


def test_the_pipeline_has_the_same_steps_and_chapters_in_00_and_01():
    rows = re.findall(
        r"^\| ([A-Z][a-z ]+) \| [^|]+\? \| ([^|]+) \|$", text_of("00"), re.M
    )
    stages = re.findall(
        r'Stage\("([^"]+)", "[^"]*", "(?:chapters )?([^"]+)"', text_of("01")
    )
    assert rows == stages and len(rows) == 6


@pytest.mark.parametrize("number", ["00", "01", "02"])
def test_no_first_rows_of_a_file_stand_for_a_sample(number):
    """Only what is shown, sixteen rows or one, may be the first of a file."""
    text = text_of(number)
    slices = re.findall(r"\b(?:ink|held|images|labels)\[:([\d_]+)", text)
    assert all(int(n) <= 16 for n in slices), slices


def test_a_density_is_introduced_before_it_is_used():
    text = text_of("01")
    introduced = text.index("`p.x` are the points of the grid")
    assert introduced < text.index("p = theory.mixture(")
