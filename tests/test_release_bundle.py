"""A whole release of the shipped generator: its gates, its files, and every bit."""

import json
import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from aigc_course.cli import main
from aigc_course.commands.release import export as export_command
from aigc_course.errors import CourseError
from aigc_course.release import bundle, card, extra, quantise, signing
from aigc_course.release.drawing import drawing
from aigc_course.release.source import Source, releasable

NEEDED = ("onnx", "onnxscript", "onnxruntime", "cryptography")
RUN = "mnist_dcgan"


@pytest.mark.slow
@pytest.mark.timeout(900)
class TestReleased:
    def test_all_files_are_there_and_verified(self, release: Path) -> None:
        assert {path.name for path in release.iterdir()} == set(bundle.FILES)
        said = bundle.verify(release)
        assert any("ONNX Runtime gives" in sentence for sentence in said)
        assert (release / bundle.PAGE).stat().st_size <= 1.4e6

    def test_a_flipped_bit_anywhere_is_found(
        self, release: Path, tmp_path: Path
    ) -> None:
        copy = tmp_path / "copy"
        shutil.copytree(release, copy)
        dice = random.Random(0)
        for path in sorted(copy.iterdir()):
            whole = path.read_bytes()
            for place in (0, len(whole) - 1, *dice.choices(range(len(whole)), k=3)):
                other = bytearray(whole)
                other[place] ^= 1 << dice.randrange(8)
                path.write_bytes(other)
                with pytest.raises(CourseError):
                    bundle._check_signature(copy, None)
                    bundle._check_files(copy)
            path.write_bytes(whole)
        bundle.verify(copy)

    def test_files_more_or_less_or_signed_anew_are_found(
        self, release: Path, tmp_path: Path
    ) -> None:
        copy = tmp_path / "copy"
        shutil.copytree(release, copy)
        public = signing.read_key(copy / bundle.KEY)
        (copy / "more.txt").write_text("more")
        with pytest.raises(CourseError, match="more.txt is not part of"):
            bundle.verify(copy)
        (copy / "more.txt").unlink()
        (copy / bundle.PAGE).unlink()
        with pytest.raises(CourseError, match="page.html is missing"):
            bundle.verify(copy)
        shutil.copy(release / bundle.PAGE, copy)
        # an attacker can sign with a key of their own, and then the key is another
        key = signing.new_key()
        text = (copy / bundle.SUMS).read_bytes()
        (copy / bundle.SIGNATURE).write_bytes(signing.sign(text, key))
        (copy / bundle.KEY).write_text(signing.public(key).hex() + "\n")
        bundle.verify(copy)
        with pytest.raises(CourseError, match="another key"):
            bundle.verify(copy, public)

    def test_the_card_and_the_bill_are_what_others_read(self, release: Path) -> None:
        yaml = pytest.importorskip("yaml")
        text = (release / bundle.CARD).read_text(encoding="utf-8")
        front = yaml.safe_load(text.split("---\n")[1])
        assert front["license"] == "mit" and front["datasets"] == ["ylecun/mnist"]
        (result,) = front["model-index"][0]["results"]
        assert {"task", "dataset", "metrics"} == set(result)
        assert result["metrics"][0]["type"] == "fid"
        bill = json.loads((release / bundle.BILL).read_text(encoding="utf-8"))
        assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
        for part in bill["components"]:
            if part["type"] == "file":
                digest = signing.digest(release / part["name"])
                assert part["hashes"][0]["content"] == digest
        refs = [part["bom-ref"] for part in bill["components"]]
        assert len(refs) == len(set(refs)) and "pkg:pypi/torch@" in " ".join(refs)

    def test_the_file_halved_and_in_8_bits(self, release: Path, tmp_path: Path) -> None:
        plain = release / bundle.ONNX
        one = Source.open(RUN).drawing
        inputs = one.draw(16, 5)
        half = quantise.halved(plain, tmp_path / "half.onnx")
        eight = quantise.dynamic(plain, tmp_path / "eight.onnx")
        assert half.stat().st_size < 0.51 * plain.stat().st_size
        assert eight.stat().st_size < 0.27 * plain.stat().st_size
        for path, most in ((half, 0.02), (eight, 0.5)):
            apart = (
                (quantise.images(path, inputs) - one(*inputs)).square().mean().sqrt()
            )
            assert 0 < apart < most


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    """A folder with two files, their checksums and a signature."""
    pytest.importorskip("cryptography")
    folder = tmp_path / "signed"
    folder.mkdir()
    (folder / "a.bin").write_bytes(bytes(range(256)))
    (folder / "b.txt").write_text("b")
    sign_again(folder, signing.checksums(folder, ["a.bin", "b.txt"]).encode())
    return folder


def sign_again(folder: Path, sums: bytes) -> None:
    key = signing.new_key()
    (folder / bundle.SUMS).write_bytes(sums)
    (folder / bundle.SIGNATURE).write_bytes(signing.sign(sums, key))
    (folder / bundle.KEY).write_text(signing.public(key).hex() + "\n")


def check(folder: Path) -> list[str]:
    bundle._check_signature(folder, None)
    return bundle._check_files(folder)


def test_every_flipped_bit_of_a_small_folder_is_found(signed: Path) -> None:
    assert check(signed) == ["a.bin", "b.txt"]
    for path in sorted(signed.iterdir()):
        whole = path.read_bytes()
        for place in range(len(whole)):
            other = bytearray(whole)
            other[place] ^= 1 << place % 8
            path.write_bytes(other)
            with pytest.raises(CourseError):
                check(signed)
        path.write_bytes(whole)
    check(signed)


def test_files_more_or_less_links_and_no_checksums_are_found(signed: Path) -> None:
    (signed / "more").write_text("")
    with pytest.raises(CourseError, match="more is not part of"):
        check(signed)
    (signed / "more").unlink()
    (signed / "b.txt").rename(signed.parent / "b.txt")
    with pytest.raises(CourseError, match="b.txt is missing"):
        check(signed)
    (signed / "b.txt").symlink_to(signed.parent / "b.txt")
    with pytest.raises(CourseError, match="b.txt in .* was altered"):
        check(signed)
    for sums in (b"one word", b"\xff\xfe", b"a b c"):
        sign_again(signed, sums)
        with pytest.raises(CourseError, match="no list of checksums"):
            check(signed)


def test_gates_refuse_with_the_reason() -> None:
    source = Source.open(RUN)
    bundle.check_trained(source)
    facts = source.facts
    cases = {
        "diverged": {**facts, "status": "diverged"},
        "not been measured": {k: v for k, v in facts.items() if k != "fid"},
        "more than 5%": {**facts, "fid": 50.0},
    }
    for words, changed in cases.items():
        with pytest.raises(bundle.Refused, match=words):
            bundle.check_trained(replace(source, facts=changed))


def test_a_gate_that_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in NEEDED:
        pytest.importorskip(name)
    monkeypatch.setattr(bundle, "WORST", 0.0)
    done = CliRunner().invoke(main, ["release", RUN, "--out", str(tmp_path / "d")])
    assert done.exit_code == 2 and "Not released" in done.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        ("neither a run folder nor a shipped model", ["release", "nothing"]),
        ("no recipe of `aigc train`", ["release", "plays_lm"]),
        ("no folder", ["verify", "nothing"]),
        ("64 hexadecimal digits", ["verify", ".", "--key", "12"]),
        ("is no release", ["verify", "."]),
        ("--out ends in .onnx", ["export", RUN]),
    ],
)
def test_bad_input_gets_one_sentence(
    tmp_path: Path, words: str, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in NEEDED:
        pytest.importorskip(name)
    monkeypatch.chdir(tmp_path)
    if arguments[0] != "verify":
        arguments = [*arguments, "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 2 and words in done.output
    assert len(done.output.strip().splitlines()) == 1


def test_a_full_or_unwritable_place_is_refused(tmp_path: Path) -> None:
    for name in NEEDED:
        pytest.importorskip(name)
    (tmp_path / "file").write_text("x")
    for place, words in ((tmp_path, "not empty"), (tmp_path / "file", "no folder")):
        with pytest.raises(CourseError, match=words):
            bundle.make(RUN, place)
    with pytest.raises(CourseError, match="Cannot write"):
        bundle.make(RUN, tmp_path / "file" / "dist")


def test_without_the_extra_there_is_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extra, "find_spec", lambda name: None)
    for arguments in (
        ["export", RUN, "--out", "g.onnx"],
        ["release", RUN, "--out", "dist"],
    ):
        monkeypatch.chdir(tmp_path)
        done = CliRunner().invoke(main, arguments)
        assert done.exit_code == 2 and extra.COMMAND in done.output
    assert list(tmp_path.iterdir()) == []


def test_what_ships_and_can_be_released() -> None:
    assert RUN in releasable()
    source = Source.open(RUN)
    assert card.front_matter(source)["library_name"] == "onnx"
    assert export_command.name == "export"
    z = source.drawing.draw(2, 1)
    assert torch.equal(source.drawing(*z), drawing(source.learner)(*z))
