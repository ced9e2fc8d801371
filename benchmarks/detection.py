"""What chapter 18 says of detectors: who is found, who is accused, and of what.

    python benchmarks/detection.py [--only PART ...]

generators: trains a VAE, a latent flow and another DCGAN, keeps them in runs/detection,
and measures their FID. counts: the counting detector, trained on one generator or on
four, and shown all of them, real pictures from elsewhere, and both kinds saved as JPEG
or resized; trained again with processed pictures; and trained where only the real ones
were JPEG files. network: the small network, plainly trained. style: what the style
distance tells apart.
Three seeds: each draws its own real pictures and its own samples. Parts that were
measured before stay in the record, so that each can be run alone.
"""

import statistics
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import click
import torch
from records import FOLDER, record, whole
from safetensors.torch import load_file, save
from torch import Tensor, nn

from aigc_course import data, metrics, models, training
from aigc_course.apps.privacy import class_gaussians
from aigc_course.apps.styles import STYLES
from aigc_course.apps.typeset import fonts, typeset
from aigc_course.errors import CourseError
from aigc_course.files import read_json, write_bytes
from aigc_course.gan.shipped import pretrained_generator
from aigc_course.intervals import share_interval
from aigc_course.provenance import attacks, copies, detector

SEEDS = (0, 1, 2)
TRAIN, JUDGED = 4000, 1000  # pictures of each kind
HELD = 4000  # real ones that set the threshold; others are judged
TARGET = 0.01  # false accusations that the threshold is set for
STEPS = {
    "VAE": ("vae", 2500),
    "flow": ("latent-flow", 4000),
    "DCGAN 2": ("dcgan", 1000),
}
KEPT = Path(__file__).parent.parent / "runs" / "detection"
PROCESSED: dict[str, Callable[[Tensor], Tensor]] = {
    "JPEG 90": partial(attacks.jpeg, quality=90),
    "JPEG 50": partial(attacks.jpeg, quality=50),
    "resized 20": partial(detector.resized, side=20),
}


def trained(name: str) -> Any:
    """The generator called `name`, trained once and then read."""
    model, steps = STEPS[name]
    training.seed_everything(0)
    recipe = models.get(model)
    learner = recipe.build()
    file = KEPT / f"{model}-fast-{steps}.safetensors"
    if not file.exists():
        batches = data.batches(data.default(), recipe.batch_size, seed=0)
        training.fit(learner, batches, training.Budget(steps=steps), progress=False)
        whole()
        weights = learner.trained().state_dict()
        write_bytes(file, save({k: v.contiguous() for k, v in weights.items()}))
    learner.load_trained(load_file(file))
    return learner


@cache
def samples(name: str, seed: int, n: int) -> Tensor:
    """n pictures of a generator as a file keeps them."""
    random = torch.Generator().manual_seed(seed)
    if name == "shipped DCGAN":
        net = pretrained_generator()
        with torch.no_grad():
            images = torch.cat([net(net.latents(500, random)) for _ in range(n // 500)])
    elif name == "Gaussians":
        known = data.load("mnist")
        asked = torch.arange(10).repeat(n // 10)
        images = class_gaussians(
            data.to_float(known.images[:10_000]), known.labels[:10_000], asked, random
        )
    else:
        images = torch.cat(
            [trained(name).sample(500, generator=random) for _ in range(n // 500)]
        )
    return detector.as_saved(images)


GENERATORS = ("shipped DCGAN", *STEPS, "Gaussians")


def real_parts(seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Real pictures to learn from, to set the threshold, and to judge."""
    images = data.load("mnist").images
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))
    parts = images[order[: TRAIN + HELD + JUDGED]].split([TRAIN, HELD, JUDGED])
    known, held, judged = (data.to_float(part) for part in parts)
    return known, held, judged


def elsewhere() -> dict[str, Tensor]:
    """Real pictures from elsewhere: no generator made them, nor are they MNIST's."""
    test, other = data.load("mnist", "test"), data.load("digits")
    printed = [typeset(torch.arange(10), font) for font in fonts()]
    return {
        "MNIST, other writers": data.to_float(test.images[: 2 * JUDGED]),
        "digits of scikit-learn": data.to_float(other.images),
        "printed": detector.as_saved(torch.cat(printed)),
        "thicker": STYLES["thick"](data.to_float(test.images[:JUDGED])),
        "slanted": detector.as_saved(
            STYLES["slanted"](data.to_float(test.images[:JUDGED]))
        ),
    }


def judged_row(net: nn.Module, seed: int) -> dict[str, Any]:
    """Found, by generator; accused, by source of real pictures; both, processed."""
    _, held, judged = real_parts(seed)
    limit = detector.threshold_at(detector.scores(net, held), TARGET)
    real = detector.scores(net, judged)
    row: dict[str, Any] = {"generators": {}, "accused": {}, "processed": {}}
    for name in GENERATORS:
        made = detector.scores(net, samples(name, 100 + seed, JUDGED))
        seen = detector.rates(real, made, limit)
        row["generators"][name] = {"tpr": seen.tpr, "auc": seen.auc}
    row["accused"]["MNIST, same writers"] = share(real > limit)
    for name, images in elsewhere().items():
        row["accused"][name] = share(detector.scores(net, images) > limit)
    own = samples(GENERATORS[0], 100 + seed, JUDGED)
    for name, process in PROCESSED.items():
        seen = detector.rates(
            detector.scores(net, process(judged)),
            detector.scores(net, process(own)),
            limit,
        )
        row["processed"][name] = {"tpr": seen.tpr, "fpr": seen.fpr, "auc": seen.auc}
    return row


def share(accused: Tensor) -> dict[str, Any]:
    low, high = share_interval(int(accused.sum()), len(accused))
    rate = float(accused.double().mean())
    return {"rate": rate, "low": low, "high": high, "n": len(accused)}


def both(process: Callable[[Tensor], Tensor] | None, images: Tensor) -> Tensor:
    """The pictures, and a third of them again for each way of processing."""
    parts = images.split(len(images) // 3 + 1)
    ways = zip(PROCESSED.values(), parts, strict=True)
    return torch.cat([images, *(way(part) for way, part in ways)])


def counts_part() -> dict[str, Any]:
    """The counting detector: on each generator, with processing, and the trap."""
    found: dict[str, Any] = {}
    for source in GENERATORS[:3]:
        nets = {
            s: detector.count_detector(real_parts(s)[0], samples(source, s, TRAIN))
            for s in SEEDS
        }
        found[f"on {source}"] = over_seeds([judged_row(nets[s], s) for s in SEEDS])
        if source == GENERATORS[0]:
            found["calibration"] = [calibration(nets[s], s) for s in SEEDS]
    rows, all_rows, trap = [], [], []
    for s in SEEDS:
        known, made = real_parts(s)[0], samples(GENERATORS[0], s, TRAIN)
        net = detector.count_detector(both(None, known), both(None, made))
        rows.append(judged_row(net, s))
        mixed = torch.cat([samples(g, s, TRAIN)[::4] for g in GENERATORS[:4]])
        all_rows.append(judged_row(detector.count_detector(known, mixed), s))
        trap.append(format_trap(s))
    found["on shipped DCGAN, processed too"] = over_seeds(rows)
    found["on four generators"] = over_seeds(all_rows)
    found["real ones were JPEG 90"] = {
        key: spread([row[key] for row in trap]) for key in trap[0]
    }
    return found


def format_trap(seed: int) -> dict[str, float]:
    """Trained where real pictures were JPEG files and generated ones were not."""
    known, _, judged = real_parts(seed)
    jpeg, own = PROCESSED["JPEG 90"], samples(GENERATORS[0], 100 + seed, JUDGED)
    net = detector.count_detector(jpeg(known), samples(GENERATORS[0], seed, TRAIN))
    score = partial(detector.scores, net)
    as_trained = detector.rates(score(jpeg(judged)), score(own))
    turned = detector.rates(score(judged), score(jpeg(own)))
    return {
        "auc as trained": as_trained.auc,
        "auc same format": detector.rates(score(judged), score(own)).auc,
        "auc formats exchanged": turned.auc,
        "real PNG accused": turned.fpr,
        "generated JPEG found": turned.tpr,
    }


def calibration(net: nn.Module, seed: int) -> dict[str, float]:
    """Expected calibration error before and after one temperature, fitted elsewhere."""
    _, held, judged = real_parts(seed)
    result: dict[str, float] = {}
    fit = detector.scores(net, held[:JUDGED]), samples(GENERATORS[0], 200, JUDGED)
    t = detector.temperature(
        torch.cat([fit[0], detector.scores(net, fit[1])]), halves(JUDGED)
    )
    for name in GENERATORS[:2]:
        made = samples(name, 100 + seed, JUDGED)
        logits = torch.cat([detector.scores(net, x) for x in (judged, made)])
        for key, a in (("as trained", logits), ("with temperature", logits / t)):
            error = detector.expected_calibration_error(a.sigmoid(), halves(JUDGED))
            result[f"{name}, {key}"] = round(error, 4)
    return {"temperature": round(t, 3), **result}


def halves(n: int) -> Tensor:
    return torch.cat([torch.zeros(n), torch.ones(n)])


def network_part() -> dict[str, Any]:
    """The small network, 400 steps, on the shipped generator."""
    rows = []
    for s in SEEDS:
        made = samples(GENERATORS[0], s, TRAIN)
        net = detector.train_detector(real_parts(s)[0], made, steps=400, seed=s)
        rows.append(judged_row(net, s))
    return {"on shipped DCGAN": over_seeds(rows)}


def style_part() -> dict[str, Any]:
    """What the style distance tells apart, on digits of known styles."""
    test = data.load("mnist", "test")
    found: dict[str, Any] = {}
    for names in (("thick",), ("slanted",), ("outlined",), tuple(STYLES)[1:]):
        tests = []
        for s in SEEDS:
            rows = torch.randperm(10_000, generator=torch.Generator().manual_seed(s))
            images = data.to_float(test.images[rows[:600]])
            styles = {name: detector.as_saved(STYLES[name](images)) for name in names}
            labels = test.labels[rows[:600]]
            tests.append(copies.style_test({"plain": images, **styles}, labels, 6000))
        found[" and ".join(("plain", *names))] = {
            field: spread([getattr(t, field) for t in tests])
            for field in ("everyone", "same_digit", "crossed")
        }
    return found


def over_seeds(rows: list[Any]) -> Any:
    """The same tree with each number replaced by its median and extremes.

    A rate with an interval keeps that of all seeds' pictures together, where they are
    not the same pictures, and the widest ends where they are.
    """
    first = rows[0]
    if isinstance(first, dict):
        if "low" in first:
            return {
                **spread([row["rate"] for row in rows]),
                "interval": [
                    round(min(row["low"] for row in rows), 4),
                    round(max(row["high"] for row in rows), 4),
                ],
                "n": first["n"],
            }
        return {key: over_seeds([row[key] for row in rows]) for key in first}
    return spread(rows)


def spread(values: list[float]) -> dict[str, float]:
    return {
        "median": round(statistics.median(values), 4),
        "low": round(min(values), 4),
        "high": round(max(values), 4),
    }


def generators_part() -> dict[str, Any]:
    """Train what is not there yet; FID of each, on as many pictures as are judged."""
    features = metrics.features
    real = features(data.load("mnist", "test").images)
    return {
        name: round(metrics.fid(features(samples(name, 100, JUDGED)), real), 3)
        for name in GENERATORS
    }


PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "generators": generators_part,
    "counts": counts_part,
    "network": network_part,
    "style": style_part,
}


@click.command()
@click.option("--only", multiple=True, type=click.Choice(list(PARTS)))
def main(only: tuple[str, ...]) -> None:
    """Measure, and keep what was measured before."""
    try:
        figures = read_json(FOLDER / "detection.json")["figures"]
    except CourseError:
        figures = {}
    for name in only or PARTS:
        figures[name] = PARTS[name]()
        record(
            "detection",
            {part: figures[part] for part in PARTS if part in figures},
            seeds=SEEDS,
            train=TRAIN,
            judged=JUDGED,
            held=HELD,
            target=TARGET,
            generators={name: steps for name, (_, steps) in STEPS.items()},
        )


if __name__ == "__main__":
    main()
