"""`aigc train`."""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aigc_course.commands.common import (
    AMOUNT,
    DATA,
    DEVICES,
    DIVERGED,
    INTERRUPTED,
    MODEL,
    PLACE,
    PRESETS,
    SEED,
    STEPS,
    load,
)
from aigc_course.errors import CourseError

if TYPE_CHECKING:
    from aigc_course.runs import Run
    from aigc_course.training import Budget

DEFAULT_SECONDS = 60.0


@click.command()
@click.argument("model", type=MODEL)
@click.option("--preset", type=click.Choice(PRESETS), help="Default: fast.")
@click.option("--data", "name", type=click.Choice(DATA), help="Default: auto.")
@click.option("--text", type=PLACE, metavar="FILE", help="Of a language model.")
@click.option(
    "--valid",
    type=PLACE,
    metavar="FILE",
    help="Text to be judged on. Default: the last tenth of --text.",
)
@click.option("--seconds", type=AMOUNT, help="Train this long. Default: 60 seconds.")
@click.option("--steps", type=STEPS, help="Or this many steps (reproducible).")
@click.option("--epochs", type=AMOUNT, help="Or this many passes over the data.")
@click.option("--seed", type=SEED, help="Default: 0.")
@click.option(
    "--device",
    type=click.Choice(DEVICES),
    help="Default: auto. A resumed run may go on on another one.",
)
@click.option(
    "--bf16/--no-bf16",
    default=None,
    help="Compute in bfloat16. Default: where it is faster and has cost no quality.",
)
@click.option(
    "--threads",
    type=click.IntRange(1, 1_024),
    help="On a CPU. Default: what is measured to be fastest; a resumed run keeps it.",
)
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    help="Share each batch between so many processes. Not on Windows.",
)
@click.option("--out", type=PLACE, help="Folder of the run.")
@click.option("--resume", is_flag=True, help="Go on with the run in --out.")
@click.option("--save-every", type=AMOUNT, default=20, help="Seconds between saves.")
@click.option("--quiet", is_flag=True, help="No progress bar.")
def train(
    resume: bool, out: Path | None, processes: int | None, **options: Any
) -> None:
    """Train a model into a run folder.

    Where torchrun started this command, its processes share each batch.
    """
    from aigc_course.commands import processes as several

    with several.one_speaks():
        if processes and processes > 1:
            several.check(processes, options["model"], options["preset"])
        made = {**options, "text": None, "valid": None}  # the run keeps its text
        begin, again = partial(_begin, options), partial(_begin, made)
        run, resume = several.opened(out, resume, begin, again)
        if processes and processes > 1:
            sys.exit(several.start(run, processes, options))
        _train(run, resume, options)


def _begin(options: dict[str, Any], out: Path | None, resume: bool) -> "Run":
    """The run that is gone on with, or a new one."""
    from aigc_course.runs import Run

    budget = _budget(options, resume)
    if resume:
        if out is None:
            raise CourseError("--resume goes on with a run: name its folder by --out.")
        if is_of_text(options) and (options["text"] or options["valid"]):
            raise CourseError("The run keeps its text: leave --text and --valid out.")
        return _reopen(Run.open(out), options)
    place = out or _free_folder(options["model"])
    if is_of_text(options):
        from aigc_course.runs.language import LanguageRun

        corpus = _corpus(options)
        return LanguageRun.begin(place, _config(options, corpus, budget), corpus)
    images = load(options["name"] or "auto")
    return Run.create(place, _config(options, images, budget))


def is_of_text(options: dict[str, Any]) -> bool:
    """Whether a language model is asked for.

    Raises CourseError for a text that a model of images is given, and the reverse.
    """
    from aigc_course import models

    texts = models.names(text=True)
    given = [name for name in ("text", "valid") if options[name] is not None]
    if options["model"] not in texts and given:
        raise CourseError(
            f"--{given[0]} is for {' and '.join(texts)}; {options['model']} learns from"
            " images."
        )
    if options["model"] in texts and options["name"] is not None:
        raise CourseError(
            f"--data names a set of images; {options['model']} learns from a text:"
            " name a file by --text."
        )
    return options["model"] in texts


def _corpus(options: dict[str, Any]) -> Any:
    """The text asked for, or that of the recipe."""
    from aigc_course import models
    from aigc_course.data.sequences import own, text

    if options["text"] is not None:
        return own.corpus(options["text"], options["valid"])
    if options["valid"] is not None:
        raise CourseError("--valid goes with --text: name the text to learn from.")
    recipe: Any = models.get(options["model"], options["preset"] or "fast")
    return text(recipe.data)


def _train(run: "Run", resume: bool, options: dict[str, Any]) -> None:
    budget = _budget(options, resume=True)  # a new run has it in its configuration
    history = run.train(
        run.data(),
        resume=resume,
        budget=budget,
        device=options["device"],
        threads=options["threads"],
        save_seconds=options["save_every"],
        progress=not options["quiet"],
    )
    _say_end(run, history.status)


def _budget(options: dict[str, Any], resume: bool) -> "Budget | None":
    """The budget asked for; the default for a new run, None for a resumed one."""
    from aigc_course.training import Budget

    given = {u: options[u] for u in ("steps", "seconds", "epochs")}
    given = {unit: amount for unit, amount in given.items() if amount is not None}
    if not given:
        return None if resume else Budget(seconds=DEFAULT_SECONDS)
    if len(given) > 1:
        raise CourseError("Give one of --steps, --seconds and --epochs.")
    return Budget(**given)


def _config(options: dict[str, Any], images: Any, budget: "Budget | None") -> Any:
    from aigc_course.runs import Config, amounts
    from aigc_course.training import get_device

    device = options["device"] or "auto"
    get_device(device)  # refuse a device that is not there before anything is written
    return Config(
        model=options["model"],
        preset=options["preset"] or "fast",
        data=images.name,
        seed=options["seed"] or 0,
        budget=amounts(budget) if budget else {},  # a new run always has one
        device=device,
        bf16=options["bf16"],
    )


def _reopen(run: Any, options: dict[str, Any]) -> Any:
    """The run, when what was asked for now is what it was begun with."""
    asked = {k: options[k] for k in ("model", "preset", "seed")}
    asked["data"] = None if options["name"] == "auto" else options["name"]
    for name, value in asked.items():
        begun = getattr(run.config, name)
        if value is not None and value != begun:
            raise CourseError(
                f"{run.folder} was begun with {name} {begun}, not {value}: leave"
                f" --{name} out, or start a new run."
            )
    return run


def _free_folder(model: str) -> Path:
    """The first of runs/MODEL-001, runs/MODEL-002, ... that is not there yet."""
    folders = (Path("runs") / f"{model}-{i:03d}" for i in range(1, 1000))
    return next(folder for folder in folders if not folder.exists())


def _say_end(run: Any, status: str) -> None:
    from aigc_course.training import together

    if together.rank():  # the first process says it
        sys.exit({"diverged": DIVERGED, "interrupted": INTERRUPTED}.get(status, 0))
    if status == "diverged":
        click.echo(
            f"aigc: training diverged; {run.folder} holds the last good weights.",
            err=True,
        )
        sys.exit(DIVERGED)
    if status == "interrupted":
        command = f"aigc train {run.config.model} --out {run.folder} --resume"
        click.echo(f"Stopped and saved. Go on with: {command}")
        sys.exit(INTERRUPTED)
    click.echo(f"Done: {run.folder / 'card.md'}")
