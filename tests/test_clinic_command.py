"""`aigc clinic`: what it shows and writes, and how it judges a file."""

import ast
import sys

import click
import pytest
from click.testing import CliRunner

from aigc_course import clinic, files
from aigc_course.cli import OneSentence
from aigc_course.clinic import apart, handout
from aigc_course.commands.clinic import NOT_YET
from aigc_course.commands.clinic import clinic as command
from aigc_course.errors import CourseError

RIGHT = """# aigc clinic: generator_loss
import torch
from torch.nn.functional import softplus


def test(loss):
    real, fake = torch.randn(8, 1), torch.randn(8, 1)
    assert loss(real, fake + 1) < loss(real, fake)


def generator_loss(real_logits, fake_logits):
    return softplus(-fake_logits).mean()
"""


@click.group(cls=OneSentence)
def main():
    """`aigc` with this command alone."""


main.add_command(command)


def run(*words):
    return CliRunner().invoke(main, ["clinic", *map(str, words)])


def test_the_list_names_every_patient():
    lines = run("--list").output.splitlines()
    assert [line.split()[1] for line in lines] == clinic.names()
    only = run("--list", "--ward", "A").output.splitlines()
    assert only and {line[0] for line in only} == {"A"}


def test_a_patient_shows_its_symptom_and_its_code_and_no_cause():
    one = clinic.get("generator_loss")
    shown = run("generator_loss").output
    assert one.symptom in shown and one.code() in shown
    assert one.cause not in shown


@pytest.mark.parametrize("name", clinic.names())
def test_the_files_of_every_patient_are_python(name, tmp_path):
    assert run(name, "--out", tmp_path / "case").exit_code == 0
    text = (tmp_path / "case" / "answer.py").read_text(encoding="utf-8")
    ast.parse(text)
    ast.parse((tmp_path / "case" / "patient.py").read_text(encoding="utf-8"))
    answer = handout.read_answer(tmp_path / "case" / "answer.py")
    assert answer.whose == name
    assert "aigc_course.clinic" not in text
    rows = apart._found(clinic.get(name), answer)
    assert [row["kind"] for row in rows] == ["stub"], rows


def test_files_that_are_there_stay(tmp_path):
    (tmp_path / "answer.py").write_text("mine")
    done = run("generator_loss", "--out", tmp_path)
    assert done.exit_code == 2 and "answer.py is there already" in done.output
    assert [one.name for one in tmp_path.iterdir()] == ["answer.py"]
    assert (tmp_path / "answer.py").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Name a patient"),
        (("generator_loss", "--list"), "Name a patient"),
        (("generator_los",), "Near it: generator_loss"),
        (("../escape",), "There is no patient"),
        (("--new", "3"), "Give --out DIR"),
        (("--check", "nowhere.py"), "There is no file nowhere.py."),
    ],
)
def test_what_cannot_be_done_ends_in_a_sentence(words, sentence):
    done = run(*words)
    assert done.exit_code == 2 and sentence in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"def test(f): pass\n", "does not say whose it is"),
        (b"# aigc clinic: nobody\n", "There is no patient 'nobody'"),
        (b"# aigc clinic: generator_loss\ndef test(f:\n", "is no Python in line 2"),
        (b"\xff\xfe\x00", "no text in UTF-8"),
        (b"# aigc clinic: generator_loss\nx = '\0'", "is no Python"),
        (b"# aigc clinic: generator_loss\nx = " + b"(" * 5000, "is no Python"),
    ],
)
def test_files_that_are_no_answers_are_refused(content, sentence, tmp_path):
    file = tmp_path / "answer.py"
    file.write_bytes(content)
    with pytest.raises(CourseError, match=sentence):
        handout.read_answer(file)


def found(text):
    answer = handout.Answer("generator_loss", text, "answer.py")
    return apart._found(clinic.get("generator_loss"), answer)


def test_a_right_file_passes_in_both_parts():
    rows = found(RIGHT)
    assert [(row["part"], row["kind"]) for row in rows] == [
        ("test", "exposes"),
        ("repair", "cured"),
    ]


@pytest.mark.parametrize(
    ("lines", "clause"),
    [
        ("raise SystemExit", "ends the program"),
        ("1 / 0", "ZeroDivisionError"),
        ("while True: print('x' * 1000)", "prints more than"),
        ("def f(): f()\nf()", "calls itself without end"),
    ],
)
def test_a_file_that_cannot_be_loaded_says_why(lines, clause):
    assert clause in found(lines)


def test_a_file_without_functions_has_nothing_to_judge():
    assert found("x = 1") == []


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="os._exit in a spawned process")
@pytest.mark.parametrize(
    ("text", "code", "sentence"),
    [
        (RIGHT, 0, "test: passed (exposes)"),
        ("# aigc clinic: generator_loss\nx = 1\n", 2, "no function `test`"),
        (
            "# aigc clinic: generator_loss\nimport os\n\n\ndef test(f):\n"
            "    os._exit(0)\n",
            2,
            "ends its process",
        ),
        (
            "# aigc clinic: generator_loss\ndef test(f):\n    return f\n",
            NOT_YET,
            "(never looks)",
        ),
    ],
)
def test_a_file_is_judged_in_a_process_of_its_own(text, code, sentence, tmp_path):
    file = tmp_path / "answer.py"
    files.write_text(file, text)
    done = run("--check", file)
    assert done.exit_code == code, done.output
    assert sentence in done.output and "Traceback" not in done.output
