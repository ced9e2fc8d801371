"""The command line, `aigc`. Torch is loaded by the commands that need it, not here."""

import sys
from typing import Any

import click

from aigc_course import __version__
from aigc_course.commands.common import INTERRUPTED
from aigc_course.commands.data import data
from aigc_course.commands.doctor import doctor
from aigc_course.commands.evaluate import evaluate
from aigc_course.commands.grade import grade
from aigc_course.commands.inpaint import inpaint
from aigc_course.commands.sample import sample
from aigc_course.commands.study import study
from aigc_course.commands.train import train
from aigc_course.commands.upscale import upscale
from aigc_course.errors import CourseError


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
    """Train, sample and measure the course's models; grade its exercises."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


for command in (doctor, data, train, sample, evaluate, grade, study, inpaint, upscale):
    main.add_command(command)


if __name__ == "__main__":
    main()
