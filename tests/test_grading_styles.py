"""A right answer gets its points however the notebook around it is written."""

import pytest
from handed_in import HALF_RANGE, ID, IMPORTS, NAME, RIGHT, STUB, USE, hand_in

from aigc_course.grading import Limits, cells, grade

WITH = f"def {NAME}(pixels):\n    return (pixels.float() - HALF) / HALF"
ANSWER = "(pixels.float() - 127.5) / 127.5"

# style: cells before the one that hands over
HONEST = {
    "plain": (RIGHT,),
    "bound twice": ("from torch import nn\nnet = nn.Identity()\nnet = net.eval()",)
    + (f"def {NAME}(pixels):\n    return net({ANSWER})",),
    "changed in place": ("table = {}\ntable['half'] = 1\ntable['half'] = 127.5",)
    + (WITH.replace("HALF", "table['half']"),),
    "counted up": ("HALF = 127", "HALF += 0.5", WITH),
    "appended": (
        "steps = []",
        "steps.append(127.5)",
        WITH.replace("HALF", "steps[-1]"),
    ),
    "by a call": ("def fill(d):\n    d[0] = 127.5", "d = {0: 1}\nfill(d)")
    + (WITH.replace("HALF", "d[0]"),),
    "star": ("from math import *\nHALF = 255 / (2 * cos(0))", WITH),
    "walrus": ("print(HALF := 127.5)", WITH),
    "loop": ("for HALF in (1, 127.5): pass", WITH),
    "nested loop": (
        "if True:\n    for i in range(3):\n        HALF = 126.5 + i / 2",
        WITH,
    ),
    "match": ("match 1:\n    case 1: HALF = 127.5", WITH),
    "caught name": ("match [1, 127.5]:\n    case [_, HALF]: pass", WITH),
    "with": (
        "import contextlib\nwith contextlib.nullcontext(127.5) as HALF: pass",
        WITH,
    ),
    "global": ("def setup():\n    global HALF\n    HALF = 127.5\nsetup()", WITH),
    "globals()": ("globals()['HALF'] = 127.5", WITH),
    "exec": ("exec('HALF = 127.5')", WITH),
    "main": ("import __main__\nsetattr(__main__, 'HALF', 127.5)", WITH),
    "line magic": ("%time HALF = 127.5", WITH),
    "cell magic": ("%%time\nHALF = 127.5", WITH),
    "percent": (
        f"%precision 3\ndef {NAME}(pixels):\n    note = ('%d pixels'\n"
        f"            % pixels.numel())\n    return {ANSWER}",
    ),
    "bang": (
        f"def {NAME}(pixels):\n    assert (pixels.numel()\n        != 0)\n"
        f"    return {ANSWER}\n!ls",
    ),
    "indented": (f"    def {NAME}(pixels):\n        return {ANSWER}",),
    "prompts": (f">>> def {NAME}(pixels):\n...     return {ANSWER}",),
    "ipython prompts": (f"In [3]: def {NAME}(pixels):\n   ...:     return {ANSWER}",),
    "instance": (f"class S:\n    def __call__(self, pixels):\n        return {ANSWER}",)
    + (f"{NAME} = S()",),
    "static method": (
        f"class S:\n    @staticmethod\n    def go(pixels):\n"
        f"        return {ANSWER}\n{NAME} = S.go",
    ),
    "bound method": (
        f"class S:\n    half = 127.5\n    def go(self, pixels):\n        return"
        f" (pixels.float() - self.half) / self.half\n{NAME} = S().go",
    ),
    "partial": (
        "import functools\ndef g(half, pixels):\n    return (pixels.float() - half)"
        f" / half\n{NAME} = functools.partial(g, 127.5)",
    ),
    "annotated": (
        f"from typing import Callable\n{NAME}: Callable = lambda pixels: {ANSWER}",
    ),
    "decorated": (
        "import functools\ndef loud(f):\n    @functools.wraps(f)\n    def inner(*a):"
        f"\n        return f(*a)\n    return inner\n@loud\n{RIGHT}",
    ),
    "closure": (
        f"def make(half):\n    return lambda pixels: (pixels.float() - half) / half"
        f"\n{NAME} = make(127.5)",
    ),
    "module": (
        f"from torch import nn\nclass Net(nn.Module):\n    def forward(self, pixels):"
        f"\n        return {ANSWER}\n{NAME} = Net()",
    ),
    "chinese": (
        f"半 = 127.5\ndef 变换(图):\n    return (图.float() - 半) / 半\n{NAME} = 变换",
    ),
    "async around": (
        "import asyncio\nasync def nothing(): pass\nawait nothing()",
        RIGHT,
    ),
    "after a broken cell": ("1 +", "1 / 0", "nowhere()", RIGHT),
    "a cell that ends": ("exit()", RIGHT),
    "a cell for ever": ("while True:\n    HALF = 127.5", WITH),
    "moved": (WITH, "HALF = 127.5"),
    "stub first": (STUB, HALF_RANGE, RIGHT),
    "name used again": (RIGHT, USE, f"{NAME} = 3"),
    "first cell gone": (
        f"def {NAME}(x):\n    return torch.as_tensor(np.asarray(x) / 127.5"
        " - 1).float()",
    ),
}


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    for style, answer in HONEST.items():
        hand_in(folder, style, IMPORTS, *answer, USE, "print('the end')")
    hand_in(folder, "no use", *HONEST["loop"])
    hand_in(folder, "wrong", IMPORTS, HALF_RANGE, USE)
    hand_in(folder, "twice", IMPORTS, HALF_RANGE, USE, USE)
    stolen = f"got = {NAME}\ndef {NAME}(pixels):\n    return got(pixels)"
    hand_in(folder, "handed out", IMPORTS, STUB, USE, stolen.replace(NAME, "mine"))
    limits = Limits(seconds=60, total=150)
    graded = grade(folder, chapter="00", limits=limits, jobs=2)
    return {row.file.removesuffix(".ipynb"): row for row in graded}


@pytest.mark.slow
@pytest.mark.timeout(400)  # a loaded machine starts processes slowly
@pytest.mark.parametrize("style", [*HONEST, "no use"])
def test_a_right_answer_gets_its_points(rows, style):
    assert (rows[style].status, rows[style].points) == ("passed", 1), rows[style]
    assert rows[style].way in ("run", "picked")


@pytest.mark.slow
def test_most_are_run_and_the_sheet_says_so(rows):
    picked = {style for style in HONEST if rows[style].way == "picked"}
    assert picked <= {"moved", "name used again"}


@pytest.mark.slow
def test_the_course_function_is_nobody_s_answer(rows):
    assert rows["wrong"].status == rows["twice"].status == "misconception"
    assert rows["handed out"].status == "not attempted"


def chosen(*texts, names=(NAME,)):
    report = cells.Report()
    every = cells.statements(texts, report)
    return [one.cell for one in cells.relevant(every, names)], report


@pytest.mark.parametrize(
    ("texts", "run"),
    [
        (("x = 1", RIGHT), [2]),
        (("HALF = 1", "print(HALF)", WITH), [1, 3]),  # a number cannot be changed
        (("t = [1]", "print(t)", WITH.replace("HALF", "t[0]")), [1, 2, 3]),
        (("import math", "y = math.pi", RIGHT), [3]),
        (("history = [f(i) for i in range(10)]", RIGHT), [2]),
    ],
)
def test_only_what_may_matter_is_run(texts, run):
    assert chosen(*texts)[0] == run


@pytest.mark.parametrize("text", ["1 +", 'f"{"x}', "def f(a, a): pass", "\x00"])
def test_what_is_no_python_names_the_python_that_read_it(text):
    _, report = chosen(text, RIGHT)
    assert "as Python 3." in report.skipped[1]


def test_the_long_work_of_the_course_is_cut_off():
    import aigc_course.data

    space = {"data": aigc_course.data, "torch": __import__("torch")}
    report = cells.Report()
    long, quick = cells.statements(["x = data.default()", "y = torch.ones(2)"], report)
    assert cells.is_long_work(long, space) and not cells.is_long_work(quick, space)


def test_a_cell_without_end_is_cut_off():
    (one,) = cells.statements(["while True:\n    pass"], cells.Report())
    with pytest.raises(cells.CutOff):
        cells.run(one, "while True:\n    pass", {}, 0.0)


def test_the_exercise_has_the_id_that_the_cells_use():
    assert ID in USE
