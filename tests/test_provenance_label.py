"""Labels: words measured in pixels, metadata of both regimes, and what removes them."""

import io
import json
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from aigc_course.apps import images
from aigc_course.apps.images import Picture
from aigc_course.cli import main
from aigc_course.errors import CourseError
from aigc_course.provenance import keys, label, signers, visible, watermark

LABEL = label.Implicit("1", "某公司 & Co <a>", "number-7")


def picture(*size, channels=1, alpha=False, seed=0):
    chance = torch.Generator().manual_seed(seed)
    levels = torch.randint(0, 256, (channels, *size), generator=chance)
    return Picture(levels / 127.5 - 1, torch.ones(1, *size) if alpha else None)


def by_eye(pixels, below):
    """Height of the lowest letter: rows of ink of each run of inked columns."""
    ink = np.asarray(pixels)[below:] < 128
    runs, run = [], []
    for column in ink.T:
        if column.any():
            run.append(column)
        elif run:
            runs.append(np.array(run).any(0))
            run = []
    return min(np.flatnonzero(rows)[-1] - np.flatnonzero(rows)[0] + 1 for rows in runs)


SIZES = [(28, 28), (1, 1), (20, 900), (900, 20), (127, 128), (300, 200), (512, 640)]


@pytest.mark.parametrize("text", label.TEXTS)
@pytest.mark.parametrize("size", SIZES)
def test_words_are_five_percent_high_in_the_rendered_file(tmp_path, size, text):
    for suffix in (".png", ".jpg"):
        place = tmp_path / f"a{suffix}"
        made = label.write(place, picture(*size), LABEL, text)
        with Image.open(place) as image:
            pixels = image.convert("L")
        height = by_eye(pixels, made.times * size[0])
        assert height / min(pixels.size) >= label.LEAST
        assert height >= 9  # fewer pixels cannot be read
        read = label.Labelled(images.read(place), made.times, size)
        assert label.measure(read) == pytest.approx(height / min(pixels.size))


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 300), st.integers(1, 300), st.sampled_from(sorted(label.TEXTS)))
def test_any_size_is_labelled_and_given_back(height, width, text):
    source = picture(height, width)
    made = label.explicit(source, text)
    assert label.measure(made) >= label.LEAST
    back = label.original(made.picture, made.times, made.size)
    assert torch.allclose(back.pixels, source.pixels, atol=1e-6)


def test_colour_and_transparency_stay(tmp_path):
    source = picture(40, 50, channels=3, alpha=True)
    made = label.write(tmp_path / "a.png", source, LABEL)
    read = images.read(tmp_path / "a.png")
    assert len(read.pixels) == 3 and made.times == 4
    back = label.original(read, 4, (40, 50))
    assert torch.allclose(back.pixels, source.pixels, atol=1e-5)


def test_measure_sees_letters_that_are_too_low():
    made = label.explicit(picture(128, 128))
    low = made.picture.pixels.clone()
    strip = low[:, 128:]
    rows = (strip[0] < 0).any(1).nonzero().flatten()
    strip[:, rows[0] : rows[4]] = 1  # the upper part of each letter is painted over
    assert label.measure(label.Labelled(Picture(low), 1, (128, 128))) < label.LEAST
    strip[:] = 1
    assert label.measure(label.Labelled(Picture(low), 1, (128, 128))) == 0


@pytest.mark.parametrize("text", ["en", "zh", None])
@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_metadata_carry_both_regimes(tmp_path, suffix, text):
    place = tmp_path / f"a{suffix}"
    label.write(place, picture(28, 28), LABEL, text)
    found = label.read(place)
    assert found.gb == LABEL.gb and tuple(found.gb) == label.GB_KEYS
    assert found.source_type == label.SOURCE_TYPE
    assert found.place == (None if text is None else (5, 28, 28))
    assert "某公司 & Co <a>" in found.sentence


def test_the_packet_is_xml_that_another_reader_understands(tmp_path):
    place = tmp_path / "a.png"
    label.write(place, picture(28, 28), LABEL)
    with Image.open(place) as image:
        text = image.info["xmp"]
    text = text.decode() if isinstance(text, bytes) else text
    root = ElementTree.fromstring(text.split("?>", 1)[1].rsplit("<?", 1)[0])
    values = [one.text for one in root.iter() if one.tag.endswith("}AIGC")]
    assert list(json.loads(values[0])) == list(label.GB_KEYS)


def test_labels_of_other_programs_are_read(tmp_path):
    text = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf='
        f'"{label.RDF}"><rdf:Description xmlns:TC260="{label.TC260}" TC260:AIGC='
        '"{&quot;Label&quot;:&quot;1&quot;,&quot;More&quot;:2}"/></rdf:RDF></x:xmpmeta>'
    )
    place = tmp_path / "a.png"
    images.write(place, picture(28, 28))
    place.write_bytes(label.insert(place.read_bytes(), text.encode()))
    assert label.read(place) == label.Found({"Label": "1"}, None, None)


def test_a_packet_needs_no_outer_element(tmp_path):
    place = tmp_path / "a.png"
    images.write(place, picture(28, 28))
    text = label.packet(LABEL).decode()
    inner = text[text.index("<rdf:RDF") : text.index("</x:xmpmeta>")]
    place.write_bytes(label.insert(place.read_bytes(), inner.encode()))
    assert label.read(place).gb == LABEL.gb


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_no_pixel_changes_by_metadata(tmp_path, suffix):
    place = tmp_path / f"a{suffix}"
    images.write(place, picture(40, 30))
    with Image.open(place) as image:
        before = np.asarray(image)
    place.write_bytes(label.insert(place.read_bytes(), label.packet(LABEL)))
    with Image.open(place) as image:
        assert np.array_equal(np.asarray(image), before)


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_saving_anew_removes_metadata_but_not_words(tmp_path, suffix):
    place, again = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    made = label.write(place, picture(28, 28), LABEL)
    with Image.open(place) as image:
        Image.fromarray(np.asarray(image)).save(again)
    assert label.read(again) is None
    seen = label.Labelled(images.read(again), made.times, made.size)
    assert label.measure(seen) >= label.LEAST


@pytest.mark.parametrize(
    "packet",
    [
        b"nothing",
        f"<x:xmpmeta xmlns:x='a' xmlns:t='{label.TC260}'><t:AIGC>".encode()
        + 50_000 * b"["
        + b"</t:AIGC></x:xmpmeta>",
        b"<x:xmpmeta xmlns:x='a'><!DOCTYPE a></x:xmpmeta>",
        b"<x:xmpmeta xmlns:x='a'><b></x:xmpmeta>",
        f"<x:xmpmeta xmlns:x='a' xmlns:t='{label.TC260}' t:AIGC='{{'/>".encode()
        + b"</x:xmpmeta>",
        f"<x:xmpmeta xmlns:x='a' xmlns:t='{label.TC260}'><t:AIGC>[1]</t:AIGC>".encode()
        + b"</x:xmpmeta>",
        f"<x:xmpmeta xmlns:x='a' xmlns:t='{label.TC260}'><t:AIGC>{{}}</t:AIGC>".encode()
        + b"</x:xmpmeta>",
    ],
)
def test_damaged_metadata_are_one_sentence(tmp_path, packet):
    place = tmp_path / "a.png"
    images.write(place, picture(28, 28))
    place.write_bytes(label.insert(place.read_bytes(), packet))
    with pytest.raises(CourseError, match="metadata of .* are damaged"):
        label.read(place)


def test_what_others_wrote_cannot_steer_a_terminal():
    told = label.Found({"Label": "1", "ContentProducer": "\x1b[2J\n"}, "a/\x07", None)
    assert told.sentence.isprintable()


def test_bad_values_are_refused():
    for values, words in [
        (("1", "", "7"), "none of them may be empty"),
        (("", "a", "7"), "none of them may be empty"),
        (("1", "a" * 201, "7"), "at most 200"),
        (("1", "a\nb", "7"), "printable"),
    ]:
        with pytest.raises(CourseError, match=words):
            label.Implicit(*values)
    with pytest.raises(CourseError, match="one of en, zh"):
        label.explicit(picture(28, 28), "fr")
    with pytest.raises(CourseError, match="exceed"):
        label.explicit(Picture(torch.zeros(1, 1, 2_000)), "en")
    with pytest.raises(CourseError, match="PNG and JPEG"):
        label.insert(b"GIF89a", b"")
    with pytest.raises(CourseError, match="at most"):
        label.insert(b"\xff\xd8", bytes(70_000))
    with pytest.raises(CourseError, match="cut or resized"):
        label.original(picture(100, 100), 5, (28, 28))


def test_every_letter_is_drawn_once_and_none_is_lower():
    for text in label.TEXTS.values():
        words = visible._words(text, 9)
        assert words.any(1).all() and len(words) >= 9


def test_facts_say_where_they_come_from_and_how_we_know():
    for fact in label.FACTS:
        assert len(fact.date) == 10 and fact.source and "not" in fact.status
    assert {fact.regime for fact in label.FACTS} == {"China", "European Union"}


def run(*arguments):
    return CliRunner().invoke(main, [str(part) for part in arguments])


def refused(*arguments):
    done = run(*arguments)
    assert done.exit_code == 2
    assert len(done.output.strip().splitlines()) == 1
    return done.output


@pytest.fixture
def plain(tmp_path):
    images.write(tmp_path / "plain.png", picture(28, 28))
    return tmp_path / "plain.png"


def test_the_command_labels_signs_and_is_verified(tmp_path, plain):
    pytest.importorskip("c2pa")
    out, me = tmp_path / "public" / "out.png", tmp_path / "me"
    made = run("label", plain, "--out", out, "--producer", "ACME", "--signer", me)
    assert made.exit_code == 0 and "keep key.pem secret" in made.output
    told = run("verify", out, "--trust", me / "anchor.pem").output
    assert "confirms" in told and "of the producer 'ACME'" in told
    again = io.BytesIO()
    with Image.open(out) as image:
        image.save(again, "PNG")
    out.write_bytes(again.getvalue())
    told = run("verify", out).output
    assert "no credentials" in told and "hold no label" in told


def test_the_command_refuses_in_one_sentence_and_writes_nothing(tmp_path, plain):
    labelled, cut, me = tmp_path / "l.png", tmp_path / "cut.png", tmp_path / "me"
    assert run("label", plain, "--out", labelled, "--producer", "A").exit_code == 0
    cut.write_bytes(plain.read_bytes()[:90])
    before = sorted(tmp_path.iterdir())
    out = tmp_path / "new.png"
    for arguments, words in [
        ((labelled, "--out", out, "--producer", "A"), "labelled already"),
        ((plain, "--out", labelled, "--producer", "A"), "--overwrite replaces"),
        ((plain, "--out", out, "--producer", " "), "may be empty"),
        ((plain, "--out", tmp_path / "new.gif", "--producer", "A"), ".png"),
        ((cut, "--out", out, "--producer", "A"), "cut off"),
        ((tmp_path / "none.png", "--out", out, "--producer", "A"), "no file"),
    ]:
        assert words in refused("label", *arguments)
    for inside in (me / "new.png", tmp_path / "new.png"):
        arguments = ("--out", inside, "--producer", "A", "--signer", me)
        if signers.installed():
            assert "must not lie" in refused("label", plain, *arguments)
    assert sorted(tmp_path.iterdir()) == before


def test_a_picture_that_cannot_be_written_leaves_no_signer(tmp_path, plain):
    pytest.importorskip("c2pa")
    me, out = tmp_path / "me", plain / "below.png"
    done = run("label", plain, "--out", out, "--producer", "A", "--signer", me)
    assert done.exit_code == 2 and not me.exists()


def test_a_strip_is_known_again_and_nothing_else_is():
    made = label.explicit(picture(28, 28))
    assert label.has_strip(made.picture, made.times, made.size)
    other = made.picture.pixels.clone()
    other[:, 140:] = 1
    assert not label.has_strip(Picture(other), made.times, made.size)
    high = torch.cat([made.picture.pixels, other], 1)
    assert not label.has_strip(Picture(high), made.times, made.size)


@pytest.mark.parametrize("text", ["en", "none"])
def test_verify_reads_a_mark_without_the_strip(tmp_path, plain, monkeypatch, text):
    seen = []

    def read_mark(path, key):
        seen.append((images.read(path), key))
        return "It was read."

    monkeypatch.setattr(watermark, "read_mark", read_mark)
    out, key = tmp_path / "out.png", tmp_path / "key"
    keys.write_key(key, bytes(range(32)))
    run("label", plain, "--out", out, "--producer", "A", "--text", text)
    told = run("verify", out, "--key-file", key)
    assert told.exit_code == 0 and "It was read." in told.output
    assert torch.equal(seen[0][0].pixels, images.read(plain).pixels)
    assert seen[0][1] == bytes(range(32))


def test_the_command_refuses_to_break_credentials(tmp_path, plain):
    pytest.importorskip("c2pa")
    from aigc_course.provenance import credentials

    signer = credentials.make_signer("Alice")
    plain.write_bytes(credentials.sign(plain.read_bytes(), signer))
    out = ("--out", tmp_path / "b.png", "--producer", "A")
    assert "label first" in refused("label", plain, *out)
