"""`aigc pack`."""

from pathlib import Path

import click

from aigc_course.commands.common import PLACE


@click.command()
@click.option("--out", type=PLACE, default="aigc-stick", show_default=True)
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A folder of data sets to take along. MNIST comes with the course.",
)
@click.option(
    "--find-links",
    "links",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Take the wheels from this folder, without a network.",
)
def pack(out: Path, data: Path | None, links: Path | None) -> None:
    """Pack the course for a room without a network: wheels, notebooks, data.

    The folder suits machines with this system and this Python. On each of them run
    `python3 install.py` in it; that needs no network.
    """
    from aigc_course.commands.lab import notebooks
    from aigc_course.stick.pack import pack as fill

    project = Path(__file__).resolve().parents[2]
    size = fill(project, out, notebooks=notebooks(), data=data, links=links)
    click.echo(f"{size / 1e6:,.0f} MB: copy {out} to the stick, and see its README.md")
