"""What the project trusts is pinned, and what SECURITY.md says is so."""

import hashlib
import re
from pathlib import Path

import checksums
import pytest

ROOT = Path(__file__).resolve().parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit_with_their_version(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    used = re.findall(r"uses: (.*)", text)
    assert used
    for action in used:
        assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action
    checkouts = text.count("actions/checkout@")
    assert text.count("persist-credentials: false") == checkouts
    assert "contents: read" in text and "pull_request_target" not in text
    installs = re.findall(r"pip install .*", text)
    assert all("--require-hashes" in line for line in installs)


def test_ci_runs_every_python_on_linux_and_the_ends_elsewhere() -> None:
    text = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert set(re.findall(r'"(3\.\d\d)"', text)) == {"3.11", "3.12", "3.13", "3.14"}
    assert {"ubuntu", "macos", "windows"} <= set(re.findall(r"(\w+)-latest", text))
    for needed in (
        "make test",
        "python tools/pins.py check",
        "python tools/pins.py step",
    ):
        assert f"run: {needed}\n" in text
    assert "pip-audit" in text and "schedule:" in text


def test_tools_of_ci_have_hashes() -> None:
    text = (ROOT / ".github" / "tools.txt").read_text(encoding="utf-8")
    pins = re.findall(r"^[\w.-]+==.*\n(?: .*\n)*", text, re.M)
    assert pins and all("--hash=sha256:" in pin for pin in pins)
    assert {"uv", "pip-audit"} <= {pin.split("==")[0] for pin in pins}
    # the uv that checks the pins is the one that installs them
    (uv,) = re.findall(r"^uv==\S+", text, re.M)
    assert f"\n{uv}\n" in (ROOT / "constraints.txt").read_text(encoding="utf-8")


def test_the_checksums_are_those_of_the_files() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert checksums.with_table(text) == text
    rows = re.findall(r"\| `(aigc_course/\S+)` \| [\d,]+ \| `([0-9a-f]{64})` \|", text)
    shipped = [*(ROOT / "aigc_course").rglob("*.safetensors")]
    assert {ROOT / name for name, _ in rows} >= set(shipped)
    for name, digest in rows:
        assert hashlib.sha256((ROOT / name).read_bytes()).hexdigest() == digest
