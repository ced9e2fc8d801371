"""`aigc verse`."""

from pathlib import Path

import click

from aigc_course.commands.common import AMOUNT, PLACE, SEED

MOST_POEMS = 200
TRIES = 8  # for each poem, of which one is kept


@click.command()
@click.option(
    "--acrostic",
    default="",
    metavar="四字",
    help="Four traditional characters with which the lines begin.",
)
@click.option(
    "--size",
    type=click.Choice(["5", "7"]),
    default="7",
    show_default=True,
    help="Characters in a line.",
)
@click.option("--n", type=click.IntRange(1, MOST_POEMS), default=1, show_default=True)
@click.option("--seed", type=SEED, default=0, show_default=True)
@click.option("--temperature", type=AMOUNT, default=0.8, show_default=True)
@click.option("--out", type=PLACE, metavar="FILE", help="A text file, else the screen.")
@click.option("--overwrite", is_flag=True, help="Replace --out where it exists.")
def verse(
    acrostic: str,
    size: str,
    n: int,
    seed: int,
    temperature: float,
    out: Path | None,
    overwrite: bool,
) -> None:
    """Write Chinese quatrains with the tones and rhymes of the Tang.

    Each poem has one of the four regular patterns of tones. A small Transformer draws
    the characters, and only those that keep the pattern, the rhyme and the acrostic may
    be drawn. Poems are separated by an empty line.
    """
    from aigc_course.errors import CourseError

    if not 0 < temperature <= 2:
        raise CourseError(
            f"The temperature is above 0 and at most 2, not {temperature:g}."
        )
    if out is not None and out.suffix != ".txt":
        raise CourseError(f"--out ends in .txt, not {out.name!r}.")
    if out is not None and out.exists() and not overwrite:
        raise CourseError(f"{out} exists; give another name, or add --overwrite.")
    from aigc_course.files import target, write_text

    text = "\n\n".join(poems(acrostic, int(size), n, seed, temperature)) + "\n"
    if out is None:
        click.echo(text, nl=False)
    else:
        write_text(target(out), text)
        click.echo(f"{n} {'poem' if n == 1 else 'poems'} in {out}")


def poems(acrostic: str, size: int, n: int, seed: int, temperature: float) -> list[str]:
    """n quatrains of the model that ships, in two lines of text each."""
    import torch

    from aigc_course.apps.verse import writer

    generator = torch.Generator().manual_seed(seed)
    wishes = writer.random_wishes(n, generator, acrostic, size)
    model = writer.shipped()
    found = writer.resampled(model, wishes, TRIES, generator, temperature=temperature)
    return ["{}，{}。\n{}，{}。".format(*poem) for poem in found]
