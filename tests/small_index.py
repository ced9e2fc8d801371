"""A package index on loopback with wheels of a few hundred bytes, and a small project.

The project has the course's own tools and pins of the same form, so that whole
installations run in seconds and without a network.
"""

import base64
import hashlib
import http.server
import os
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TOOLS = Path(__file__).parents[1] / "tools"

BASE = {"torch": "2.15.0", "torchvision": "0.29.2", "numpy": "2.4.6"}
CUDA = {"nvidia-blas": "13.0", "triton": "3.9.0"}
DEV = {"pytest": "9.2.0"}

METADATA = "Metadata-Version: 2.1\n"
WHEEL = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def wheel(folder: Path, name: str, version: str, payload: int = 0) -> Path:
    """A wheel with one module, `name`, that knows its version."""
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    files = {
        f"{module}/__init__.py": f"__version__ = {version!r}\n",
        f"{module}/payload.bin": "x" * payload,
        f"{info}/METADATA": f"{METADATA}Name: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": WHEEL,
    }
    record = "".join(
        f"{path},{_hash(text)},{len(text)}\n" for path, text in files.items()
    )
    files[f"{info}/RECORD"] = record + f"{info}/RECORD,,\n"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{module}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for place, text in files.items():
            archive.writestr(place, text)
    return path


def pins(wheels: list[Path], extra: list[Path]) -> str:
    """The text of a pins.txt: `extra` is what dev adds."""

    def block(path: Path) -> str:
        name, version = path.name.split("-")[:2]
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return f"{name.replace('_', '-')}=={version} \\\n    --hash=sha256:{digest}\n"

    parts = [*map(block, wheels), "# what dev adds\n", *map(block, extra)]
    return "".join(parts)


def project(root: Path, wheels: list[Path], extra: list[Path]) -> Path:
    """A folder with the course's tools, these pins, and a package of one line."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(TOOLS / "installing", root / "tools" / "installing", ignore=ignored)
    for name in ("course.py", "tasks.py"):
        shutil.copy(TOOLS / name, root / "tools" / name)
    (root / "aigc_course").mkdir()
    (root / "aigc_course" / "__init__.py").write_text('"""A course."""\n')
    (root / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["backend"]\nbuild-backend = "backend"\n'
        'backend-path = ["."]\n[project]\nname = "aigc-course"\nversion = "1"\n'
    )
    (root / "backend.py").write_text(BACKEND)
    (root / "pins.txt").write_text(pins(wheels, extra))
    # the task of `make notebooks` says that it was reached
    (root / "tools" / "build_notebooks.py").write_text('print("reached")\n')
    return root


# builds an editable wheel without setuptools, which the small index does not have
BACKEND = """
import zipfile
from pathlib import Path

def build_editable(folder, settings=None, metadata=None):
    info = "aigc_course-1.dist-info"
    files = {
        "aigc_course.pth": str(Path.cwd()),
        info + "/METADATA": "Metadata-Version: 2.1\\nName: aigc-course\\nVersion: 1\\n",
        info + "/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\n"
        "Tag: py3-none-any\\n",
    }
    files[info + "/RECORD"] = "".join(f"{name},,\\n" for name in files)
    name = "aigc_course-1-py3-none-any.whl"
    with zipfile.ZipFile(Path(folder) / name, "w") as archive:
        for place, text in files.items():
            archive.writestr(place, text)
    return name
"""


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class Index:
    """What a served index was asked for, and its address."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.asked: list[str] = []

    @property
    def files(self) -> set[str]:
        """The names of the wheels that were fetched."""
        return {path.rsplit("/", 1)[1] for path in self.asked if path.endswith(".whl")}


@contextmanager
def served(folder: Path, delay: float = 0.0) -> Iterator[Index]:
    """Serve a folder of wheels as an index; each answer takes `delay` seconds."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            index.asked.append(self.path)
            time.sleep(delay)
            name = self.path.strip("/").rsplit("/", 1)[-1]
            if name.endswith(".whl"):
                self._answer((folder / name).read_bytes(), "application/zip")
            else:
                self._answer(self._page(name), "text/html")

        def do_HEAD(self) -> None:
            self.do_GET()

        def _page(self, name: str) -> bytes:
            module = name.replace("-", "_") + "-"
            paths = [p for p in folder.glob("*.whl") if p.name.startswith(module)]
            digests = [hashlib.sha256(p.read_bytes()).hexdigest() for p in paths]
            links = [
                f'<a href="/files/{p.name}#sha256={digest}">{p.name}</a>'
                for p, digest in zip(paths, digests, strict=True)
            ]
            return "<br>".join(links).encode()

        def _answer(self, body: bytes, kind: str) -> None:
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    index = Index(f"http://127.0.0.1:{server.server_address[1]}/simple")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield index
    finally:
        server.shutdown()
        server.server_close()


def variables(index: Index, folder: Path, **more: str) -> dict[str, str]:
    """An environment in which only this index exists, as a reader tells pip of it."""
    kept = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "PYTHONPATH", "LANG")
    made = {name: os.environ[name] for name in kept if name in os.environ}
    made |= {
        "HOME": str(folder),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": index.address,
        "PIP_CACHE_DIR": str(folder / "pip-cache"),
        "UV_CACHE_DIR": str(folder / "uv-cache"),
        "UV_NO_CONFIG": "1",
    }
    return made | more


def started(root: Path, environment: dict[str, str]) -> "subprocess.Popen[str]":
    """Start `make notebooks` in a small project, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, str(root / "tools" / "course.py"), "notebooks"],
        cwd=root,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def run(root: Path, environment: dict[str, str]) -> tuple[int, str]:
    """Run `make notebooks` in a small project: exit status, all that was printed."""
    process = started(root, environment)
    out, errors = process.communicate(timeout=500)
    return process.returncode, out + errors


def installed(root: Path) -> dict[str, str]:
    """The packages that .venv really has: those whose every file is there."""
    found = {}
    for record in (root / ".venv").rglob("*.dist-info/RECORD"):
        name, version = record.parent.name.removesuffix(".dist-info").split("-")
        paths = [line.split(",")[0] for line in record.read_text().splitlines()]
        if all((record.parent.parent / path).exists() for path in paths):
            found[name] = version
    return found
