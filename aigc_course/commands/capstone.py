"""`aigc capstone`."""

from pathlib import Path

import click

from aigc_course.commands.common import PLACE, SEED, STEPS

NOT_YET = 1  # exit code where a gate was not passed


@click.group()
def capstone() -> None:
    """A project of your own: start it, gather evidence, check it, review others."""


@capstone.command()
def briefs() -> None:
    """Say which briefs there are, with the floor and the best known value of each."""
    from aigc_course.capstone import briefs as every

    for name in every.NAMES:
        one = every.get(name)
        click.echo(f"{one.name}  {one.title}: {one.task}")
        click.echo(f"   figure      {one.figure}, {one.unit}; {one.better} is better")
        click.echo(f"   floor       {one.floor.value:g}: {one.floor.what}")
        click.echo(f"   best known  {one.best.value:g}: {one.best.what}")


@capstone.command()
@click.argument("brief", metavar="BRIEF")
@click.option("--out", type=PLACE, required=True, metavar="DIR", help="A new folder.")
def start(brief: str, out: Path) -> None:
    """Lay down a project for BRIEF (A, B, C or D); its README.md says what to do."""
    from aigc_course.capstone import project

    project.start(brief.upper(), out)
    click.echo(f"The project is in {out}: read {out / 'README.md'}.")
    click.echo(f"A baseline is trained by: aigc capstone train {out}")


@capstone.command()
@click.argument("folder", type=PLACE, metavar="DIR")
@click.option("--method", help="One of methods.json. Default: the first.")
@click.option("--seed", type=SEED, help="Only this seed. Default: 0.")
@click.option(
    "--seeds", type=click.IntRange(1, 100), help="The seeds 0 to N - 1 instead."
)
@click.option("--steps", type=STEPS, help="Other than methods.json says.")
@click.option("--quiet", is_flag=True, help="No progress bar.")
def train(
    folder: Path,
    method: str | None,
    seed: int | None,
    seeds: int | None,
    steps: int | None,
    quiet: bool,
) -> None:
    """Train a method of the project in DIR and measure it; keep what is there."""
    if seed is not None and seeds is not None:
        raise click.UsageError("Give one of --seed and --seeds.")
    from aigc_course.capstone import training

    name = method or next(iter(training.plan(folder)[3]))
    for each in range(seeds) if seeds else [seed or 0]:
        found = training.train(folder, name, each, steps=steps, progress=not quiet)
        told = ", ".join(f"{key} {value:.4g}" for key, value in found.figures.items())
        click.echo(
            f"{name}-{each}: {found.status} after {found.seconds:.0f} s"
            f"{', ' + told if told else ''}"
        )


@capstone.command()
@click.argument("folder", type=PLACE, metavar="DIR")
@click.option("--run", metavar="METHOD-SEED", help="The run to hand in.")
def collect(folder: Path, run: str | None) -> None:
    """Gather the evidence, and put the files of one run where they are handed in."""
    from aigc_course.capstone import project, training

    chosen = project.collect(folder, run)
    brief = training.plan(folder)[0]
    click.echo(project.table(project.record_of(folder), brief.figure))
    click.echo(
        f"Handed in is {chosen.method}-{chosen.seed}: {brief.figure} ="
        f" {chosen.figures[brief.figure]:.4g}. Its claims are in"
        f" {folder / 'card.md'}."
    )


@capstone.command()
@click.argument("place", type=PLACE, metavar="DIR|ZIP")
def check(place: Path) -> None:
    """Say what every public gate says of a project or of a packed submission."""
    from aigc_course.capstone import gates

    found = gates.check(place)
    for one in found:
        click.echo(
            f"{'passed' if one.passed else 'NOT YET':8}{one.gate}: {one.message}"
        )
    if left := len(gates.GATES) - len(found):
        click.echo(f"{left} further gates were not asked.")
    if not gates.passed(found):
        raise SystemExit(NOT_YET)


@capstone.command()
@click.argument("folder", type=PLACE, metavar="FOLDER")
@click.option("--seed", type=SEED, required=True, help="Keep it to yourself.")
@click.option("--each", type=click.IntRange(1, 20), default=2, show_default=True)
@click.option("--out", type=PLACE, required=True, metavar="DIR", help="A new folder.")
def review(folder: Path, seed: int, each: int, out: Path) -> None:
    """Give each author of the submissions in FOLDER two blinded ones to review.

    DIR/key.json says who is who: it is for the teacher alone.
    """
    from aigc_course.capstone import peers
    from aigc_course.errors import CourseError

    if not folder.is_dir():
        raise CourseError(f"There is no folder {folder}.")
    places = sorted(
        one
        for one in folder.iterdir()
        if one.suffix == ".zip" or (one / "submission.json").is_file()
    )
    readers, refused = peers.blind(places, out, seed, each)
    for name, why in refused.items():
        click.echo(f"Left out: {name}. {why}")
    click.echo(f"{len(readers)} reviewers, {each} submissions each: {out}")
