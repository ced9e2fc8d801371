"""`aigc compose` as a person uses it, and the shipped networks."""

import wave
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result

from aigc_course import pretrained
from aigc_course.apps.music import corpus, harmoniser, midi, shipped
from aigc_course.cli import OneSentence
from aigc_course.commands.compose import compose

mido = pytest.importorskip("mido")
aigc_group = OneSentence("aigc", commands={"compose": compose})


def aigc(*words: object) -> Result:
    return CliRunner().invoke(aigc_group, ["compose", *(str(word) for word in words)])


def refused(result: Result, words: str, folder: Path) -> None:
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("aigc: ") and result.stderr.count("\n") == 1
    assert words in result.stderr
    assert not list(folder.glob("out*")) and not list(folder.glob(".out*"))


def melody(folder: Path) -> Path:
    one = corpus.chorales()[1][3].part(0, 32)
    path = folder / "melody.mid"
    path.write_bytes(midi.to_bytes(one.pitches[:, :1], one.onsets[:, :1]))
    return path


def test_a_chorale_is_written_and_heard(tmp_path) -> None:
    out, wav = tmp_path / "out.mid", tmp_path / "out.wav"
    result = aigc("--bars", 2, "--seed", 4, "--out", out, "--wav", wav)
    assert result.exit_code == 0, result.output
    tracks, _ = midi.read_notes(out.read_bytes())
    assert len(tracks) == 4 and "32 sixteenths" in result.output
    with wave.open(str(wav)) as file:
        assert file.getnframes() / file.getframerate() == pytest.approx(6, abs=0.01)
    first = out.read_bytes()
    refused_again = aigc("--bars", 2, "--seed", 4, "--out", out)
    assert refused_again.exit_code == 2 and "exists" in refused_again.stderr
    aigc("--bars", 2, "--seed", 4, "--out", out, "--overwrite")
    assert out.read_bytes() == first


def test_a_melody_is_harmonised_and_kept(tmp_path) -> None:
    out = tmp_path / "out.mid"
    source = melody(tmp_path)
    result = aigc("--melody", source, "--n", 2, "--out", out)
    assert result.exit_code == 0, result.output
    wanted, _ = midi.read_notes(source.read_bytes())
    made = [(tmp_path / f"out-{i}.mid").read_bytes() for i in (1, 2)]
    for data in made:
        tracks, _ = midi.read_notes(data)
        assert tracks[0] == wanted[0] and len(tracks) == 4
    assert made[0] != made[1]


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"no music", "no MIDI file"), (b"", "no MIDI file"), (None, "cannot be")],
)
def test_what_is_no_melody_is_refused(tmp_path, content, says) -> None:
    path = tmp_path / "in.mid"
    if content is not None:
        path.write_bytes(content)
    result = aigc("--melody", path, "--out", tmp_path / "out.mid")
    assert result.exit_code == 2 and result.stderr.count("\n") == 1
    if content is not None:
        refused(result, says, tmp_path)


def test_an_empty_melody_is_refused(tmp_path) -> None:
    file = mido.MidiFile()
    file.tracks.append(mido.MidiTrack())
    file.save(tmp_path / "in.mid")
    result = aigc("--melody", tmp_path / "in.mid", "--out", tmp_path / "out.mid")
    refused(result, "holds no note", tmp_path)


def test_a_melody_out_of_range_is_refused(tmp_path) -> None:
    low = np.full((16, 1), 40, np.int8)
    (tmp_path / "in.mid").write_bytes(midi.to_bytes(low, np.arange(16)[:, None] == 0))
    result = aigc("--melody", tmp_path / "in.mid", "--out", tmp_path / "out.mid")
    refused(result, "transpose it by +17", tmp_path)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--bars", 1), "1"),
        (("--bars", 33), "33"),
        (("--n", 0), "0"),
        (("--n", 101), "101"),
        (("--temperature", 0), "0"),
        (("--temperature", "nan"), "temperature"),
        (("--tempo", 5), "5"),
        (("--seed", -1), "-1"),
        (("--wav", "out.mp3"), ".wav"),
    ],
)
def test_requests_out_of_range_are_refused(tmp_path, options, says) -> None:
    refused(aigc("--out", tmp_path / "out.mid", *options), says, tmp_path)


def test_a_sound_that_cannot_be_written_leaves_no_score(tmp_path) -> None:
    (tmp_path / "sound.wav").mkdir()
    both = ("--out", tmp_path / "out.mid", "--wav", tmp_path / "sound.wav")
    refused(aigc("--bars", 2, *both, "--overwrite"), "Cannot write", tmp_path)


def test_another_ending_is_refused(tmp_path) -> None:
    refused(aigc("--out", tmp_path / "out.mp3"), "ends in .mid", tmp_path)


@pytest.mark.parametrize("name", [shipped.COMPOSER, shipped.HARMONISER])
def test_the_shipped_networks_are_small_and_as_told(name: str) -> None:
    card = pretrained.card(name)
    assert card["bytes"] <= 400_000
    text = (pretrained.FOLDER / f"{name}.md").read_text(encoding="utf-8")
    assert card["sha256"] in text and f"{card['nats_valid']:.4f}" in text


def test_the_harmoniser_is_as_good_as_its_card() -> None:
    """A few chorales: near the card's figure, and far below the counts' 0.66."""
    some = [one.piece() for one in corpus.chorales()[1][:8]]
    nats = harmoniser.hidden_nats(shipped.harmoniser(), some)
    card = pretrained.card(shipped.HARMONISER)["nats_valid"]
    assert nats == pytest.approx(card, abs=0.12)
    assert not shipped.harmoniser().shape.causal and shipped.composer().shape.causal
    assert all(torch.isfinite(w).all() for w in shipped.composer().parameters())
