"""`aigc sample`."""

from pathlib import Path
from typing import Any

import click

from aigc_course.commands.common import AMOUNT, COUNT, PLACE, SEED, draw
from aigc_course.errors import CourseError

MOST_TILES = 10_000  # images in one picture: 36 million pixels


@click.command()
@click.argument("folder", type=PLACE, metavar="DIR")
@click.option("--n", type=COUNT, default=64, show_default=True, help="How many images.")
@click.option("--seed", type=SEED, default=0, show_default=True)
@click.option("--label", type=int, help="The digit to draw, from a cgan or cvae.")
@click.option("--temperature", type=AMOUNT, help="Of a VAE's latents. Default: 1.")
@click.option("--out", type=PLACE, required=True, metavar="FILE")
def sample(folder: Path, n: int, seed: int, out: Path, **asked: Any) -> None:
    """Draw images from the run in DIR.

    FILE ends in .npy (uint8, [N, 28, 28]) or in .png (a grid).
    """
    if out.suffix not in (".npy", ".png"):
        raise CourseError(f"--out ends in .npy or .png, not {out.name!r}.")
    if out.suffix == ".png" and n > MOST_TILES:
        raise CourseError(
            f"A .png holds at most {MOST_TILES:,} images, not {n:,}: choose .npy."
        )
    pixels = draw(folder, n, seed, **asked)
    _write_images(out, pixels)
    click.echo(f"{n:,} images in {out}")


def _write_images(path: Path, pixels: Any) -> None:
    import numpy as np

    from aigc_course import plots
    from aigc_course.files import target, write_with

    path = target(path)
    if path.suffix == ".png":
        plots.save_grid(path, pixels)
    else:
        write_with(path, lambda temporary: np.save(temporary, pixels))
