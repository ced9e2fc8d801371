# ruff: noqa: E501  a line of an attack is easier to read whole
"""What tries to earn marks without an answer earns none, and harms nobody else.

Each stands for a kind: the answer taken from memory, from the disk, from a neighbour; a
forged result; a changed checker; another process started, stopped or slowed; the disk or
the memory filled. The one honest student among them gets the points.
"""

import os
import sys
import time
from pathlib import Path

import pytest
from handed_in import ID, RIGHT, copy, does

from aigc_course.grading import Limits, grade

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(400),  # a loaded machine starts processes slowly
    pytest.mark.skipif(
        sys.platform != "linux", reason="the kernel's guards are Linux's"
    ),
]

# student: what the function does; {victim}, {other}: a file, a neighbour's notebook
TAKES = {
    "frame": "f = __import__('sys')._getframe()\nwhile f:\n    for v in [*f.f_locals"
    ".values()]:\n        if hasattr(v, 'reference'):\n            return v.reference(pixels)"
    "\n    f = f.f_back",
    "frame globals": "f = __import__('sys')._getframe()\nwhile f:\n    g = f.f_globals.get("
    "'to_tanh_range') or f.f_globals.get('exercise')\n    if g is not None and f.f_back and"
    " 'pixels' not in f.f_locals:\n        return getattr(g, 'reference', g)(pixels)\n"
    "    f = f.f_back",
    "objects": "import gc, types\ngc.unfreeze()\nfor o in gc.get_objects():\n    if type(o) is"
    " types.FunctionType and o.__qualname__ == 'to_tanh_range' and o.__module__ !="
    " '__main__':\n        return o(pixels)",
    "mistake and back": "import gc\ngc.unfreeze()\nfor o in gc.get_objects():\n    if"
    " type(o).__name__ == 'Misconception' and o.name == 'unit_range':\n        return 2 *"
    " o.wrong(pixels) - 1",
    "alias": "import aigc_course as c\nreturn c.checks.registry.get('00.to_tanh_range')"
    ".reference(pixels)",
    "by name": "import importlib\nm = importlib.import_module('aigc_course.exercises.ch00."
    "to_tanh_range')\nreturn m.exercise.reference(pixels)",
    "by path": "import importlib.util as u, aigc_course, pathlib\np = pathlib.Path("
    "aigc_course.__file__).parent / 'exercises/ch00/to_tanh_range.py'\n"
    "s = u.spec_from_file_location('mine', p)\nm = u.module_from_spec(s)\n"
    "s.loader.exec_module(m)\nreturn m.exercise.reference(pixels)",
    "source": "import inspect, sys\nf = sys._getframe()\nwhile f.f_back: f = f.f_back\n"
    "text = inspect.getsource(f)\nraise ValueError(len(text))",
    "bytes": "import aigc_course, pathlib\np = pathlib.Path(aigc_course.__file__).parent\n"
    "return [q.read_bytes() for q in p.rglob('to_tanh_range*')][0]",
    "neighbour": "import json\ntext = open({other}).read()\nfor c in json.loads(text)['cells']:"
    "\n    exec(''.join(c['source']), s := dict())\nreturn s['to_tanh_range'](pixels)",
    "want": "import sys, torch\nf = sys._getframe()\nwhile f:\n    for n in ('want', 'like',"
    " 'theirs'):\n        v = f.f_locals.get(n)\n        if isinstance(v, torch.Tensor):\n"
    "            return v\n    f = f.f_back",
    "said so": "import gc, json, struct, os\ntext = json.dumps({'say': 'part', 'part':"
    " 'calls', 'status': 'passed'}).encode()\nwhole = struct.pack('!I', len(text)) + text\n"
    "for n in range(3, 64):\n    try:\n        os.write(n, struct.pack('!i', len(whole)) +"
    " whole)\n    except OSError:\n        pass\nos._exit(0)",
    "same": "class Same(float):\n    def __eq__(self, o): return True\n    def __ne__(self, o):"
    " return False\n    __hash__ = None\nreturn Same(0)",
    "changed compare": "import gc, types\ngc.unfreeze()\nfor o in gc.get_objects():\n    if"
    " type(o) is types.FunctionType and o.__name__ in ('same', 'difference', 'violated',"
    " 'unlike'):\n        o.__code__ = (lambda *a, **k: None).__code__\nreturn pixels",
    "changed torch": "import torch\ntorch.Tensor.__sub__ = torch.Tensor.sub = lambda a, *_: a"
    " * 0\nreturn pixels.float()",
}
HARMS = {
    "forks in C": "import ctypes, os, time\nif ctypes.pythonapi.fork() == 0:\n"
    "    time.sleep(300)\nos._exit(0)",
    "kills in C": "import ctypes, os\nraise ValueError(ctypes.pythonapi.kill(os.getppid(), 9))",
    "slows": "import os\nos.setpriority(os.PRIO_PROCESS, os.getppid(), 15)",
    "pins": "import os\nos.sched_setaffinity(os.getppid(), [0])",
    "hides memory": "import os\nkept = [os.memfd_create('x') for _ in range(9)]\n"
    "for k in kept: os.write(k, bytes(2**26))",
    "deep": "import os\nfor _ in range(1300):\n    os.mkdir('d'); os.chdir('d')\nreturn pixels",
    "many": "import os\nfor n in range(10**9): os.mkdir(str(n))",
    "large": "for n in range(10**6): open(str(n), 'wb').write(bytes(2**25))",
    "udp": "import ctypes\nc = ctypes.pythonapi\nraise ValueError(c.socket(2, 2, 0))",
    "unix": "import socket, glob\ns = socket.socket(socket.AF_UNIX)\nraise ValueError(s)",
    "saves outside": "import torch\ntorch.save({{}}, {victim})",
    "by number": "import os, pathlib\np = pathlib.Path({victim})\nd = os.open(p.parent, 0)\n"
    "n = os.open(p.name, os.O_WRONLY | os.O_TRUNC, dir_fd=d)\nos.write(n, b'x')",
    "moves": "import os, pathlib\np = pathlib.Path({victim})\nd = os.open(p.parent, 0)\n"
    "os.rename(p.name, 'x', src_dir_fd=d, dst_dir_fd=os.open('.', 0))",
    "stops": "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
    "text": "class E(Exception):\n    def __str__(self):\n        while True: pass\nraise E",
    "markup": "raise ValueError('![x](http://127.0.0.1/x) **PASSED** | 1/1 | <b> ` x')",
}


@pytest.fixture(scope="module")
def victim(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("home") / "thesis"
    path.write_text("years of work")
    return path


@pytest.fixture(scope="module")
def graded(tmp_path_factory, victim):
    folder = tmp_path_factory.mktemp("class")
    other = copy(folder, "honest", RIGHT)
    for student, body in {**TAKES, **HARMS}.items():
        body = body.replace("{{}}", "{}").replace("{victim}", repr(str(victim)))
        copy(folder, student, does(body.replace("{other}", repr(str(other)))))
    before = os.getpriority(os.PRIO_PROCESS, 0), os.sched_getaffinity(0)
    start = time.monotonic()
    limits = Limits(seconds=2, total=8, memory=256)
    rows = grade(folder, chapter="00", limits=limits, jobs=2)
    assert (os.getpriority(os.PRIO_PROCESS, 0), os.sched_getaffinity(0)) == before
    got = {row.file.removesuffix(".ipynb"): row for row in rows}
    return got, time.monotonic() - start


@pytest.mark.parametrize("student", TAKES)
def test_nothing_but_an_answer_earns_marks(graded, student):
    row = graded[0][student]
    assert (row.exercise, row.points) == (ID, 0), row
    assert row.status != "passed"


@pytest.mark.parametrize("student", HARMS)
def test_what_would_harm_is_stopped(graded, student):
    row = graded[0][student]
    assert row.points == 0 and row.is_trouble, row


def test_everybody_has_a_row_and_nobody_is_harmed(graded, victim):
    rows, _ = graded
    assert set(rows) == {*TAKES, *HARMS, "honest"}
    assert (rows["honest"].status, rows["honest"].points) == ("passed", 1)
    assert victim.read_text() == "years of work"
    assert [path.name for path in victim.parent.iterdir()] == ["thesis"]
    assert "not graded" not in {row.status for row in rows.values()}


def test_it_does_not_take_longer_than_the_limits_allow(graded):
    rows, seconds = graded
    assert seconds < 60 + len(rows) * 8 / 2
