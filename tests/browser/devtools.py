"""Chromium and JupyterLab for a test: started here, spoken to over their sockets.

The browser is driven through its DevTools protocol by way of websocket-client, which
comes with JupyterLab: nothing else is to be installed.
"""

import base64
import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import websocket

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
QUIET = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
    "--remote-allow-origins=*",
    "--window-size=1300,1150",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
KEYS = {" ": ("Space", 32), "Enter": ("Enter", 13), "ArrowRight": ("ArrowRight", 39)}
MISSING = """\
There is no Chromium on this machine, so the labs cannot be tried in one.
  Debian, Ubuntu      sudo apt install chromium
  macOS               brew install --cask chromium
  Windows             Edge is one already: set AIGC_BROWSER to its path
AIGC_BROWSER names the program where it is not found by itself."""
WAIT = 90.0  # seconds for anything to happen on a slow machine


def browser() -> str | None:
    """The program to start: $AIGC_BROWSER, or the first Chromium that is found."""
    found = (shutil.which(name) for name in NAMES)
    mac = str(MAC) if MAC.exists() else None
    return os.environ.get("AIGC_BROWSER") or next(filter(None, found), mac)


def until(condition: Callable[[], Any], what: str, seconds: float = WAIT) -> Any:
    """The first true answer of `condition`. Raises TimeoutError, naming `what`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := condition():
            return answer
        time.sleep(0.1)
    raise TimeoutError(f"Waited {seconds:.0f} s for {what}.")


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


class Page:
    """A browser tab: JavaScript, mouse, keys, screenshots."""

    def __init__(self, address: str) -> None:
        self.socket = websocket.create_connection(address, timeout=WAIT)
        self.serial = 0
        self.complaints: list[str] = []
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command, return its result; notes exceptions that pages threw."""
        self.serial += 1
        message = {"id": self.serial, "method": method, "params": parameters}
        self.socket.send(json.dumps(message))
        while (answer := json.loads(self.socket.recv())).get("id") != self.serial:
            self.notice(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer.get("result", {})

    def notice(self, event: dict[str, Any]) -> None:
        """Keep what a page complains of; leave a page that asks whether one may."""
        if event.get("method") == "Runtime.exceptionThrown":
            details = event["params"]["exceptionDetails"]
            thrown = details.get("exception", {}).get("description", "")
            self.complaints.append(thrown or details["text"])
        if event.get("method") == "Page.javascriptDialogOpening":
            accept = {"method": "Page.handleJavaScriptDialog", "id": 0}
            self.socket.send(json.dumps({**accept, "params": {"accept": True}}))

    def js(self, expression: str) -> Any:
        """The value of a JavaScript expression; a promise is waited for."""
        found = self.call(
            "Runtime.evaluate",
            expression=expression,
            returnByValue=True,
            awaitPromise=True,
        )
        if "exceptionDetails" in found:
            raise RuntimeError(f"{expression}: {found['exceptionDetails']}")
        return found["result"].get("value")

    def place(self, selector: str) -> tuple[float, float]:
        """Middle of the first element that matches, scrolled into view."""
        quoted = json.dumps(selector)
        box = until(
            lambda: self.js(
                f"(() => {{ const e = document.querySelector({quoted});"
                " if (!e) return null; e.scrollIntoView({block: 'nearest'});"
                " const b = e.getBoundingClientRect();"
                " return [b.x + b.width / 2, b.y + b.height / 2]; })()"
            ),
            selector,
        )
        return box[0], box[1]

    def mouse(self, kind: str, x: float, y: float, buttons: int = 1) -> None:
        self.call(
            "Input.dispatchMouseEvent",
            type=kind,
            x=x,
            y=y,
            button="left",
            buttons=buttons,
            clickCount=1,
        )

    def click(self, selector: str) -> None:
        """Press and release the mouse on an element."""
        x, y = self.place(selector)
        self.mouse("mousePressed", x, y)
        self.mouse("mouseReleased", x, y, buttons=0)

    def drag(self, places: list[tuple[float, float]]) -> None:
        """Move the pressed mouse from place to place."""
        self.mouse("mousePressed", *places[0])
        for place in places[1:]:
            self.mouse("mouseMoved", *place)
        self.mouse("mouseReleased", *places[-1], buttons=0)

    def key(self, key: str, modifiers: int = 0) -> None:
        """Press and release a key; modifiers: 2 Control, 8 Shift."""
        code, number = KEYS.get(key, (f"Key{key.upper()}", ord(key[0].upper())))
        named: dict[str, Any] = {"key": key, "code": code, "modifiers": modifiers}
        named["windowsVirtualKeyCode"] = number
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        if text and not modifiers:
            named["text"] = text
        self.call("Input.dispatchKeyEvent", type="keyDown", **named)
        self.call("Input.dispatchKeyEvent", type="keyUp", **named)

    def screenshot(self, path: Path) -> None:
        """Save what is seen as PNG."""
        picture = self.call("Page.captureScreenshot", format="png")["data"]
        path.write_bytes(base64.b64decode(picture))


@contextlib.contextmanager
def chromium(program: str, folder: Path) -> Iterator[Page]:
    """A fresh browser without a window, and its first tab."""
    profile = folder / "profile"
    command = [program, *QUIET, f"--user-data-dir={profile}", "about:blank"]
    with running(command, folder / "chromium.log"):
        port_file = profile / "DevToolsActivePort"
        until(lambda: port_file.exists() and port_file.read_text(), "the browser")
        port = port_file.read_text().split()[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
            tabs = [tab for tab in json.load(answer) if tab["type"] == "page"]
        yield Page(tabs[0]["webSocketDebuggerUrl"])


@contextlib.contextmanager
def jupyterlab(folder: Path) -> Iterator[str]:
    """A JupyterLab over the notebooks in `folder`; gives its address with %s."""
    runtime, settings = folder / "runtime", folder / "settings"
    news = settings / "lab/@jupyterlab/apputils-extension"
    news.mkdir(parents=True)
    (news / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += ["--ServerApp.port=0", "--IdentityProvider.token=aigc"]
    command += [f"--ServerApp.root_dir={folder}"]
    own = {
        "AIGC_FAST": "",
        "OMP_NUM_THREADS": "",  # as a reader's kernel has it
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "JUPYTER_CONFIG_DIR": str(settings),
        "JUPYTERLAB_SETTINGS_DIR": str(settings / "lab"),
        "JUPYTERLAB_WORKSPACES_DIR": str(settings / "workspaces"),
    }
    with running(command, folder / "jupyterlab.log", **own):
        (found,) = until(lambda: list(runtime.glob("jpserver-*.json")), "JupyterLab")
        address = until(lambda: json.loads(found.read_text() or "{}"), "its address")
        yield f"{address['url']}lab/tree/%s?token=aigc&reset"


if __name__ == "__main__" and browser() is None:
    sys.exit(MISSING)
