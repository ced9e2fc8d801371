"""Chorales: tokens, network, rival, rules, files, sound, contour, blind test."""

import io
import lzma
import random
import wave

import numpy as np
import pytest
import torch

from aigc_course.apps.music import (
    blind,
    composer,
    contour,
    corpus,
    counts,
    harmoniser,
    listen,
    midi,
    picture,
    rules,
    synth,
    tokens,
    writer,
)
from aigc_course.apps.music.network import Quick, Shape, StepNetwork
from aigc_course.attention.functions import causal_mask
from aigc_course.attention.layers import MultiHeadAttention
from aigc_course.data.idx import DataError
from aigc_course.errors import CourseError

TINY = Shape(width=16, layers=1, heads=2, inner=8)
TRAIN, VALID = corpus.chorales()
PART = VALID[0].part(0, 48)


def lively(shape: Shape = TINY) -> StepNetwork:
    """A network whose weights are random, none of them zero."""
    torch.manual_seed(0)
    model = StepNetwork(shape).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model


def steady(length: int = 16) -> midi.Melody:
    pitches = np.repeat(np.array([67, 69, 71, 72], np.int8), length // 4)
    return midi.Melody(pitches, np.diff(pitches, prepend=0) != 0)


def test_the_corpus_is_as_its_card_says() -> None:
    card = (corpus.FOLDER / "chorales.md").read_text(encoding="utf-8")
    assert f"{len(TRAIN)} to learn from" in card and f"{len(VALID)} for" in card
    for part in (TRAIN, VALID):
        assert f"{sum(len(one) for one in part):,} steps" in card or part is VALID
    names = [one.name for one in (*TRAIN, *VALID)]
    assert len(set(names)) == len(names) == 355
    known = rules.ranges([one.pitches for one in TRAIN])
    assert ((known > 35) & (known < 82)).all() and known[0, 1] == 81


def test_no_tune_stands_in_both_parts() -> None:
    def tune(one: corpus.Chorale) -> tuple[int, ...]:
        melody = one.pitches[one.onsets[:, 0], 0].astype(int)
        return tuple(np.diff(melody[:17]).tolist())

    assert not {tune(one) for one in TRAIN} & {tune(one) for one in VALID}


def test_a_damaged_corpus_is_refused(monkeypatch, tmp_path) -> None:
    for content, says in (
        (b"x", "does not unpack"),
        (lzma.compress(b"{}\n"), "not the file as shipped"),
    ):
        (tmp_path / "chorales.xz").write_bytes(content)
        monkeypatch.setattr(corpus, "FILE", tmp_path / "chorales.xz")
        corpus.chorales.cache_clear()
        with pytest.raises(DataError, match=says):
            corpus.chorales()
    monkeypatch.setattr(corpus, "FILE", tmp_path / "missing.xz")
    corpus.chorales.cache_clear()
    with pytest.raises(DataError, match="cannot be read"):
        corpus.chorales()
    monkeypatch.undo()
    corpus.chorales.cache_clear()


@pytest.mark.parametrize("number", range(0, 54, 9))
def test_scores_survive_their_tokens(number: int) -> None:
    one = VALID[number]
    pitches, onsets = tokens.decode(one.piece().tokens)
    assert (pitches == one.pitches).all() and (onsets == one.onsets).all()


def test_tokens_without_onsets_join_repeated_notes() -> None:
    pitches = np.array([[60, 55, 52, 48], [60, 57, 52, 0], [62, 57, 52, 0]], np.int8)
    held = tokens.encode(pitches)
    assert held[:, 0].tolist() == [31, tokens.HOLD, 33]  # the soprano
    assert held[:, 1].tolist() == [19, tokens.REST, tokens.HOLD]  # the bass
    assert (tokens.decode(held)[0] == pitches).all()
    down, up = tokens.room(held)
    assert (down, up) == (6, 6)
    moved = tokens.transposed(held, 5)
    assert (tokens.decode(moved)[0] == np.where(pitches > 0, pitches + 5, 0)).all()


def test_ages_and_intervals() -> None:
    row = torch.tensor([5, tokens.HOLD, tokens.HOLD, 7])[None, :, None].expand(1, 4, 4)
    assert tokens.ages(row)[0, :, 0].tolist() == [1, 2, 3, 1]
    assert tokens.states(row)[0, :, 0].tolist() == [5, 5, 5, 7]
    a, rest = torch.tensor([10]), torch.tensor([tokens.REST])
    assert int(tokens.interval(a + 3, a)) == tokens.REACH + 3
    assert int(tokens.interval(rest, a)) == tokens.INTERVALS - 1


def test_quick_attention_is_that_of_chapter_11() -> None:
    torch.manual_seed(1)
    plain = MultiHeadAttention(16, 2, base=10_000.0, normed=True)
    quick = Quick(16, 2, base=10_000.0, normed=True)
    quick.load_state_dict(plain.state_dict())
    x = torch.randn(2, 7, 16)
    for mask in (causal_mask(7), None):
        torch.testing.assert_close(quick(x, mask=mask)[0], plain(x, mask=mask)[0])


def test_no_token_depends_on_what_is_written_later() -> None:
    model = lively()
    whole, context, _ = composer.padded([PART.piece().tokens], [PART.piece().context])
    before = model(whole, context)
    for voice in range(4):
        changed = whole.clone()
        changed[0, 20, voice] = 40
        after = model(changed, context)
        same = (before == after).all(dim=-1)[0]
        assert same[:20].all() and same[20, : voice + 1].all()
        assert not same[20, voice + 1 :].any() and not same[21:].all()


def test_drawing_step_by_step_agrees_with_the_whole() -> None:
    """With the tokens forced, the cached pass gives the logits of the whole one."""
    model = lively()
    piece = PART.piece()
    whole, context, _ = composer.padded([piece.tokens], [piece.context])
    want = model(whole, context)
    seen, found = None, []
    now = tokens.states(whole)
    before = torch.full((1, 1, 4), tokens.HOLD)
    age = torch.zeros(1, 1, 4, dtype=torch.long)
    for t in range(len(piece)):
        h, seen = model.body(before, age, context.cut(t, t + 1), seen)
        one = slice(t, t + 1)
        found.append(model.write(h, before, now[:, one], whole[:, one]))
        before, age = now[:, one], tokens.ages(whole)[:, one]
    torch.testing.assert_close(torch.cat(found, dim=1), want, atol=1e-4, rtol=1e-4)


def test_impossible_tokens_are_never_drawn() -> None:
    g = torch.Generator().manual_seed(0)
    drawn = writer.compose(lively(), writer.phrases(24, 3), g)
    assert drawn.shape == (3, 24, 4) and (drawn[:, 0] != tokens.HOLD).all()
    rest = tokens.states(drawn)[:, :-1] == tokens.REST
    assert not ((drawn[:, 1:] == tokens.REST) & rest).any()
    silent = lively(Shape(16, 1, 2, 8, repeats=False))
    drawn = writer.compose(silent, writer.phrases(24, 3), g)
    assert not (drawn[:, 1:] == tokens.states(drawn)[:, :-1]).any()


def test_given_notes_are_kept_and_the_seed_decides() -> None:
    given = torch.full((16, 4), -1)
    given[:, 0] = torch.tensor([40, *[tokens.HOLD] * 15])
    twice = [
        writer.compose(
            lively(), writer.phrases(16), torch.Generator().manual_seed(3), given=given
        )
        for _ in range(2)
    ]
    assert torch.equal(*twice) and torch.equal(twice[0][0, :, 0], given[:, 0])


def test_a_step_lowers_the_loss_and_a_piece_is_judged_alone() -> None:
    pieces = [one.part(0, 64).piece() for one in TRAIN[:6]]
    model = composer.trained(pieces, 8, 0, Shape(32, 1, 2, 16))
    untrained = StepNetwork(Shape(32, 1, 2, 16)).eval()
    assert composer.per_note(model, pieces) < composer.per_note(untrained, pieces)
    apart = sum(composer.evaluate(model, [one])[0] for one in pieces)
    assert apart == pytest.approx(sum(composer.evaluate(model, pieces)), rel=1e-4)


def test_batches_are_windows_of_the_pieces() -> None:
    pieces = [one.piece() for one in TRAIN[:8]]
    whole, context, real = next(composer.batches(pieces, seed=1, size=3, longest=96))
    assert whole.shape == (3, int(real.sum(1).max()), 4) and whole.shape[1] <= 96
    assert (whole[:, 0] != tokens.HOLD).all() and int(context.beat.max()) < 16
    again = next(composer.batches(pieces, seed=1, size=3, longest=96))
    assert torch.equal(again[0], whole)


def test_the_harmoniser_sees_what_is_not_hidden_and_keeps_it() -> None:
    model = lively(Shape(16, 1, 2, 8, causal=False))
    piece = PART.piece()
    whole = piece.tokens[None]
    hidden = torch.zeros(1, len(piece), 4, dtype=torch.bool)
    hidden[:, 10:14, 1:] = True
    before = model(whole, piece.context, hidden)
    later = whole.clone()
    later[0, 40, 0] = 33
    assert not torch.equal(before[:, 10], model(later, piece.context, hidden)[:, 10])
    other = whole.clone()
    other[0, 12, 3] = 20  # hidden, and the last to be written
    assert torch.equal(before[:, :13], model(other, piece.context, hidden)[:, :13])
    g = torch.Generator().manual_seed(0)
    filled = harmoniser.fill(model, whole, hidden[0], piece.context, g)
    assert torch.equal(filled[~hidden], whole[~hidden])
    assert not torch.equal(filled, whole)


def test_harmonies_keep_the_melody() -> None:
    model = lively(Shape(16, 1, 2, 8, causal=False))
    piece = PART.piece()
    g = torch.Generator().manual_seed(0)
    made = harmoniser.harmonise(model, piece.tokens[:, 0], piece.context, g, rounds=2)
    pitches, onsets = tokens.decode(made[0])
    assert (pitches[:, 0] == PART.pitches[:, 0]).all()
    assert (onsets[:, 0] == PART.onsets[:, 0]).all()
    hidden = harmoniser.block(640, 0.5, g)
    assert not hidden[:, 0].any() and 0.2 < float(hidden[:, 1:].float().mean()) < 0.8
    shares = [harmoniser.share_of(k, 6) for k in range(6)]
    assert shares == sorted(shares, reverse=True)


def test_hiding_always_hides_something() -> None:
    g = torch.Generator().manual_seed(0)
    for _ in range(20):
        hidden = harmoniser.hiding(4, 12, g)
        assert hidden.any(dim=2).any(dim=1).all()
    pieces = [one.piece() for one in TRAIN[:8]]
    learner = harmoniser.Harmoniser(StepNetwork(Shape(16, 1, 2, 8, causal=False)))
    batch = next(harmoniser.masked_batches(pieces, 0, 2, 64))
    assert float(learner.step(batch)["loss"]) == pytest.approx(4.1, abs=0.3)


def test_the_counts_know_what_they_have_counted() -> None:
    scores = counts.scores([PART.piece()])
    rival = counts.ChoraleCounts().fit(scores)
    assert rival.nats(scores) < counts.ChoraleCounts().fit(
        counts.scores([VALID[1].piece()])
    ).nats(scores)
    drawn = rival.draw(32, random.Random(0))
    assert drawn.shape == (32, 4) and (drawn < tokens.HOLD).all()
    with pytest.raises(CourseError, match="no score"):
        counts.ChoraleCounts().fit([])


def test_rules_see_what_is_there() -> None:
    fifths = np.array([[67, 60, 55, 48], [69, 62, 55, 48]], np.int8)
    known = rules.ranges([fifths])
    report = rules.report([fifths], known)
    assert report.parallels == 100 and report.outside == 0
    assert report.held == 0.5 and report.changes == 1
    wild = np.array([[60, 72, 55, 48], [80, 57, 55, 30]], np.int8)
    report = rules.report([wild], known)
    assert report.crossings == 0.5 and report.outside > 0 and report.leaps > 0
    assert "parallels per 100" in str(report)
    moved = np.where(PART.pitches > 0, PART.pitches + 2, 0).astype(np.int8)
    assert rules.copied([moved], [PART.pitches]) == 1
    assert rules.copied([PART.pitches], [wild.repeat(16, axis=0)]) == 0
    with pytest.raises(CourseError, match="no score"):
        rules.ranges([])


def test_mido_reads_the_same_notes() -> None:
    mido = pytest.importorskip("mido")
    data = midi.to_bytes(PART.pitches, PART.onsets, tempo=90)
    file = mido.MidiFile(file=io.BytesIO(data))
    assert len(file.tracks) == 5 and file.ticks_per_beat == midi.TICKS
    assert file.length == pytest.approx(12 * 60 / 90, abs=1e-3)
    found, bar = midi.read_notes(data)
    want = [midi.notes_of(PART.pitches[:, v], PART.onsets[:, v]) for v in range(4)]
    assert found == want and bar == 16
    line = midi.melody(data)
    assert (line.pitches == PART.pitches[:, 0]).all()
    assert (line.onsets == PART.onsets[:, 0]).all()


def test_other_peoples_files_are_understood() -> None:
    mido = pytest.importorskip("mido")
    file = mido.MidiFile(type=0, ticks_per_beat=96)
    track = mido.MidiTrack()
    file.tracks.append(track)
    message = mido.Message
    track.append(message("note_on", note=36, velocity=99, channel=9, time=0))  # a drum
    track.append(message("note_on", note=60, velocity=64, time=97))
    track.append(message("note_on", note=72, velocity=64, time=0))
    track.append(message("note_on", note=72, velocity=0, time=95))  # ends it
    track.append(message("note_off", note=60, velocity=0, time=0))
    track.append(message("note_on", note=74, velocity=64, time=48))
    track.append(message("note_off", note=74, time=23))
    memory = io.BytesIO()
    file.save(file=memory)
    line = midi.melody(memory.getvalue())
    assert line.pitches.tolist() == [72] * 4 + [0] * 2 + [74]
    assert line.onsets.tolist() == [True] + [False] * 5 + [True] and line.first == 4


@pytest.mark.parametrize("data", [b"", b"MThd", b"RIFFxxxx", bytes(200), b"MThd" * 9])
def test_broken_midi_is_one_sentence(data: bytes) -> None:
    pytest.importorskip("mido")
    with pytest.raises(CourseError, match="no MIDI file|no note") as caught:
        midi.melody(data)
    assert "\n" not in str(caught.value)


def test_cut_midi_never_raises_anything_else() -> None:
    pytest.importorskip("mido")
    data = midi.to_bytes(PART.pitches, PART.onsets)
    for end in range(0, len(data), 37):
        try:
            midi.melody(data[:end])
        except CourseError as error:
            assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("pitches", "says"),
    [
        ([40, 45], r"transpose it by \+17"),
        ([90, 84], "transpose it by -9"),
        ([30, 80], "more than a soprano has"),
    ],
)
def test_melodies_out_of_range_are_refused(pitches: list[int], says: str) -> None:
    pytest.importorskip("mido")
    line = np.array(pitches, np.int8)[:, None]
    with pytest.raises(CourseError, match=says):
        midi.melody(midi.to_bytes(line, line > 0))


def test_the_lowest_note_of_midi_is_no_rest() -> None:
    mido = pytest.importorskip("mido")
    memory, file, track = io.BytesIO(), mido.MidiFile(), mido.MidiTrack()
    track.append(mido.Message("note_on", note=0, velocity=60))
    track.append(mido.Message("note_off", note=0, time=480))
    file.tracks.append(track)
    file.save(file=memory)
    with pytest.raises(CourseError, match=r"from 0 to 0 .* transpose it by \+57"):
        midi.melody(memory.getvalue())


def test_empty_and_endless_melodies_are_refused() -> None:
    pytest.importorskip("mido")
    silence = np.zeros((8, 1), np.int8)
    for make in (midi.to_bytes, synth.play):
        with pytest.raises(CourseError, match="no note"):
            make(silence, silence > 0)
    long = np.full((600, 1), 70, np.int8)
    with pytest.raises(CourseError, match="at most 512"):
        midi.melody(midi.to_bytes(long, np.arange(600)[:, None] == 0))


def test_without_mido_the_way_to_it_is_told(monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "mido", None)
    with pytest.raises(CourseError, match=r"pip install 'aigc-course\[media\]'"):
        midi.need_mido()


def test_sound_has_the_pitch_that_is_written() -> None:
    line = steady()
    heard = synth.play(line.pitches[:, None], line.onsets[:, None], tempo=60)
    assert heard.dtype == np.float32 and np.abs(heard).max() <= synth.PEAK
    second = heard[: synth.RATE]  # one quarter at 60 a minute
    spectrum = np.abs(np.fft.rfft(second * np.hanning(len(second)), 2**19))
    hertz = spectrum.argmax() * synth.RATE / 2**19
    assert hertz == pytest.approx(synth.frequency(67), rel=2e-3)
    with wave.open(io.BytesIO(synth.wav_bytes(heard))) as file:
        assert file.getframerate() == synth.RATE and file.getnframes() == len(heard)
        back = np.frombuffer(file.readframes(len(heard)), "<i2") / 32_767
    assert np.abs(back - heard).max() < 1e-4
    with pytest.raises(CourseError, match="at most 600 s"):
        synth.play(np.full((99_999, 1), 60, np.int8), np.ones((99_999, 1), bool))


def test_soundfile_reads_the_wav() -> None:
    soundfile = pytest.importorskip("soundfile")
    heard = synth.play(steady().pitches[:, None], steady().onsets[:, None])
    samples, rate = soundfile.read(io.BytesIO(synth.wav_bytes(heard)))
    assert rate == synth.RATE and np.abs(samples - heard).max() < 1e-4


def test_a_contour_is_obeyed_and_copies_are_counted() -> None:
    lines = contour.melodies(TRAIN[:10])
    assert lines.shape[1] == 16 and lines.min() >= 57
    wanted = contour.curves(lines[:5])
    assert np.abs(wanted.sum(axis=1)).max() < 1e-9
    assert contour.error(contour.looked_up(lines, wanted), wanted) == 0
    assert contour.in_corpus(lines[:5] + 2, lines) == 1
    chain = contour.Chain(lines)
    one, many = (chain.nearest(wanted, k, 0) for k in (1, 30))
    assert contour.error(many, wanted) < contour.error(one, wanted)
    model = contour.trained(lines, 2, 0)
    drawn = contour.draw(model, wanted, torch.Generator().manual_seed(0))
    assert drawn.shape == (5, 16) and drawn.min() >= 57 and drawn.max() <= 81
    for bad in (np.zeros((1, 3)), np.full((1, 4), np.nan)):
        with pytest.raises(CourseError, match="4 finite numbers"):
            contour.prefix(bad)


def test_the_picture_and_the_player_have_words(capsys) -> None:
    panels = {"Bach": (PART.pitches, PART.onsets)}
    figure = picture.piano_roll(panels, 16, PART.first)
    assert len(figure.axes) == 1 and figure.legends
    assert "soprano to bass" in picture.in_words(PART.pitches)
    line = steady()
    listen.player(synth.play(line.pitches[:, None], line.onsets[:, None]), "A scale.")
    assert capsys.readouterr().out.strip().endswith("A scale.")
    with pytest.raises(CourseError, match="at most 10 s"):
        listen.player(np.zeros(300_000, np.float32), "Too long.")


def test_the_blind_test_is_kept_and_counted(tmp_path) -> None:
    bach = [(one.pitches[:16], one.onsets[:16]) for one in VALID[:6]]
    made = [(one.pitches[:16], one.onsets[:16]) for one in TRAIN[:6]]
    asked = blind.quiz(bach, made, seed=2)
    assert set(asked.truth) == {"b", "n"} and len(asked.sound(1))
    file = tmp_path / "blind.json"
    assert "no answers" in str(blind.answer(asked, "", file)) and not file.exists()
    told = blind.answer(asked, " ".join(asked.truth), file)
    assert (told.answered, told.right) == (6, 6) and "6 of 6" in str(told)
    assert blind.result(asked, file) == told
    for letters, says in (("b x", "letters b"), ("b" * 7, "7 answers")):
        with pytest.raises(CourseError, match=says):
            blind.answer(asked, letters, file)
    with pytest.raises(CourseError, match="other excerpts"):
        blind.result(blind.quiz(made, bach, seed=2), file)
    file.write_text("[]")
    with pytest.raises(CourseError, match="cannot be read"):
        blind.result(asked, file)
    with pytest.raises(CourseError, match="both kinds"):
        blind.quiz([], made)
    with pytest.raises(CourseError, match="no 7"):
        asked.sound(7)


def test_a_weight_makes_parallel_motion_rarer() -> None:
    """The weights of parallel motion touch the parallel's pitch alone."""
    model = lively()
    fifth = torch.tensor([[[40, 33, 33, 33]]])  # soprano a fifth above the bass
    now = torch.tensor([[[42, 35, 33, 33]]])  # the soprano rises by 2
    h = torch.zeros(1, 1, 16)
    before = model.write(h, fifth, now, now)[0, 0]
    with torch.no_grad():
        model.write.avoid.weight[7 + tokens.REACH] -= 1.0  # of soprano and bass
    after = model.write(h, fifth, now, now)[0, 0]
    change = (after - before).detach().nan_to_num()
    assert change[1, 35] == pytest.approx(-8.0)
    change[1, 35] = 0
    assert torch.equal(change, torch.zeros_like(change))


@pytest.mark.parametrize(("tick", "step"), [(0, 0), (59, 0), (60, 1), (115, 1)])
def test_a_played_note_goes_to_the_nearest_sixteenth(tick, step) -> None:
    assert midi._step(tick, 480) == step
