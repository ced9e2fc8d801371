"""The time that a chapter's head claims is the sum of its parts."""

import re

import nbformat
import pytest
import tiny
from nbbuild import assemble, minutes
from nbbuild.chapter import read
from nbbuild.project import Project

PROJECT = Project()
TIMED = tiny.CHAPTER.replace("# {{run card}}", "# {{time}}\n# {{run card}}")


def test_the_parts_are_added_up(tmp_path):
    project = tiny.make(
        tmp_path, TIMED + '\n# %% [markdown] id="05-more"\n#' + " w" * 900
    )
    project.record(tiny.STEM, {"seconds": 999, "cpu_seconds": 300})
    found = minutes.needed(read(project.chapters()[0]), project)
    assert (found.exercises, found.solving, found.running) == (1, 5, 5)
    assert found.reading == pytest.approx(5, abs=0.2)
    assert found.total == 15
    assert found.line() == (
        "about 15 minutes: one exercise (5 minutes), reading (5) and running (5)"
    )


def test_hours_and_minutes():
    line = minutes.Minutes(13, 100, 38, 2).line()
    assert line.startswith("about 2 hours and 20 minutes: 13 exercises (100 minutes)")
    assert minutes.Minutes(2, 50, 9, 0).line().startswith("about 1 hour: two exercises")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("A word, and another one.", 5),
        (r"$$ a + b + c \tag{1.1} $$ holds", 2),
        ("[two words](http://a.b/c d)", 2),
        ("", 0),
    ],
)
def test_words(text, count):
    assert minutes.words(text) == count


def test_the_head_shows_it(tmp_path):
    project = tiny.make(tmp_path, TIMED)
    chapter = read(project.chapters()[0])
    notebook = assemble.fill(assemble.complete(chapter, project), chapter, project)
    assert "about 5 minutes: one exercise" in notebook.cells[1].source


@pytest.mark.parametrize("path", PROJECT.chapters(), ids=lambda path: path.stem[:2])
def test_every_chapter_claims_its_sum(path):
    text = path.read_text(encoding="utf-8")
    assert "**Time** {{time}}" in text, "the head says {{time}}; the build adds it up"


@pytest.mark.parametrize("path", PROJECT.chapters(), ids=lambda path: path.stem[:2])
def test_every_chapter_leads_to_its_neighbours(path):
    chapter = read(path)
    last = assemble.complete(chapter, PROJECT).cells[-1]
    assert last.id == f"{chapter.number}-way"
    stems = [p.stem for p in PROJECT.chapters()]
    here = stems.index(path.stem)
    linked = re.findall(r"\]\((\w+)\.ipynb\)", last.source)
    assert linked[0] == stems[here - 1] or here == 0
    assert linked[-1] == stems[min(here + 1, len(stems) - 1)] or here + 1 == len(stems)
    assert set(linked) <= set(stems)


def test_a_course_of_one_chapter_has_no_links(tmp_path):
    project = tiny.make(tmp_path)
    chapter = read(project.chapters()[0])
    notebook = assemble.complete(chapter, project)
    assert notebook.cells[-1].id == "05-look"
    nbformat.validate(notebook)
