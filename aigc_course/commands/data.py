"""`aigc data`."""

from typing import Any

import click

from aigc_course.commands.common import DATA, load


@click.command()
@click.argument("name", type=click.Choice(DATA), default="auto")
def data(name: str) -> None:
    """Find or fetch a data set and describe it."""
    images = load(name)
    click.echo(f"{images.name}: {images.source}")
    click.echo(f"{len(images):,} training images of {_shape(images.images)} pixels")
    counts = images.labels.bincount().tolist()
    for label, count in zip(images.classes, counts, strict=True):
        click.echo(f"  {label:<12} {count:>6,}")


def _shape(images: Any) -> str:
    return " x ".join(str(side) for side in images.shape[-2:])
