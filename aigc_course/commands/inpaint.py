"""`aigc inpaint`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aigc_course.commands.common import PLACE, SEED
from aigc_course.errors import CourseError

if TYPE_CHECKING:
    from torch import Tensor

    from aigc_course.apps.images import Picture


@click.command()
@click.argument("file", type=PLACE, metavar="FILE")
@click.option("--out", type=PLACE, required=True, metavar="FILE")
@click.option(
    "--mask",
    type=PLACE,
    metavar="FILE",
    help="A picture of the same size, bright (or 1, all else 0) where FILE is to be"
    " filled.",
)
@click.option(
    "--box", type=int, nargs=4, metavar="LEFT TOP WIDTH HEIGHT", help="Or a rectangle."
)
@click.option(
    "--method",
    type=click.Choice(("auto", "digit", "smooth")),
    default="auto",
    show_default=True,
    help="auto: digit for grey pictures of 28 x 28 pixels, smooth otherwise.",
)
@click.option(
    "--seed",
    type=SEED,
    default=0,
    show_default=True,
    help="Of digit: which completion.",
)
@click.option("--overwrite", is_flag=True, help="Replace --out where it exists.")
def inpaint(
    file: Path,
    out: Path,
    mask: Path | None,
    box: tuple[int, int, int, int] | None,
    method: str,
    seed: int,
    overwrite: bool,
) -> None:
    """Fill a hole in the picture FILE.

    The hole is what --mask or --box says, or else what is fully transparent. digit: a
    network trained on handwritten digits goes on with one. smooth: the
    smoothest surface through what is around, for any picture. The rest stays as it is.
    """
    import torch

    from aigc_course.apps import images, pictures
    from aigc_course.apps.shipped import pretrained_restorer

    images.check_output(out, overwrite=overwrite)
    picture = images.read(file)
    hole = _hole(picture, mask, box)
    if method == "auto":
        digit = picture.size == (28, 28) and picture.is_grey
        method = "digit" if digit else "smooth"
    if method == "digit":
        chance = torch.Generator().manual_seed(seed)
        network = pretrained_restorer("inpaint")
        done = pictures.complete_digit(picture, hole, network, chance)
    else:
        done = pictures.complete_smoothly(picture, hole)
    images.write(out, pictures.opaque(done))
    click.echo(f"{int(hole.sum()):,} pixels filled ({method}): {out}")


def _hole(
    picture: "Picture", mask: Path | None, box: tuple[int, int, int, int] | None
) -> "Tensor":
    """The mask bool [H, W]. Raises CourseError where none or two are named."""
    from aigc_course.apps import images

    if mask and box:
        raise CourseError("Give one hole: --mask or --box.")
    if mask:
        return images.read_mask(mask, picture.size)
    if box:
        return _rectangle(picture.size, *box)
    if picture.alpha is None or not bool((picture.alpha == 0).any()):
        raise CourseError(
            "Say what is to be filled: --mask FILE or --box LEFT TOP WIDTH HEIGHT; the"
            " picture has no transparent part."
        )
    return picture.alpha[0] == 0


def _rectangle(
    size: tuple[int, int], left: int, top: int, width: int, height: int
) -> "Tensor":
    import torch

    rows, columns = size
    inside = left >= 0 and top >= 0 and left + width <= columns and top + height <= rows
    if not inside or min(width, height) < 1:
        raise CourseError(
            f"The box {left} {top} {width} {height} does not lie inside the picture,"
            f" which has {columns} x {rows} pixels."
        )
    hole = torch.zeros(size, dtype=torch.bool)
    hole[top : top + height, left : left + width] = True
    return hole
