"""`aigc sample`."""

from pathlib import Path
from typing import Any

import click

from aigc_course.commands.common import draw
from aigc_course.errors import CourseError


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--n", type=int, default=64, show_default=True, help="How many images.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--label", type=int, help="The digit to draw, from a cgan or cvae.")
@click.option("--temperature", type=float, help="Of a VAE's latents. Default: 1.")
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="FILE")
def sample(folder: Path, n: int, seed: int, out: Path, **asked: Any) -> None:
    """Draw images from the run in DIR.

    FILE ends in .npy (uint8, [N, 28, 28]) or in .png (a grid).
    """
    if out.suffix not in (".npy", ".png"):
        raise CourseError(f"--out ends in .npy or .png, not {out.name!r}.")
    pixels = draw(folder, n, seed, **asked)
    _write_images(out, pixels)
    click.echo(f"{n:,} images in {out}")


def _write_images(path: Path, pixels: Any) -> None:
    import numpy as np

    from aigc_course import plots
    from aigc_course.files import write_with

    if path.suffix == ".png":
        plots.save_grid(path, pixels)
    else:
        write_with(path, lambda temporary: np.save(temporary, pixels))
