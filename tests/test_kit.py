"""The teacher's kit: tables are right, files are whole, formats are read back."""

import io
import json
import re
import sys
import zipfile
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest

from aigc_course.checks import registry
from aigc_course.errors import CourseError
from aigc_course.grading import Row

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tools"))

from kitbuild import (  # noqa: E402
    formats,
    guide,
    pages,
    plans,
    questions,
    quiz_moodle,
    quiz_qti,
    rubrics,
    slides,
)
from kitbuild.chapter import read, ready  # noqa: E402
from kitbuild.main import write_chapter  # noqa: E402

PATHS = {path.name[:2]: path for path in ready(ROOT)}
NUMBERS = sorted(PATHS)
every_chapter = pytest.mark.parametrize("number", NUMBERS)


@cache
def chapter(number):
    return read(PATHS[number])


@cache
def quiz(number):
    return tuple(questions.questions(ROOT, number))


def words(text):
    return " ".join(text.replace("`", "").split())


@every_chapter
def test_a_quiz_has_eight_questions_whose_wrong_options_are_known_mistakes(number):
    asked = quiz(number)
    assert len(asked) >= 8
    assert len({one.asks for one in asked}) == len(asked)
    for one in asked:
        assert one.exercise.startswith(number)
        assert sum(option.right for option in one.options) == 1
        assert len(one.options) >= 4
        texts = [words(option.text).casefold() for option in one.options]
        assert len({*texts}) == len(texts), one.asks
        for option in one.options:
            assert option.right or option.mistake


def test_the_right_option_is_not_always_at_one_place():
    places = [one.options.index(one.right) for n in NUMBERS for one in quiz(n)]
    assert all(places.count(place) > len(places) / 8 for place in range(4))


def test_a_right_option_is_not_the_longest_too_often():
    """A student must not find it by its length."""
    asked = [one for number in NUMBERS for one in quiz(number)]
    longest = [max(one.options, key=lambda o: len(o.text)).right for one in asked]
    assert sum(longest) / len(asked) < 0.6


@every_chapter
def test_every_format_is_read_back_as_the_same_questions(number):
    asked = quiz(number)
    title = f"Chapter {number}: {chapter(number).title}"
    want = [
        formats.Read(
            words(one.asks),
            tuple(words(option.text) for option in one.options),
            one.options.index(one.right),
        )
        for one in asked
    ]
    assert formats.moodle_xml(quiz_moodle.moodle_xml(asked, title)) == want
    assert formats.gift(quiz_moodle.gift(asked, title)) == want
    assert formats.qti12(quiz_qti.qti12(asked, title, number)) == want
    assert formats.qti21(quiz_qti.qti21(asked, title, number)) == want


def some():
    return list(quiz("02")[:2])


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b'fraction="100"', b'fraction="0"', "fraction 100"),
        (b"multichoice", b"numerical", "multichoice"),
        (b"<single>true", b"<single>yes", "true or false"),
        (b"questiontext", b"other", "0 `questiontext`"),
        (b"</quiz>", b"", "not XML"),
    ],
)
def test_a_broken_moodle_file_is_refused(old, new, rule):
    content = quiz_moodle.moodle_xml(some(), "A")
    assert old in content
    with pytest.raises(CourseError, match=rule):
        formats.moodle_xml(content.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("\t=", "\t~", "One answer is right"),
        ("[html]", "", "not a GIFT question"),
        ("{", "{ words", "before the first answer"),
    ],
)
def test_a_broken_gift_file_is_refused(old, new, rule):
    text = quiz_moodle.gift(some(), "A")
    head, _, rest = text.partition("\n\n")
    with pytest.raises(CourseError, match=rule):
        formats.gift(f"{head}\n\n{rest.replace(old, new)}")


def test_gift_escapes_its_own_signs():
    one = questions.Question(
        "q1",
        "02.value",
        "Is {a} = b: ~c # d?",
        (
            questions.Option("a = {1}", True, "x # y"),
            questions.Option("~1", False, "z"),
        ),
    )
    (got,) = formats.gift(quiz_moodle.gift([one], "A: b"))
    assert got == formats.Read("Is {a} = b: ~c # d?", ("a = {1}", "~1"), 0)


def repacked(content, old, new):
    """The package with these bytes replaced in each of its files."""
    place = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as packed,
        zipfile.ZipFile(place, "w") as made,
    ):
        for name in packed.namelist():
            made.writestr(name, packed.read(name).replace(old, new))
    return place.getvalue()


@pytest.mark.parametrize(
    ("make", "check", "old", "new", "rule"),
    [
        ("qti12", "qti12", b"q02_01_1", b"q02_01_0", "unique"),
        ("qti12", "qti12", b">100<", b">50<", "scores 100"),
        ("qti12", "qti12", b"Single", b"Multiple", "Single"),
        ("qti12", "qti12", b"imsqti_xmlv1p2", b"webcontent", "imsqti_xmlv1p2"),
        ("qti12", "qti12", b"itemfeedback", b"feedback", "itemmetadata"),
        ("qti21", "qti21", b'adaptive="false"', b"", "adaptive"),
        ("qti21", "qti21", b"nonlinear", b"free", "navigationMode"),
        ("qti21", "qti21", b"choice_1", b"choice_0", "unique"),
        ("qti21", "qti21", b"items/q02_02.xml", b"items/q.xml", "names each file"),
    ],
)
def test_a_broken_package_is_refused(make, check, old, new, rule):
    content = getattr(quiz_qti, make)(some(), "A", "02")
    with pytest.raises(CourseError, match=rule):
        getattr(formats, check)(repacked(content, old, new))


def test_a_package_of_the_same_questions_has_the_same_bytes():
    first = quiz_qti.qti21(some(), "A", "02")
    assert first == quiz_qti.qti21(some(), "A", "02")


@every_chapter
def test_goals_and_exercises_belong_together(number):
    goals, own = questions.goals(ROOT, number), chapter(number)
    known = {one.id for one in registry.exercises(number)}
    assert {one.id for one in own.exercises} == known
    if goals:
        assert len(goals) == len(own.goals)
        assert {id for goal in goals for id in goal} == known
        return
    table = guide.goals_table(own, goals)
    assert all(goal in table for goal in own.goals)


def test_goals_are_mapped_to_exercises_wherever_a_chapter_states_them():
    lacking = [n for n in NUMBERS if chapter(n).goals and not questions.goals(ROOT, n)]
    assert not lacking, "kit/questions/NN.toml: goals is empty"


@every_chapter
def test_plans_add_up_and_leave_nothing_out(number):
    own, goals = chapter(number), questions.goals(ROOT, number)
    least = 0
    for length in plans.LENGTHS:
        made = plans.plan(own, length, goals)
        assert sum(part.minutes for part in made.parts) == length
        assert all(part.minutes >= 3 for part in made.parts)
        done = [part.exercise for part in made.parts if part.exercise]
        assert sorted([*done, *(one.id for one in made.home)]) == sorted(
            one.id for one in own.exercises
        )
        assert len(done) >= max(least, 1)
        least = len(done)


@every_chapter
def test_slides_come_from_the_chapter(number):
    own = chapter(number)
    made = slides.slides(own, quiz(number))
    assert len(made) >= 12
    shown = [one.figure for one in made if one.figure]
    assert len(shown) >= min(len(own.figures), 2)
    assert all(figure.alt and figure.png.startswith(b"\x89PNG") for figure in shown)
    titles = {one.title for one in made}
    assert {section.title for section in own.sections} <= titles


class Page(HTMLParser):
    """Headings, pictures and addresses of a page."""

    def __init__(self):
        super().__init__()
        self.levels, self.pictures, self.addresses = [], [], []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag == "img":
            self.pictures.append(given)
        self.addresses += [given[name] for name in ("src", "href") if name in given]


def parsed(text):
    page = Page()
    page.feed(text)
    return page


def test_what_is_written_for_a_chapter(tmp_path):
    write_chapter(ROOT, chapter("02"), tmp_path, {})
    names = {path.name for path in tmp_path.iterdir()}
    assert names >= {"guide.md", "guide.html", "slides.md", "slides.html", "quiz.xml"}
    for name in ("guide.html", "slides.html"):
        page = parsed((tmp_path / name).read_text())
        assert page.levels[0] == 1 and page.levels.count(1) == 1
        jumps = zip(page.levels, page.levels[1:], strict=False)
        assert all(b <= a + 1 for a, b in jumps)
        assert all(one["alt"] for one in page.pictures)
        assert all(one.startswith("data:") for one in page.addresses)
        assert "$" not in re.sub("<[^>]+>", "", (tmp_path / name).read_text())
    text = (tmp_path / "slides.md").read_text()
    for picture in re.findall(r"\]\((figures/\d+\.png)\)", text):
        assert (tmp_path / picture).exists()


def test_formulas_become_mathml_and_code_stays():
    made = pages.html(r"Let $x^2$ be `$y$`. $$\frac{a}{b} \tag{2.1}$$")
    assert made.count("<math") == 2 and "(2.1)" in made
    assert "<code>$y$</code>" in made


@every_chapter
def test_open_questions_have_a_rubric_and_a_model_answer(number):
    asked = rubrics.questions(ROOT, number)
    assert asked
    for one in asked:
        assert one.points == 3 and len({*one.rubric}) == 4
        assert len(one.model.split()) > 40 and one.minutes >= 5
    source = rubrics.notebook(number, asked, answers=True)
    student = rubrics.notebook(number, asked, answers=False)
    for made in (source, student):
        nbformat.validate(nbformat.from_dict(made))
    assert asked[0].model in json.dumps(source, ensure_ascii=False).replace('\\"', '"')
    assert asked[0].model not in json.dumps(student, ensure_ascii=False)
    graded = [
        c for c in student["cells"] if c["metadata"].get("nbgrader", {}).get("grade")
    ]
    assert [c["metadata"]["nbgrader"]["points"] for c in graded] == [3] * len(asked)


def test_nbgrader_takes_the_answers_for_manual_ones():
    from nbgrader.nbgraderformat import MetadataValidator
    from nbgrader.utils import is_grade, is_locked, is_solution

    asked = rubrics.questions(ROOT, "02")
    made = nbformat.from_dict(rubrics.notebook("02", asked, answers=True))
    MetadataValidator().validate_nb(made)
    assert [is_grade(c) and is_solution(c) for c in made.cells] == [False, False, True]
    assert [is_locked(c) for c in made.cells] == [False, True, False]


def test_terms_name_chapters_that_are_ready_each_once():
    found = plans.weeks(ROOT)
    assert sorted(found) == [6, 12, 15, 22]
    for length, weeks in found.items():
        assert [week.number for week in weeks] == list(range(1, length + 1))
        named = [number for week in weeks for number in week.chapters]
        assert len({*named}) == len(named) and {*named} <= {*NUMBERS}
    text = guide.terms(found, {number: chapter(number) for number in NUMBERS})
    minutes = sum(one.minutes for one in chapter("05").exercises)
    assert f"| {minutes} |" in text


def test_mistakes_of_a_class_come_first():
    def row(file, name):
        return Row(file, "02.value", "misconception", 0, 1, name, "m", 0.1)

    rows = [row("a", "pairs"), row("b", "pairs"), row("b", "pairs"), row("c", "sums")]
    seen = guide.counted(rows)
    assert seen == {("02.value", "pairs"): 2, ("02.value", "sums"): 1}
    part = guide.wrong(chapter("02"), seen)[1]
    assert part.startswith("- *pairs* (2 notebooks): You have put real")
    assert "- *sums* (1 notebooks)" in part.splitlines()[1]


def test_a_mistake_that_no_exercise_has_is_named(tmp_path):
    folder = tmp_path / "kit" / "questions"
    folder.mkdir(parents=True)
    text = 'goals = []\n[[question]]\nexercise = "02.value"\nasks = "?"\nright = "r"\n'
    (folder / "02.toml").write_text(text + 'wrong = [["nothing", "w"]]\n')
    with pytest.raises(CourseError, match="02.value has no misconception 'nothing'"):
        questions.questions(tmp_path, "02")
    with pytest.raises(CourseError, match="Chapter 03 has no questions"):
        questions.questions(tmp_path, "03")
