"""`aigc level`."""

from pathlib import Path

import click

from aigc_course.commands.common import PLACE, SEED

MOST_LEVELS = 1_000
MOST_MADE = 2_000  # for one level, before the request is given up
MOST_BYTES = 2**20  # of a file to check


@click.command()
@click.option("--boxes", type=click.IntRange(1, 3), default=2, show_default=True)
@click.option(
    "--moves",
    type=click.IntRange(2, 200),
    default=20,
    show_default=True,
    help="About how many moves a shortest solution has.",
)
@click.option("--n", type=click.IntRange(1, MOST_LEVELS), default=10, show_default=True)
@click.option("--seed", type=SEED, default=0, show_default=True)
@click.option("--out", type=PLACE, metavar="FILE", help="Where the levels are written.")
@click.option("--overwrite", is_flag=True, help="Replace --out where it exists.")
@click.option(
    "--check",
    "checked",
    type=PLACE,
    metavar="FILE",
    help="Solve the levels of a file instead.",
)
def level(
    boxes: int,
    moves: int,
    n: int,
    seed: int,
    out: Path | None,
    overwrite: bool,
    checked: Path | None,
) -> None:
    """Write Sokoban levels, or solve those of a file.

    Levels are made backwards, by pulling boxes away from their goals, so that each has
    a solution; those with about as many moves as asked are kept. The file holds the
    usual XSB text (# wall, . goal, $ box, @ player), with an empty line between levels.
    """
    from aigc_course.errors import CourseError

    if (out is None) == (checked is None):
        raise CourseError("Give either --out FILE for new levels or --check FILE.")
    if checked is not None:
        return _check(checked)
    assert out is not None
    if out.exists() and not overwrite:
        raise CourseError(f"{out} exists; give another name, or add --overwrite.")
    from aigc_course.apps.levels import finder, tiles
    from aigc_course.apps.levels.writer import Asked
    from aigc_course.files import target, write_text

    found = finder.solvable(Asked(boxes, moves), n, seed, MOST_MADE * n)
    write_text(target(out), tiles.write(found.levels))
    low, high = min(found.moves), max(found.moves)
    click.echo(
        f"{n} {'level' if n == 1 else 'levels'} with {boxes}"
        f" {'box' if boxes == 1 else 'boxes'}, shortest solutions of {low} to {high}"
        f" moves: {out}"
    )


def _check(path: Path) -> None:
    """Solve every level of a file; CourseError for the first without a solution."""
    from aigc_course.apps.levels import solver, tiles
    from aigc_course.errors import CourseError
    from aigc_course.files import read_bytes

    try:
        text = read_bytes(path, MOST_BYTES).decode("utf-8")
    except UnicodeDecodeError as error:
        raise CourseError(
            f"{path} is no text in UTF-8, so it holds no level."
        ) from error
    levels = tiles.read(text)
    answers = [solver.solve(one) for one in levels]
    for number, answer in enumerate(answers, start=1):
        if answer.verdict == "impossible":
            raise CourseError(
                f"Level {number} of {path} has no solution: the solver has looked at"
                f" all {answer.states:,} states."
            )
    for number, answer in enumerate(answers, start=1):
        if answer.verdict == "unknown":
            click.echo(f"{number}: unknown after {answer.states:,} states")
        else:
            click.echo(f"{number}: {answer.pushes} pushes, {answer.moves}")
