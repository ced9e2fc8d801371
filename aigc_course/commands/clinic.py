"""`aigc clinic`."""

from pathlib import Path

import click

from aigc_course.commands.common import PLACE
from aigc_course.errors import CourseError

NOT_YET = 1  # exit code where an answer was judged and is not right
ANY = -1
_TOP = 10**6  # a bug without a number gets one below this


@click.command()
@click.argument("patient", required=False)
@click.option("--list", "listing", is_flag=True, help="Say what patients there are.")
@click.option("--ward", type=click.Choice(["A", "B", "C"]), help="Only this ward's.")
@click.option(
    "--new",
    type=click.IntRange(ANY, 2**63 - 1),
    is_flag=False,
    flag_value=ANY,
    metavar="[SEED]",
    help="A bug in the course's own code; the same number is the same bug.",
)
@click.option("--out", type=PLACE, metavar="DIR", help="Write the files to work on.")
@click.option("--check", type=PLACE, metavar="FILE", help="Judge an answer.")
def clinic(
    patient: str | None,
    listing: bool,
    ward: str | None,
    new: int | None,
    out: Path | None,
    check: Path | None,
) -> None:
    """Find a bug by its symptom: write a test that exposes it, then repair it.

    PATIENT shows one patient's symptom and code; with --out it writes files to work
    on, which --check judges.
    """
    asked = [patient is not None, listing, new is not None, check is not None]
    if sum(asked) != 1:
        raise click.UsageError(
            "Name a patient, or give one of --list, --new and --check."
        )
    if listing:
        _list(ward)
    elif check is not None:
        _check(check)
    elif new is not None:
        _new(new, out)
    else:
        _show(str(patient), out)


def _list(ward: str | None) -> None:
    from aigc_course import clinic as bugs

    for name in bugs.names(ward):
        one = bugs.get(name)
        click.echo(f"{one.ward}  {one.id:<22} {one.title}")


def _show(name: str, out: Path | None) -> None:
    from aigc_course import clinic as bugs

    if out is None:
        return click.echo(str(bugs.show(name)))
    from aigc_course.clinic.handout import write_patient

    _written(write_patient(name, out))


def _new(number: int, out: Path | None) -> None:
    import secrets

    if out is None:
        raise CourseError("Give --out DIR: a new bug comes as files to work on.")
    from aigc_course.clinic import mutants
    from aigc_course.clinic.handout import write_mutant

    number = secrets.randbelow(_TOP) if number == ANY else number
    _written(write_mutant(mutants.make(number), out))
    click.echo(f"This is bug {number}; `--new {number}` gives it again.")


def _written(paths: list[Path]) -> None:
    for path in paths:
        click.echo(f"Written: {path}")


def _check(file: Path) -> None:
    from aigc_course.clinic.apart import judged
    from aigc_course.clinic.handout import read_answer

    found = judged(read_answer(file))
    if not found:
        raise CourseError(
            f"{file} has no function `test` and no changed patient: write one of them."
        )
    for row in found:
        state = "passed" if row["passed"] else "not right yet"
        click.echo(f"{row['part']}: {state} ({row['kind']})\n  {row['message']}")
        if row["said"]:
            click.echo(f"  Its output: {row['said']}")
    if not all(row["passed"] for row in found):
        raise SystemExit(NOT_YET)
