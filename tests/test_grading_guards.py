"""The guards of the kernel, each tried in a process of its own: what it must refuse."""

import json
import os
import platform
import struct
import subprocess
import sys

import pytest

from aigc_course.grading import landlock, scratch, seccomp
from aigc_course.grading.confine import Guards

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="a guard of Linux")

# makes each refused call with arguments that do nothing, after the filter is in place
EVERY_CALL = """
import ctypes, json, os, platform, signal, sys
from aigc_course.grading import seccomp

worked = seccomp.refuse_calls()
libc = ctypes.CDLL(None, use_errno=True)
column = seccomp.MACHINES[platform.machine()][1]
said = {}
for call in seccomp.CALLS:
    number = call.numbers[column]
    if number is None:
        continue
    # SIGCHLD as clone's flags: a new process; process 1 for those about others
    first = 17 if call.only == "processes" else 1
    ctypes.set_errno(0)
    answer = libc.syscall(number, first, 0, 0, 0, 0, 0)
    if answer == 0 and call.only == "processes":
        os._exit(9)
    said[call.name] = ctypes.get_errno() if answer == -1 else 0
import threading
threads = []
one = threading.Thread(target=lambda: threads.append(1)); one.start(); one.join()
os.kill(os.getpid(), 0)
import resource
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
print(json.dumps({"worked": worked, "said": said, "threads": threads}))
"""


@pytest.fixture(scope="module")
def told() -> dict:
    if sys.platform != "linux" or not seccomp.works():
        pytest.skip("this machine has no seccomp")
    command = [sys.executable, "-c", EVERY_CALL]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("call", seccomp.CALLS, ids=lambda call: call.name)
def test_each_call_is_refused_by_the_filter(told, call):
    if call.name not in told["said"]:
        pytest.skip("this machine has no such call")
    assert told["said"][call.name] == (38 if call.only == "absent" else 1)


def test_threads_and_what_is_one_s_own_stay_allowed(told):
    assert told["worked"] and told["threads"] == [1]


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_is_whole_on_both_machines(machine):
    """Each jump stays inside; the last step allows; another machine is refused."""
    steps = [struct.unpack("HBBI", s) for s in seccomp.program(machine, os.getpid())]
    jumps = [(i, max(t, f)) for i, (_, t, f, _) in enumerate(steps) if t or f]
    assert jumps and all(i + 1 + far < len(steps) for i, far in jumps)
    assert steps[-1][3] == 0x7FFF0000 and len(steps) < 4096
    numbers = [c.numbers[seccomp.MACHINES[machine][1]] for c in seccomp.CALLS]
    known = [n for n in numbers if n is not None]
    assert len(set(known)) == len(known)


def test_where_there_is_no_seccomp_nothing_changes(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not seccomp.works() and not seccomp.refuse_calls()
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert not seccomp.works() and not seccomp.refuse_calls()


@pytest.mark.parametrize(
    ("guards", "said"),
    [
        (Guards(7, True, True), "Landlock 7 (files), seccomp"),
        (Guards(0, True, True), "no Landlock: code in C"),
        (Guards(7, False, True), "no seccomp: code in C"),
        (Guards(), "no Landlock and no seccomp and no limit on memory"),
    ],
)
def test_the_report_says_which_guards_there_are(guards, said):
    assert said in str(guards)


READS = """
import json, pathlib, sys
from aigc_course.grading import landlock
home = pathlib.Path(sys.argv[1])
allowed = landlock.all_but([home / "lib"], [home / "lib" / "course" / "answers"])
worked = landlock.write_only_below(home / "scratch", allowed)
def trial(path):
    try:
        return (home / path).read_text()
    except PermissionError:
        return "refused"
print(json.dumps({"worked": worked, **{p: trial(p) for p in sys.argv[2:]}}))
"""


@LINUX
def test_reading_is_by_list(tmp_path):
    texts = {
        "lib/course/free.py": "free",
        "lib/other.py": "free",
        "lib/course/answers/one.py": "secret",
        "handed_in/ann.ipynb": "secret",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "scratch").mkdir()
    (tmp_path / "lib/course/way").symlink_to(tmp_path / "handed_in")
    paths = [*texts, "lib/course/way/ann.ipynb"]
    command = [sys.executable, "-c", READS, tmp_path, *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    if not said.pop("worked"):
        pytest.skip("this kernel has no Landlock")
    assert said.pop("lib/course/way/ann.ipynb") == "refused"
    expected = {n: t if t == "free" else "refused" for n, t in texts.items()}
    assert said == expected


def test_all_but_names_what_lies_around_a_hidden_place(tmp_path):
    for name in ("a/x", "a/y/z", "b"):
        (tmp_path / name).mkdir(parents=True)
    found = landlock.all_but([tmp_path], [tmp_path / "a" / "y"])
    assert sorted(found) == [tmp_path / "a" / "x", tmp_path / "b"]
    assert landlock.all_but([tmp_path / "a"], [tmp_path]) == []


def deep(folder):
    """1,300 folders within each other, made as a student's code would."""
    code = "import os, sys\nos.chdir(sys.argv[1])\n"
    code += "for _ in range(1300): os.mkdir('d'); os.chdir('d')"
    subprocess.run([sys.executable, "-c", code, folder], check=True)


def many(folder):
    for number in range(500):
        (folder / str(number)).mkdir()
        (folder / str(number) / "file").write_text("x")


def locked(folder):
    inner = folder / "closed" / "inner"
    inner.mkdir(parents=True)
    (inner / "file").write_text("x")
    inner.chmod(0)
    inner.parent.chmod(0o500)


@pytest.mark.skipif(sys.platform == "win32", reason="folders are not opened there")
@pytest.mark.parametrize("leave", [deep, many, locked])
def test_whatever_is_left_behind_is_removed(leave):
    folder = scratch.make()
    leave(folder)
    assert scratch.remove(folder) and not folder.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_are_removed_and_not_followed(tmp_path):
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "thesis").write_text("mine")
    victim.chmod(0o750)
    folder = scratch.make()
    (folder / "d").mkdir()
    for place in (folder, folder / "d"):
        (place / "l").symlink_to(victim)
        (place / "f").symlink_to(victim / "thesis")
    (folder / "d").chmod(0o500)
    assert scratch.remove(folder)
    assert (victim / "thesis").read_text() == "mine"
    assert victim.stat().st_mode & 0o777 == 0o750


@pytest.mark.skipif(sys.platform == "win32", reason="folders are not opened there")
@pytest.mark.parametrize(
    ("leave", "said"),
    [(deep, "deep"), (many, "files and folders"), (None, "MiB")],
)
def test_too_much_is_named(leave, said):
    folder = scratch.make()
    try:
        assert scratch.excess(folder, scratch.Quota(2**22, 400)) == ""
        if leave:
            leave(folder)
        else:
            (folder / "large").write_bytes(os.urandom(2**23))
        assert said in scratch.excess(folder, scratch.Quota(2**22, 400))
    finally:
        assert scratch.remove(folder)


def test_no_room_is_waited_for_and_then_said(monkeypatch):
    tries = []

    def full(**_):
        tries.append(1)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkdtemp", full)
    with pytest.raises(OSError, match="No space"):
        scratch.make(patience=0.5)
    assert len(tries) > 1
