"""`aigc submit`."""

from pathlib import Path

import click

from aigc_course.commands.common import PLACE


@click.command()
@click.argument("folder", type=PLACE, metavar="DIR")
@click.option("--out", type=PLACE, required=True, metavar="FILE.zip")
def submit(folder: Path, out: Path) -> None:
    """Check the capstone project in DIR at every public gate, and pack it.

    Nothing is written when a gate is not passed.
    """
    from aigc_course.capstone.pack import pack

    found = pack(folder, out)
    click.echo(f"{out}: {out.stat().st_size / 1e6:.1f} MB, every public gate passed")
    click.echo(f"SHA-256 of its contents: {found.sha256}")
