"""`aigc demo` replaces an earlier demo, and nothing else."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from aigc_course import cli


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the commands that the demo calls; they do nothing."""
    names: list[str] = []

    def noting(command: str) -> Callable[..., None]:
        return lambda **_: names.append(command)

    for name in ("train", "sample", "evaluate"):
        monkeypatch.setattr(cli.main.commands[name], "callback", noting(name))
    return names


def test_demo_removes_runs_and_nothing_else(tmp_path: Path, called: list[str]) -> None:
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "thesis.txt").write_text("precious")
    asked = ["demo", "--out", str(folder)]
    refused = CliRunner().invoke(cli.main, asked)
    assert refused.exit_code == 2 and "is not a run of this course" in refused.output
    assert (folder / "thesis.txt").exists() and called == []
    (folder / "config.json").write_text("{}")
    assert CliRunner().invoke(cli.main, asked).exit_code == 0
    assert not folder.exists() and called == ["train", "sample", "evaluate"]
    folder.write_text("a file")
    assert CliRunner().invoke(cli.main, asked).exit_code == 2
