"""`aigc audit`."""

from pathlib import Path
from typing import Any

import click

from aigc_course.commands.common import PLACE, SEED, draw

AUDIT = "audit.json"
ATTACKED = 1000  # training images, and as many strangers and references
FPR = 0.01


@click.command()
@click.argument("folder", type=PLACE, metavar="DIR")
@click.option(
    "--n",
    type=click.IntRange(100, 20_000),
    default=2_000,
    show_default=True,
    help="Samples to audit.",
)
@click.option("--seed", type=SEED, default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")
def audit(folder: Path, n: int, seed: int, as_json: bool) -> None:
    """Ask a trained generator who is drawn, who is given away, and what it costs.

    Writes audit.json and a section of card.md: shares of the classes, corrected for the
    classifier's confusion; near-copies of training images; a membership attack by
    distances; joules, measured or assumed.
    """
    import json

    from aigc_course.errors import CourseError
    from aigc_course.files import write_json, write_text
    from aigc_course.privacy.card import HEAD, section
    from aigc_course.runs import Run

    run = Run.open(folder)
    if run.recipe.text:
        raise CourseError(f"`aigc audit` is for runs that draw; {folder} writes text.")
    run.check()  # what is damaged is found before the measuring, not after
    found = _found(run, folder, n, seed)
    told = section(found)
    write_json(folder / AUDIT, found)
    run.write_card()
    card = folder / "card.md"
    text = card.read_text("utf-8")
    if HEAD not in text:
        write_text(card, text.rstrip("\n") + "\n\n" + told)
    click.echo(json.dumps(found, indent=2) if as_json else told.rstrip("\n"))


def _found(run: Any, folder: Path, n: int, seed: int) -> dict[str, Any]:
    """All that is measured, before anything is written."""
    import torch

    from aigc_course import data, energy

    draw(folder, 1, seed)  # what is loaded once is not the cost of a sample
    with energy.meter() as used:
        samples = torch.from_numpy(draw(folder, n, seed))[:, None]
    train, test = data.load(run.config.data), data.load(run.config.data, "test")
    return {
        "images": n,
        "seed": seed,
        "data": run.config.data,
        "shares": _shares(samples, test),
        "copies": _copies(samples, train, test, seed),
        "membership": _membership(samples, train, test, seed),
        "energy": {
            "how": used.how,
            "watts": used.watts,
            "joules_per_thousand": energy.per_pictures(used, n),
            "seconds": used.seconds,
            "images": n,
        },
    }


def _shares(samples: Any, test: Any) -> dict[str, Any] | None:
    """Shares of digits; None for other sets, which the classifier does not know."""
    import torch

    from aigc_course import metrics
    from aigc_course.metrics import shares
    from aigc_course.metrics.report import DOMAIN

    if test.name not in DOMAIN:
        return None
    confusion = shares.confusion_counts(metrics.classify(test.images), test.labels)
    counted = torch.bincount(metrics.classify(samples), minlength=10)
    found = shares.corrected_shares(counted, confusion)
    names = "raw", "estimate", "low", "high"
    return {name: getattr(found, name).tolist() for name in names}


def _copies(samples: Any, train: Any, test: Any, seed: int) -> dict[str, Any]:
    from aigc_course import data, metrics
    from aigc_course.intervals import share_interval
    from aigc_course.metrics.copies import EXPECTED_RATE

    unseen = data.subset(test, min(ATTACKED, len(test)), seed).images
    threshold = metrics.closeness(unseen, train.images).double().quantile(EXPECTED_RATE)
    near = metrics.closeness(samples, train.images).double() < threshold
    return {
        "rate": float(near.double().mean()),
        "interval": list(share_interval(int(near.sum()), len(near))),
        "expected": EXPECTED_RATE,
        "threshold": float(threshold),
    }


def _membership(samples: Any, train: Any, test: Any, seed: int) -> dict[str, Any]:
    """An attack by distances to samples, calibrated by other real images."""
    from aigc_course import data, privacy
    from aigc_course.apps.privacy import nearest, told_apart

    size = min(ATTACKED, len(test) // 2, len(train))
    members = data.subset(train, size, seed).images
    strangers, reference = (
        part.images for part in data.parts(test, size, size, seed=seed)
    )
    inside, outside = (
        (nearest(images, reference) - nearest(images, samples)).double()
        for images in (members, strangers)
    )
    found = told_apart(inside.numpy(), outside.numpy())
    return {
        "attack": "distance to samples, calibrated",
        "images": size,
        "auc": found.auc,
        "low": found.low,
        "high": found.high,
        "advantage": found.advantage,
        "fpr": FPR,
        "tpr": privacy.tpr_at(inside, outside, FPR),
    }
