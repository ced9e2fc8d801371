"""`aigc train captions`, and `aigc sample RUN --prompt "…"`."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aigc_course import cli, models

pytestmark = pytest.mark.skipif(
    "captions" not in models.names(), reason="captions are not registered"
)


def aigc(*words: object) -> Result:
    return CliRunner().invoke(cli.main, [str(word) for word in words])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "captions"
    done = aigc(
        *("train", "captions", "--data", "digits", "--steps", 3, "--out", folder),
        "--quiet",
    )
    assert done.exit_code == 0, done.output
    return folder


def test_a_prompt_says_what_to_draw(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "scenes.png"
    prompt = "a thin slanted 3 left of a 7"
    done = aigc("sample", run, "--prompt", prompt, "--n", 4, "--out", out)
    assert done.exit_code == 0 and out.exists(), done.output
    done = aigc("sample", run, "--label", 3, "--n", 2, "--out", tmp_path / "3.npy")
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("prompt", ["a red 3", "", "3 left of", "a 3 on a 7"])
def test_a_prompt_that_is_no_caption_is_refused(
    run: Path, tmp_path: Path, prompt: str
) -> None:
    out = tmp_path / "scenes.png"
    done = aigc("sample", run, "--prompt", prompt, "--n", 4, "--out", out)
    assert done.exit_code == 2 and not any(tmp_path.iterdir())
    assert done.stderr.startswith("aigc: ") and done.stderr.count("\n") == 1
