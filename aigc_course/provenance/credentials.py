"""Signed pictures: C2PA credentials with an authority of one's own, offline.

A signer holds a private key. A certificate says whose key it is, and a root that the
reader trusts has signed the certificate. The credentials lie in the file, with a hash
of all its other bytes (C2PA specification 2.4: binding to content, trust model,
validation). They are lost when the file is saved anew.

The extra `trust` brings the package c2pa; it is loaded by the functions that need it.
"""

import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from PIL import Image

from aigc_course import __version__
from aigc_course.errors import CourseError
from aigc_course.provenance.signers import (
    Signer,
    certificates,
    installed,
    make_signer,
    needs,
    read_signer,
    write_signer,
)

__all__ = [
    "Credentials",
    "KINDS",
    "SOURCE",
    "STATES",
    "Signer",
    "installed",
    "make_signer",
    "read",
    "read_signer",
    "sign",
    "transplant",
    "write_signer",
]

STATES = ("none", "invalid", "untrusted", "trusted")
KINDS = {b"\x89PNG": "image/png", b"\xff\xd8": "image/jpeg"}  # by first bytes
SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
# nothing is fetched from a network, and no small copy of the picture is added
OFFLINE = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
    "builder": {"thumbnail": {"enabled": False}},
}
UNTRUSTED = "signingCredential.untrusted"
REMOTE = "Remote:"  # the file names an address, and carries nothing itself
EXPIRED = ("signingCredential.expired", "claimSignature.outsideValidity")


@dataclass(frozen=True)
class Credentials:
    """What the credentials of a file say, and whether that can be believed.

    state: one of STATES. "untrusted" means that the bytes are those that were signed,
    but no trusted root stands behind the certificate. issuer: the name that the
    certificate claims. problems: codes of the specification. source: the kind of source
    that the signer declares.
    """

    state: str
    issuer: str = ""
    problems: tuple[str, ...] = ()
    source: str = ""

    @property
    def sentence(self) -> str:
        """The same in words, for a person."""
        if self.state == "none":
            return "It carries no credentials; that does not show who made it, or how."
        if self.state == "invalid":
            codes = ", ".join(self.problems)
            late = any(code in EXPIRED for code in self.problems)
            # an expired certificate must not hide that something was changed as well
            reasons = ["the certificate is not valid at this time"] * late
            if not late or set(self.problems) - {*EXPIRED, UNTRUSTED}:
                reasons.append(
                    "the picture or the credentials were changed after signing"
                )
            return f"Its credentials are invalid: {', and '.join(reasons)} ({codes})."
        name = repr(self.issuer)  # others wrote it: it may steer a terminal
        if self.state == "untrusted":
            return (
                "Its bytes are those that were signed, but no root that you trust"
                f" confirms the signer: anybody can write the name {name}."
            )
        model = " The signer declares that a model made it." * (self.source == SOURCE)
        return (
            f"Its bytes are those that {name} signed; a root that you trust confirms"
            f" the name.{model}"
        )


def sign(picture: bytes, signer: Signer, title: str = "picture") -> bytes:
    """The file with credentials, which say that a trained model made the picture.

    picture: the bytes of a PNG or JPEG file. Credentials that it had are replaced.
    Raises CourseError for another kind of file, a damaged one, a certificate that is
    not valid now, and a key that does not belong to it.
    """
    c2pa = needs()
    kind = _kind(picture)
    signer.check(datetime.now(UTC))
    manifest = {
        "claim_generator_info": [{"name": "aigc-course", "version": __version__}],
        "title": title,
        "format": kind,
        "assertions": [{"label": "c2pa.actions", "data": {"actions": [_created()]}}],
    }
    made = io.BytesIO()
    try:
        info = c2pa.C2paSignerInfo("es256", signer.chain, signer.key, None)
        context = c2pa.Context.from_dict(OFFLINE)
        with (
            c2pa.Signer.from_info(info) as native,
            c2pa.Builder(json.dumps(manifest), context=context) as builder,
        ):
            builder.sign(native, kind, io.BytesIO(picture), made)
    except c2pa.C2paError as error:
        raise CourseError(f"The picture cannot be signed: {_words(error)}.") from error
    return made.getvalue()


def read(picture: bytes, anchors: bytes = b"") -> Credentials:
    """The credentials of a PNG or JPEG file, checked without a network.

    anchors: certificates, PEM, of the roots that you trust; without any, the best
    state is "untrusted". Raises CourseError for another kind of file, a damaged
    picture, and anchors that are not certificates.
    """
    c2pa = needs()
    kind = _kind(picture)
    settings: dict[str, Any] = dict(OFFLINE)
    if anchors:
        certificates(anchors)  # the library ignores what it cannot read
        settings["trust"] = {"trust_anchors": anchors.decode("ascii")}
    context = c2pa.Context.from_dict(settings)
    try:
        with c2pa.Reader(kind, io.BytesIO(picture), context=context) as reader:
            return _told(json.loads(reader.json()))
    except c2pa.C2paError.ManifestNotFound:
        return Credentials("none")
    except c2pa.C2paError as error:
        if str(error).startswith(REMOTE):
            return Credentials("none")
        return Credentials("invalid", problems=(_words(error),))
    except (KeyError, TypeError, ValueError):  # a report that contradicts itself
        return Credentials("invalid", problems=("the report of the library",))


def transplant(signed: bytes, other: bytes) -> bytes:
    """The credentials of one PNG file in another: what a forger tries first.

    Every byte of the credentials stays as it was signed. Raises CourseError for what is
    no PNG, and where the first file has no credentials.
    """
    if "image/jpeg" in (_kind(signed), _kind(other)):
        raise CourseError("Credentials are moved between PNG files only.")
    # a chunk: length, 4 letters, content, checksum; the header is 8 + 25 bytes
    place = signed.find(b"caBX")
    if place < 0:
        raise CourseError("The first file has no credentials that could be moved.")
    length = int.from_bytes(signed[place - 4 : place])
    chunk = signed[place - 4 : place + 8 + length]
    return other[:33] + chunk + other[33:]


def _created() -> dict[str, str]:
    return {"action": "c2pa.created", "digitalSourceType": SOURCE}


def _told(report: dict[str, Any]) -> Credentials:
    """What the library found, in four states."""
    manifest = report["manifests"][report["active_manifest"]]
    checked = report.get("validation_results", {}).get("activeManifest", {})
    problems = tuple(dict.fromkeys(one["code"] for one in checked.get("failure", [])))
    state = {"Trusted": "trusted", "Valid": "untrusted"}.get(
        report.get("validation_state", ""), "invalid"
    )
    issuer = str(manifest.get("signature_info", {}).get("issuer", ""))
    return Credentials(state, issuer, problems, _source(manifest))


def _source(manifest: dict[str, Any]) -> str:
    """The declared source of the first action that names one."""
    for assertion in manifest.get("assertions", []):
        if str(assertion.get("label", "")).startswith("c2pa.actions"):
            for action in assertion.get("data", {}).get("actions", []):
                if found := action.get("digitalSourceType"):
                    return str(found)
    return ""


def _kind(picture: bytes) -> str:
    """The MIME type of a whole PNG or JPEG file; CourseError for anything else."""
    kind = next((k for start, k in KINDS.items() if picture.startswith(start)), "")
    if not kind:
        raise CourseError("Credentials belong to PNG and JPEG files only.")
    try:
        with Image.open(io.BytesIO(picture), formats=("PNG", "JPEG")) as image:
            image.load()  # finds what is cut off
    except Exception as error:  # decoders of hostile files raise anything
        raise CourseError(
            "The picture is damaged or cut off: take a whole PNG or JPEG file."
        ) from error
    return kind


def _words(error: Exception) -> str:
    """One line; a hostile file may have put characters in that steer a terminal."""
    line = " ".join(str(error).split())[:120].rstrip(".")
    return "".join(c if c.isprintable() else "?" for c in line)
