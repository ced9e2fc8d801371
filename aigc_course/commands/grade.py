"""`aigc grade`."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from aigc_course.grading import Limits, Row
    from aigc_course.grading.roster import Roster

NO_MEMORY_LIMIT = "This system gives no limit on memory; time alone is limited."
_MOST_SECONDS, _MOST_MIB = 86_400.0, 1_048_576


@click.command()
@click.argument("place", type=click.Path(path_type=Path), metavar="NOTEBOOK|FOLDER")
@click.option("--chapter", metavar="NN", help="Default: what each notebook says.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("grades"), show_default=True
)
@click.option(
    "--jobs", type=click.IntRange(1, 256), help="Default: the number of cores."
)
@click.option(
    "--seconds", type=float, default=10, show_default=True, help="For one function."
)
@click.option(
    "--total", type=float, default=60, show_default=True, help="For one notebook."
)
@click.option("--memory", type=int, default=1024, show_default=True, help="In MiB.")
@click.option(
    "--on",
    metavar="ADDRESS",
    help="A Dask scheduler, tcp://HOST:8786, or slurm. Default: this machine.",
)
@click.option("--quiet", is_flag=True, help="No progress bar.")
@click.option(
    "--container",
    type=click.Choice(["auto", "podman", "docker"]),
    help="Grade inside a container, without a network.",
)
@click.option("--image", metavar="NAME", help="The container's image.")
@click.option(
    "--roster",
    type=click.Path(path_type=Path),
    metavar="CSV",
    help="The class list, as the platform exports it.",
)
@click.option(
    "--lms",
    type=click.Choice(["canvas", "moodle", "gradescope"]),
    help="The platform. Default: what the columns of the class list say.",
)
@click.option(
    "--partial",
    type=float,
    default=0.0,
    show_default=True,
    help="The share of the points for an answer that is not right yet.",
)
def grade(
    place: Path,
    chapter: str | None,
    out: Path,
    jobs: int | None,
    seconds: float,
    total: float,
    memory: int,
    on: str | None,
    quiet: bool,
    container: str | None,
    image: str | None,
    roster: Path | None,
    lms: str | None,
    partial: float,
) -> None:
    """Grade what was handed in: a score sheet (CSV) and a report (Markdown).

    PLACE holds notebooks, Python files, or zip archives of them. Each runs in a process
    of its own with limits and without a network; the report says which guards this
    machine has. They stop accidents and pranks. Grade strangers' code with --container.

    With --roster it also writes a gradebook to import, a page for each student, and a
    list of the notebooks that match no student.
    """
    limits = _limits(seconds, total, memory)
    students = _roster(roster, lms, partial)
    if container:
        from aigc_course.grading.container import grade as grade_inside

        words = [("--chapter", chapter), ("--jobs", jobs), ("--seconds", seconds)]
        words += [("--total", total), ("--memory", memory)]
        grade_inside(place, out, container, image, words, quiet=quiet)
    else:
        _grade(place, chapter, out, jobs, limits, on, quiet=quiet)
    if students:
        _hand_back(students, place, out, partial)


def _roster(path: Path | None, lms: str | None, partial: float) -> "Roster | None":
    """The class list, read before anything is graded. Raises CourseError."""
    from aigc_course.errors import CourseError
    from aigc_course.grading.roster import read

    if not 0 <= partial <= 1:
        raise CourseError("--partial is a share of the points, between 0 and 1.")
    if path is None:
        if lms or partial:
            raise CourseError("--lms and --partial need the class list: --roster CSV.")
        return None
    return read(path, lms)


def _hand_back(roster: "Roster", place: Path, out: Path, partial: float) -> None:
    """Write the gradebook and the pages from the score sheet; say what is left over."""
    from aigc_course.grading.hand_back import PAGES, UNMATCHED, hand_back
    from aigc_course.grading.sheets import read_csv

    rows = read_csv(out / "scores.csv")
    back = hand_back(rows, roster, out, place=place, partial=partial)
    click.echo(f"To import: {back.gradebook}; {back.pages} pages: {out / PAGES}")
    if back.lost or back.absent:
        click.echo(
            f"{len(back.lost)} notebooks match no student, {len(back.absent)} students"
            f" have no notebook: {out / UNMATCHED}"
        )


def _limits(seconds: float, total: float, memory: int) -> "Limits":
    """The limits; refuses what is no limit. Raises CourseError."""
    from aigc_course.errors import CourseError
    from aigc_course.grading.limits import Limits

    times = seconds, total
    if not all(math.isfinite(one) and one > 0 for one in times) or memory <= 0:
        raise CourseError("--seconds, --total and --memory are positive numbers.")
    if max(times) > _MOST_SECONDS:
        raise CourseError(f"--seconds and --total are at most {_MOST_SECONDS:,.0f}.")
    if not 64 <= memory <= _MOST_MIB:
        raise CourseError(f"--memory is between 64 and {_MOST_MIB:,} MiB.")
    return Limits(seconds, total, memory)


def _grade(
    place: Path,
    chapter: str | None,
    out: Path,
    jobs: int | None,
    limits: "Limits",
    on: str | None,
    *,
    quiet: bool,
) -> None:
    from aigc_course import grading
    from aigc_course.grading.confine import guards
    from aigc_course.grading.limits import MEMORY_LIMITED
    from aigc_course.grading.sheets import SO_FAR, SoFar

    so_far = SoFar(out)
    try:
        told: dict[str, Any] = {"chapter": chapter, "limits": limits}
        told |= {"progress": not quiet, "each": so_far.add}
        if on is None:
            rows = grading.grade(place, jobs=jobs, **told)
        else:
            rows = grading.grade_elsewhere(place, on, **told)
    except BaseException:
        if so_far.keep():
            click.echo(f"aigc: What was graded so far is in {out / SO_FAR}.", err=True)
        raise
    conditions = f"Each function was given at most {limits}, and no network."
    conditions += f" {guards()}"
    if not MEMORY_LIMITED:
        conditions += f" {NO_MEMORY_LIMIT}"
        click.echo(f"aigc: {NO_MEMORY_LIMIT}", err=True)
    grading.write_csv(out / "scores.csv", rows)
    grading.write_report(out / "report.md", rows, place.resolve().name, conditions)
    so_far.remove()
    _say(rows, out)


def _say(rows: "list[Row]", out: Path) -> None:
    looked = sorted({row.file for row in rows if row.is_trouble})
    click.echo(f"{len({row.file for row in rows})} graded: {out / 'report.md'}")
    if looked:
        shown = ", ".join(looked[:10]) + (", ..." if len(looked) > 10 else "")
        click.echo(f"{len(looked)} to look at: {shown}")
