"""`aigc verify`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aigc_course.commands.common import PLACE
from aigc_course.errors import CourseError

if TYPE_CHECKING:
    from aigc_course.provenance.label import Found


@click.command()
@click.argument("place", type=PLACE, metavar="PATH")
@click.option("--key", metavar="KEY", help="The releaser's public key, 64 digits.")
@click.option(
    "--trust",
    type=PLACE,
    metavar="FILE",
    help="Certificates, PEM, of the roots whose signers you trust.",
)
@click.option("--key-file", type=PLACE, metavar="FILE", help="The key of a watermark.")
def verify(
    place: Path, key: str | None, trust: Path | None, key_file: Path | None
) -> None:
    """Check a release, or ask a picture where it comes from, offline.

    PATH is the folder of a release: its signature, checksums and golden outputs are
    checked. Or it is a picture: its credentials, its labels and, with --key-file, its
    watermark are read.
    """
    asked = trust is not None or key_file is not None
    if place.is_file() or (asked and not place.is_dir()):
        if key is not None:
            raise CourseError(
                "--key checks a release; a picture takes --trust and --key-file."
            )
        _picture(place, trust, key_file)
        return
    if asked:
        raise CourseError("--trust and --key-file check a picture, not a release.")
    _release(place, key)


def _release(folder: Path, key: str | None) -> None:
    from aigc_course.release import bundle, signing

    public = None
    if key is not None:
        if not signing.KEY.fullmatch(key):
            raise CourseError(
                "A public key is 64 hexadecimal digits, 0 to 9 and a to f."
            )
        public = bytes.fromhex(key)
    for sentence in bundle.verify(folder, public):
        click.echo(sentence)
    if public is None:
        click.echo("Without --key nobody has checked who released it.")


def _picture(file: Path, trust: Path | None, key_file: Path | None) -> None:
    """All that is found; a CourseError at the end where the credentials are invalid."""
    from aigc_course.apps import images
    from aigc_course.provenance import label

    images.read(file)  # refuses what is no picture, too large or damaged
    sentences = _credentials(file, trust)
    found = label.read(file)
    sentences.append(found.sentence if found else "Its metadata hold no label.")
    if key_file is not None:
        sentences.append(_mark(file, found, key_file))
    else:
        sentences.append("Without --key-file no watermark was looked for.")
    for sentence in sentences[1:]:
        click.echo(sentence)
    if sentences[0].startswith("Its credentials are invalid"):
        raise CourseError(sentences[0])
    click.echo(sentences[0])


def _credentials(file: Path, trust: Path | None) -> list[str]:
    """What the credentials of a picture say; why not, where they cannot be checked."""
    from aigc_course.apps.images import MAX_BYTES
    from aigc_course.files import read_bytes
    from aigc_course.provenance import credentials, signers

    if not credentials.installed():
        if trust is not None:
            signers.needs()
        return [
            "Credentials were not checked, for c2pa-python is missing:"
            f" {signers.COMMAND}"
        ]
    anchors = b"" if trust is None else read_bytes(trust, signers.MOST_BYTES)
    content = read_bytes(file, MAX_BYTES)
    if not content.startswith(tuple(credentials.KINDS)):
        return ["Credentials are read from PNG and JPEG files only."]
    return [credentials.read(content, anchors).sentence]


def _mark(file: Path, found: "Found | None", key_file: Path) -> str:
    """What the watermark's reader says of the picture without a label's strip."""
    import tempfile

    from aigc_course.apps import images
    from aigc_course.provenance import keys, label, watermark

    key = keys.read_key(key_file)
    if found is None or found.place is None:
        return watermark.read_mark(file, key)
    times, height, width = found.place
    picture = images.read(file)
    inside = label.original(picture, times, (height, width))
    if not label.has_strip(picture, times, (height, width)):
        raise CourseError(
            f"{file} names a part of itself as the labelled picture, but what lies"
            " below is no label of this course: no watermark was looked for."
        )
    with tempfile.TemporaryDirectory() as folder:
        inner = Path(folder) / "picture.png"
        images.write(inner, inside)
        return watermark.read_mark(inner, key)
