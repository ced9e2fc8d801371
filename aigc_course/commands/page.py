"""`aigc page`."""

from pathlib import Path

import click

from aigc_course.commands.common import PLACE
from aigc_course.errors import CourseError


@click.command()
@click.argument("run", metavar="RUN")
@click.option("--out", type=PLACE, required=True, metavar="FILE.html")
@click.option(
    "--runtime",
    type=PLACE,
    metavar="DIR",
    help="Compute with ONNX Runtime Web: the folder of the npm package.",
)
def page(run: str, out: Path, runtime: Path | None) -> None:
    """Write one HTML file that draws with RUN, offline, in a browser.

    RUN is a run folder or the name of a shipped model. Without --runtime the page
    computes with a forward pass of its own and is small.
    """
    if out.suffix not in (".html", ".htm"):
        raise CourseError(f"--out ends in .html, not {out.name!r}.")
    from aigc_course.files import target, whole_file
    from aigc_course.release import page as own
    from aigc_course.release import runtime_page

    with whole_file(target(out)) as place:  # tried first: the page takes seconds
        text, difference = runtime_page.make(run, runtime) if runtime else own.make(run)
        place.write_text(text, encoding="utf-8", newline="\n")
    click.echo(
        f"{out}: {len(text.encode()):,} bytes. Its pictures differ from PyTorch's by at"
        f" most {difference:.1f} of 255 grey levels. Open it in a browser; it needs no"
        " network."
    )
