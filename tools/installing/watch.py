"""Run an installer: say what it is doing, and in a sentence why it failed."""

import os
import queue
import re
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

HEARTBEAT = 15.0  # seconds of silence after which a line says that it goes on

DISK = "The disk is full: make room and run the same command again."
NETWORK = (
    "The package index cannot be reached: check the network, and a proxy or mirror"
    " where you need one (`pip config list` shows pip's), then run the command again."
)
CHANGED = (
    "The package index sent a file that is not the one in pins.txt: use another mirror,"
    " or report it; nothing of it was installed."
)
# what uv and pip say, lower case; the first that is found decides
REASONS = (
    (CHANGED, ("hash mismatch", "do not match the hashes")),
    (DISK, ("no space left", "disk quota", "os error 28", "errno 28", "errno 122")),
    (
        NETWORK,
        (
            "dns error",
            "failed to lookup address",
            "name resolution",
            "name or service not known",
            "getaddrinfo failed",
            "connection refused",
            "connection reset",
            "connection broken",
            "connection error",
            "network is unreachable",
            "errno 101",
            "timed out",
            "timeout",
            "error sending request",
            "tunnel",
            "tcp connect error",
        ),
    ),
)
FINAL = (CHANGED, DISK, NETWORK)  # another client would meet the same
SHOWN = re.compile(r"^\s*(Downloading|Installing collected|Prepared|Installed)\b.*")


@dataclass(frozen=True)
class Ended:
    """How a command ended. code: its exit status, None where it was out of time."""

    code: int | None
    text: str

    @property
    def worked(self) -> bool:
        """Whether the command did what it should."""
        return self.code == 0

    @property
    def reason(self) -> str:
        """Why it failed, in a sentence; empty where its output does not tell."""
        said = self.text.lower()
        found = (
            sentence for sentence, signs in REASONS if any(s in said for s in signs)
        )
        return next(found, NETWORK if self.code is None else "")


def run(
    command: list[str],
    root: Path,
    environment: dict[str, str],
    limit: float | None = None,
    lock: IO[str] | None = None,
    shown: bool = True,
) -> Ended:
    """Run a command to its end, telling what it downloads and that it is alive.

    limit: seconds, after which it is stopped. lock: held by the command too, so that
    nobody else works in .venv while it lives, whatever becomes of this process.
    """
    start = time.monotonic()
    inherited = [lock.fileno()] if lock and os.name == "posix" else []
    process = subprocess.Popen(
        command,
        cwd=root,
        env=environment,
        text=True,
        encoding="utf-8",
        errors="replace",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=inherited,
    )
    lines: queue.Queue[str | None] = queue.Queue()
    reader = threading.Thread(target=_read, args=(process, lines), daemon=True)
    reader.start()
    said: list[str] = []
    under_way: list[str] = []
    beat = start
    try:
        while True:
            now = time.monotonic()
            if limit is not None and now - start > limit:
                return Ended(None, "".join(said))
            try:
                line = lines.get(timeout=0.1)
            except queue.Empty:
                if shown and now - beat > HEARTBEAT:
                    beat = now
                    what = f": {', '.join(under_way[:3])}" if under_way else ""
                    print(
                        f"  still at work after {now - start:.0f} s{what}", flush=True
                    )
                continue
            if line is None:
                return Ended(process.wait(), "".join(said))
            said.append(line)
            _follow(line, under_way)
            if shown and (found := SHOWN.match(line)):
                beat = now
                print(f"  {found[0].strip()[:76]}", flush=True)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        reader.join(timeout=2)  # what it started may keep the pipe open


def _follow(line: str, under_way: list[str]) -> None:
    """Keep the names of what uv is downloading."""
    words = line.split()
    if len(words) > 1 and words[0] == "Downloading":
        under_way.append(words[1])
    elif len(words) > 1 and words[0] == "Downloaded" and words[1] in under_way:
        under_way.remove(words[1])


def _read(process: "subprocess.Popen[str]", lines: "queue.Queue[str | None]") -> None:
    assert process.stdout
    with process.stdout:
        for line in process.stdout:
            lines.put(line)
    lines.put(None)
