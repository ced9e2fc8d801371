"""`aigc judge`."""

from pathlib import Path

import click

from aigc_course.commands.common import PLACE


@click.group()
def judge() -> None:
    """Judge capstone submissions by a secret judge that can be made again."""


@judge.command()
@click.option("--seed", required=True, help="A secret text of 8 or more characters.")
@click.option("--out", type=PLACE, required=True, metavar="DIR")
def make(seed: str, out: Path) -> None:
    """Make a judge from a secret seed, and print the SHA-256 to publish.

    Publish the SHA-256 before the submissions come in, and the judge's file afterwards:
    then everybody can check that it was not changed.
    """
    from aigc_course.capstone import secret

    secret.refuse(out)
    made = secret.make(seed)
    digest = made.save(out)
    click.echo(f"The judge is {out / secret.FILE}. Keep it and its seed secret.")
    click.echo(f"Publish this SHA-256 now, and the file after the judging: {digest}")


@judge.command()
@click.argument("folder", type=PLACE, metavar="DIR")
@click.option("--sha", required=True, help="The SHA-256 that was published.")
@click.option("--again", is_flag=True, help="Make the judge again from its seed.")
def check(folder: Path, sha: str, again: bool) -> None:
    """Check that a judge is the one that was promised."""
    from aigc_course.capstone import secret

    secret.check(folder, sha)
    click.echo("The judge is the one that was promised.")
    if again:
        click.echo(secret.compare(secret.read(folder)))


@judge.command()
@click.argument("place", type=PLACE, metavar="SUBMISSION|FOLDER")
@click.option("--judge", "by", type=PLACE, required=True, metavar="DIR")
@click.option("--out", type=PLACE, required=True, metavar="OUT")
def run(place: Path, by: Path, out: Path) -> None:
    """Judge one submission, or all in a folder, and write verdicts and a board."""
    import sys

    from aigc_course.capstone import judge as judging
    from aigc_course.capstone import secret
    from aigc_course.capstone.verdict import TOTAL, Verdict

    def told(one: Verdict) -> None:
        kinds = ", ".join(dict.fromkeys(found.kind for found in one.findings))
        click.echo(f"{one.name}: {one.total:g} of {TOTAL} ({kinds or 'nothing found'})")

    found = judging.submissions(place)
    progress = len(found) > 1 and sys.stderr.isatty()
    judging.judge_all(found, secret.read(by), out, progress, told)
    click.echo(f"Verdicts and board: {out}")


@judge.command()
@click.argument("name", metavar="good|untruthful|overfitted")
@click.option("--out", type=PLACE, required=True, metavar="DIR")
def example(name: str, out: Path) -> None:
    """Write one of three worked submissions: good, untruthful or overfitted."""
    from aigc_course.capstone import worked

    click.echo(f"Written: {worked.unpack(name, out)}")
