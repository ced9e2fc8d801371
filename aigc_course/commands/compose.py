"""`aigc compose`."""

from pathlib import Path

import click

from aigc_course.commands.common import AMOUNT, PLACE, SEED

MOST = 100  # scores at once
MOST_BARS = 32


@click.command()
@click.option("--out", type=PLACE, required=True, metavar="FILE.mid")
@click.option(
    "--melody",
    type=PLACE,
    metavar="FILE.mid",
    help="A soprano to harmonise: the highest line of this MIDI file.",
)
@click.option("--wav", type=PLACE, metavar="FILE.wav", help="Also write the sound.")
@click.option(
    "--bars",
    type=click.IntRange(2, MOST_BARS),
    default=8,
    show_default=True,
    help="Of four quarters, without --melody.",
)
@click.option("--n", type=click.IntRange(1, MOST), default=1, show_default=True)
@click.option("--seed", type=SEED, default=0, show_default=True)
@click.option(
    "--temperature",
    type=AMOUNT,
    default=0.8,
    show_default=True,
    help="Below 1 the likelier notes are drawn more often.",
)
@click.option(
    "--tempo",
    type=click.IntRange(20, 300),
    default=80,
    show_default=True,
    help="Quarter notes in a minute.",
)
@click.option("--overwrite", is_flag=True, help="Replace files that exist.")
def compose(
    out: Path,
    melody: Path | None,
    wav: Path | None,
    bars: int,
    n: int,
    seed: int,
    temperature: float,
    tempo: int,
    overwrite: bool,
) -> None:
    """Write four-part chorales, or harmonise a melody, as MIDI files.

    Two small networks that come with the course have read 301 chorales of Bach. With
    --n above 1 the files are called FILE-1.mid, FILE-2.mid and so on.
    """
    from aigc_course.apps.music import desk

    desk.check_temperature(temperature)
    places = desk.places(out, wav, n, overwrite=overwrite)
    if melody is None:
        scores = desk.new(bars, n, seed, temperature)
    else:
        scores = desk.harmonies(melody, n, seed, temperature)
    desk.write(scores, places, tempo)
    for score, (file, sound) in zip(scores, places, strict=True):
        click.echo(
            f"{len(score.pitches)} sixteenths, {desk.count(score)} notes:"
            f" {file}{f', {sound}' if sound else ''}"
        )
