"""`aigc study`."""

from pathlib import Path

import click

from aigc_course.commands.common import AMOUNT, INTERRUPTED, JOBS, PLACE


@click.command()
@click.argument("name", required=False)
@click.option("--list", "listing", is_flag=True, help="Say what studies there are.")
@click.option("--seeds", type=JOBS, help="0 to N - 1. Default: the study's own number.")
@click.option(
    "--jobs", type=JOBS, help="Processes at once. Default: one for each core."
)
@click.option("--seconds", type=AMOUNT, help="About this much CPU time for a cell.")
@click.option("--out", type=PLACE, help="Folder of the outcomes.")
@click.option("--only", multiple=True, metavar="METHOD", help="Only this; repeatable.")
@click.option(
    "--on",
    metavar="ADDRESS",
    help="A Dask scheduler, tcp://HOST:8786, or slurm. Default: this machine.",
)
@click.option("--quiet", is_flag=True, help="No progress bar.")
def study(
    name: str | None,
    listing: bool,
    seeds: int | None,
    jobs: int | None,
    seconds: float | None,
    out: Path | None,
    only: tuple[str, ...],
    on: str | None,
    quiet: bool,
) -> None:
    """Run the study NAME: every method with every seed, each in a process of its own.

    What has finished is kept: the same command goes on where it was stopped. At the end
    the folder holds record.json with every seed's outcome.
    """
    from aigc_course import studies

    if listing:
        return click.echo("\n".join(map(_line, studies.names())))
    if name is None:
        raise click.UsageError("Name a study; `aigc study --list` shows them.")
    folder = out or Path("runs") / f"study-{name}"
    try:
        file = studies.run(
            name,
            folder,
            seeds=seeds,
            jobs=jobs,
            seconds=seconds,
            only=only,
            on=on,
            progress=not quiet,
        )
    except KeyboardInterrupt:
        click.echo("Stopped; what has finished is kept. The same command goes on.")
        raise SystemExit(INTERRUPTED) from None
    click.echo(studies.record(name, folder).table())
    click.echo(f"Record: {file}")


def _line(name: str) -> str:
    from aigc_course import studies

    one = studies.get(name)
    cells = len(one.methods) * one.seeds
    size = f"{cells} cells of about {one.seconds:g} CPU seconds"
    return f"{name:<16} {size:<34} {one.question}"
