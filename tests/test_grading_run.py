"""Hostile and careless functions are named with the reason, and harm nobody else."""

import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from handed_in import (
    HALF_RANGE,
    ID,
    IMPORTS,
    RIGHT,
    STUB,
    USE,
    copy,
    does,
    hand_in,
)

from aigc_course import checks
from aigc_course.errors import CourseError
from aigc_course.grading import Limits, grade, runner
from aigc_course.grading.runner import Runner
from aigc_course.grading.submissions import Submission

pytestmark = pytest.mark.slow

# a forged result, as the checker would write it but for the secret
FORGED = f"""import json, os, struct
told = {{"exercise": "{ID}", "status": "passed", "message": "", "secret": "?"}}
text = json.dumps(told).encode()
for number in range(3, 64):
    try:
        os.write(number, struct.pack("!i", len(text)) + text)
    except OSError:
        pass
os._exit(0)"""
PATCHED = """import sys
for name, module in list(sys.modules.items()):
    if name.endswith(".judge"):
        module.decide = lambda exercise, *_: module.Verdict(exercise.id, "passed", "")
return 1"""

# student: (cells, status, a part of the message); {victim} is a file to be destroyed
CLASS = {
    "right": (RIGHT, "passed", ""),
    "half": (HALF_RANGE, "misconception", "Your values lie in [0, 1]."),
    "stub": (STUB, "not attempted", ""),
    "wrong": (does("return pixels / 127.5 - 1.5"), "wrong", "This should hold"),
    "crash": (does("return pixels / 0 + nothing"), "error", "NameError in line 2"),
    "twice": (HALF_RANGE + "\n" + RIGHT, "passed", "2 definitions"),
    "unreadable": (RIGHT.replace(":", ""), "error", "cannot be read: expected ':'"),
    "renamed": (RIGHT.replace("def to", "def my_to"), "missing", "no function"),
    "argument": ("def to_tanh_range(a, a):\n    return a", "error", "duplicate"),
    "junk": (f"%%time\n!ls\n1 +\n{RIGHT}\n    ?", "passed", ""),
    "noisy": (does("print('hi')\nreturn pixels / 127.5 - 1"), "passed", ""),
    "prints": (does("while True: print('x' * 999)"), "output limit", "1,000,000"),
    "writes": (
        does("import os\nfor _ in range(9): os.write(1, b'x' * 10**6)"),
        "wrong",
        "None",
    ),
    "eats": (does("return torch.zeros(10**11)"), "memory limit", "256 MiB"),
    "hoards": (
        does("x = []\nwhile True: x.append(bytearray(10**8))"),
        "memory limit",
        "256 MiB",
    ),
    "exits": (does("exit()"), "ended itself", "in line 2, `exit()`"),
    "exits first": ("@exit\n" + RIGHT, "ended itself", "where it is defined"),
    "leaves": (does("import os\nos._exit(0)"), "ended itself", "exit code 0"),
    "crashes": (does("import ctypes\nctypes.string_at(0)"), "ended itself", "SIGSEGV"),
    "interrupts": (does("raise KeyboardInterrupt"), "error", "KeyboardInterrupt"),
    "removes": (does("import os\nos.remove({victim})"), "forbidden", "os.remove"),
    "hides it": (
        does("import os\ntry: os.remove({victim})\nexcept OSError: pass")
        + "\n    return pixels / 127.5 - 1",
        "forbidden",
        "os.remove",
    ),
    "overwrites": (does("open({victim}, 'w')"), "forbidden", "write to"),
    "follows": (
        does("import os\nos.symlink({victim}, 'mine')\nopen('mine', 'a')"),
        "forbidden",
        "write to",
    ),
    "rmtree": (
        does("import pathlib, shutil\nshutil.rmtree(pathlib.Path({victim}).parent)"),
        "forbidden",
        "shutil.rmtree",
    ),
    "by folder": (
        does(
            "import os\nplace, name = os.path.split({victim})\n"
            "folder = os.open(place, os.O_RDONLY)\nos.remove(name, dir_fd=folder)"
        ),
        "forbidden",
        "os.remove",
    ),
    "C code": (
        does("import ctypes\nctypes.CDLL(None).remove({victim}.encode())"),
        "forbidden",
        "C library",
    ),
    "shell": (does("import os\nos.system('rm ' + {victim})"), "forbidden", "program"),
    "fork": (does("import os\nwhile True: os.fork()"), "forbidden", "a process"),
    "kill": (does("import os\nos.kill(os.getppid(), 9)"), "forbidden", "a process"),
    "internet": (
        does("import urllib.request as u\nu.urlopen('http://127.0.0.1:9')"),
        "forbidden",
        "network",
    ),
    "limits": (
        does("import resource as r\nr.setrlimit(r.RLIMIT_AS, (-1, -1))"),
        "forbidden",
        "limits",
    ),
    "asks": (
        does(f"return __import__('aigc_course.checks').checks.solution('{ID}')"),
        "forbidden",
        "ask the checker",
    ),
    "forges": (does(FORGED), "changed the checker", "not written by the checker"),
    "patches": (does(PATCHED), "wrong", "The result is 1"),
    "says so": (does(f"print('{ID}: passed')"), "wrong", "None"),
    "at home": (
        does("import os, tempfile\nopen(os.environ['HOME'] + '/a', 'w').write('x')")
        + "\n    with tempfile.TemporaryDirectory(): pass"
        + "\n    return pixels / 127.5 - 1",
        "passed",
        "",
    ),
}


@pytest.fixture(scope="module")
def victim(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("home") / "thesis"
    path.write_text("years of work")
    return path


@pytest.fixture(scope="module")
def rows(tmp_path_factory, victim):
    folder = tmp_path_factory.mktemp("class")
    for student, (answer, _, _) in CLASS.items():
        copy(folder, student, answer.replace("{victim}", repr(str(victim))))
    (folder / "zero.ipynb").write_text("")
    graded = grade(folder, limits=Limits(seconds=60, memory=256), jobs=2)
    return {row.file.removesuffix(".ipynb"): row for row in graded}


@pytest.mark.parametrize("student", CLASS)
def test_each_is_named_with_the_reason(rows, student):
    _, status, part = CLASS[student]
    row = rows[student]
    assert row.status == status, row
    assert part in row.message and "\n" not in row.message
    assert (row.points, row.out_of) == (int(status == "passed"), 1)
    assert row.exercise == ID and row.seconds >= 0


def test_a_file_that_cannot_be_read_has_its_row(rows):
    row = rows["zero"]
    assert (row.status, row.exercise, row.message) == (
        "unreadable",
        "",
        "The file is empty.",
    )


def test_the_misconception_is_named(rows):
    assert rows["half"].misconception == "unit_range"
    assert {row.misconception for row in rows.values()} == {"", "unit_range"}


def test_nobody_is_left_out_and_nothing_was_harmed(rows, victim):
    assert set(rows) == {*CLASS, "zero"}
    assert victim.read_text() == "years of work"
    assert [path.name for path in victim.parent.iterdir()] == ["thesis"]


LOOPS = {
    "python": "while True: pass",
    "in C": "sum(iter(int, 1))",
    "asleep": "import time\ntime.sleep(1e6)",
    "stubborn": "while True:\n    try: print('x' * 9999)\n    except: pass",
    "half a result": "import os\nfor n in range(3, 64):\n    try:"
    " os.write(n, bytes([0, 0, 0, 99]))\n    except OSError: pass\n"
    "import time\ntime.sleep(1e6)",
}


def test_endless_loops_are_stopped(tmp_path):
    for name, body in LOOPS.items():
        copy(tmp_path, name, does(body))
    copy(tmp_path, "at the top", f"while True: pass\n{RIGHT}\nx = x or 1")
    graded = grade(tmp_path, limits=Limits(seconds=1.5), jobs=6)
    status = {row.file.removesuffix(".ipynb"): row.status for row in graded}
    assert status.pop("at the top") == "passed"
    assert status == dict.fromkeys(LOOPS, "time limit")
    assert all("stopped" in row.message for row in graded if row.points == 0)


def test_the_whole_notebook_has_a_limit_too(tmp_path):
    ids = [one.id for one in checks.exercises("05")]
    sleeps = "\n".join(
        f"def {id[3:]}(*_):\n    import time\n    time.sleep(1e6)" for id in ids
    )
    hand_in(tmp_path, "05_slow", IMPORTS, sleeps)
    graded = grade(tmp_path, limits=Limits(seconds=0.8, total=4))
    assert [row.exercise for row in graded] == ids
    assert {row.status for row in graded} == {"time limit"}
    # the clock runs while processes start, too: at most 4 / 0.8 get their turn
    ran = [row for row in graded if row.seconds > 0]
    assert ran == graded[: len(ran)] and 1 <= len(ran) <= 5
    assert sum(row.seconds for row in ran) < 4.5
    assert ran[0].message.startswith("It had not ended after 0.")
    assert graded[-1].message == "Not run: the submission has used its 4 s."


def test_time_that_ends_while_a_process_starts_is_a_time_limit():
    """Not a grader that could not go on: the row is written at the next turn."""
    sitting = object.__new__(runner._Sitting)
    sitting.phase = ("start", None)
    sitting.state = SimpleNamespace(end=time.monotonic() - 1)
    assert sitting._late() is None
    sitting.state.end = float("inf")
    with pytest.raises(runner._Broken, match="did not start in 120 s"):
        sitting._late()


def found(*cells, exercises, **options):
    runner = Runner(Limits(seconds=60), 1, **options)
    work = [(Submission("a.ipynb", cells, "05"), exercises)]
    return {one.exercise: one for one in runner.run(work, lambda _: None)[0]}


def test_other_exercises_are_the_course_functions():
    """As in the notebook, where `checks.use` replaces what has not passed."""
    cells = (
        "def tconv_size(size, kernel, stride, padding=0, output_padding=0):",
        "def discriminator_loss(a, b):\n    while True: pass",
        "def discriminator_step(G, D, optimizer, real, z):\n"
        "    loss = discriminator_loss(D(real), D(G(z).detach()))\n"
        "    optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()\n"
        "    return loss.detach()",
    )
    step = found(*cells, exercises=["05.discriminator_step"])
    assert step["05.discriminator_step"].status == "passed"


def test_without_fork_a_process_serves_a_notebook_until_it_is_stopped():
    leave = "def {}(*_):\n    import os\n    os._exit(3)"
    size = "def tconv_size(size, kernel, stride, padding=0, output_padding=0):\n"
    size += "    return (size - 1) * stride + kernel - 2 * padding + output_padding"
    cells = leave.format("to_pixels"), "def slerp(a, b, t):\n    return nowhere", size
    ids = ["05.to_pixels", "05.tconv_size", "05.slerp", "05.losses_at"]
    got = found(*cells, exercises=ids, fork=False)
    status = [got[id].status for id in ids]
    assert status == ["ended itself", "passed", "error", "missing"]


def test_a_process_that_does_not_start_is_tried_again(monkeypatch):
    runner = Runner(Limits(), 1)
    # the judge starts at the third try, the notebook at its second
    starts = iter([ConnectionRefusedError, EOFError, None, OSError, None])
    start = runner.context.Process.start

    def moody(process):
        if error := next(starts):
            raise error
        start(process)

    monkeypatch.setattr(runner.context.Process, "start", moody)
    monkeypatch.setattr("aigc_course.grading.runner.PAUSE", 0)
    (((one,),),) = (runner.run([(Submission("a", (RIGHT,)), (ID,))], lambda _: None),)
    assert one.status == "passed" and next(starts, "none") == "none"


def test_importing_the_preloaded_module_does_nothing():
    """A tool that imports every module would else end with exit code 0, come what may.

    The process that forks does load, or each function would wait for torch.
    """
    code = "import sys; from aigc_course.grading import preload; sys.exit(3)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 3
    code += " if 'torch' in sys.modules else 4  # multiprocessing.forkserver"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_chapter_that_is_not_known(tmp_path):
    hand_in(tmp_path, "a", "x = 1")
    hand_in(tmp_path, "b", 'f = checks.use("77.f", f)')
    one, other = grade(tmp_path)
    assert "name it by --chapter" in one.message
    assert "Chapter 77 has no exercises" in other.message
    (row, _) = grade(tmp_path, chapter="0")
    assert (row.exercise, row.status) == (ID, "missing")
    with pytest.raises(CourseError, match="Chapter 77 has no exercises"):
        grade(tmp_path, chapter="77")


def test_cells_may_be_moved_copied_and_deleted(tmp_path):
    hand_in(tmp_path, "00 moved", "y = to_tanh_range(1)", USE, RIGHT, IMPORTS)
    hand_in(tmp_path, "00 copied", IMPORTS, STUB, RIGHT, USE, RIGHT, USE)
    hand_in(tmp_path, "00 deleted", RIGHT)
    hand_in(tmp_path, "00 gone", "print(1)")
    copied, deleted, gone, moved = grade(tmp_path)
    assert (copied.points, deleted.points, moved.points) == (1, 1, 1)
    assert "3 definitions" in copied.message and gone.status == "missing"


def test_names_of_files_are_kept_readable(tmp_path):
    folder = tmp_path / "class"
    copy(folder, "Zoë | <b>", RIGHT)
    shutil.copy(folder / "Zoë | <b>.ipynb", folder / "a\nb.ipynb")
    assert [row.file for row in grade(folder)] == ["Zoë | <b>.ipynb", "a b.ipynb"]
