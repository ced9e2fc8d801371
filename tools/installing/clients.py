"""How uv and pip are asked, and how what pip was told of mirrors reaches uv."""

import ast
import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from installing import place
from installing.machine import PYPI

OLDEST_UV = (0, 8)  # from here on `--torch-backend` is no preview

# pip's setting: uv's variable, and what stands between several values there
SETTINGS = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "client-cert": ("SSL_CLIENT_CERT", " "),
    "proxy": ("ALL_PROXY", " "),
    "default-timeout": ("UV_HTTP_TIMEOUT", " "),
    "timeout": ("UV_HTTP_TIMEOUT", " "),
    "no-index": ("UV_NO_INDEX", " "),
}
OLD_NAMES = {"UV_DEFAULT_INDEX": "UV_INDEX_URL", "UV_INDEX": "UV_EXTRA_INDEX_URL"}
WEAKEST_FIRST = ("global", "install", ":env:")


def pip_settings(python: Path) -> dict[str, str]:
    """What `pip config list` says, the stronger section over the weaker."""
    asked = subprocess.run(
        [str(python), "-m", "pip", "config", "list"], capture_output=True, text=True
    )
    lines = re.findall(r"^(global|install|:env:)\.([\w-]+)=(.+)$", asked.stdout, re.M)
    found: dict[str, str] = {}
    for section in WEAKEST_FIRST:
        found |= {key: ast.literal_eval(v) for s, key, v in lines if s == section}
    return found


def has_pip() -> bool:
    """Whether this Python has a pip, that knows of mirrors and the like."""
    return find_spec("pip") is not None


def environment(settings: dict[str, str], own: dict[str, str]) -> dict[str, str]:
    """The variables for uv: pip's settings, and over them what the reader set for uv.

    own: the variables of this process. pip takes the best version of any index, uv by
    itself the first index that knows a package: with a second index uv is told to do
    as pip does, which the hashes make safe.
    """
    made = dict(own)
    for key, value in settings.items():
        variable, separator = SETTINGS.get(key, ("", ""))
        if variable and not {variable, OLD_NAMES.get(variable, variable)} & set(own):
            made[variable] = separator.join(value.split())
    if "UV_INDEX" in made or "UV_EXTRA_INDEX_URL" in made:
        made.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    return made


def uv(root: Path) -> str | None:
    """A uv that is new enough, from the PATH or .venv; None where there is none."""
    suffix = ".exe" if os.name == "nt" else ""
    for program in (shutil.which("uv"), str(place.scripts(root) / f"uv{suffix}")):
        if program and _version(program) >= OLDEST_UV:
            return program
    return None


def uv_install(uv: str, root: Path, torch: str = PYPI) -> list[str]:
    """The beginning of a command with which uv installs into .venv."""
    command = [uv, "pip", "install", "--python", str(place.interpreter(root))]
    if "://" in torch:
        return [*command, "--index", torch, "--index-strategy", "unsafe-best-match"]
    return command if torch == PYPI else [*command, "--torch-backend", torch]


def pip_install(root: Path) -> list[str]:
    """The beginning of a command with which pip installs into .venv."""
    python = str(place.interpreter(root))
    return [python, "-m", "pip", "install", "--progress-bar", "off", "--no-input"]


def _version(program: str) -> tuple[int, ...]:
    try:
        told = subprocess.run([program, "--version"], capture_output=True, text=True)
    except OSError:
        return ()
    found = re.search(r"(\d+)\.(\d+)", told.stdout)
    return tuple(map(int, found.groups())) if found else ()
