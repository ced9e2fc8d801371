"""Functions are found by name in notebooks that were edited, moved and damaged."""

import pytest
import torch

from aigc_course.grading.extract import Missing, extract, load
from aigc_course.grading.needs import AsksTheChecker
from aigc_course.grading.pieces import pieces

F = "def f(x):\n    return {}"
BROKEN = "def f(x)\n    return 1"


def run(*cells, name="f", others=None):
    """The function as grading builds it."""
    return load(extract(name, cells, others or {}), cells, others or {})


def notes(*cells):
    one = extract("f", cells, {})
    load(one, cells, {})
    return " ".join(one.notes)


@pytest.mark.parametrize(
    "cells",
    [
        ("y = 1", F.format("x + 1")),
        (F.format("x"), F.format("x + 1")),  # the last one counts
        (F.format("x + 1"), BROKEN),  # ... that can be read
        (F.format("x + 1"), 'f = checks.use("05.f", f)'),  # the notebook's own cell
        (F.format("x + 1"), "f = 3"),
        ("f = lambda x: x + 1",),
        ("def mine(x):\n    return x + 1", "f = mine"),
        ("%matplotlib inline\n!ls\n?f\nf?\n" + F.format("x + 1"),),
        ("%%time\n" + F.format("x + 1"),),
        (F.format("x + 1"), "%%writefile f.py\n" + F.format("x")),
        (F.format("x + 1") + "\n    %timeit 1",),
        ("this is no Python\n" + F.format("x + 1") + "\nnor is) this",),
        ('"""A text\nover lines\n"""\n)\n@staticmethod\n' + F.format("x + 1"),),
        ("if True:\n    def f(x):\n        return x + 1",),
        ("while True: pass", F.format("x + 1"), "1 / 0"),  # never run
        (F.format("one(x)"), "def one(x):\n    return x + ONE", "ONE = 1"),
        ("ONE = 2 - 1", "def f(x, one=ONE):\n    return x + one"),
        ("def f(x, one=ONE):\n    return x + one", "ONE = 2 - 1"),  # cells were moved
        (F.format("np.add(x, 1)"),),  # the first cell was deleted
        ("import nowhere as np", "import numpy as np", F.format("np.add(x, 1)")),
        ("try:\n    import nowhere as m\nexcept ImportError:\n    import math as m",)
        + (F.format("x + int(m.cos(0))"),),
        ("class One:\n    value = 1", F.format("x + One.value")),
        ("a, (b, *c) = 0, (1, 2)", F.format("x + b")),
        ("ones = torch.ones(3)\none = int(ones[0])", F.format("x + one")),
        ("def f(x: Nothing) -> Nowhere:\n    y: Unknown = 1\n    return x + y",),
        ("def f(x):\n    real = 1\n    return x + real", "real = data.default()"),
        ("async = 3\n" + F.format("x + 1"), "\x00"),
        (F.format("x + 1"), "(" * 500),
    ],
)
def test_the_function_and_what_it_needs(cells):
    assert run(*cells)(1) == 2


def test_the_course_functions_stand_for_other_exercises():
    cells = ("def g(x):\n    return 0", F.format("g(x)"))
    assert run(*cells, others={"g": lambda x: x + 1})(1) == 2
    assert run(*cells)(1) == 0


@pytest.mark.parametrize(
    "work",
    [
        "from aigc_course import data\ndigits = data.default()",
        "from aigc_course import gan as g\ndigits = [g.pretrained_generator()][0]",
        "import aigc_course.data\ndigits = aigc_course.data.default().images[:3]",
        "from aigc_course import data\nall = data.default()\ndigits = all.images.to(1)",
    ],
)
def test_the_long_work_of_the_notebook_is_not_run(work):
    one = extract("f", (work, F.format("digits")), {})
    assert one.left_out == ["digits"] and len(one.chosen) == 1


def test_picking_a_device_is_no_long_work():
    cells = 'from aigc_course import training\ndevice = training.get_device("cpu")'
    assert run(cells, F.format("device"))(1) == torch.device("cpu")


def test_only_the_wanted_names_are_imported():
    cells = ("from math import pi, nothing_of_this_name", F.format("x + 0 * pi"))
    assert run(*cells)(2) == 2


@pytest.mark.parametrize(
    "cells",
    [
        ("from aigc_course import checks", F.format('checks.solution("05.f")')),
        ("def f(x):\n    from aigc_course.checks import judge\n    return judge",),
        ("import aigc_course as a", F.format('__import__("aigc_course.checks.judge")')),
        ("import aigc_course", F.format("aigc_course.checks.registry.get(x)")),
        ("from aigc_course import checks", "g = checks.hint", F.format("g(x)")),
        ("from aigc_course.exercises.ch05.slerp import slerp", F.format("slerp(x)")),
    ],
)
def test_asking_the_checker_is_refused(cells):
    with pytest.raises(AsksTheChecker):
        run(*cells)


@pytest.mark.parametrize(
    "cells",
    [
        (
            "from aigc_course.clinic.patients import generator_loss as g",
            F.format("g.patient.reference_test(x)"),
        ),
        (
            "from aigc_course.clinic.patients.total_loss import patient",
            F.format("patient.healthy(x)"),
        ),
        ("import aigc_course", F.format("aigc_course.clinic.patients.total_loss")),
        (F.format('__import__("aigc_course.clinic.patients.total_loss")'),),
    ],
)
def test_asking_a_patient_of_the_clinic_is_refused(cells):
    with pytest.raises(AsksTheChecker, match="^aigc_course.clinic.patients$"):
        run(*cells)


@pytest.mark.parametrize(
    "cells",
    [
        ("from aigc_course.clinic.patients import claims", F.format("claims.WORKS")),
        ("from aigc_course.clinic.patients.claims import WORKS", F.format("WORKS")),
        ("from aigc_course import clinic", F.format("clinic.INVARIANTS")),
    ],
)
def test_what_chapter_20_shows_of_the_clinic_may_be_used(cells):
    assert run(*cells)(1)


def test_several_definitions_are_mentioned():
    assert notes(F.format("1")) == ""
    said = notes(F.format("1"), F.format("2"), "f = lambda x: 3")
    assert said == "There are 3 definitions of `f`; the last one counts."
    assert "last one that can be read" in notes(F.format("1"), BROKEN)


def test_an_import_that_fails_is_mentioned():
    said = notes("from nowhere import y", F.format("y"))
    assert said == "`from nowhere import y` fails: No module named 'nowhere'."


def test_what_is_missing_is_said():
    with pytest.raises(Missing, match="no function `f`") as none:
        run("x = 1")
    assert not none.value.broken
    with pytest.raises(Missing, match=r"expected ':' \(code cell 2, line 2\)") as bad:
        run("x = 1", "y = 2\n" + BROKEN)
    assert bad.value.broken


def test_statements_that_cannot_be_built_raise_their_own_error():
    with pytest.raises(NameError, match="nothing"):
        run("y = nothing", F.format("y"))
    with pytest.raises(ZeroDivisionError):
        run("y = 1 / 0", F.format("y"))


def test_pieces_keep_their_line_numbers():
    good, (bad,) = pieces(("%magic\nx = 1\noh no\ny = 2",))
    assert [piece.node.lineno for piece in good] == [1, 2, 4] and bad.line == 3
