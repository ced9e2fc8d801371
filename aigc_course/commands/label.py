"""`aigc label`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aigc_course.commands.common import PLACE
from aigc_course.errors import CourseError

if TYPE_CHECKING:
    from aigc_course.apps.images import Picture
    from aigc_course.provenance.signers import Signer

SIGNED = (b"caBX", b"jumb")  # where a PNG, and where a JPEG, carries credentials
DIGITS = 16  # of a content number that is made from the pixels


@click.command()
@click.argument("file", type=PLACE, metavar="FILE")
@click.option("--out", type=PLACE, required=True, metavar="FILE")
@click.option("--producer", required=True, metavar="NAME", help="Who made the picture.")
@click.option(
    "--id",
    "number",
    metavar="NUMBER",
    help="The producer's number of the picture; without, one is made from its pixels.",
)
@click.option(
    "--text",
    type=click.Choice(("en", "zh", "none")),
    default="en",
    show_default=True,
    help="Language of the words in the picture; none writes metadata alone.",
)
@click.option(
    "--signer",
    type=PLACE,
    metavar="DIR",
    help="Sign with the key in this folder; a new one is made where it is not there.",
)
@click.option("--overwrite", is_flag=True, help="Replace --out where it exists.")
def label(
    file: Path,
    out: Path,
    producer: str,
    number: str | None,
    text: str,
    signer: Path | None,
    overwrite: bool,
) -> None:
    """Say in a picture, and in its file, that a model has made it.

    Words stand in a strip below the picture, at least 5 % of its shorter side high. The
    metadata carry the keys of GB 45438-2025 and the IPTC's digital source type. Labels
    come after a watermark and before a signature, which covers all of them.
    """
    from aigc_course.apps import images
    from aigc_course.files import target, write_bytes
    from aigc_course.provenance import label as labels

    picture = images.read(file)
    images.check_output(out, transparent=picture.alpha is not None, overwrite=overwrite)
    refuse_labelled(file, "a label would break: label first, then sign")
    implicit = labels.Implicit("1", producer, number or _number(picture))
    by = None if signer is None else _signer(signer, out, producer)
    words = None if text == "none" else text
    made, labelled = labels.content(out.suffix, picture, implicit, words)
    if by is not None:
        from aigc_course.provenance import credentials

        made = credentials.sign(made, by, implicit.produce_id)
    write_bytes(target(out), made)
    if signer is not None and by is not None:
        _keep(signer, by)
    if labelled is not None:
        click.echo(f"Words: {labels.measure(labelled):.1%} of the shorter side high.")
    click.echo(f"Metadata: producer {producer!r}, number {implicit.produce_id}.")
    if by is not None:
        click.echo(f'Signed as "{by.name}".')
    click.echo(f"{out}")


def refuse_labelled(file: Path, why: str) -> None:
    """CourseError where labels are there already, or credentials would be lost."""
    from aigc_course.apps.images import MAX_BYTES
    from aigc_course.files import read_bytes
    from aigc_course.provenance import label as labels

    if labels.read(file) is not None:
        raise CourseError(
            f"{file} is labelled already: take the picture without its label."
        )
    if any(mark in read_bytes(file, MAX_BYTES) for mark in SIGNED):
        raise CourseError(f"{file} carries credentials, which {why}.")


def _number(picture: "Picture") -> str:
    """A content number: the first digits of the SHA-256 of the pixels."""
    import hashlib

    return hashlib.sha256(picture.pixels.numpy().tobytes()).hexdigest()[:DIGITS]


def _signer(folder: Path, out: Path, name: str) -> "Signer":
    """The signer in a folder; a new one where the folder is not there."""
    from aigc_course.provenance import signers

    signers.needs()
    if folder.resolve().is_relative_to(out.resolve().parent):
        raise CourseError(
            "The private key must not lie in the folder of --out: choose another"
            " --signer."
        )
    if not folder.exists():
        return signers.make_signer(name)
    return signers.read_signer(folder)


def _keep(folder: Path, signer: "Signer") -> None:
    """Write a new signer, after the picture that it signed.

    A picture that could not be written leaves no key behind; a key that could not be
    written leaves a signed picture, which is whole.
    """
    from aigc_course.provenance import signers

    if folder.exists():
        return
    signers.write_signer(folder, signer)
    click.echo(
        f"A new key is in {folder}: keep {signers.FILES['key']} secret, and give"
        f" readers {signers.FILES['anchor']}."
    )
