"""Chapter 06: what its text names is in its records and in its reading list."""

import re
from pathlib import Path

import pytest

from aigc_course import studies

CHAPTER = next((Path(__file__).parents[1] / "chapters").glob("06_*.py"))
TEXT = CHAPTER.read_text(encoding="utf-8")
BODY, _, LIST = TEXT.partition("# ## References")
ENTRIES = [" ".join(e.replace("#", "").split()) for e in LIST.split("\n# - ")[1:]]
# "Arjovsky & Bottou 2017", "Lin et al. (2018)", "Karras et al. 2020a"
CITED = re.compile(r"([A-Z][\w-]+)(?: & [A-Z]\w+| et\s+al\.)?,?\s+\(?(\d{4})([ab]?)\b")
PLAIN = " ".join(BODY.replace("\n#", "\n").split())


NAME = re.compile(r"(?:[A-Z]\.[-\s]?)+((?:van )?[\w-]+)")  # of the first author


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e[:24])
def test_each_reference_is_cited(entry):
    year = re.findall(r"\b(?:19|20)\d\d\b", entry)[-1]
    found = NAME.match(entry)
    assert found, entry
    near = rf"{found[1]}[^.;]{{0,40}}(?:et al\.)?[^.;]{{0,6}}{year}"
    assert re.search(near, PLAIN, re.IGNORECASE), (found[1], year)


def test_each_citation_is_in_the_list():
    named = {(name, year) for name, year, _ in CITED.findall(PLAIN)}
    assert len(named) > 15
    for name, year in named - {("Chapter", "03")}:
        assert any(name in e and year in e for e in ENTRIES), (name, year)


def test_two_papers_of_one_year_are_told_apart():
    assert "Karras et al. 2020)" not in PLAIN
    assert "2020a" in PLAIN and "2020b" in PLAIN and LIST.count("2020a") == 1


QUOTED = sorted(set(re.findall(r"\{\{study (\S+) (\S+)", TEXT)))
SHOWN = sorted(
    {
        ("ring-8", m)
        for call in re.findall(r"effect\((.*?)\)", TEXT)
        for m in re.findall(r'"([\w+-]+)"', call)
    }
)


# The text says that these have few seeds, or none; strike out what has more.
FEW = {
    ("stacked-mnist", "recommended"),
}


@pytest.mark.parametrize(("study", "method"), sorted({*QUOTED, *SHOWN}))
def test_each_method_beside_a_study_has_been_run(study, method):
    found = studies.find(study)
    seeds = found.failures(method).of if method in found.methods else 0
    assert (seeds >= 5) != ((study, method) in FEW), f"{seeds} seeds"
    assert seeds


def test_the_text_says_how_many_seeds_there_are():
    assert "The rows between them answer that, with ten seeds each" in PLAIN
    ring, grid = studies.find("ring-8"), studies.find("grid-25")
    assert {ring.failures(method).of for method in ring.methods} == {10}
    assert "On the grid, too, every row has ten seeds" in PLAIN
    assert {grid.failures(method).of for method in grid.methods} == {10}


def test_what_the_ablation_shows():
    ring = studies.find("ring-8")
    without = [f"recommended-no-{part}" for part in ("r1", "decay", "ema")]
    for method in without:
        assert ring.failures(method).failed == 0
        assert ring.summary(method, "high_quality").low > 0.9
    for method in ("plain-tanh", "tanh-8000"):
        assert ring.summary(method, "high_quality").low < 0.7
    assert ring.failures("recommended-no-tanh").failed
    assert ring.failures("plain-8000").failed > 5 > ring.failures("plain").failed == 0
    assert "the worst seed stays above 90 %" in PLAIN


def test_what_the_grid_shows():
    grid = studies.find("grid-25")
    kept = {m for m in grid.methods if not grid.failures(m).failed}
    assert kept == {"r1", "r3gan", "recommended"}
    precise = {m: grid.summary(m, "high_quality") for m in grid.methods}
    best = precise.pop("recommended").low
    assert best > 0.9 and all(other.high < best for other in precise.values())
    assert "it alone is precise" in PLAIN


def test_packs_against_the_published_grid():
    grid = studies.find("grid-25")
    plain, packs = (grid.summary(m, "modes") for m in ("plain", "pacgan-2"))
    assert plain.high == packs.low
    assert "the worst packed seed keeps as many modes as the best plain one" in PLAIN
    for method, published in (("plain", 17.3), ("pacgan-2", 23.8)):
        covered = grid.values(method, "covered")
        assert abs(sum(covered) / len(covered) - published) < 1
        assert grid.summary(method, "high_quality").high < 0.6
    assert "Both means of `covered` are near the published ones" in PLAIN


def test_three_remedies_lose_modes_in_most_seeds_of_the_ring():
    ring = studies.find("ring-8")
    most = {m for m in ring.methods if ring.failures(m).failed > 5}
    assert most == {"two-time-scales", "five-d-steps", "spectral-norm", "plain-8000"}
    assert "Three remedies lost modes in most seeds" in PLAIN


def test_recommended_differs_from_its_ablations_in_one_part_each():
    methods = studies.get("ring-8").methods
    whole = methods["recommended"].config
    for name in (name for name in methods if name.startswith("recommended-no-")):
        other = methods[name].config
        assert other["steps"] == whole["steps"] and other != whole


CELLS = re.split(r"(?m)^# %%", TEXT)[1:]
TABLES = [
    i
    for i, cell in enumerate(CELLS)
    if re.search(r"effect\(\"|\.table\(\)|evidence\(", cell)
    and "[markdown]" not in cell
]


@pytest.mark.parametrize("place", TABLES, ids=lambda i: CELLS[i].split('"')[1])
def test_each_table_is_read_in_the_next_text(place):
    after = next(cell for cell in CELLS[place + 1 :] if "[markdown]" in cell)
    told = ("{{study", "gallery-record-after", "has not been measured")
    assert any(words in after for words in told)
