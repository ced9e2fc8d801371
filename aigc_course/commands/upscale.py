"""`aigc upscale`."""

from pathlib import Path

import click

from aigc_course.commands.common import PLACE, SEED

METHODS = ("auto", "bicubic", "regression", "adversarial")


@click.command()
@click.argument("file", type=PLACE, metavar="FILE")
@click.option("--out", type=PLACE, required=True, metavar="FILE")
@click.option("--times", type=click.Choice(("2", "4")), default="4", show_default=True)
@click.option(
    "--method",
    type=click.Choice(METHODS),
    default="auto",
    show_default=True,
    help="auto: regression where 7 x 7 grey pixels grow 4 times, bicubic otherwise.",
)
@click.option(
    "--seed",
    type=SEED,
    default=0,
    show_default=True,
    help="Of adversarial: the answer.",
)
@click.option("--overwrite", is_flag=True, help="Replace --out where it exists.")
def upscale(
    file: Path, out: Path, times: str, method: str, seed: int, overwrite: bool
) -> None:
    """Enlarge the picture FILE, any size, grey or colour. A colour profile is kept.

    bicubic: no learning. regression and adversarial: networks trained on handwritten
    digits add detail, the first the mean of what it could be, the second one
    possibility that looks real and may be wrong. They have seen nothing but digits, and
    4 times is what they have learnt. Where the course ships no weights for one, it is
    refused.
    """
    import torch

    from aigc_course.apps import images, pictures
    from aigc_course.apps.shipped import is_shipped, pretrained_restorer

    images.check_output(out, overwrite=overwrite)
    picture = pictures.opaque(images.read(file))
    images.check_output(out, transparent=picture.alpha is not None, overwrite=True)
    factor = int(times)
    if method == "auto":
        digit = picture.size == (28 // factor, 28 // factor) and picture.is_grey
        known = digit and is_shipped(f"upscale-{times}", "regression")
        # adversarial was seen to lose in every figure: benchmarks/apps_upscaling.py
        method = "regression" if known else "bicubic"
    network = None
    if method != "bicubic":
        network = pretrained_restorer(f"upscale-{times}", method)
    chance = torch.Generator().manual_seed(seed)
    large = pictures.upscale(picture, factor, network, chance)
    images.write(out, large)
    height, width = large.size
    click.echo(f"{width} x {height} pixels ({method}): {out}")
