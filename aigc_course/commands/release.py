"""`aigc export` and `aigc release`."""

from pathlib import Path

import click

from aigc_course.commands.common import PLACE
from aigc_course.errors import CourseError

BITS = ("none", "half", "dynamic", "static")
CALIBRATION = 256  # images from which the ranges of static quantisation come


@click.command()
@click.argument("run", metavar="RUN")
@click.option("--out", type=PLACE, metavar="FILE", required=True, help="The ONNX file.")
@click.option(
    "--rewrite", is_flag=True, help="Transposed convolutions become convolutions."
)
@click.option(
    "--smaller",
    type=click.Choice(BITS),
    default="none",
    show_default=True,
    help="Weights in float16, or in 8 bits in one of two ways.",
)
def export(run: str, out: Path, rewrite: bool, smaller: str) -> None:
    """Write a trained model as an ONNX file, and compare it with PyTorch.

    RUN is a run folder, or the name of a shipped model, such as mnist_dcgan.
    """
    import tempfile

    if out.suffix != ".onnx":
        raise CourseError(f"--out ends in .onnx, not {out.name!r}.")
    from aigc_course.files import target, whole_file
    from aigc_course.release import export as onnx_file
    from aigc_course.release import needs, quantise
    from aigc_course.release.parity import parity
    from aigc_course.release.source import Source

    needs("onnx", "onnxscript", "onnxruntime")
    one = Source.open(run).drawing
    # the place is tried first: an export takes a while
    with whole_file(target(out)) as end, tempfile.TemporaryDirectory() as folder:
        plain, made = Path(folder) / "float32.onnx", Path(folder) / "smaller.onnx"
        onnx_file.export(one, plain, rewrite)
        if smaller == "half":
            quantise.halved(plain, made)
        elif smaller == "dynamic":
            quantise.dynamic(plain, made)
        elif smaller == "static":
            quantise.static(plain, made, [one.draw(CALIBRATION, 1)])
        else:
            made = plain
        apart = parity(one, made, sizes=(1, 7, 64))
        end.write_bytes(made.read_bytes())
    words = ", ".join(f"{value:.2g} for n = {n}" for n, value in apart.items())
    click.echo(f"{out}: {out.stat().st_size:,} bytes")
    click.echo(f"Largest difference to PyTorch: {words}")


@click.command()
@click.argument("run", metavar="RUN")
@click.option("--out", type=PLACE, metavar="DIR", required=True, help="A new folder.")
@click.option(
    "--key",
    type=PLACE,
    metavar="FILE",
    help="Your private key; it is made where it is not there. Without, a key is made"
    " for this release and forgotten.",
)
def release(run: str, out: Path, key: Path | None) -> None:
    """Release a trained model: weights, ONNX, page, card, checksums and a signature.

    RUN is a run folder, or the name of a shipped model, such as mnist_dcgan. Nothing is
    written when a check fails.
    """
    from aigc_course.release import bundle, needs, signing

    needs("onnx", "onnxscript", "onnxruntime", "cryptography")
    private = None
    if key is not None:
        if key.resolve().is_relative_to(out.resolve()):
            raise CourseError("The private key must not lie in the release.")
        if not key.exists():
            signing.write_key(key, signing.new_key())
            click.echo(f"A new private key is in {key}: keep it, and keep it secret.")
        private = signing.read_key(key)
    public = bundle.make(run, out, private, click.echo)
    click.echo(f"The release is in {out}. It is signed by the key {public.hex()}.")
