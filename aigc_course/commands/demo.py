"""`aigc demo`."""

import shutil
from pathlib import Path

import click

from aigc_course.commands.common import AMOUNT, COUNT, PLACE
from aigc_course.commands.evaluate import evaluate
from aigc_course.commands.sample import sample
from aigc_course.commands.train import train
from aigc_course.errors import CourseError


@click.command()
@click.option("--seconds", type=AMOUNT, default=60.0, show_default=True)
@click.option("--n", type=COUNT, default=10_000, show_default=True, help="Judged.")
@click.option("--out", type=PLACE, default="runs/demo", show_default=True)
@click.pass_context
def demo(context: click.Context, seconds: float, n: int, out: Path) -> None:
    """Train a DCGAN for a minute, draw digits with it, and measure them."""
    if out.exists():
        # an earlier demo goes; what is not a run of the course stays
        is_run = out.is_dir() and (
            (out / "config.json").exists() or not any(out.iterdir())
        )
        if not is_run or out.is_symlink():
            raise CourseError(
                f"{out} is there and is not a run of this course: name another folder"
                " by --out."
            )
        shutil.rmtree(out)
    context.invoke(train, model="dcgan", seconds=seconds, out=out, save_every=20.0)
    picture = out / "demo.png"
    context.invoke(sample, folder=out, out=picture)
    context.invoke(evaluate, source=out, n=n)
    click.echo(f"Generated digits: {picture}")
