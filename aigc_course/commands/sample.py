"""`aigc sample`."""

from pathlib import Path
from typing import Any

import click

from aigc_course.commands.common import AMOUNT, COUNT, PLACE, SEED, draw
from aigc_course.errors import CourseError

MOST_TILES = 10_000  # images in one picture: 36 million pixels
MOST_CHARACTERS = 100_000
MOST_TEXTS = 1_000
IMAGES, CHARACTERS = 64, 500  # where nothing is asked for
OF_TEXT = ("length", "top_k", "top_p", "min_p")


@click.command()
@click.argument("folder", type=PLACE, metavar="DIR")
@click.option("--n", type=COUNT, help="How many. Default: 64 images, or 1 text.")
@click.option("--seed", type=SEED, default=0, show_default=True)
@click.option(
    "--label", type=int, help="The digit to draw, from a cgan, cvae or cflow."
)
@click.option(
    "--temperature", type=AMOUNT, help="Of a VAE or a language model. Default: 1."
)
@click.option("--steps", type=int, help="Of a flow's solver. Default: 16.")
@click.option(
    "--guidance",
    type=AMOUNT,
    help="Of a cflow: 1 draws as it has learnt, more keeps closer to the label.",
)
@click.option(
    "--prompt",
    help="What a language model goes on with, or a caption that says what to draw.",
)
@click.option(
    "--length",
    type=click.IntRange(1, MOST_CHARACTERS),
    help="Characters that it adds. Default: 500.",
)
@click.option("--top-k", type=int, help="It takes one of the k likeliest characters.")
@click.option("--top-p", type=AMOUNT, help="Or of those that reach this share.")
@click.option("--min-p", type=AMOUNT, help="Or of those near the likeliest.")
@click.option("--out", type=PLACE, metavar="FILE", help="Where images, or texts, go.")
def sample(
    folder: Path, n: int | None, seed: int, out: Path | None, **asked: Any
) -> None:
    """Draw images from the run in DIR, or text from a language model.

    FILE ends in .npy (uint8, [N, 28, 28]) or in .png (a grid); images need one. Text is
    printed, or goes to a FILE that ends in .txt.
    """
    from aigc_course.runs import Run
    from aigc_course.runs.language import LanguageRun

    if out is not None and out.suffix not in (".npy", ".png", ".txt"):
        raise CourseError(
            f"--out ends in .npy or .png, or in .txt for a text, not {out.name!r}."
        )
    run = Run.open(folder)
    if isinstance(run, LanguageRun):
        _write_texts(run, n or 1, seed, out, asked)
    else:
        _draw_images(folder, n or IMAGES, seed, out, asked)


def _draw_images(
    folder: Path, n: int, seed: int, out: Path | None, asked: dict[str, Any]
) -> None:
    given = [name for name in OF_TEXT if asked.pop(name) is not None]
    if given:
        raise CourseError(
            f"--{given[0].replace('_', '-')} is for a language model; {folder} draws"
            " images."
        )
    if out is None:
        raise CourseError("Images go to a file: name it by --out.")
    if out.suffix not in (".npy", ".png"):
        raise CourseError(f"--out ends in .npy or .png, not {out.name!r}.")
    if out.suffix == ".png" and n > MOST_TILES:
        raise CourseError(
            f"A .png holds at most {MOST_TILES:,} images, not {n:,}: choose .npy."
        )
    pixels = draw(folder, n, seed, **asked)
    _write_images(out, pixels)
    click.echo(f"{n:,} images in {out}")


def _write_texts(
    run: Any, n: int, seed: int, out: Path | None, asked: dict[str, Any]
) -> None:
    from aigc_course.files import target, write_text

    for name in ("label", "steps", "guidance"):
        if asked.pop(name) is not None:
            raise CourseError(f"A {name} is for images; {run.folder} writes text.")
    if out is not None and out.suffix != ".txt":
        raise CourseError(f"--out ends in .txt for a text, not {out.name!r}.")
    if n > MOST_TEXTS:
        raise CourseError(f"At most {MOST_TEXTS:,} texts are drawn at once, not {n:,}.")
    length = asked.pop("length") or CHARACTERS
    given = {name: value for name, value in asked.items() if value is not None}
    texts = run.write(length, given.pop("prompt", ""), n, seed, **given)
    whole = "\n\n----\n\n".join(texts)
    if out is None:
        click.echo(whole)
    else:
        write_text(target(out), whole + "\n")
        click.echo(f"{n:,} {'text' if n == 1 else 'texts'} in {out}")


def _write_images(path: Path, pixels: Any) -> None:
    import numpy as np

    from aigc_course import plots
    from aigc_course.files import target, write_with

    path = target(path)
    if path.suffix == ".png":
        plots.save_grid(path, pixels)
    else:
        write_with(path, lambda temporary: np.save(temporary, pixels))
