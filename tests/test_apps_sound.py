"""Sound: instruments in tune, a pitch measure, coders that give back every bit."""

import io
import math

import numpy as np
import pytest
import torch

from aigc_course.apps.sound import (
    adaptive,
    coder,
    instruments,
    measure,
    mixture,
    network,
    past,
    pitch,
)
from aigc_course.errors import CourseError


@pytest.fixture(scope="module")
def notes() -> instruments.Notes:
    return instruments.notes(3, seed=5, length=300)


@pytest.mark.parametrize("f", [82.41, 110.0, 233.1, 440.0])
def test_the_pitch_of_a_known_tone(f: float) -> None:
    t = np.arange(5000) / instruments.RATE
    tone = sum(np.sin(2 * np.pi * f * h * t + h) / h for h in range(1, 6))
    assert abs(pitch.cents(pitch.estimate(tone), f)) < 0.3
    missing = sum(np.sin(2 * np.pi * f * h * t) for h in (2, 3, 4))
    assert abs(pitch.cents(pitch.estimate(missing), f)) < 0.3


def test_instruments_are_in_tune() -> None:
    rng = np.random.default_rng(0)
    for f in (90.0, 146.8, 311.1, 440.0):
        for play in (instruments.pluck, instruments.reed, instruments.bell):
            wave = play(f, rng)
            assert abs(wave).max() == pytest.approx(1)
            assert abs(pitch.cents(pitch.estimate(wave[1000:]), f)) < 1


def test_the_loop_has_the_length_of_the_period() -> None:
    for f in (81.0, 199.0, 333.3, 479.0):
        N, C = instruments.loop(f)
        delta = (1 - C) / (1 + C)
        assert N + 0.5 + delta == pytest.approx(instruments.RATE / f)
        assert 0.1 - 1e-9 <= delta < 1.1


def test_the_floor_is_the_entropy_of_the_noise() -> None:
    x = np.arange(-60, 61)
    p = np.exp(-(x**2) / (2 * instruments.NOISE**2))
    p /= p.sum()
    assert pytest.approx(-(p * np.log2(p)).sum(), abs=1e-4) == measure.FLOOR


@pytest.mark.parametrize("kind", ["filter", "network"])
def test_every_bit_comes_back(kind: str, notes: instruments.Notes) -> None:
    torch.manual_seed(0)
    net = network.FilterNet(hidden=8)

    def make() -> adaptive.Adaptive | network.Neural:
        return adaptive.Adaptive() if kind == "filter" else network.Neural(net)

    data = coder.encode(notes, make())
    assert np.array_equal(coder.decode(data, make()), notes.waves)
    computed = measure.predictor_bits(make(), notes).sum()
    assert 8 * len(data) < 1.02 * computed + 8 * 40


def test_extremes_are_coded_too() -> None:
    waves = np.zeros((2, 60), np.int16)
    waves[:, ::7], waves[:, 3::11] = 32767, -32768
    notes = instruments.Notes(waves, np.array([100.0, 300.0]), np.array([0, 2]))
    data = coder.encode(notes, adaptive.Adaptive())
    assert np.array_equal(coder.decode(data, adaptive.Adaptive()), waves)


def test_damaged_bytes_are_refused(notes: instruments.Notes) -> None:
    data = coder.encode(notes.part(2, 60), adaptive.Adaptive())
    for bad in (b"", b"RIFF" + data[4:], data[:10], data[:-9]):
        with pytest.raises(CourseError):
            coder.decode(bad, adaptive.Adaptive())
    flipped = bytearray(data)
    flipped[-3] ^= 4
    with pytest.raises(CourseError):
        coder.decode(bytes(flipped), adaptive.Adaptive())


def test_another_model_cannot_decode(notes: instruments.Notes) -> None:
    few = notes.part(2, 60)
    data = coder.encode(few, adaptive.Adaptive())
    with pytest.raises(CourseError):
        coder.decode(data, adaptive.Adaptive(near=8))


def test_flac_is_a_rival_where_it_is_installed(notes: instruments.Notes) -> None:
    pytest.importorskip("soundfile")
    size = coder.flac_bytes(notes)
    assert size is not None and 0 < size < 2 * notes.waves.size
    assert size == len(flac_at_its_best(notes))


def flac_at_its_best(notes: instruments.Notes) -> bytes:
    import soundfile

    file, rate = io.BytesIO(), instruments.RATE
    best = {"format": "FLAC", "compression_level": 1.0}
    soundfile.write(file, notes.waves.reshape(-1), rate, **best)
    return file.getvalue()


def test_without_soundfile_there_is_no_figure(
    notes: instruments.Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coder, "find_spec", lambda name: None)
    assert coder.flac_bytes(notes) is None


def test_training_lowers_the_bits(notes: instruments.Notes) -> None:
    torch.manual_seed(0)
    net = network.FilterNet(hidden=8)
    before = network.note_bits(net, notes).mean()
    network.train(net, notes, 40, seed=0, batch=128)
    assert network.note_bits(net, notes).mean() < before


def test_sequential_and_parallel_bits_agree(notes: instruments.Notes) -> None:
    torch.manual_seed(0)
    net = network.FilterNet(hidden=8)
    one = measure.predictor_bits(network.Neural(net), notes)
    np.testing.assert_allclose(one, network.note_bits(net, notes), rtol=1e-3)


def test_a_played_note_is_16_bit_and_seeded() -> None:
    torch.manual_seed(0)
    net = network.FilterNet(hidden=8)
    a, b = (network.play(net, [100.0], "bell", 3, length=50) for _ in range(2))
    assert a.dtype == np.int16 and a.shape == (1, 50) and np.array_equal(a, b)


def test_bad_requests_are_one_sentence(notes: instruments.Notes) -> None:
    for call in (
        lambda: instruments.check_pitch(5000),
        lambda: instruments.check_pitch(math.nan),
        lambda: instruments.notes(0, 1),
        lambda: network.play(network.FilterNet(8), [20.0], "bell", 0),
        lambda: network.play(network.FilterNet(8), [100.0], "drum", 0),
        lambda: pitch.estimate(np.zeros(4000)),
        lambda: pitch.estimate(np.ones(10)),
    ):
        with pytest.raises(CourseError) as error:
            call()
        assert str(error.value).count(". ") == 0
    lost = measure.pitch_errors(np.zeros((1, 4000), np.int16), [100.0])
    assert math.isinf(lost[0])


def test_drawn_samples_follow_the_mixture() -> None:
    part = torch.zeros(4000, 1)
    g = torch.Generator().manual_seed(0)
    x = mixture.draw(part + 3, part + 2, part, g)
    assert float(x.mean()) == pytest.approx(3, abs=1)
    assert float(x.std()) == pytest.approx(math.exp(2) * math.pi / 3**0.5, rel=0.1)


def test_the_filter_forgets_old_samples() -> None:
    filters = adaptive.Adaptive(near=2, far=0, far2=0)
    before = past.Past(np.array([440.0]), 4)
    filters.start(before)
    kept = filters.P.copy()
    filters.guess(0, before)  # only zeros so far: nothing is learnt, P alone grows
    filters.learn(np.array([0.0]))
    assert np.allclose(filters.P, kept / adaptive.LAMBDA) and adaptive.LAMBDA < 1


def test_the_pitch_is_measured_after_the_attack() -> None:
    t = np.arange(8000) / 8000
    wave = np.sin(2 * math.pi * 220 * t)
    attack = slice(measure.ATTACK)
    wave[attack] = np.sin(2 * math.pi * 330 * t[attack])
    sound = (9000 * wave).astype(np.int16)[None]
    assert abs(measure.pitch_errors(sound, [220.0])[0]) < 3
