"""The command line, `aigc`. Torch is loaded by the commands that need it, not here."""

import contextlib
import errno
import os
import sys
import tempfile
import traceback
from typing import Any

import click

from aigc_course import __version__
from aigc_course.commands.audit import audit
from aigc_course.commands.capstone import capstone
from aigc_course.commands.clinic import clinic
from aigc_course.commands.common import INTERRUPTED
from aigc_course.commands.compose import compose
from aigc_course.commands.data import data
from aigc_course.commands.demo import demo
from aigc_course.commands.doctor import doctor
from aigc_course.commands.evaluate import evaluate
from aigc_course.commands.get import get
from aigc_course.commands.grade import grade
from aigc_course.commands.inpaint import inpaint
from aigc_course.commands.judge import judge
from aigc_course.commands.lab import lab
from aigc_course.commands.label import label
from aigc_course.commands.level import level
from aigc_course.commands.pack import pack
from aigc_course.commands.page import page
from aigc_course.commands.release import export, release
from aigc_course.commands.sample import sample
from aigc_course.commands.serve import load, serve
from aigc_course.commands.shape import shape
from aigc_course.commands.study import study
from aigc_course.commands.submit import submit
from aigc_course.commands.train import train
from aigc_course.commands.upscale import upscale
from aigc_course.commands.verify import verify
from aigc_course.commands.verse import verse
from aigc_course.commands.watermark import watermark
from aigc_course.errors import CourseError

FAILED = 1  # exit code of what nobody foresaw
NO_MEMORY = ("out of memory", "not enough memory", "can't allocate memory")


class OneSentence(click.Group):
    """A command group that ends in one sentence and exit code 2 on bad input.

    What nobody foresaw ends in one sentence as well, with exit code 1, and leaves its
    traceback in a file.
    """

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run; whatever is raised becomes one sentence on stderr."""
        _print_anything()
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
        except UnicodeError as error:
            _refuse(f"A name cannot be written in this system's encoding: {error}.")
        except OSError as error:
            _refuse(_system(error))
        except Exception as error:
            _end(error)


def _refuse(sentence: str, status: int = 2) -> None:
    """One line on stderr, also where a name holds a line break."""
    click.echo(f"aigc: {' '.join(sentence.split())}", err=True)
    sys.exit(status)


def _system(error: OSError) -> str:
    """What the operating system refused, as a sentence."""
    where = f"{str(error.filename)[:200]}: " if error.filename is not None else ""
    if error.errno == errno.ENAMETOOLONG:
        where = where[:60] + "...: " if len(where) > 60 else where
    return f"{where}{error.strerror or error}."


def _end(error: Exception) -> None:
    """End after an error that nobody foresaw."""
    text = " ".join(str(error).split())[:200]
    if isinstance(error, MemoryError) or any(w in text.lower() for w in NO_MEMORY):
        _refuse("There is too little memory: ask for fewer images.", FAILED)
    if isinstance(error, ImportError | AttributeError):
        from aigc_course import shadows

        if hidden := shadows.sentence():
            _refuse(hidden)
    kept = ""
    with contextlib.suppress(OSError):
        handle, kept = tempfile.mkstemp(prefix="aigc-error-", suffix=".txt")
        with os.fdopen(handle, "w", -1, "utf-8", "backslashreplace") as file:
            traceback.print_exception(error, file=file)
    details = f" The details are in {kept}." if kept else ""
    what = f"{type(error).__name__}: {text}".rstrip(".")
    _refuse(f"Something went wrong that nobody foresaw: {what}.{details}", FAILED)


def _print_anything() -> None:
    """Let consoles of few characters show the others as escapes, not end a command."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):  # no console, or closed
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


@click.group(
    cls=OneSentence,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="aigc")
@click.pass_context
def main(context: click.Context) -> None:
    """Train, sample and measure the course's models; grade its exercises."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


COMMANDS = (doctor, lab, demo, data, get, train, sample, evaluate, grade, study)
for command in (*COMMANDS, pack, inpaint, upscale, verse, compose, level, shape):
    main.add_command(command)
for command in (export, page, serve, load, release, verify):
    main.add_command(command)
for command in (watermark, label, audit, clinic, capstone, submit, judge):
    main.add_command(command)


if __name__ == "__main__":
    main()
