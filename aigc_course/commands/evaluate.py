"""`aigc evaluate`."""

import contextlib
import sys
from pathlib import Path
from typing import Any

import click

from aigc_course.commands.common import COUNT, DATA, PLACE, SEED, draw


@click.command()
@click.argument("source", type=PLACE, metavar="DIR|FILE.npy")
@click.option(
    "--data", "name", type=click.Choice(DATA), default="auto", help="For FILE."
)
@click.option(
    "--n", type=COUNT, default=10_000, show_default=True, help="Images to judge."
)
@click.option("--seed", type=SEED, default=0, show_default=True)
@click.option(
    "--samples",
    type=click.IntRange(1, 1_000_000),
    default=100,
    show_default=True,
    help="Importance samples per image for the -log p of a VAE.",
)
@click.option(
    "--text", type=PLACE, metavar="FILE", help="Judge a language model on this text."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")
def evaluate(
    source: Path,
    name: str,
    n: int,
    seed: int,
    samples: int,
    text: Path | None,
    as_json: bool,
) -> None:
    """Measure the images of a run, or of a .npy file; or how a run predicts text.

    That is uint8 from 0 to 255 or floats from -1 to 1, [N, 28, 28] or [N, 1, 28, 28].

    They are compared with the data set that the run was trained on, or with --data. Of
    a VAE also ELBO, -log p and active latents are reported, on at most --n random
    images of the test split; of a conditional model how many samples show what was
    asked for. Of a flow the FID by how often its velocity is computed is added, and
    the ELBO that a flow without labels gives its VAE.

    Of a language model bits and nats per character of its validation text, or of --text
    FILE, beside what counting and compressing reach.
    """
    import json

    import torch

    from aigc_course import data as sets
    from aigc_course import metrics
    from aigc_course.data.arrays import read_images
    from aigc_course.runs import Run

    run = None if source.suffix == ".npy" else Run.open(source)
    if text is not None or (run and run.recipe.text):
        return _of_text(run, source, text, as_json)
    if run:
        run.check()  # what is damaged is found before the measuring, not after
    pixels = draw(source, n, seed) if run else read_images(source, n, seed)
    real = run.config.data if run else (None if name == "auto" else name)
    with contextlib.redirect_stdout(sys.stderr):  # stdout is for the report alone
        # a run's pixels are known to be bytes, also where all of them are black
        judged = sets.to_float(torch.from_numpy(pixels)) if run else pixels
        report = metrics.report(judged, data=real, n=n, seed=seed)
        more = _of_its_kind(run, pixels, n, seed, samples) if run else []
    values = report.to_dict() | {key: value for key, value, _ in more}
    if run:
        run.save_report(values)
    lines = "\n".join([str(report), *(sentence for _, _, sentence in more)])
    click.echo(json.dumps(values, indent=2) if as_json else lines)


def _of_text(run: Any, source: Path, text: Path | None, as_json: bool) -> None:
    """Judge a language model, and keep what concerns its own validation text."""
    import json

    from aigc_course.attention.judge import judge
    from aigc_course.data.sequences.own import read
    from aigc_course.errors import CourseError

    if run is None or not run.recipe.text:
        raise CourseError(f"--text is for a language model; {source} is of images.")
    run.check()
    corpus = run.data()
    judged = corpus.valid if text is None else read(text)
    name = corpus.name if text is None else text.name
    network, letters = run.generator(), run.vocabulary()
    found = judge(network, letters, corpus.train, judged, name)
    if text is None:
        run.save_report(found.to_dict())
    click.echo(json.dumps(found.to_dict(), indent=2) if as_json else str(found))


NATS = 200  # test images whose exact trace is taken
Found = tuple[str, Any, str]  # key and value in the report, and a sentence


def _of_its_kind(run: Any, pixels: Any, n: int, seed: int, samples: int) -> list[Found]:
    """What only some models are asked: labels of conditional ones, log p of VAEs."""
    from aigc_course import vae

    model, found = run.model(), []
    if run.recipe.labels:
        found += _labels(pixels, run.config.data)
    if isinstance(model, vae.VAE):
        found.append(_evidence(model, run.config.data, n, seed, samples))
    if run.recipe.flow:
        found += _of_a_flow(model, run.config.data, n, seed)
    return found


def _of_a_flow(model: Any, name: str, n: int, seed: int) -> list[Found]:
    """FID by the number of evaluations, and nats of a latent flow without labels."""
    import torch

    from aigc_course import data as sets
    from aigc_course import metrics
    from aigc_course.flow import LatentFlow, judgement

    test = sets.load(name, "test")
    real = metrics.features(test.images)
    fids = judgement.by_evaluations(model, real, n, seed)
    told = ", ".join(f"{number}: {fid:.3f}" for number, fid in fids.items())
    sentence = f"FID by evaluations of the velocity: {told}"
    found: list[Found] = [("fid_by_evaluations", fids, sentence)]
    if isinstance(model, LatentFlow) and not model.networks.velocity.classes:
        part = sets.subset(test, min(n, NATS, len(test)), seed)
        seeded = torch.Generator().manual_seed(seed)
        judged = judgement.nats(model, sets.to_float(part.images), seeded)
        found.append(("nats", judged.to_dict(), f"test images: {judged}"))
    return found


def _labels(pixels: Any, name: str) -> list[Found]:
    """The share of samples drawn as asked; they went through the digits in turn."""
    import torch

    from aigc_course import metrics
    from aigc_course.metrics.report import DOMAIN

    if name not in DOMAIN:  # the classifier knows digits
        return []
    asked = torch.arange(len(pixels)) % 10
    share = metrics.label_accuracy(torch.from_numpy(pixels), asked)
    return [("label_accuracy", share, f"labelled as asked: {share:.1%} of the samples")]


def _evidence(model: Any, name: str, n: int, seed: int, samples: int) -> Found:
    import torch

    from aigc_course import data as sets
    from aigc_course import vae

    test = sets.load(name, "test")
    part = sets.subset(test, min(n, len(test)), seed)  # files are sorted by writer
    judged = vae.judge(
        model,
        sets.to_float(part.images),
        part.labels if model.networks.classes else None,
        samples=samples,
        generator=torch.Generator().manual_seed(seed),
    )
    return "evidence", judged.to_dict(), f"test images: {judged}"
