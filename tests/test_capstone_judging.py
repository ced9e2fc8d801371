"""Judging whole submissions: the worked ones, hostile ones, and a class."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from aigc_course import data
from aigc_course.capstone import gates, loading, secret, submission, worked
from aigc_course.capstone import judge as judging
from aigc_course.cli import main
from aigc_course.errors import CourseError
from aigc_course.release.files import WHAT_RAN, harmless_pickle

FINDINGS = {"good": [], "untruthful": ["claim"], "overfitted": ["fooling"]}


@pytest.fixture(scope="module")
def one() -> secret.Judge:
    """A judge that was trained for a moment."""
    patch = pytest.MonkeyPatch()
    digits = data.subset(data.load("mnist", "train"), 600, 3).images
    patch.setattr(secret, "FAST_STEPS", 12)
    patch.setattr(secret, "FAST_DRAWN", 600)
    patch.setattr(
        secret, "yardsticks", lambda n: ((digits, 0.05), (255 - digits, 60.0))
    )
    yield secret.make("a secret of the tests", fast=True)
    patch.undo()


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Path:
    """The good worked submission."""
    return worked.unpack("good", tmp_path_factory.mktemp("worked") / "good")


def copied(good: Path, out: Path) -> Path:
    shutil.copytree(good, out)
    return out


# --- the worked submissions ---------------------------------------------------------


@pytest.mark.parametrize("name", worked.NAMES)
def test_a_shipped_verdict_finds_what_is_wrong_and_nothing_else(name):
    found = worked.verdict(name)
    kinds = list(dict.fromkeys(one.kind for one in found.findings))
    assert kinds == FINDINGS[name] and found.judged and found.brief == "A"
    assert (found.parts["claims"].points == 20) == (name != "untruthful")


def test_the_good_one_has_the_most_points():
    totals = {name: worked.verdict(name).total for name in worked.NAMES}
    assert max(totals, key=lambda name: totals[name]) == "good", totals


def test_the_worked_submissions_are_small():
    files = [one for one in worked.FOLDER.rglob("*") if one.is_file()]
    assert sum(one.stat().st_size for one in files) < 1_500_000


def test_the_good_submission_passes_every_public_gate(good):
    assert [one.message for one in gates.check(good) if not one.passed] == []


def test_weights_kept_with_8_bits_come_back_nearly():
    chance = torch.Generator().manual_seed(0)
    state = {
        "matrix": torch.randn(40, 50, generator=chance),
        "bias": torch.randn(40, generator=chance),
        "count": torch.tensor(7),
    }
    again = worked.widened(worked.squeezed(state))
    assert again.keys() == state.keys() and again["count"] == 7
    # half a step of the row's scale, and the rounding of float16
    step = state["matrix"].abs().amax(1, keepdim=True) / 127
    apart = (again["matrix"].float() - state["matrix"]).abs()
    assert (apart <= 0.501 * step + 2**-10 * state["matrix"].abs()).all()


def test_another_name_and_a_full_folder_are_refused(tmp_path):
    with pytest.raises(CourseError, match="no worked submission 'best'"):
        worked.unpack("best", tmp_path / "x")
    (tmp_path / "a").write_text("a")
    with pytest.raises(CourseError, match="not an empty folder"):
        worked.unpack("good", tmp_path)


# --- one submission -----------------------------------------------------------------


@pytest.mark.slow
def test_the_good_one_is_judged_in_this_process_and_its_claims_are_true(one, good):
    found = judging.judge(good, one)
    assert found.judged and all(claim.true for claim in found.claims)
    assert found.parts["claims"].points == 20, found.parts["claims"].why
    assert found.parts["robustness"].points == 15, found.parts["robustness"].why
    assert found.parts["evidence"].points == 15, found.parts["evidence"].why
    assert "verdict" in found.markdown().lower() and found.judge == one.sha256


class Recites(loading.Made):
    """Weights that hold training digits."""

    def _drawn(self, chance):
        train = data.load("mnist", "train").images
        rows = torch.randint(len(train), (loading.BLOCK,), generator=chance)
        return data.to_float(train[rows]), torch.full((loading.BLOCK,), -1)


@pytest.mark.slow
def test_weights_that_recite_get_no_points_for_quality_or_for_other_samples(one, good):
    found = judging.verdict_on(submission.read(good), one, Recites())
    assert {"copies", "samples"} <= set(found.cheats)
    assert found.parts["quality"].points == 0 and found.parts["claims"].points == 0


def pickled(folder: Path) -> None:
    harmless_pickle(folder / "model.safetensors")


def not_a_number(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    state = load_file(folder / "model.safetensors")
    one = next(value for value in state.values() if value.is_floating_point())
    one.view(-1)[0] = float("nan")
    save_file(state, folder / "model.safetensors")


def objects(folder: Path) -> None:
    np.save(folder / "samples.npy", np.array([print], object), allow_pickle=True)


def script(folder: Path) -> None:
    with (folder / "card.md").open("a") as file:
        file.write("<script>alert(1)</script>")


def other_model(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "model": "vae"}))


@pytest.mark.parametrize("harm", [pickled, not_a_number, objects, script, other_model])
def test_a_hostile_submission_is_refused_in_a_sentence_and_nothing_runs(
    one, good, tmp_path, harm
):
    harm(place := copied(good, tmp_path / "x"))
    before = list(WHAT_RAN)
    found = judging.judge(place, one, confined=False)
    assert not found.judged and found.total == 0 and before == WHAT_RAN
    assert "<script" not in found.markdown()
    assert found.findings[0].sentence.endswith(".")


@pytest.mark.slow
def test_a_process_of_its_own_gives_the_same_refusal(one, good, tmp_path):
    pickled(place := copied(good, tmp_path / "x"))
    apart, here = (judging.judge(place, one, confined=way) for way in (True, False))
    assert apart.findings == here.findings and not apart.judged


# --- a class, by the command --------------------------------------------------------


def run(*words: object) -> None:
    main([str(word) for word in words], standalone_mode=False)


def test_a_class_gets_verdicts_and_a_board(one, good, tmp_path, capsys):
    one.save(tmp_path / "judge")
    handed = tmp_path / "handed"
    for number in range(2):
        pickled(copied(good, handed / f"learner-{number}"))
    with pytest.raises(SystemExit) as ended:
        run("judge", "run", handed, "--judge", tmp_path / "judge")
    assert ended.value.code == 2
    judged = judging.judge_all(
        judging.submissions(handed), secret.read(tmp_path / "judge"), tmp_path / "out"
    )
    assert len(judged) == 2
    for name in ("learner-0", "learner-1"):
        kept = json.loads((tmp_path / "out" / name / "verdict.json").read_text())
        assert kept["name"] == name and kept["total"] == 0
    assert "learner-1" in (tmp_path / "out/board.csv").read_text()
    assert "<script" not in (tmp_path / "out/board.html").read_text()
    # a second judging may replace the first one's board, and nothing else
    (tmp_path / "out" / "mine.txt").write_text("x")
    with pytest.raises(CourseError, match="holds other things"):
        judging.judge_all([handed / "learner-0"], one, tmp_path / "out")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("run", "nowhere", "--judge", "j", "--out", "o"), "no file or folder nowhere"),
        (("make", "--seed", "short", "--out", "j"), "8 or more characters"),
        (("check", "j", "--sha", "00"), "holds no judge"),
        (("example", "best", "--out", "x"), "no worked submission"),
    ],
)
def test_bad_words_end_in_one_sentence(words, sentence, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        run("judge", *words)
    said = capsys.readouterr().err
    assert ended.value.code == 2 and sentence in said and said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
