"""Verse: tones, forms, the grid, constraints, the writer, rivals, figures."""

import lzma
import random

import pytest
import torch

from aigc_course.apps.verse import counts, forms, measure, picture, tones, writer
from aigc_course.apps.verse.grid import Grid, Letters
from aigc_course.apps.verse.network import Poet, shared
from aigc_course.apps.verse.wish import Allowed, Wish
from aigc_course.attention.decoding import Decoding
from aigc_course.data.idx import DataError
from aigc_course.errors import CourseError

# Wang Zhihuan and Zhang Ji: both follow the rules
STORK = "白日依山盡，黃河入海流。欲窮千里目，更上一層樓。"
BRIDGE = "月落烏啼霜滿天，江楓漁火對愁眠。姑蘇城外寒山寺，夜半鐘聲到客船。"
# Meng Haoran's Spring Dawn rhymes on an oblique tone, an older form
DAWN = "春眠不覺曉，處處聞啼鳥。夜來風雨聲，花落知多少。"


@pytest.fixture(scope="module")
def some() -> list:
    return writer.shipped_poems()[0][:400]


@pytest.fixture(scope="module")
def poet(some) -> Poet:
    torch.manual_seed(0)
    model = Poet(writer.letters_of(some), width=16, layers=1, heads=2)
    return writer.trained(model, some, steps=2)


def test_tones_and_rhymes_of_known_characters() -> None:
    found = tones.table()
    assert [found.level(c) for c in "平仄花月東不"] == [
        True,
        False,
        True,
        False,
        True,
        False,
    ]
    assert found.level("看") is None and found.tone("☃") == tones.EITHER
    assert found.rhyme("東", "公", "空") and not found.rhyme("東", "江")
    assert not found.rhymes("☃") and not found.rhyme("東", "☃")
    assert len(found.names) == 106 and len(found.level_rhymes) == 30
    # a character of one tone has rhymes of that tone alone
    for character in "東月先啼":
        is_level = {n in found.level_rhymes for n in found.rhymes(character)}
        assert is_level == {found.level(character)}


def test_a_damaged_table_is_refused(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(tones, "FOLDER", tmp_path)
    for content in (None, b"no xz", lzma.compress("東平0".encode())):
        tones.table.cache_clear()
        if content is not None:
            (tmp_path / "tones.xz").write_bytes(content)
        with pytest.raises(DataError):
            tones.table()
    tones.table.cache_clear()


def test_well_known_poems_are_judged_rightly() -> None:
    for poem in (STORK, BRIDGE):
        verdict = forms.judge(poem)
        assert verdict.regular and verdict.rhyme and all(verdict.alternate)
    verdict = forms.judge(DAWN)
    assert not verdict.regular and verdict.rhyme


def test_four_patterns_of_each_size() -> None:
    for size in forms.SIZES:
        every = forms.patterns(size)
        assert len(set(every)) == 4
        for rows in every:
            assert [row[-1] for row in rows[1:]] == [1, -1, 1]
            assert all(row[0] == row[2] == forms.FREE for row in rows)
    assert forms.fits(forms.lines(BRIDGE), forms.pattern(7, False, True))


@pytest.mark.parametrize("poem", ["", "春眠不覺曉", "一二三，一二三。一二三，一二三。"])
def test_what_is_no_quatrain_is_refused(poem: str) -> None:
    with pytest.raises(CourseError, match="four lines"):
        forms.lines(poem)
    with pytest.raises(CourseError, match="five or seven"):
        forms.pattern(6, True, True)


def test_a_wrong_tone_is_found_at_every_place_that_matters() -> None:
    rows = forms.pattern(5, False, False)
    poem = [list(line) for line in forms.lines(STORK)]
    for line, row in enumerate(rows):
        for place, wanted in enumerate(row):
            changed = [list(part) for part in poem]
            changed[line][place] = "月" if wanted == 1 else "花"
            fits = forms.fits(["".join(part) for part in changed], rows)
            assert fits == (wanted == forms.FREE)


def test_the_grid_is_read_and_written() -> None:
    letters = Letters(
        STORK.replace("，", "").replace("。", "")
        + "月落烏啼霜滿天江楓漁火對愁眠姑蘇城外寒山寺夜半鐘聲到客船"
    )
    poems = [forms.lines(STORK), forms.lines(BRIDGE)]
    tokens = letters.encode(poems)
    assert letters.decode(tokens) == poems
    assert (tokens[:, 0] == letters.start).all()
    assert letters.counts(tokens).sum(dim=1).tolist() == [20, 28]
    assert (tokens[0, 1:3] == letters.blank).all()  # a short line stands at the right
    with pytest.raises(CourseError, match="4 lines"):
        letters.encode([("白日",)])
    with pytest.raises(CourseError, match="traditional"):
        letters.token("东")


def test_characters_share_their_rhymes() -> None:
    letters = Letters("東公花")
    shares, groups = shared(letters)
    assert torch.allclose(shares[: letters.blank].sum(1), torch.ones(3))
    assert groups[letters.blank] == groups[letters.start] == 0
    east, public = letters.token("東"), letters.token("公")
    assert torch.equal(shares[east], shares[public])


def test_cached_and_whole_logits_agree(poet: Poet, some) -> None:
    tokens = poet.letters.encode(some[:3])[:, :-1]
    whole, seen, parts = poet(tokens), None, []
    for place in range(tokens.shape[1]):
        logits, seen = poet.step(tokens[:, place : place + 1], seen)
        parts.append(logits)
    assert torch.allclose(torch.cat(parts, 1), whole, atol=1e-4)


@pytest.mark.parametrize("size", [5, 7])
def test_every_constrained_poem_keeps_its_wish(poet: Poet, some, size: int) -> None:
    generator = torch.Generator().manual_seed(1)
    acrostic = "".join(poem[0][0] for poem in some[:4])
    wishes = writer.random_wishes(12, generator, acrostic, size)
    found = writer.write(poet, wishes, generator)
    for poem, wish in zip(found.poems, wishes, strict=True):
        assert forms.judge(poem).rhyme and measure.keeps(poem, acrostic)
        assert forms.fits(poem, wish.tones())
        if wish.pattern[1]:  # the first line rhymes as well
            assert tones.table().rhyme(*(poem[n][-1] for n in (0, 1, 3)))
    assert (found.log_weights < 0).all()
    again = writer.write(poet, wishes, torch.Generator().manual_seed(7)).poems
    assert again == writer.write(poet, wishes, torch.Generator().manual_seed(7)).poems
    assert again != found.poems


def test_free_draws_have_the_weight_one_among_characters(poet: Poet) -> None:
    found = writer.write(poet, [Wish(7)] * 4, torch.Generator().manual_seed(0))
    # only the blank and the start are left out
    assert (found.log_weights > -1.0).all()
    rhymed = writer.write(poet, [Wish(7, rhyme=True)] * 4)
    assert all(forms.judge(poem).rhyme for poem in rhymed.poems)


def test_one_of_several_is_kept(poet: Poet) -> None:
    generator = torch.Generator().manual_seed(2)
    wishes = writer.random_wishes(2, generator)
    assert len(writer.resampled(poet, wishes, 3, generator)) == 2
    with pytest.raises(CourseError, match="tries"):
        writer.resampled(poet, wishes, 0)


def test_wishes_that_cannot_be_kept_are_refused(poet: Poet) -> None:
    with pytest.raises(CourseError, match="5 or 7"):
        Wish(6)
    with pytest.raises(CourseError, match="four characters"):
        Wish(7, "春")
    with pytest.raises(CourseError, match="does not know"):
        Allowed(poet.letters, Wish(7, "☃☃☃☃"))
    with pytest.raises(CourseError, match="at least one"):
        writer.compose(poet.letters, lambda tokens: tokens, [], Decoding())


def test_training_lowers_the_bits(some) -> None:
    torch.manual_seed(0)
    letters = writer.letters_of(some)
    model = Poet(letters, Grid(), width=16, layers=1, heads=2)
    before = float(writer.bits(model, some[:50]).mean())
    after = float(writer.bits(writer.trained(model, some, steps=12), some[:50]).mean())
    assert after < before - 1
    assert before == pytest.approx(
        torch.log2(torch.tensor(float(letters.blank))), abs=0.5
    )


def test_weights_are_stored_in_eight_bits(poet: Poet, some) -> None:
    stored = writer.packed(poet)
    copy = Poet(poet.letters, **poet.size)
    copy.load_state_dict(writer.unpacked(stored))
    assert stored["embed.own"].dtype == torch.int8
    for name, w in poet.state_dict().items():
        step = stored[name + ".scale"].float() if w.ndim == 2 else 0.0
        assert (
            (copy.state_dict()[name] - w).abs() <= 0.51 * step + 1e-3 * (1 + w.abs())
        ).all(), name
    one, other = (writer.bits(model, some[:20]).mean() for model in (poet, copy))
    assert float(one) == pytest.approx(float(other), abs=0.02)


def test_what_ships_has_read_poems() -> None:
    model, (_, valid) = writer.shipped(), writer.shipped_poems()
    bits = float(writer.bits(model, valid[:60]).mean())
    assert bits < 9.3
    assert model.letters.vocabulary == 4_501


def test_counts_predict_and_keep_wishes(some) -> None:
    letters = writer.letters_of(some)
    table = counts.Counts(some, letters)
    assert table.bits(some[:20]).mean() < table.bits(measure.shuffled(some[:20])).mean()
    one = counts.Counts(some, letters, order=1)
    # without a context: the shares among characters, marks and blanks left out
    p = one.model.probabilities(torch.tensor([], dtype=torch.long))[: letters.blank]
    known = letters.encode(some[:1])[0]
    shares = (p / p.sum())[known[known < letters.blank]]
    assert torch.isclose(one.bits(some[:1])[0], -shares.log2().mean())
    generator = torch.Generator().manual_seed(0)
    for size in (5, 7):
        wishes = writer.random_wishes(2, generator, size=size)
        for poem, wish in zip(
            table.write(wishes, generator).poems, wishes, strict=True
        ):
            assert forms.fits(poem, wish.tones()) and forms.judge(poem).rhyme


def test_a_cento_holds_known_lines(some) -> None:
    wishes = writer.random_wishes(4, torch.Generator().manual_seed(0))
    found = counts.Cento(some).write(wishes)
    known = {line for poem in some for line in poem}
    for poem, wish in zip(found, wishes, strict=True):
        assert set(poem) <= known and forms.fits(poem, wish.tones())
        assert forms.judge(poem).rhyme
    with pytest.raises(CourseError, match="No known lines"):
        counts.Cento(some[:3]).write([Wish(7, "春江花月")])


def test_copies_and_shuffles_are_measured(some) -> None:
    report = measure.report(some[:30], some)
    assert report.copied == (float(sorted(len(p[0]) for p in some[:30])[15]), 7)
    mixed = measure.shuffled(some[:30])
    assert all(
        sorted("".join(a)) == sorted("".join(b))
        for a, b in zip(some, mixed, strict=False)
    )
    assert measure.report(mixed, some).regular < 0.1 < report.regular
    with pytest.raises(CourseError, match="at least one"):
        measure.report([], some)


def test_a_doubtful_tone_is_skipped_and_not_forgotten() -> None:
    # places 1, 3, 5: level, either, level is fine; level, either, oblique is not
    assert forms.alternates("一花一看一花一")
    assert not forms.alternates("一花一看一月一")
    assert random.Random(0).random() == pytest.approx(0.8444, abs=1e-3)


def test_tones_are_drawn() -> None:
    shown = picture.tones({"one": forms.lines(STORK), "two": forms.lines(BRIDGE)})
    assert [len(axes.patches) for axes in shown.axes] == [20, 28]
