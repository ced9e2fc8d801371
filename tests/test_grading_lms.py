"""Class lists are read, notebooks find their students, gradebooks can be imported.

The samples in tests/lms have the columns that Canvas, Moodle and Gradescope write.
"""

import csv
import io
import json
import time
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner
from handed_in import HALF_RANGE, RIGHT, copy

from aigc_course import cli, grading
from aigc_course.checks import registry
from aigc_course.errors import CourseError
from aigc_course.grading import Row, feedback, write_csv
from aigc_course.grading.hand_back import hand_back
from aigc_course.grading.marks import earned, marks, possible
from aigc_course.grading.matching import match
from aigc_course.grading.roster import read
from aigc_course.grading.sheets import read_csv

SAMPLES = Path(__file__).parent / "lms"
CANVAS = SAMPLES / "canvas_gradebook.csv"
MOODLE = SAMPLES / "moodle_worksheet.csv"
GRADESCOPE = SAMPLES / "gradescope_roster.csv"


def row(file, exercise="00.to_tanh_range", status="passed", out_of=1, **more):
    points = out_of if status == "passed" else 0
    told = {"misconception": "", "message": "", "seconds": 0.1, **more}
    return Row(file, exercise, status, points, out_of, **told)


def table(text):
    lines = list(csv.reader(io.StringIO(text)))
    return lines[0], [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


@pytest.mark.parametrize(
    ("path", "lms", "names"),
    [
        (CANVAS, "canvas", ["Lee, Ann", "Ma, Bo", "张, 伟", "Lee, Annika"]),
        (MOODLE, "moodle", ["Ann Lee", "Bo Ma", "张伟"]),
        (GRADESCOPE, "gradescope", ["Ann Lee", "Bo Ma", "伟 张"]),
    ],
)
def test_a_class_list_says_whose_it_is(path, lms, names):
    roster = read(path)
    assert roster.lms == lms and read(path, lms).columns == roster.columns
    assert [one.name for one in roster.students][: len(names)] == names
    assert not any("Points" in one.name for one in roster.students)


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "names no columns"),
        (b"Student,ID,Section\n", "no student below"),
        (b"Student,ID\nAnn,1\n", "no class list of Canvas"),
        (b"PK\x03\x04....", "Excel workbook"),
        ("Student,ID,Section\nMüller,1,A\n".encode("latin-1"), "not in UTF-8"),
        ("Student,ID,Section\nAnn,1,A\n".encode("utf-16"), "not in UTF-8"),
        (b"Student,ID,Section\nAnn,1,A\nBo,1,A\n", "lines 2 and 3"),
        (b"Student,ID,Section,ID\nAnn,1,A,2\n", "two columns 'ID'"),
        (b"Student,ID,Section\n,,A\n", "Line 2 of the roster names no student"),
    ],
)
def test_a_bad_class_list_is_one_sentence(tmp_path, content, part):
    path = tmp_path / "roster.csv"
    path.write_bytes(content)
    with pytest.raises(CourseError, match=part):
        read(path)


def test_missing_columns_are_named(tmp_path):
    with pytest.raises(CourseError, match="lacks the columns Identifier, Full name"):
        read(CANVAS, "moodle")
    with pytest.raises(CourseError, match="There is no file"):
        read(tmp_path / "none.csv")


def test_an_excel_list_with_semicolons_and_a_mark_is_read(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_bytes(b'\xef\xbb\xbfStudent;ID;Section\r\n"Lee, Ann";1;A\r\n\r\n')
    (ann,) = read(path).students
    assert ann.name == "Lee, Ann" and ann.cells["ID"] == "1"


def whose(path, *files, place=None):
    found = match([row(file) for file in files], read(path), place)
    names = {r.file: one.name for one, rows in found.rows.items() for r in rows}
    return [names.get(file) or found.lost[file] for file in files]


def test_canvas_names_a_file_by_the_number_of_its_student():
    files = ["leeann_4501_778_work.ipynb", "s.zip/mabo_LATE_4502_779_02-1.ipynb"]
    assert whose(CANVAS, *files) == ["Lee, Ann", "Ma, Bo"]
    (why,) = whose(CANVAS, "leeann_9999_778_work.ipynb")
    assert "ID 9999" in why, "the number counts, not the name before it"


def test_moodle_names_a_folder_by_its_participant():
    folder = "all.zip/Somebody_312_assignsubmission_file_/bo.zip/a.ipynb"
    named = "Ann Lee_77001_assignsubmission_file/ann.ipynb"
    assert whose(MOODLE, folder, named) == ["Bo Ma", "Ann Lee"]
    (why,) = whose(MOODLE, "Eve Ox_9_assignsubmission_file_/e.ipynb")
    assert "participant 9, Eve Ox" in why


def test_gradescope_lists_who_handed_in(tmp_path):
    (tmp_path / "export").mkdir()
    text = (SAMPLES / "submission_metadata.yml").read_text()
    (tmp_path / "export" / "submission_metadata.yml").write_text(text)
    files = ["export/submission_71/a.ipynb", "export/submission_72/a.ipynb"]
    ann, why = whose(GRADESCOPE, *files, place=tmp_path)
    assert ann == "Ann Lee" and "s9999" in why
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as made:
        made.writestr("export/submission_metadata.yml", text)
    zipped = [f"export.zip/{file}" for file in files]
    ann, why = whose(GRADESCOPE, *zipped, place=tmp_path / "export.zip")
    assert ann == "Ann Lee" and "s9999" in why


@pytest.mark.parametrize(
    "file",
    [
        "ann.lee.ipynb",
        "Ann Lee.ipynb",
        "Lee_Ann (2).ipynb",
        "s1001/02_the_gan_objective.ipynb",
        "02_the_gan_objective_ann_lee.ipynb",
        "class/ANN.LEE/work.ipynb.txt",
    ],
)
def test_a_login_a_number_or_a_name_will_do(file):
    assert whose(CANVAS, file) == ["Lee, Ann"]


def test_a_full_name_in_chinese_is_found():
    assert whose(CANVAS, "张伟.ipynb", "00_伟张.ipynb") == ["张, 伟", "张, 伟"]


def test_a_name_of_two_students_is_nobodys(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("Student,ID,Section\nAnn Lee,1,A\nAnn Lee,2,B\n")
    (why,) = whose(path, "ann lee.ipynb")
    assert "more than one student: Ann Lee and Ann Lee" in why
    (why,) = whose(CANVAS, "homework.ipynb")
    assert "no student" in why.lower()


ROWS = [
    row("ann.lee.ipynb", out_of=1),
    row("bo.ma.ipynb", status="misconception", misconception="unit_range", message="M"),
    row("ann.lee.ipynb", "02.value", "not attempted"),
    row("ann.lee (2).ipynb", "02.value", "passed"),
    row("ann.lee.ipynb", "02.tabular_step", "wrong", 4, message="<b>No.</b>"),
    row("stranger.ipynb", out_of=1),
    row("annika.lee.ipynb", "", "unreadable", 0, message="Empty."),
]


def test_the_best_of_several_notebooks_counts_and_attempts_earn_a_share():
    out_of = possible(ROWS)
    assert out_of == {"00": 1.0, "02": 5.0}
    ann = [one for one in ROWS if one.file.startswith("ann.lee")]
    plain, half = marks(ann, out_of), marks(ann, out_of, partial=0.5)
    assert plain.points == {"00": 1.0, "02": 1.0} and plain.most == 6.0
    assert half.points == {"00": 1.0, "02": 3.0} and half.total == 4.0
    assert earned(row("x", status="not attempted"), 0.5) == 0
    assert earned(row("x", status="time limit"), 0.5) == 0


def test_canvas_takes_the_file_back(tmp_path):
    roster = read(CANVAS)
    back = hand_back(ROWS, roster, tmp_path, partial=0.5)
    columns, lines = table(back.gradebook.read_text())
    assert columns[:5] == list(roster.columns[:5])
    # the assignment that is there keeps its number; the other is new
    assert columns[5:] == ["Chapter 00 (8802)", "Chapter 02"]
    points, *students = lines
    assert points["Student"] == "    Points Possible"
    assert [points[one] for one in columns[5:]] == ["20", "5"]
    own = [{k: one[k] for k in columns[:5]} for one in students]
    want = [{k: one.cells[k] for k in columns[:5]} for one in roster.students]
    assert own == want
    grades = [[one[name] for name in columns[5:]] for one in students]
    # 20 points for 1 of 1; half of 20 for an attempt; what was there stays
    assert grades[:4] == [["20", "3"], ["10", ""], ["", ""], ["3", ""]]
    assert list(back.lost) == ["stranger.ipynb"]
    assert set(back.absent) == {"张, 伟", "Student, Test"}
    left = (tmp_path / "unmatched.md").read_text()
    assert "stranger.ipynb" in left and "张, 伟" in left


def test_moodle_takes_the_worksheet_back(tmp_path):
    folder = "Ann Lee_311_assignsubmission_file_"
    rows = [row(f"{folder}/a.ipynb"), row(f"{folder}/a.ipynb", "02.value", "wrong")]
    roster = read(MOODLE)
    back = hand_back(rows, roster, tmp_path)
    columns, lines = table(back.gradebook.read_text())
    assert columns == list(roster.columns)
    same = [one for one in columns if one not in ("Grade", "Feedback comments")]
    want = [{k: one.cells[k] for k in same} for one in roster.students]
    assert [{k: one[k] for k in same} for one in lines] == want
    assert [one["Grade"] for one in lines] == ["25", "", ""]
    assert lines[0]["Feedback comments"].startswith("1 of 2 points: 1 passed")
    with zipfile.ZipFile(tmp_path / "moodle-feedback.zip") as made:
        assert made.namelist() == [f"{folder}/feedback.html"]


def test_gradescope_gets_grades_and_results(tmp_path):
    back = hand_back(ROWS, read(GRADESCOPE), tmp_path, partial=0.25)
    columns, lines = table(back.gradebook.read_text())
    assert columns[:4] == ["First Name", "Last Name", "SID", "Email"]
    assert columns[-2:] == ["Chapter 02", "Chapter 02 - Max Points"]
    assert [one["Chapter 02"] for one in lines] == ["2", "", ""]
    result = json.loads((tmp_path / "results" / "Ann-Lee.json").read_text())
    assert result["score"] == 3.0 == sum(one["score"] for one in result["tests"])
    assert all(one["score"] <= one["max_score"] for one in result["tests"])


class Tags(HTMLParser):
    """Tags that are open, in order, and the text."""

    def __init__(self):
        super().__init__()
        self.open, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_a_page_has_verdict_and_hint_and_no_solution(tmp_path):
    back = hand_back(ROWS, read(CANVAS), tmp_path)
    assert back.pages == 3
    pages = {one.name: one.read_text() for one in (tmp_path / "feedback").iterdir()}
    assert set(pages) == {"Lee-Ann.html", "Ma-Bo.html", "Lee-Annika.html"}
    for text in pages.values():
        parsed = Tags()
        parsed.feed(text)
        assert not parsed.open
        for id in ("00.to_tanh_range", "02.value", "02.tabular_step"):
            exercise = registry.get(id)
            answer = exercise.source().splitlines()[-1].strip()
            assert answer not in parsed.text and exercise.line not in parsed.text
    assert "not right yet" in pages["Ma-Bo.html"] and "Hint: " in pages["Ma-Bo.html"]
    assert "<b>No.</b>" not in pages["Lee-Ann.html"], "students' text is escaped"
    assert "Empty." in pages["Lee-Annika.html"]


def test_a_hint_is_never_the_line():
    exercise = registry.get("11.attention")
    wanted = {one.name: one.hint_level for one in exercise.misconceptions}
    assert 2 in wanted.values()
    for name, level in wanted.items():
        one = row("a", exercise.id, "misconception", misconception=name)
        assert feedback.hint(one, exercise) == f"Hint: {exercise.hints[min(level, 1)]}"
    assert feedback.hint(row("a", exercise.id), exercise) == ""


def test_equal_names_get_pages_of_their_own(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("Student,ID,Section\nAnn Lee,1,A\nann lee,2,B\n")
    rows = [row("annlee_1_5_a.ipynb"), row("annlee_2_6_a.ipynb")]
    assert hand_back(rows, read(path), tmp_path).pages == 2
    names = sorted(one.name for one in (tmp_path / "feedback").iterdir())
    assert names == ["Ann-Lee.html", "ann-lee-line-3.html"]


def test_no_match_at_all_is_said(tmp_path):
    with pytest.raises(CourseError, match="No notebook matches a student"):
        hand_back([row("stranger.ipynb")], read(CANVAS), tmp_path)


def test_two_columns_for_a_chapter_are_refused(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("Student,ID,Section,Chapter 00 (1),Chapter 00 b (2)\nAnn,1,A,,\n")
    with pytest.raises(CourseError, match="Two columns of the roster fit chapter 00"):
        hand_back([row("ann.ipynb")], read(path), tmp_path)


def test_the_sheet_is_read_as_it_was_written(tmp_path):
    rows = [*ROWS, row("=1+1.ipynb", message='-x, "y"\nz'), row("'=quoted")]
    write_csv(tmp_path / "scores.csv", rows)
    assert read_csv(tmp_path / "scores.csv")[:-1] == rows[:-1]
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(CourseError, match="not a score sheet"):
        read_csv(tmp_path / "other.csv")


def test_two_hundred_students_in_less_than_a_second(tmp_path):
    path = tmp_path / "roster.csv"
    lines = [f"Student {i} Ng,{i},login{i},A" for i in range(200)]
    path.write_text("\n".join(["Student,ID,SIS Login ID,Section", *lines]))
    own = registry.exercises("02")
    rows = [
        row(f"login{i}.ipynb", one.id, "misconception", one.difficulty, message="Why.")
        for i in range(200)
        for one in own
    ]
    start = time.process_time()
    assert hand_back(rows, read(path), tmp_path).pages == 200
    assert time.process_time() - start < 1


def test_the_command_hands_back_what_was_graded(tmp_path, monkeypatch):
    copy(tmp_path, "ann", RIGHT)
    monkeypatch.setattr(grading, "grade", lambda *_, **__: ROWS)
    words = ["grade", tmp_path, "--out", tmp_path / "out", "--roster", CANVAS]
    result = CliRunner().invoke(cli.main, list(map(str, words)))
    assert result.exit_code == 0, result.output
    assert "1 notebooks match no student, 2 students have no" in result.stdout
    assert (tmp_path / "out" / "canvas.csv").exists()


@pytest.mark.slow
def test_the_command_grades_and_hands_back(tmp_path):
    copy(tmp_path / "class", "leeann_4501_7_work", RIGHT)
    copy(tmp_path / "class", "mabo_4502_8_work", HALF_RANGE)
    words = ["grade", tmp_path / "class", "--out", tmp_path / "out", "--quiet"]
    words += ["--jobs", 1, "--roster", CANVAS, "--lms", "canvas", "--partial", 0.5]
    result = CliRunner().invoke(cli.main, list(map(str, words)))
    assert result.exit_code == 0, result.output
    assert "0 notebooks match no student, 3 students have no" in result.stdout
    _, lines = table((tmp_path / "out" / "canvas.csv").read_text())
    assert [one["Chapter 00 (8802)"] for one in lines[1:3]] == ["20", "10"]


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--lms", "canvas"], "--roster CSV"),
        (["--roster", "none.csv"], "There is no file none.csv"),
        (["--roster", str(CANVAS), "--partial", "2"], "between 0 and 1"),
    ],
)
def test_bad_words_stop_before_anything_is_graded(tmp_path, words, part):
    copy(tmp_path, "ann", RIGHT)
    command = ["grade", str(tmp_path), "--out", str(tmp_path / "out"), *words]
    result = CliRunner().invoke(cli.main, command)
    assert result.exit_code == 2 and part in result.stderr
    assert result.stderr.count("\n") == 1 and not (tmp_path / "out").exists()
