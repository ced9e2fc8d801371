"""Landlock, apart from the audit hook: the kernel refuses, also what C code does."""

import json
import subprocess
import sys

import pytest

from aigc_course.grading import landlock

TRIES = """
import json, os, pathlib, socket, sys
from aigc_course.grading import landlock

home, scratch = map(pathlib.Path, sys.argv[1:])
listener = socket.create_server(("127.0.0.1", 0))
worked = landlock.write_only_below(scratch)

def trial(what):
    try:
        what()
    except PermissionError:
        return "refused"
    return "allowed"

def connect():
    socket.create_connection(listener.getsockname()).close()

print(json.dumps({
    "worked": worked,
    "read": trial(lambda: (home / "file").read_text()),
    "list": trial(lambda: os.listdir(home)),
    "write": trial(lambda: (home / "file").write_text("x")),
    "make": trial(lambda: (home / "new").mkdir()),
    "remove": trial(lambda: (home / "file").unlink()),
    "run": trial(lambda: os.posix_spawn(sys.executable, ["python", "-c", ""], {})),
    "connect": trial(connect),
    "scratch": trial(lambda: (scratch / "new").write_text("x")),
    "tidy": trial(lambda: (scratch / "new").unlink()),
    "nothing": trial(lambda: open(os.devnull, "w").write("x")),
}))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Landlock is Linux's")
def test_nothing_outside_the_scratch_folder_changes(tmp_path):
    home, scratch = tmp_path / "home", tmp_path / "scratch"
    home.mkdir()
    scratch.mkdir()
    (home / "file").write_text("mine")
    command = [sys.executable, "-c", TRIES, home, scratch]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    if not said.pop("worked"):
        pytest.skip("this kernel has no Landlock")
    if said.pop("connect") == "allowed":  # before Linux 6.7
        print("TCP is not restricted here")
    refused = {name for name, answer in said.items() if answer == "refused"}
    assert refused == {"write", "make", "remove", "run"}
    assert (home / "file").read_text() == "mine"


def test_without_landlock_nothing_changes(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert landlock.write_only_below(tmp_path) is False
