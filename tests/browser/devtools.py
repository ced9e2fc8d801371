"""Chromium for a test: tabs, mouse, keys, screenshots.

The browser is driven through its DevTools protocol by way of websocket-client, which
comes with JupyterLab: nothing else is to be installed.
"""

import base64
import contextlib
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import websocket
from background import OPENING, WAIT, ask, running, until

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
KEYS = {" ": ("Space", 32), "Enter": ("Enter", 13)}
ARROWS = ("ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown")
KEYS |= {name: (name, number) for number, name in enumerate(ARROWS, start=37)}
MIDDLE = """(selector) => {
  const element = document.querySelector(selector);
  if (!element) return null;
  element.scrollIntoView({ block: "nearest" });
  const { x, y, width, height } = element.getBoundingClientRect();
  const middle = [x + width / 2, y + height / 2];
  return element.contains(document.elementFromPoint(...middle)) ? middle : null;
}"""
MISSING = """\
There is no Chromium on this machine, so the labs cannot be tried in one.
  Debian, Ubuntu      sudo apt install chromium
  macOS               brew install --cask chromium
  Windows             Edge is one already: set AIGC_BROWSER to its path
AIGC_BROWSER names the program where it is not found by itself."""


def browser() -> str | None:
    """The program to start: $AIGC_BROWSER, or the first Chromium that is found."""
    found = (shutil.which(name) for name in NAMES)
    mac = str(MAC) if MAC.exists() else None
    return os.environ.get("AIGC_BROWSER") or next(filter(None, found), mac)


class Page:
    """A browser tab: JavaScript, mouse, keys, screenshots."""

    def __init__(self, address: str) -> None:
        self.socket = websocket.create_connection(address, timeout=WAIT)
        self.serial = 0
        self.complaints: list[str] = []
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command, return its result; notes exceptions that pages threw.

        Raises TimeoutError where none comes, RuntimeError where it is a refusal.
        """
        self.serial += 1
        message = {"id": self.serial, "method": method, "params": parameters}
        self.socket.send(json.dumps(message))
        answer = self.answer(method)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer.get("result", {})

    def answer(self, method: str) -> dict[str, Any]:
        """The answer to the last command; what comes before it is taken note of."""
        end = time.monotonic() + WAIT
        while time.monotonic() < end:
            with contextlib.suppress(websocket.WebSocketTimeoutException):
                answer = json.loads(self.socket.recv())
                if answer.get("id") == self.serial:
                    return answer
                self.notice(answer)
        raise TimeoutError(f"The browser did not answer {method} in {WAIT:.0f} s.")

    def notice(self, event: dict[str, Any]) -> None:
        """Keep what a page complains of; leave a page that asks whether one may."""
        if event.get("method") == "Runtime.exceptionThrown":
            details = event["params"]["exceptionDetails"]
            thrown = details.get("exception", {}).get("description", "")
            where = f"{details.get('url', '')}:{details['lineNumber']}"
            self.complaints.append(f"{details['text']} {thrown} ({where})")
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
        """Middle of the first element that matches, in view and with nothing on it."""
        find = f"({MIDDLE})({json.dumps(selector)})"
        x, y = until(lambda: self.js(find), f"{selector} with nothing in front of it")
        return x, y

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


class Browser:
    """A browser without a window, with its settings in a folder of its own."""

    def __init__(self, port: str) -> None:
        self.json = f"http://127.0.0.1:{port}/json"

    @contextlib.contextmanager
    def tab(self) -> Iterator[Page]:
        """A fresh tab in front of all others, closed with the block."""
        found = ask(f"{self.json}/new?about:blank", "PUT")
        with Page(found["webSocketDebuggerUrl"]) as page:
            yield page
        ask(f"{self.json}/close/{found['id']}")


@contextlib.contextmanager
def chromium(program: str, folder: Path) -> Iterator[Browser]:
    """A fresh browser, ended with the block."""
    profile = folder / "profile"
    command = [program, *QUIET, f"--user-data-dir={profile}", "about:blank"]
    with running(command, folder / "chromium.log"):
        port_file = profile / "DevToolsActivePort"
        started = port_file.exists
        port = until(
            lambda: started() and port_file.read_text(), "the browser", OPENING
        )
        yield Browser(port.split()[0])


if __name__ == "__main__" and browser() is None:
    sys.exit(MISSING)
