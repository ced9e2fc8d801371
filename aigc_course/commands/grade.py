"""`aigc grade`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from aigc_course.grading import Row

NO_MEMORY_LIMIT = "This system gives no limit on memory; time alone is limited."


@click.command()
@click.argument("place", type=click.Path(path_type=Path), metavar="NOTEBOOK|FOLDER")
@click.option("--chapter", metavar="NN", help="Default: what each notebook says.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("grades"), show_default=True
)
@click.option("--jobs", type=click.IntRange(1), help="Default: the number of cores.")
@click.option(
    "--seconds", type=float, default=10, show_default=True, help="For one function."
)
@click.option(
    "--total", type=float, default=60, show_default=True, help="For one notebook."
)
@click.option("--memory", type=int, default=1024, show_default=True, help="In MiB.")
@click.option("--quiet", is_flag=True, help="No progress bar.")
def grade(
    place: Path,
    chapter: str | None,
    out: Path,
    jobs: int | None,
    seconds: float,
    total: float,
    memory: int,
    quiet: bool,
) -> None:
    """Grade notebooks: a score sheet (CSV) and a report on the class (Markdown).

    Functions are found by name and run apart from each other, with limits and without
    a network. That stops accidents and pranks, not an attacker: grade strangers' code
    as a user of its own or in a container.
    """
    from aigc_course import grading
    from aigc_course.errors import CourseError
    from aigc_course.grading.limits import MEMORY_LIMITED

    if min(seconds, total, memory) <= 0:
        raise CourseError("--seconds, --total and --memory are positive.")
    limits = grading.Limits(seconds, total, memory)
    rows = grading.grade(
        place, chapter=chapter, limits=limits, jobs=jobs, progress=not quiet
    )
    conditions = f"Each function was given at most {limits}, and no network."
    if not MEMORY_LIMITED:
        conditions += f" {NO_MEMORY_LIMIT}"
        click.echo(f"aigc: {NO_MEMORY_LIMIT}", err=True)
    grading.write_csv(out / "scores.csv", rows)
    grading.write_report(out / "report.md", rows, place.resolve().name, conditions)
    _say(rows, out)


def _say(rows: "list[Row]", out: Path) -> None:
    looked = sorted({row.file for row in rows if row.is_trouble})
    click.echo(f"{len({row.file for row in rows})} graded: {out / 'report.md'}")
    if looked:
        shown = ", ".join(looked[:10]) + (", ..." if len(looked) > 10 else "")
        click.echo(f"{len(looked)} to look at: {shown}")
