"""`aigc shape`."""

from pathlib import Path

import click

from aigc_course.commands.common import PLACE, SEED

MOST_SHAPES = 200


@click.command()
@click.option(
    "--kind",
    required=True,
    metavar="KIND",
    help="chair, table, vase or mug.",
)
@click.option(
    "--out",
    type=PLACE,
    required=True,
    metavar="FOLDER",
    help="A new or empty folder for the STL files.",
)
@click.option("--n", type=click.IntRange(1, MOST_SHAPES), default=4, show_default=True)
@click.option("--seed", type=SEED, default=0, show_default=True)
def shape(kind: str, out: Path, n: int, seed: int) -> None:
    """Draw solid shapes and write them as STL files for a 3-D printer.

    The shipped generator draws them. A shape that would fall into pieces is drawn
    again. Each file holds one closed surface, 80 units high at most, standing on z = 0.
    """
    from aigc_course.apps.shapes import output

    report = output.write(kind, n, seed, out)
    click.echo(
        f"{n} {'shape' if n == 1 else 'shapes'} of the kind {kind} in {out};"
        f" {report.rejected} of {n + report.rejected} drawn were in pieces and were"
        " drawn again."
    )
