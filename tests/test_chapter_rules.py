"""What a chapter must keep to, and the ids of its equations."""

from pathlib import Path

import pytest
import tiny
from nbbuild import chapter, lint
from nbbuild.equations import displayed, equation_ids, marked_ids
from nbbuild.project import Project

from aigc_course.errors import CourseError


def problems(root: Path, old: str, new: str) -> list[str]:
    assert tiny.CHAPTER.count(old) == 1
    project = tiny.make(root, tiny.CHAPTER.replace(old, new))
    return lint.problems(chapter.read(project.chapters()[0]), project)


def line_of(text: str) -> int:
    return tiny.CHAPTER[: tiny.CHAPTER.index(text)].count("\n") + 1


@pytest.mark.parametrize("path", Project().chapters(), ids=lambda path: path.stem)
def test_chapters_keep_the_rules(path: Path) -> None:
    assert lint.problems(chapter.read(path), Project()) == []


def test_the_tiny_chapter_keeps_the_rules(tmp_path: Path) -> None:
    project = tiny.make(tmp_path)
    assert lint.problems(chapter.read(project.chapters()[0]), project) == []


LOOK = '# %% id="05-look"'


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (LOOK, '# %% id="06-look"', "must start with 05-"),
        (LOOK, '# %% id="05-title"', "was used above"),
        (LOOK, '# %% id="05-colab"', "belongs to a cell that the build writes"),
        (LOOK, '# %% id="05-look" minuets=3', "minuets is unknown"),
        ("view = ", "x = 1\n" * 29 + "view = ", "31 lines of code"),
        ("        ### END SOLUTION\n", "", "in pairs"),
        (' exercise="05.double"', "", "a solution outside an exercise"),
        ('exercise="05.double"', 'exercise="06.double"', "05.something"),
        ('exercise="05.double"', 'exercise="05.triple"', "There is no exercise"),
        ("{{exercise 05.double}}", "{{exercise 05.half}}", "chapter is '05.half'"),
        ('double = checks.use("05.double", double)', "1", "write double = checks.use"),
        ("double = checks.use(", "twice = checks.use(", "write double = checks.use"),
        (r" \tag{5.1} $$", " $$", "a displayed equation without an id"),
        (r"\tag{5.1} $$", "\\tag{5.1} $$\n# $$ a \\tag{5.1} $$", "5.1 was used above"),
        ("# # A tiny chapter", "# ![](a.png)", "without a text description"),
        ("# # A tiny chapter", '# <img src="a.png">', "without a text description"),
    ],
)
def test_a_broken_rule_is_named(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    found = problems(tmp_path, old, new)
    assert any(sentence in line for line in found), found
    assert all(line.startswith("chapters/05_tiny.py:") for line in found)


def test_the_line_of_the_cell_is_named(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, LOOK, '# %% id="06-look"')
    assert found.startswith(f"chapters/05_tiny.py:{line_of(LOOK)}: ")


@pytest.mark.parametrize("head", ["# %%", '# %% id="5 look"', "# %% 05-look"])
def test_a_cell_without_an_id_is_an_error_that_names_the_line(
    tmp_path: Path, head: str
) -> None:
    project = tiny.make(tmp_path, tiny.CHAPTER.replace(LOOK, head))
    with pytest.raises(CourseError) as caught:
        chapter.read(project.chapters()[0])
    assert str(caught.value).startswith(f"chapters/05_tiny.py:{line_of(LOOK)}: ")
    assert 'id="05-name"' in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["import os\n\n" + tiny.CHAPTER[40:], tiny.CHAPTER + '"""\n# %% id="05-x"\n"""\n'],
)
def test_cells_that_cannot_be_told_apart_are_an_error(
    tmp_path: Path, text: str
) -> None:
    project = tiny.make(tmp_path, text)
    with pytest.raises(CourseError, match="every cell starts with one"):
        chapter.read(project.chapters()[0])


def test_tags_that_are_no_list_are_an_error(tmp_path: Path) -> None:
    project = tiny.make(tmp_path, tiny.CHAPTER.replace(LOOK, LOOK + ' tags="slow"'))
    with pytest.raises(CourseError, match="'slow' is not of type 'array'"):
        chapter.read(project.chapters()[0])


def test_text_description_of_an_image_suffices(tmp_path: Path) -> None:
    image = '# ![a 7](a.png) <img src="a.png" alt="a seven">'
    assert problems(tmp_path, "# # A tiny chapter", image) == []


# equations


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("$$ a \\tag{1.1} $$ and $$\nb\n$$", 2),
        ("\\begin{align}\na &= b \\tag{1.1}\n\\end{align}", 1),
        ("$$\n\\begin{aligned}a\\end{aligned}\n$$", 1),
        ("inline $a$, code `$$ a $$`\n```\n$$ a $$\n```\n", 0),
    ],
)
def test_displayed_equations_are_found(text: str, count: int) -> None:
    assert len(displayed(text)) == count


def test_equation_ids_in_order(tmp_path: Path) -> None:
    more = tiny.CHAPTER + (
        '\n# %% [markdown] id="05-more"\n# $$ a \\tag{5.3} $$ $$ b \\tag{5.2} $$\n'
    )
    project = tiny.make(tmp_path, more)
    assert equation_ids(project.chapters()[0]) == ["5.1", "5.3", "5.2"]


def test_ids_of_tests_are_read_from_their_marks(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(
        "import pytest\n"
        '@pytest.mark.equation("5.1", "5.2")\n'
        "def test_one(): ...\n"
        '@pytest.mark.equation("5.3")\n'
        "def helper(): ...\n"
        "@pytest.mark.slow\n"
        "def test_two(): ...\n"
    )
    name = "test_a.py::test_one"
    assert marked_ids(tmp_path) == {"5.1": name, "5.2": name}
