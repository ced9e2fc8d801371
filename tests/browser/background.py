"""Programs in the background, and patience with an end."""

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

WAIT = 60.0  # seconds for anything to happen on a slow machine
OPENING = 180.0  # for a program to start, or a kernel to load torch, on a busy one


def until(condition: Callable[[], Any], what: str, seconds: float = WAIT) -> Any:
    """The first true answer of `condition`. Raises TimeoutError, naming `what`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := condition():
            return answer
        time.sleep(0.1)
    raise TimeoutError(f"Waited {seconds:.0f} s for {what}.")


def ask(address: str, method: str = "GET") -> Any:
    """What a server on this machine answers: JSON, or None where it is none."""
    request = urllib.request.Request(address, method=method)
    with urllib.request.urlopen(request, timeout=WAIT) as answer:
        text = answer.read()
    try:
        return json.loads(text)
    except ValueError:
        return None


@contextlib.contextmanager
def running(command: list[str], log: Path, **variables: str) -> Iterator[None]:
    """A program in the background, ended with the block; its output goes to `log`.

    variables: added to the environment; an empty one is taken out of it.
    """
    environment = {**os.environ, **variables}
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={name: value for name, value in environment.items() if value},
        )
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Server:
    """A JupyterLab over the notebooks in `folder`."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url

    def address(self, notebook: str) -> str:
        """Where a notebook is opened, with nothing beside it."""
        return f"{self.url}lab/tree/{notebook}?token=aigc&reset"

    def end_kernels(self) -> None:
        """Shut down every kernel: who comes next has the machine for itself."""
        for kernel in ask(f"{self.url}api/kernels?token=aigc"):
            ask(f"{self.url}api/kernels/{kernel['id']}?token=aigc", "DELETE")


@contextlib.contextmanager
def jupyterlab(folder: Path) -> Iterator[Server]:
    """A JupyterLab with settings of its own, ended with the block."""
    runtime, settings = folder / "runtime", folder / "settings"
    news = settings / "lab/@jupyterlab/apputils-extension"
    news.mkdir(parents=True)
    (news / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += ["--ServerApp.port=0", "--IdentityProvider.token=aigc"]
    command += [f"--ServerApp.root_dir={folder}", "--LabApp.expose_app_in_browser=True"]
    own = {
        "AIGC_FAST": "",
        "OMP_NUM_THREADS": "",  # as a reader's kernel has it
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "JUPYTER_CONFIG_DIR": str(settings),
        "JUPYTERLAB_SETTINGS_DIR": str(settings / "lab"),
        "JUPYTERLAB_WORKSPACES_DIR": str(settings / "workspaces"),
    }
    with running(command, folder / "jupyterlab.log", **own):
        name = "jpserver-*.json"
        files = until(lambda: [*runtime.glob(name)], "JupyterLab", OPENING)
        address = until(lambda: _read(files[0]), "its address")
        yield Server(folder, address["url"])


def _read(path: Path) -> Any:
    """The JSON in a file that another program may still be writing, or None."""
    try:
        return json.loads(path.read_text())
    except ValueError:
        return None
