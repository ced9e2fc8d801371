"""A box for the server: a Containerfile, and its contract put to the test.

The contract: the server is not root, its files cannot be changed, no other machine can
be reached from it, and it needs at most 512 MB. `contract` starts the server of a
release in such a box, made by bubblewrap (Linux), and tries to break each line. A
memory limit is set by the engine that runs the container; here the server's largest
use is read.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from aigc_course import __version__
from aigc_course.errors import CourseError
from aigc_course.release.extra import needs

MOST_MEMORY = 512  # MB
USER = 65534  # nobody
PACKAGES = "onnxruntime fastapi uvicorn httptools click numpy"

# run in the box: each line of the contract is tried, the outcome is one line of JSON
TRIAL = """
import json, os, socket, sys, time, urllib.request
from aigc_course.release import server

def refused(attempt):
    try:
        attempt()
    except OSError as error:
        return error.strerror or str(error)
    return ""

def reach():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as out:
        out.settimeout(3)
        out.connect(("192.0.2.1", 80))

def drawn(url):
    body = json.dumps({"n": 64, "seed": 7}).encode()
    with urllib.request.urlopen(url + "/sample", body, timeout=60) as answer:
        return json.load(answer)["shape"]

with server.process(sys.argv[1]) as (child, url):
    shape = drawn(url)
    for line in open(f"/proc/{child.pid}/status"):
        if line.startswith("VmHWM"):
            memory = int(line.split()[1]) / 1000
    print(json.dumps({
        "shape": shape,
        "user": os.getuid(),
        "write": refused(lambda: open(os.path.join(sys.argv[1], "new"), "w")),
        "code": refused(lambda: open(server.__file__, "a")),
        "reach": refused(reach),
        "memory": memory,
        "torch": "torch" in open(f"/proc/{child.pid}/maps").read(),
    }))
"""


def containerfile() -> str:
    """The text of a Containerfile that serves a release from the folder `dist`.

    Its first lines say how it is built and run.
    """
    return f"""\
# podman build -t digits .
# podman run --rm --read-only --cap-drop=all --memory={MOST_MEMORY}m \\
#     -p 127.0.0.1:8000:8000 digits
FROM docker.io/library/python:3.13-slim
RUN pip install --no-cache-dir {PACKAGES} \\
    && pip install --no-cache-dir --no-deps aigc-course=={__version__}
COPY --chmod=0444 dist/model.onnx /model/model.onnx
USER {USER}:{USER}
ENV PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=1
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", \\
    "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health')"]
# exec form: SIGTERM reaches the server, which then answers what it has taken on
CMD ["aigc", "serve", "/model/model.onnx", "--port", "8000", "--everywhere"]
"""


def command(folder: Path) -> list[str]:
    """bubblewrap around a program: nobody, nothing to write to, no network.

    folder: can be read in the box. /tmp is empty there and goes with it.
    """
    alone = ["--unshare-all", "--die-with-parent", "--new-session"]
    files = ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    empty = ["--tmpfs", "/tmp", "--ro-bind", str(folder), str(folder)]
    who = [
        "--unshare-user",
        "--uid",
        str(USER),
        "--gid",
        str(USER),
        "--cap-drop",
        "ALL",
    ]
    return ["bwrap", *alone, *files, *empty, *who]


def contract(folder: str | Path) -> dict[str, str] | None:
    """Serve a release in a box, and try to break each line of the contract.

    folder: a release, or any folder with one ONNX file. Returns what was found, a
    sentence a line of the contract; None where bubblewrap is not installed, or may make
    no box here. Raises CourseError for a line that does not hold.
    """
    if not shutil.which("bwrap"):
        return None
    needs("onnxruntime", "fastapi", "uvicorn")
    folder = Path(folder).resolve()
    if subprocess.run([*command(folder), "true"], capture_output=True).returncode:
        return None
    package = str(Path(__file__).parents[2])
    done = subprocess.run(
        [*command(folder), sys.executable, "-c", TRIAL, str(folder)],
        capture_output=True,
        text=True,
        timeout=170,
        env={**os.environ, "PYTHONPATH": package, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    if done.returncode:
        told = done.stderr.strip().splitlines() or ["it said nothing"]
        raise CourseError(f"The server does not run in the box: {told[-1]}")
    return _judged(json.loads(done.stdout.splitlines()[-1]))


def _judged(found: dict[str, Any]) -> dict[str, str]:
    """Each line of the contract as a sentence. CourseError where one does not hold."""
    lines = {
        "serves": (
            found["shape"] == [64, 28, 28],
            "In the box the server draws 64 pictures.",
        ),
        "user": (found["user"] == USER, f"Its user is number {found['user']}, not 0."),
        "files": (
            bool(found["write"] and found["code"]),
            f"Model and program cannot be changed: {found['write'] or 'they can'}.",
        ),
        "network": (
            bool(found["reach"]),
            f"No other machine can be reached: {found['reach'] or 'one can'}.",
        ),
        "memory": (
            found["memory"] <= MOST_MEMORY,
            f"It used {found['memory']:.0f} MB at most, of {MOST_MEMORY}.",
        ),
        "torch": (not found["torch"], "It runs without PyTorch."),
    }
    for name, (holds, sentence) in lines.items():
        if not holds:
            raise CourseError(f"The contract's line {name!r} does not hold: {sentence}")
    return {name: sentence for name, (_, sentence) in lines.items()}
