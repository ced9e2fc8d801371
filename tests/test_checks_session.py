"""check, use, hint, solution and progress, as a notebook calls them."""

import json
import re
import subprocess
import sys
from types import SimpleNamespace

import checks_toys
import pytest
import torch
from checks_contract import assert_chapter_shows

from aigc_course import checks
from aigc_course.checks import registry
from aigc_course.errors import CourseError

ID = "98.halfway"


@pytest.fixture(autouse=True)
def toy_chapter(monkeypatch):
    for name, toy in checks_toys.TOYS.items():
        module = SimpleNamespace(exercise=toy)
        monkeypatch.setitem(sys.modules, f"aigc_course.exercises.ch98.{name}", module)
    known = {"00": ["to_tanh_range"], "98": [*checks_toys.TOYS]}
    monkeypatch.setattr(registry, "modules", lambda: known)
    checks.forget()
    yield
    checks.forget()


def wrong(a, b):
    return a - b


def right(a, b):
    return 0.5 * (a + b)


def rungs(*functions):
    return [checks.check(ID, function).hint_level for function in functions]


def test_failing_checks_climb_the_ladder():
    assert rungs(wrong, wrong, wrong, wrong) == [0, 1, 2, 2]
    assert "Hint 3 of 3 (line): The line of halfway." in str(checks.check(ID, wrong))


def test_the_mistake_picks_the_first_rung():
    assert rungs(checks_toys.precedence) == [2]
    assert "checks.solution" in checks.check(ID, wrong).hint


def test_right_answers_and_stubs_get_no_hint_and_do_not_climb():
    assert rungs(checks_toys.total, right, lambda a, b: ..., wrong) == [
        0,
        None,
        None,
        1,
    ]


def test_hint_goes_up_one_rung_per_call():
    said = [str(checks.hint(ID)) for _ in range(4)]
    assert [re.search(r"\((\w+)\)", text)[1] for text in said] == [
        "idea",
        "formula",
        "line",
        "line",
    ]
    assert "The idea of halfway." in str(checks.hint(ID, 1))


@pytest.mark.parametrize("level", [0, 4, "idea"])
def test_hint_refuses_other_levels(level):
    with pytest.raises(CourseError, match="levels are 1"):
        checks.hint(ID, level)


def test_use_returns_the_learners_function_only_when_it_passed(capsys):
    reference = registry.get(ID).reference
    assert checks.use(ID, right) is right
    assert "98.halfway: passed" in capsys.readouterr().out
    for answer in (wrong, checks_toys.total, lambda a, b: 1 / 0, None):
        assert checks.use(ID, answer) is reference
        assert "goes on with the course's `halfway`" in " ".join(
            capsys.readouterr().out.split()
        )


def test_use_lets_an_unattempted_notebook_go_on(capsys):
    def halfway(a, b):
        raise NotImplementedError

    halfway = checks.use(ID, halfway)
    assert halfway(2, 4) == 3
    assert "not attempted yet" in capsys.readouterr().out


def test_solution_shows_the_code_without_decorators():
    page = checks.solution(ID)
    assert "def halfway(a: Tensor, b: Tensor) -> Tensor:" in str(page)
    assert "@" not in str(page) and "Vary halfway." in str(page)
    assert "<pre" in page._repr_html_() and "-&gt; Tensor" in page._repr_html_()


def test_an_assessment_locks_solutions_and_the_line(monkeypatch):
    monkeypatch.setenv("AIGC_ASSESSMENT", "1")
    with pytest.raises(CourseError, match="locked during an assessment"):
        checks.solution(ID)
    with pytest.raises(CourseError, match="Hint 3, the line, is locked"):
        checks.hint(ID, 3)
    line = registry.get(ID).hints[2]
    told = [str(checks.hint(ID)) for _ in range(4)]
    told += [str(checks.check(ID, wrong)) for _ in range(4)]
    assert not any(line in one or "solution" in one for one in told)
    assert checks.check(ID, right).passed
    monkeypatch.setenv("AIGC_ASSESSMENT", "0")
    assert "return" in str(checks.solution(ID))


def test_progress_lists_the_chapters_that_were_worked_on():
    assert "0 of 0" in str(checks.progress())
    checks.check(ID, wrong)
    checks.check(ID, right)
    checks.check(ID, lambda a, b: ...)
    checks.solution("98.descend")
    text = str(checks.progress())
    assert "passed in this session: 1 of 4" in text
    assert re.search(r"98\.halfway +halfway +2/5 +8 +passed +2\n", text)
    assert "not attempted yet (solution seen)" in text
    assert "00.to_tanh_range" not in text
    assert checks.progress()._repr_html_().count('<th scope="col">') == 6


def test_unknown_ids_name_their_neighbours():
    with pytest.raises(CourseError, match="Near it: 98.halfway"):
        checks.check("98.halfwya", right)
    with pytest.raises(CourseError, match="Chapters with exercises: 00, 98"):
        checks.use("zzz", right)
    with pytest.raises(CourseError, match="id of the exercise"):
        checks.check(right, ID)
    with pytest.raises(CourseError, match="Chapter 77 has no exercises"):
        checks.exercises(77)


def test_exercises_of_a_chapter_in_order():
    ids = [exercise.id for exercise in checks.exercises("98")]
    assert ids == ["98.halfway", "98.descend", "98.small_net", "98.jitter"]
    assert checks.exercises(0) == checks.exercises("00")
    assert checks.header(ID) == "**Exercise 98.halfway** · difficulty 2/5 · 8 minutes"


def test_a_chapter_must_show_its_exercises_as_registered():
    shown = [f"# {checks.header(one.id)}" for one in checks.exercises("98")]
    shown[0] = f"# {{{{exercise {ID}}}}}"
    used = [f'checks.use("{one.id}", f)' for one in checks.exercises("98")]
    assert_chapter_shows("\n".join(shown + used), "98")
    drifted = [line.replace("8 minutes", "9 minutes") for line in shown]
    for lines in (shown + used[:-1], shown[1:] + used, drifted + used):
        with pytest.raises(AssertionError, match=r"98\."):
            assert_chapter_shows("\n".join(lines), "98")


def test_html_is_escaped_and_says_the_status_in_words():
    def tagged(a, b):
        raise ValueError("<b>`x` & y</b>")

    html = checks.check(ID, tagged)._repr_html_()
    assert "&lt;b&gt;<code>x</code> &amp; y&lt;/b&gt;" in html
    assert "stopped with an error" in html and "<b>" not in html
    assert "background" not in html and not re.search(r"[^-]color:", html)


def test_a_verdict_fits_a_score_sheet():
    verdict = checks.check(ID, checks_toys.total)
    row = json.loads(json.dumps(verdict.as_dict()))
    assert row["status"] == "misconception" and row["misconception"] == "total"
    assert repr(verdict) == str(verdict)


def test_jupyter_shows_html():
    IPython = pytest.importorskip("IPython")
    from IPython.testing.globalipapp import get_ipython  # noqa: F401

    formatter = IPython.core.formatters.DisplayFormatter()
    data, _ = formatter.format(checks.check(ID, wrong))
    assert "not right yet" in data["text/html"] and "98.halfway" in data["text/plain"]


def test_importing_and_listing_loads_no_torch():
    code = (
        "import sys; from aigc_course import checks; checks.progress();"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("answer", [wrong, lambda a, b: ...])
def test_nbgrader_gives_no_points_for_what_does_not_pass(monkeypatch, answer):
    """A grade cell earns its points when it raises nothing."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(AssertionError, match=ID):
        checks.use(ID, answer)
    assert checks.use(ID, right) is right


def test_what_passes_in_another_kind_goes_on_in_the_kind_of_the_course():
    def in_double(a, b):
        return (a + b).double() / 2

    going_on = checks.use(ID, in_double)
    one = torch.ones(2)
    assert going_on(one, one).dtype == torch.float32
    assert going_on(one.double(), one.double()).dtype == torch.float64
    assert going_on.__wrapped__ is in_double and in_double(one, one).dtype.itemsize == 8


@pytest.mark.parametrize("flag", ["-O", "-OO"])
def test_python_without_docstrings_or_assertions_is_refused(flag):
    code = "from aigc_course.checks.exercise import sentence_of; sentence_of(len)"
    command = [sys.executable, flag, "-c", code]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert "CourseError" in done.stderr and "start Python without" in done.stderr


# the check cell, run again


def test_the_cell_run_twice_does_not_judge_what_it_handed_out():
    def halfway(a, b): ...

    for _ in range(3):
        halfway = checks.use(ID, halfway)
    assert halfway is registry.get(ID).reference
    assert "passed in this session: 0 of 4" in str(checks.progress())
    verdict = checks.check(ID, halfway)
    assert verdict.status == "not attempted" and "course's own" in verdict.message


def test_the_last_verdict_on_the_learners_own_function_stands(capsys):
    given = checks.use(ID, checks_toys.precedence)
    first = capsys.readouterr().out
    checks.use(ID, given)
    again = capsys.readouterr().out
    known = next(m for m in registry.get(ID).misconceptions if m.name == "precedence")
    assert known.says[:30] in " ".join(first.split())
    assert "course's own function" in " ".join(again.split())
    assert known.says[:30] in " ".join(again.split())
    assert "passed in this session: 0 of 4" in str(checks.progress())


def test_a_right_answer_stays_right_however_often_it_is_checked():
    function = right
    for _ in range(3):
        function = checks.use(ID, function)
    assert "passed in this session: 1 of 4" in str(checks.progress())
    checks.use(ID, checks.use(ID, wrong))  # changed for the worse, and run twice
    assert "passed in this session: 0 of 4" in str(checks.progress())


def test_graders_do_not_take_the_course_s_own_function_for_an_answer(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(AssertionError, match="course's own function"):
        checks.use(ID, registry.get(ID).reference)
