"""Runs of language models: what is kept, exact resuming, commands, and bad input."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file

from aigc_course import cli, models
from aigc_course.attention import Characters, NextToken, recipes
from aigc_course.classical import floors as counted
from aigc_course.data.sequences import own
from aigc_course.errors import CourseError
from aigc_course.runs import Run
from aigc_course.runs.language import LanguageRun

SENTENCE = "the cat sat on the mat, and the dog sat on the cat. "


@pytest.fixture(scope="module")
def small() -> recipes.Recipe:
    shape = {"context": 16, "width": 16, "layers": 1, "heads": 2, "dropout": 0.1}
    return replace(
        recipes.RECIPES["tiny-lm", "fast"], shape=shape, batch_size=4, bf16=False
    )


@pytest.fixture(autouse=True)
def small_recipes(monkeypatch: pytest.MonkeyPatch, small: recipes.Recipe) -> None:
    """A network that learns in a blink stands in for both models."""
    known = {**models.known(), ("tiny-lm", "fast"): small}
    monkeypatch.setattr(models, "known", lambda: known)


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("text") / "my cats.txt"
    path.write_text(SENTENCE * 40, encoding="utf-8")
    return path


def aigc(*words: object, code: int = 0) -> str:
    done = CliRunner().invoke(cli.main, [str(word) for word in words])
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    return done.output


def trained(mine: Path, out: Path, *more: object, steps: int = 20) -> LanguageRun:
    words = ["train", "tiny-lm", "--out", out, "--quiet", "--threads", 1]
    aigc(*words, "--text", mine, "--steps", steps, *more)
    run = Run.open(out)
    assert isinstance(run, LanguageRun)
    return run


@pytest.fixture(scope="module")
def finished(
    mine: Path, small: recipes.Recipe, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "cats"
    with pytest.MonkeyPatch.context() as patch:
        known = {**models.known(), ("tiny-lm", "fast"): small}
        patch.setattr(models, "known", lambda: known)
        trained(mine, folder, steps=60)
    return folder


def test_a_run_keeps_its_text_and_vocabulary(finished: Path) -> None:
    run = Run.open(finished)
    corpus = run.data()
    whole = SENTENCE * 40
    assert corpus.train + corpus.valid == whole
    assert len(corpus.valid) == len(whole) // 10
    assert run.vocabulary().symbols == sorted(set(whole))
    assert run.config.data == "my cats"
    card = (finished / "card.md").read_text(encoding="utf-8")
    assert "## What it writes" in card and "vocabulary.json" in card
    assert "tokens_per_second" in (finished / "history.csv").read_text()
    drawn = finished / "samples" / "step_000060.txt"
    assert set(drawn.read_text()) <= set(whole) | {"\n", "-"}


def test_a_killed_run_resumes_to_the_same_bits(
    mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also with dropout, which draws from the random state of the process."""
    whole = trained(mine, tmp_path / "whole", steps=40)
    monkeypatch.setattr("aigc_course.training.history.History.every", 1)
    learn, steps = NextToken.step, iter(range(25))

    def dying(self: NextToken, batch: torch.Tensor) -> dict[str, torch.Tensor]:
        if next(steps, None) is None:
            raise KeyError("dead")
        return learn(self, batch)

    monkeypatch.setattr(NextToken, "step", dying)
    words = ["train", "tiny-lm", "--out", tmp_path / "run", "--quiet", "--save-every"]
    asked = [*words, 0, "--threads", 1, "--text", mine, "--steps", 40]
    died = CliRunner().invoke(cli.main, [str(word) for word in asked])
    assert died.exit_code == 1 and not (tmp_path / "run" / "summary.json").exists()
    monkeypatch.setattr(NextToken, "step", learn)
    aigc(*words, 20, "--resume")
    one, two = (
        load_file(folder / "networks.safetensors")
        for folder in (whole.folder, tmp_path / "run")
    )
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_sampling_goes_on_with_a_prompt(finished: Path) -> None:
    asked = ["sample", finished, "--length", 40, "--prompt", "the cat"]
    found = aigc(*asked)
    assert found.startswith("the cat") and len(found) == len("the cat") + 40 + 1
    assert aigc(*asked) == found  # the same seed
    assert aigc(*asked, "--seed", 1) != found


def test_a_prompt_may_be_longer_than_the_context(finished: Path) -> None:
    prompt = SENTENCE * 3  # 156 characters for a context of 16
    found = aigc("sample", finished, "--length", 50, "--prompt", prompt)
    assert found.startswith(prompt) and len(found) == len(prompt) + 51


def test_texts_go_to_a_file(finished: Path, tmp_path: Path) -> None:
    out = tmp_path / "texts.txt"
    aigc("sample", finished, "--n", 3, "--length", 5, "--out", out)
    assert out.read_text(encoding="utf-8").count("\n----\n") == 2


def test_the_likeliest_character_by_top_k(finished: Path) -> None:
    asked = ["sample", finished, "--length", 30, "--top-k", 1]
    assert aigc(*asked) == aigc(*asked, "--seed", 5)


def test_evaluation_stands_beside_the_floors(finished: Path, tmp_path: Path) -> None:
    report = json.loads(aigc("evaluate", finished, "--json"))
    assert report["characters"] == 208
    names = {"uniform", "unigram", "kneser-ney", "xz", "bz2"}
    assert report["floors"].keys() == names
    for one in (report, *report["floors"].values()):
        nats, bits = one["nats_per_character"], one["bits_per_character"]
        assert nats == pytest.approx(bits * 0.693147, rel=1e-4)
    model, floors = report["bits_per_character"], report["floors"]
    assert model < floors["uniform"]["bits_per_character"]
    assert "bits per character" in (finished / "card.md").read_text()
    other = tmp_path / "other.txt"
    other.write_text("the dog sat on the mat.")
    elsewhere = json.loads(aigc("evaluate", finished, "--text", other, "--json"))
    assert elsewhere["text"] == "other.txt" and elsewhere["characters"] == 23
    kept = json.loads((finished / "report.json").read_text())
    assert kept["text"] == "my cats"  # another text leaves the card as it was


def test_a_text_for_validation(mine: Path, tmp_path: Path) -> None:
    other = tmp_path / "valid.txt"
    other.write_text("the dog has a zoo.")
    run = trained(mine, tmp_path / "run", "--valid", other, steps=2)
    assert run.data().valid == "the dog has a zoo."
    assert "z" in run.vocabulary().symbols


BAD_TEXTS = {
    "empty": (b"", "is empty"),
    "blank": (b" \n \n", "is empty"),
    "picture": (b"\x89PNG\r\n\x1a\n\0\0", "not a text"),
    "zeros": (b"text\0text", "control characters"),
    "short": (b"to be or not", "too short"),
    "latin": ("é".encode("latin-1") * 99, "UTF-8"),
}


@pytest.mark.parametrize("kind", BAD_TEXTS)
def test_a_bad_text_is_refused_before_anything_is_written(
    kind: str, tmp_path: Path
) -> None:
    content, reason = BAD_TEXTS[kind]
    path, out = tmp_path / "text.txt", tmp_path / "run"
    path.write_bytes(content)
    told = aigc("train", "tiny-lm", "--text", path, "--out", out, code=2)
    assert reason in told and len(told.strip().splitlines()) == 1
    assert not out.exists()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["train", "tiny-lm", "--text", "nowhere.txt"], "no file nowhere.txt"),
        (["train", "tiny-lm", "--valid", "x.txt"], "--valid goes with --text"),
        (["train", "tiny-lm", "--data", "mnist"], "learns from a text"),
        (["train", "dcgan", "--text", "x.txt"], "learns from images"),
        (["sample", "RUN", "--prompt", "cat 猫"], "'猫' is not in the vocabulary"),
        (["sample", "RUN", "--temperature", "0"], "temperature is above 0"),
        (["sample", "RUN", "--temperature", "-1"], "temperature is above 0"),
        (["sample", "RUN", "--temperature", "nan"], "not a finite number"),
        (["sample", "RUN", "--top-p", "0"], "top_p is above 0"),
        (["sample", "RUN", "--top-k", "0"], "top_k"),
        (["sample", "RUN", "--label", "3"], "label is for images"),
        (["sample", "RUN", "--out", "a.png"], "ends in .txt"),
        (["sample", "RUN", "--n", "2000"], "At most 1,000 texts"),
        (["train", "tiny-lm", "--resume", "--out", "RUN", "--text", "x"], "keeps its"),
    ],
)
def test_bad_input_is_one_sentence(
    words: list[str],
    reason: str,
    finished: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = [str(finished) if word == "RUN" else word for word in words]
    monkeypatch.chdir(tmp_path)
    told = aigc(*asked, code=2)
    assert not list(tmp_path.iterdir())
    assert reason in told, told


def test_an_unknown_character_in_a_judged_text(finished: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("the cat's mat")
    told = aigc("evaluate", finished, "--text", other, code=2)
    assert "is not in the vocabulary" in told


@pytest.mark.parametrize("change", ["gone", "no json", "order", "other", "text"])
def test_a_wrong_vocabulary_is_refused(change: str, mine: Path, tmp_path: Path) -> None:
    run = trained(mine, tmp_path / "run", steps=1)
    file = run.folder / "vocabulary.json"
    saved = json.loads(file.read_text())
    symbols = saved["vocabulary"]["symbols"]
    if change == "gone":
        file.unlink()
    elif change == "no json":
        file.write_text("{")
    elif change == "text":
        (run.folder / "train.txt").write_text(SENTENCE * 5)
    else:
        swapped = symbols[::-1] if change == "order" else symbols[:-1] + "z"
        saved["vocabulary"]["symbols"] = swapped
        file.write_text(json.dumps(saved))
    told = aigc("sample", run.folder, code=2)
    assert len(told.strip().splitlines()) == 1
    assert "vocabulary" in told


def test_a_run_keeps_tied_matrices(
    mine: Path, small: recipes.Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As those of verse-lm: one matrix under two names, in the file twice."""
    tied = replace(small, shape={**small.shape, "tied": True})
    monkeypatch.setattr(models, "known", lambda: {("tiny-lm", "fast"): tied})
    run = trained(mine, tmp_path / "run", steps=2)
    network = run.generator()
    assert network.head.weight is network.embed.weight
    kept = load_file(run.folder / "networks.safetensors")
    assert torch.equal(kept["head.weight"], network.head.weight)
    assert recipes.RECIPES["verse-lm", "fast"].shape["tied"]


def test_a_language_model_draws_no_images(finished: Path) -> None:
    with pytest.raises(CourseError, match="writes text"):
        Run.open(finished).sample(1)


def test_windows_line_ends_and_byte_order_marks_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfone\r\ntwo\r\n")
    assert own.read(path) == "one\ntwo\n"


def test_floors_agree_with_their_definitions() -> None:
    found = counted.floors("ab" * 50, "ab" * 20, Characters("ab"))
    assert found["uniform"] == 1 and found["unigram"] == pytest.approx(1, abs=0.01)
    assert found["kneser-ney"] < 0.2
    assert counted.order(4_502, 10**6) == 5 and counted.order(76, 10**6) == 6
    assert counted.order(76, 3) == 3 and 10_000 ** counted.order(10_000, 99) < 2**63


def test_bz2_packs_a_text_in_one_block_with_what_stands_before_it() -> None:
    """Bz2 learns nothing from another block: here nearly all is in the first one."""
    order = random.Random(0)
    known = "".join(order.choices("abcdefgh", k=30_000))
    far = "".join(order.choices("xyz", k=counted.BLOCK))
    alone = counted.packed("", known, "bz2")
    assert alone == pytest.approx(3, abs=0.4)  # of eight equally probable characters
    assert counted.packed(far + known, known, "bz2") < alone / 2


@pytest.mark.parametrize("model", models.names(text=True))
def test_recipes_read_their_own_text(model: str) -> None:
    recipe = recipes.RECIPES[model, "fast"]
    learner = recipe.build()
    assert learner.networks.shape.context == recipe.context
    assert models.get(model).text and model not in models.names()
