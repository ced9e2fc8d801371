"""`aigc watermark`."""

from pathlib import Path

import click

from aigc_course.commands.common import PLACE
from aigc_course.commands.label import refuse_labelled
from aigc_course.errors import CourseError


@click.command()
@click.argument("file", type=PLACE, metavar="FILE")
@click.option(
    "--key", "key_file", type=PLACE, required=True, metavar="FILE", help="Your key."
)
@click.option("--new-key", is_flag=True, help="Make the key; --key names a new file.")
@click.option("--out", type=PLACE, required=True, metavar="FILE")
@click.option("--overwrite", is_flag=True, help="Replace --out where it exists.")
def watermark(
    file: Path, key_file: Path, new_key: bool, out: Path, overwrite: bool
) -> None:
    """Hide a mark in the picture FILE that only the key can find.

    FILE is a grey digit of 28 x 28 pixels. Mark it before it is labelled and signed.
    `aigc verify FILE --key-file KEY` finds the mark again, also after a JPEG, noise, a
    shift by one pixel or a crop. Regenerating the picture removes it.
    """
    from aigc_course import metrics
    from aigc_course.apps import images
    from aigc_course.provenance import keys
    from aigc_course.provenance import watermark as marks

    _check_places(file, key_file, new_key, out, overwrite)
    picture = marks.read_picture(file)  # before a key is made for it
    refuse_labelled(file, "a mark would break: mark first, then label and sign")
    key = keys.new_key() if new_key else keys.read_key(key_file)
    mark = marks.Watermark(key, marks.standard_whitening())
    marked = mark.embed(picture)
    if float(mark.p_values(mark.scores(marked))) > marks.LEVEL:
        raise CourseError(
            f"{file} cannot be marked: it is too unlike the digits that the watermark"
            " is made for."
        )
    if new_key:
        keys.write_key(key_file, key)
    try:
        images.write(out, images.Picture(marked[0]))
    except BaseException:
        if new_key:  # a key that marks nothing is not left behind
            key_file.unlink()
        raise
    if new_key:
        click.echo(f"A new key is in {key_file}: keep it, and keep it secret.")
    written = marks.read_picture(out)  # a JPEG differs from what was marked
    p = float(mark.p_values(mark.scores(written)))
    click.echo(
        f"{out} carries the mark of the key {keys.name(key)}: PSNR"
        f" {metrics.psnr(written, picture).mean:.1f} dB, found with p = {p:.1g}."
    )


def _check_places(
    file: Path, key_file: Path, new_key: bool, out: Path, overwrite: bool
) -> None:
    """CourseError where a file is missing, in the way, or in the wrong folder."""
    from aigc_course.apps import images
    from aigc_course.files import target

    images.check_output(out, overwrite=overwrite)
    if out.resolve() == file.resolve():
        raise CourseError("--out would replace FILE: keep the picture without a mark.")
    if key_file.resolve().is_relative_to(target(out).resolve().parent):
        raise CourseError(
            f"The key {key_file} lies in the folder of --out: keep it elsewhere, for"
            " who gets the folder would get the key."
        )
    if new_key and (key_file.exists() or key_file.is_symlink()):
        raise CourseError(f"{key_file} is there already: a key is not overwritten.")
    if not new_key and not key_file.exists():
        raise CourseError(f"There is no key {key_file}; --new-key makes one.")
