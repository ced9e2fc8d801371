"""The story of an installation, from nothing to a .venv that can be trusted."""

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from installing import clients, pinned, place, watch
from installing import machine as machines
from installing.errors import Failed
from installing.machine import PYPI

PATIENCE = 9.0  # seconds in which PyTorch's own index must answer
UNREACHED = "PyTorch's own index cannot be reached"
NO_UV = "uv, which is faster and can choose a small torch, is not to be had here"
BIG = (
    "{}, so torch comes from PyPI; on Linux that one has CUDA for NVIDIA cards inside,"
    " {} GB to download."
)


def set_up(kind: str, root: Path) -> None:
    """Install the course into .venv where it is not there or the pins changed.

    kind: base or dev. Raises Failed, with a sentence.
    """
    if place.is_ready(kind, root):
        return
    machine = machines.here()
    if refused := machines.refusal(machine):
        raise Failed(refused)
    torch = machines.backend(machine, os.environ.get("AIGC_TORCH", ""))
    with place.alone(root) as lock:
        if place.is_ready(kind, root):
            return
        start = time.monotonic()
        if not place.is_usable(root):
            download, disk = machines.sizes(machine, torch)
            machines.room(root, disk)
            _say(
                f"Installing into .venv, the first time: about {download} GB to"
                f" download, {download * 160:.0f} s at 50 Mbit/s, then a minute or two."
            )
            _new(root, lock)
        Installation(kind, root, machine, lock).run(torch)
        place.finished(kind, root)
        _say(f"Installed in {time.monotonic() - start:.0f} s.")


class Installation:
    """One attempt to bring .venv to the pins, by whatever client and index there is."""

    def __init__(
        self, kind: str, root: Path, machine: machines.Machine, lock: IO[str]
    ) -> None:
        self.kind, self.root, self.machine, self.lock = kind, root, machine, lock
        settings = clients.pip_settings(Path(sys.executable))
        self.variables = clients.environment(settings, dict(os.environ))
        self.no_index = ["--no-index"] if "UV_NO_INDEX" in self.variables else []

    def run(self, torch: str) -> None:
        """Install. Raises Failed; then .venv is what it was, or is marked."""
        place.marker(self.root).touch()
        uv = clients.uv(self.root) or self._get_uv()
        before = place.contents(self.root)
        try:
            self._packages(uv, torch)
            self._course(uv)
        except Failed:
            if place.contents(self.root) == before:  # nothing was touched
                place.marker(self.root).unlink()
            raise

    def _packages(self, uv: str | None, torch: str) -> None:
        if torch != PYPI:
            if uv and self._is_reached(uv, torch):
                ended = self._by_uv(uv, torch)
                if ended.worked:
                    return
                _stop_at(ended, watch.CHANGED, watch.DISK)
            if os.environ.get("AIGC_TORCH"):
                raise Failed(
                    f"The torch that AIGC_TORCH={torch} names cannot be installed:"
                    " check the network, or leave AIGC_TORCH out."
                )
            download, disk = machines.sizes(self.machine, PYPI)
            _say(BIG.format(UNREACHED if uv else NO_UV, download))
            machines.room(self.root, disk)
        if uv:
            ended = self._by_uv(uv, PYPI)
            if ended.worked:
                return
            _stop_at(ended, *watch.FINAL)
            _say("uv could not do it; pip tries.")
            self._watched([str(place.interpreter(self.root)), "-m", "ensurepip"])
        ended = self._by_pip()
        if not ended.worked:
            _stop_at(ended, *watch.FINAL)
            raise Failed(_unknown(ended))

    def _course(self, uv: str | None) -> None:
        """Install the course itself, from this folder and without a network."""
        start = (
            clients.uv_install(uv, self.root) if uv else clients.pip_install(self.root)
        )
        itself = ["--no-deps", "--no-build-isolation", "--editable", str(self.root)]
        ended = self._watched([*start, *itself])
        if not ended.worked:
            _stop_at(ended, watch.CHANGED, watch.DISK)
            raise Failed(_unknown(ended))

    def _get_uv(self) -> str | None:
        with _file(pinned.uv(self.root)) as wanted:
            command = [*clients.pip_install(self.root), "--retries", "1", "--quiet"]
            command += ["--require-hashes", "--only-binary", ":all:", "-r", wanted]
            ended = self._watched(command, shown=False)
        if not ended.worked:
            _stop_at(ended, *watch.FINAL)
        return clients.uv(self.root)

    def _is_reached(self, uv: str, torch: str) -> bool:
        """Whether the index of this torch answers soon; nothing is installed."""
        command = clients.uv_install(uv, self.root, torch)
        command += ["--dry-run", "--no-deps", *pinned.torch(self.root)]
        variables = {"UV_HTTP_RETRIES": "0", "UV_HTTP_TIMEOUT": "8"}
        return self._watched(command, variables, PATIENCE, shown=False).worked

    def _by_uv(self, uv: str, torch: str) -> watch.Ended:
        is_pypi = torch == PYPI
        text = (pinned.whole if is_pypi else pinned.without_torch)(self.root, self.kind)
        with _file(text) as wanted:
            command = clients.uv_install(uv, self.root, torch)
            command += ["--only-binary", ":all:", *self.no_index, "-r", wanted]
            if is_pypi:
                command += ["--require-hashes", "--no-deps"]
            return self._watched(command)

    def _by_pip(self) -> watch.Ended:
        with _file(pinned.whole(self.root, self.kind)) as wanted:
            command = [*clients.pip_install(self.root), "--no-deps", "--require-hashes"]
            return self._watched([*command, "--only-binary", ":all:", "-r", wanted])

    def _watched(
        self,
        command: list[str],
        more: dict[str, str] | None = None,
        limit: float | None = None,
        shown: bool = True,
    ) -> watch.Ended:
        variables = {**self.variables, **(more or {})}
        return watch.run(command, self.root, variables, limit, self.lock, shown)


def _new(root: Path, lock: IO[str]) -> None:
    """Make .venv anew, marked. Raises Failed."""
    place.emptied(root)
    command = [sys.executable, "-m", "venv", str(root / ".venv")]
    # uv needs no pip, and brings the one that is pinned
    command += ["--without-pip"] if clients.uv(root) and clients.has_pip() else []
    ended = watch.run(command, root, dict(os.environ), lock=lock)
    if not ended.worked:
        _stop_at(ended, watch.CHANGED, watch.DISK)
        raise Failed(
            "This Python cannot make a virtual environment; on Debian and Ubuntu"
            " `sudo apt install python3-venv` brings what is missing."
        )


@contextlib.contextmanager
def _file(text: str) -> Iterator[str]:
    """The path of a file that holds a text while it is needed."""
    handle, path = tempfile.mkstemp(suffix=".txt", prefix="aigc-pins-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        yield path
    finally:
        Path(path).unlink()


def _stop_at(ended: watch.Ended, *reasons: str) -> None:
    """Raises Failed where the command failed for one of these reasons."""
    if ended.reason in reasons:
        raise Failed(ended.reason)


def _unknown(ended: watch.Ended) -> str:
    last = "\n".join(ended.text.strip().splitlines()[-12:])
    return f"The installation failed; its last lines say why:\n{last}"


def _say(text: str) -> None:
    print(text, flush=True)
