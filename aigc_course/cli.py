"""The command line, `aigc`. Torch is loaded by the commands that need it, not here."""

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aigc_course import __version__
from aigc_course.errors import CourseError

if TYPE_CHECKING:
    from aigc_course.training import Budget

MODELS = ("dcgan", "mlp-gan")
PRESETS = ("fast", "reference")
DATA = ("auto", "mnist", "fashion-mnist", "kmnist", "digits")
DEVICES = ("auto", "cpu", "cuda", "mps")
DEFAULT_SECONDS = 60.0
DIVERGED, INTERRUPTED = 1, 130


class OneSentence(click.Group):
    """A command group that ends in one sentence and exit code 2 on bad input."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run; CourseError and click's usage errors become one sentence on stderr."""
        try:
            return super().main(*args, **{**kwargs, "standalone_mode": False})
        except click.exceptions.Exit as ended:
            sys.exit(ended.exit_code)
        except click.Abort:
            sys.exit(INTERRUPTED)
        except click.UsageError as error:
            hint = f" See `{error.ctx.command_path} --help`." if error.ctx else ""
            _refuse(error.format_message() + hint)
        except (CourseError, click.ClickException) as error:
            _refuse(str(error))
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)


def _refuse(sentence: str) -> None:
    click.echo(f"aigc: {sentence}", err=True)
    sys.exit(2)


@click.group(
    cls=OneSentence,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="aigc")
@click.pass_context
def main(context: click.Context) -> None:
    """Train, sample and measure the course's generative models."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")
def doctor(as_json: bool) -> None:
    """Check this machine and say what to do about what is missing."""
    from aigc_course import doctor as checks

    findings = checks.examine()
    click.echo(checks.as_json(findings) if as_json else checks.as_text(findings))
    if any(finding.status == "problem" for finding in findings):
        sys.exit(1)


@main.command()
@click.argument("name", type=click.Choice(DATA), default="auto")
def data(name: str) -> None:
    """Find or fetch a data set and describe it."""
    images = _load(name)
    click.echo(f"{images.name}: {images.source}")
    click.echo(f"{len(images):,} training images of {_shape(images.images)} pixels")
    counts = images.labels.bincount().tolist()
    for label, count in zip(images.classes, counts, strict=True):
        click.echo(f"  {label:<12} {count:>6,}")


@main.command()
@click.argument("model", type=click.Choice(MODELS), metavar="dcgan|mlp-gan")
@click.option("--preset", type=click.Choice(PRESETS), help="Default: fast.")
@click.option("--data", "name", type=click.Choice(DATA), help="Default: auto.")
@click.option("--seconds", type=float, help="Train this long. Default: 60 seconds.")
@click.option("--steps", type=int, help="Or this many steps (reproducible).")
@click.option("--epochs", type=float, help="Or this many passes over the data.")
@click.option("--seed", type=int, help="Default: 0.")
@click.option("--device", type=click.Choice(DEVICES), help="Default: auto.")
@click.option("--bf16", is_flag=True, help="Compute in bfloat16 where that is safe.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the run.")
@click.option("--resume", is_flag=True, help="Go on with the run in --out.")
@click.option("--save-every", type=float, default=20, help="Seconds between saves.")
@click.option("--quiet", is_flag=True, help="No progress bar.")
def train(resume: bool, out: Path | None, **options: Any) -> None:
    """Train a model into a run folder."""
    from aigc_course.runs import Run

    budget = _budget(options, resume)
    if resume or budget is None:
        if out is None:
            raise CourseError("--resume goes on with a run: name its folder by --out.")
        run = _reopen(Run.open(out), options)
        images = _load(run.config.data)
    else:
        images = _load(options["name"] or "auto")
        run = Run.create(
            out or _free_folder(options["model"]), _config(options, images, budget)
        )
    history = run.train(
        images,
        budget or _stored_budget(run),
        resume=resume,
        save_seconds=options["save_every"],
        progress=not options["quiet"],
    )
    _say_end(run, history.status)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--n", type=int, default=64, show_default=True, help="How many images.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="FILE")
def sample(folder: Path, n: int, seed: int, out: Path) -> None:
    """Draw images from the run in DIR.

    FILE ends in .npy (uint8, [N, 28, 28]) or in .png (a grid).
    """
    if out.suffix not in (".npy", ".png"):
        raise CourseError(f"--out ends in .npy or .png, not {out.name!r}.")
    pixels = _draw(folder, n, seed)
    _write_images(out, pixels)
    click.echo(f"{n:,} images in {out}")


@main.command()
@click.argument("source", type=click.Path(path_type=Path), metavar="DIR|FILE.npy")
@click.option(
    "--data", "name", type=click.Choice(DATA), default="auto", help="For FILE."
)
@click.option(
    "--n", type=int, default=10_000, show_default=True, help="Images to judge."
)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")
def evaluate(source: Path, name: str, n: int, seed: int, as_json: bool) -> None:
    """Measure the images of a run, or of a .npy file (uint8, [N, 28, 28]).

    They are compared with the data set that the run was trained on, or with --data.
    """
    import json

    from aigc_course import metrics
    from aigc_course.runs import Run

    run = None if source.suffix == ".npy" else Run.open(source)
    pixels = _draw(source, n, seed) if run else _read_images(source)
    real = run.config.data if run else (None if name == "auto" else name)
    with contextlib.redirect_stdout(sys.stderr):  # stdout is for the report alone
        report = metrics.report(pixels, data=real, n=n, seed=seed)
    if run:
        run.save_report(report.to_dict())
    click.echo(json.dumps(report.to_dict(), indent=2) if as_json else str(report))


def _load(name: str) -> Any:
    from aigc_course import data as sets

    return sets.default() if name == "auto" else sets.load(name)


def _shape(images: Any) -> str:
    return " x ".join(str(side) for side in images.shape[-2:])


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


def _stored_budget(run: Any) -> "Budget":
    from aigc_course.training import Budget

    return Budget(**run.config.budget)


def _config(options: dict[str, Any], images: Any, budget: "Budget") -> Any:
    from dataclasses import asdict

    from aigc_course.runs import Config
    from aigc_course.training import pick

    device = options["device"] or "auto"
    pick(device)  # refuse a device that is not there before anything is written
    return Config(
        model=options["model"],
        preset=options["preset"] or "fast",
        data=images.name,
        seed=options["seed"] or 0,
        budget={k: v for k, v in asdict(budget).items() if v is not None},
        device=device,
        bf16=options["bf16"],
    )


def _reopen(run: Any, options: dict[str, Any]) -> Any:
    """The run, when what was asked for now is what it was begun with."""
    asked = {k: options[k] for k in ("model", "preset", "seed", "device")}
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


def _draw(folder: Path, n: int, seed: int) -> Any:
    """n images of a run as uint8 [n, 28, 28]; the same seed gives the same images."""
    import torch

    from aigc_course import data as sets
    from aigc_course import gan
    from aigc_course.runs import Run

    latents = torch.Generator().manual_seed(seed)
    images = gan.sample(Run.open(folder).generator(), n, latents)
    return sets.to_uint8(images)[:, 0].numpy()


def _write_images(path: Path, pixels: Any) -> None:
    import numpy as np

    from aigc_course import plots
    from aigc_course.files import write_with

    if path.suffix == ".png":
        plots.save_grid(path, pixels)
    else:
        write_with(path, lambda temporary: np.save(temporary, pixels))


def _read_images(path: Path) -> Any:
    """Images from a .npy file. Raises CourseError when it is no array of images."""
    import numpy as np

    try:
        return np.load(path, allow_pickle=False)
    except FileNotFoundError as error:
        raise CourseError(f"There is no file {path}.") from error
    except (OSError, ValueError, EOFError) as error:
        raise CourseError(f"{path} is not a NumPy file of images: {error}.") from error


if __name__ == "__main__":
    main()
