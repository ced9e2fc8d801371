"""`aigc data` and `aigc data card`."""

from pathlib import Path
from typing import Any

import click

from aigc_course.commands.common import DATA, PLACE, SEED, load
from aigc_course.errors import CourseError


class _ShowByDefault(click.Group):
    """`aigc data NAME` is `aigc data show NAME`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        known = {*self.commands, *ctx.help_option_names}
        given = args if args and args[0] in known else ["show", *args]
        return super().parse_args(ctx, given)


@click.group(cls=_ShowByDefault)
def data() -> None:
    """Find or fetch a data set and describe it (the default), or make its data card."""


@data.command()
@click.argument("name", type=click.Choice(DATA), default="auto")
def show(name: str) -> None:
    """Find or fetch a data set and describe it."""
    from aigc_course.data.sources import unused

    images = load(name)
    aside = unused(images.name)
    click.echo(f"{images.name}: {images.source}{f'; {aside}' if aside else ''}")
    click.echo(f"{len(images):,} training images of {_shape(images.images)} pixels")
    counts = images.labels.bincount().tolist()
    for label, count in zip(images.classes, counts, strict=True):
        click.echo(f"  {label:<12} {count:>6,}")


@data.command()
@click.argument("name", type=click.Choice(DATA), default="auto")
@click.option("--out", type=PLACE, metavar="FILE.md")
@click.option("--quick", is_flag=True, help="No near copies, no labels in doubt.")
@click.option(
    "--damage",
    multiple=True,
    metavar="NAME=SEVERITY",
    help="Damage the training images first, to see what the card says; repeatable.",
)
@click.option("--seed", type=SEED, default=0, show_default=True, help="Of the damage.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")
def card(
    name: str,
    out: Path | None,
    quick: bool,
    damage: tuple[str, ...],
    seed: int,
    as_json: bool,
) -> None:
    """Make a data card from measured facts: counts, copies, labels in doubt, licence.

    It is printed, or written to FILE.md and, for programs, to FILE.json.
    """
    import contextlib
    import sys

    from aigc_course import data as sets
    from aigc_course.data.card import card as measure
    from aigc_course.files import target

    if out is not None and out.suffix != ".md":
        raise CourseError(f"--out ends in .md, not {out.name!r}.")
    chain = sets.corrupt.compose(map(_corruption, damage))
    with contextlib.redirect_stdout(sys.stderr):  # stdout is for the card alone
        train = load(name)
    found = measure(chain(train, seed), sets.load(train.name, "test"), quick)
    if out is not None:
        files = found.save(target(out))
        return click.echo(f"Data card: {' and '.join(map(str, files))}")
    click.echo(found.to_json() if as_json else found.to_markdown(), nl=False)


def _corruption(text: str) -> Any:
    """ "noise=0.3" as a corruption. Raises CourseError when it is none."""
    from aigc_course.data import corrupt

    name, _, severity = text.partition("=")
    try:
        return corrupt.make(name, float(severity))
    except ValueError as error:
        raise CourseError(
            f"--damage takes NAME=SEVERITY, such as noise=0.3; not {text!r}."
        ) from error


def _shape(images: Any) -> str:
    return " x ".join(str(side) for side in images.shape[-2:])
