"""Signed pictures: valid, changed, saved anew, another signer, expired."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from aigc_course.cli import main
from aigc_course.errors import CourseError
from aigc_course.provenance import credentials, label, signers

pytest.importorskip("c2pa")
EXPIRED = Path(__file__).parent / "expired"


def file(pixels, kind="PNG"):
    made = io.BytesIO()
    Image.fromarray(pixels).save(made, kind)
    return made.getvalue()


def opened(content):
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image)


@pytest.fixture(scope="module")
def pixels():
    return np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)


@pytest.fixture(scope="module")
def alice():
    return credentials.make_signer("Alice")


@pytest.fixture(scope="module")
def signed(pixels, alice):
    return credentials.sign(file(pixels), alice)


def changed(pixels):
    other = pixels.copy()
    other[5, 7] ^= 1  # the least change there is
    return other


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_signed_picture_is_trusted_by_those_who_trust_the_root(pixels, alice, kind):
    picture = file(pixels, kind)
    signed = credentials.sign(picture, alice, "a digit")
    found = credentials.read(signed, alice.anchor)
    assert found.state == "trusted" and not found.problems
    assert found.issuer == "Alice" and found.source == credentials.SOURCE
    with (
        Image.open(io.BytesIO(signed)) as after,
        Image.open(io.BytesIO(picture)) as was,
    ):
        assert np.array_equal(np.asarray(after), np.asarray(was))


def test_one_changed_pixel_is_found(pixels, alice, signed):
    forged = credentials.transplant(signed, file(changed(pixels)))
    found = credentials.read(forged, alice.anchor)
    assert found.state == "invalid"
    assert found.problems == ("assertion.dataHash.mismatch",)
    # the move alone changes nothing that was signed
    same = credentials.transplant(signed, file(pixels))
    assert credentials.read(same, alice.anchor).state == "trusted"


def test_saving_anew_removes_the_credentials(alice, signed):
    again = io.BytesIO()
    with Image.open(io.BytesIO(signed)) as image:
        image.save(again, "PNG")
    assert credentials.read(again.getvalue(), alice.anchor).state == "none"


def test_another_signer_of_the_same_name_is_not_trusted(pixels, alice):
    other = credentials.make_signer("Alice")
    found = credentials.read(credentials.sign(file(pixels), other), alice.anchor)
    assert found.state == "untrusted"
    assert found.issuer == "Alice"  # the name alone is no evidence
    assert found.problems == ("signingCredential.untrusted",)


def test_without_anchors_nobody_is_trusted(signed):
    assert credentials.read(signed).state == "untrusted"


def test_several_anchors_are_all_trusted(pixels, alice, signed):
    other = credentials.make_signer("Bob")
    anchors = other.anchor + alice.anchor
    assert credentials.read(signed, anchors).state == "trusted"
    theirs = credentials.sign(file(pixels), other)
    assert credentials.read(theirs, anchors).state == "trusted"


def test_a_change_of_the_credentials_is_found(alice, signed):
    forged = bytearray(signed)
    forged[signed.index(b"trainedAlgorithmicMedia")] ^= 1
    with pytest.raises(CourseError, match="damaged"):  # a chunk has a checksum
        credentials.read(bytes(forged), alice.anchor)
    start = signed.index(b"caBX")
    end = start + 4 + int.from_bytes(signed[start - 4 : start])
    forged[end : end + 4] = crc32(forged[start:end]).to_bytes(4)
    assert credentials.read(bytes(forged), alice.anchor).state == "invalid"


def test_signing_again_replaces_the_signer(alice, signed):
    bob = credentials.make_signer("Bob")
    again = credentials.sign(signed, bob)
    assert credentials.read(again, bob.anchor).issuer == "Bob"
    assert credentials.read(again, alice.anchor).state == "untrusted"


def test_every_state_has_a_sentence_of_its_own(pixels, alice, signed):
    found = [
        credentials.read(file(pixels), alice.anchor),
        credentials.read(signed),
        credentials.read(signed, alice.anchor),
        credentials.read(
            credentials.transplant(signed, file(changed(pixels))), alice.anchor
        ),
    ]
    assert {one.state for one in found} == set(credentials.STATES)
    assert len({one.sentence for one in found}) == 4


def in_days(days):
    return datetime.now(UTC) + timedelta(days=days)


@pytest.mark.parametrize("begins, words", [(-30, "expired on"), (30, "is valid from")])
def test_a_certificate_that_is_not_valid_now_signs_nothing(pixels, begins, words):
    signer = credentials.make_signer("Bob", days=10, begins=in_days(begins))
    with pytest.raises(CourseError, match=words):
        credentials.sign(file(pixels), signer)


def test_credentials_do_not_outlive_their_certificate():
    # signed while the certificate was valid; no time stamp shows when that was
    found = credentials.read(
        (EXPIRED / "signed.png").read_bytes(), (EXPIRED / "anchor.pem").read_bytes()
    )
    assert found.state == "invalid"
    assert "signingCredential.expired" in found.problems
    assert "not valid at this time" in found.sentence


def test_an_expired_certificate_does_not_hide_a_change():
    signed = (EXPIRED / "signed.png").read_bytes()
    forged = credentials.transplant(signed, file(changed(opened(signed))))
    told = credentials.read(forged, (EXPIRED / "anchor.pem").read_bytes()).sentence
    assert "not valid at this time" in told and "changed after signing" in told


def test_a_signer_cannot_issue_certificates(pixels, alice):
    """Alice's key signs a certificate for "Bob": her root does not confirm that."""
    from cryptography.hazmat.primitives import serialization

    by = (
        signers.certificates(alice.chain)[0],
        serialization.load_pem_private_key(alice.key, None),
    )
    leaf, key = signers._certificate("Bob", "Bob", in_days(-1), 30, by)
    chain = signers._pem(leaf) + alice.chain
    bob = replace(alice, name="Bob", chain=chain, key=signers._secret(key))
    found = credentials.read(credentials.sign(file(pixels), bob), alice.anchor)
    assert found.state == "untrusted" and found.issuer == "Bob"


def test_an_address_of_credentials_is_not_fetched_and_counts_as_none(pixels):
    packet = (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{label.RDF}">'
        '<rdf:Description xmlns:dcterms="http://purl.org/dc/terms/"'
        ' dcterms:provenance="http://example.invalid/m"/></rdf:RDF></x:xmpmeta>'
    )
    content = label.insert(file(pixels), packet.encode())
    assert credentials.read(content).state == "none"


def test_errors_of_hostile_files_cannot_steer_a_terminal():
    assert credentials._words(ValueError("\x1b[2J a\n b")) == "?[2J a b"


def test_a_private_key_is_not_shown_by_accident(alice):
    assert "PRIVATE" not in repr(alice)


def test_what_cannot_be_signed_is_refused_in_one_sentence(pixels, alice):
    bob = credentials.make_signer("Bob")
    whole = file(pixels)
    for picture, signer, words in [
        (b"", alice, "PNG and JPEG"),
        (b"hello", alice, "PNG and JPEG"),
        (file(pixels, "GIF"), alice, "PNG and JPEG"),
        (whole[: len(whole) // 2], alice, "cut off"),
        (whole, replace(alice, key=bob.key), "does not belong"),
        (whole, replace(alice, key=b"no key"), "PEM"),
        (whole, replace(alice, chain=b"no certificate"), "PEM"),
    ]:
        with pytest.raises(CourseError, match=words) as told:
            credentials.sign(picture, signer)
        assert "\n" not in str(told.value)


def test_what_cannot_be_read_is_refused(pixels, signed):
    for picture, anchors, words in [
        (signed[: len(signed) - 60], b"", "cut off"),
        (b"hello", b"", "PNG and JPEG"),
        (signed, b"no certificate", "BEGIN CERTIFICATE"),
    ]:
        with pytest.raises(CourseError, match=words):
            credentials.read(picture, anchors)


def test_transplant_refuses_what_it_cannot_move(pixels, signed):
    plain = file(pixels)
    with pytest.raises(CourseError, match="no credentials"):
        credentials.transplant(plain, signed)
    with pytest.raises(CourseError, match="PNG files only"):
        credentials.transplant(signed, file(pixels, "JPEG"))


@pytest.mark.parametrize("name", ["", "  ", "x" * 65])
def test_a_name_fits_into_a_certificate(name):
    with pytest.raises(CourseError, match="1 to 64"):
        credentials.make_signer(name)
    with pytest.raises(CourseError, match="at least 1 day"):
        credentials.make_signer("Alice", days=0)


def test_a_signer_is_written_whole_and_never_overwritten(tmp_path, alice):
    place = tmp_path / "new" / "me"
    credentials.write_signer(place, alice)
    assert credentials.read_signer(place) == alice
    assert (place / "key.pem").stat().st_mode & 0o077 == 0
    with pytest.raises(CourseError, match="not overwritten"):
        credentials.write_signer(place, credentials.make_signer("Eve"))
    assert credentials.read_signer(place) == alice
    assert sorted(one.name for one in place.parent.iterdir()) == ["me"]
    (place / "chain.pem").write_text("nonsense")
    with pytest.raises(CourseError, match="no certificate"):
        credentials.read_signer(place)


def test_without_the_extra_a_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setattr(signers, "found", lambda *names: False)
    for call in (lambda: credentials.read(b""), lambda: credentials.make_signer("A")):
        with pytest.raises(CourseError, match=r"aigc-course\[trust\]"):
            call()


def told(*arguments):
    return CliRunner().invoke(main, ["verify", *map(str, arguments)])


def test_verify_tells_what_a_picture_carries(tmp_path, pixels, alice, signed):
    anchor, place = tmp_path / "anchor.pem", tmp_path / "a.png"
    anchor.write_bytes(alice.anchor)
    place.write_bytes(signed)
    assert "a root that you trust confirms" in told(place, "--trust", anchor).output
    assert "anybody can write the name" in told(place).output
    place.write_bytes(credentials.transplant(signed, file(changed(pixels))))
    found = told(place, "--trust", anchor)
    assert found.exit_code == 2 and "changed after signing" in found.output


def test_verify_keeps_pictures_and_releases_apart(tmp_path, signed):
    place = tmp_path / "a.png"
    place.write_bytes(signed)
    for arguments, words in [
        ((place, "--key", "ab"), "--key checks a release"),
        ((tmp_path, "--trust", place), "check a picture"),
        ((place, "--trust", place), "BEGIN CERTIFICATE"),
        ((tmp_path / "nothing",), "no folder"),
        ((tmp_path / "nothing.png", "--trust", place), "no file"),
    ]:
        found = told(*arguments)
        assert found.exit_code == 2 and words in found.output
        assert len(found.output.strip().splitlines()) == 1


def test_verify_goes_on_without_the_extra(tmp_path, signed, monkeypatch):
    monkeypatch.setattr(signers, "found", lambda *names: False)
    place = tmp_path / "a.png"
    place.write_bytes(signed)
    assert "were not checked" in told(place).output
    found = told(place, "--trust", place)
    assert found.exit_code == 2 and "[trust]" in found.output
