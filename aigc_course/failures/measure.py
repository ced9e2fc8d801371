"""What is measured of a trial, in numbers."""

import math
from collections.abc import Mapping
from statistics import mean

import torch
from torch import Tensor

from aigc_course import gan, metrics
from aigc_course.failures import points
from aigc_course.failures.case import HALF, Outcome, Trial
from aigc_course.gan import losses
from aigc_course.gan.health import spread

TRAINING, UNSEEN = "real, trained on", "real, never seen"
FAKE, AMONG = "generated", "generated, among real"


@torch.no_grad()
def beliefs(model: gan.GAN, seen: Tensor, unseen: Tensor) -> dict[str, float]:
    """D's mean belief in four kinds of samples, 0 to 1; D as it is in training."""
    n = min(len(seen), len(unseen), 200)
    fake = model.generator(model.generator.latents(n))
    seen, unseen = seen[:n], unseen[:n]

    def belief(x: Tensor) -> Tensor:
        return model.discriminator(x).sigmoid().flatten()

    among = belief(torch.cat([fake, seen]))[: len(belief(fake))]
    found = {TRAINING: belief(seen), UNSEEN: belief(unseen), FAKE: belief(fake)}
    return {name: float(b.mean()) for name, b in {**found, AMONG: among}.items()}


def withstands(game: losses.Game) -> float:
    """The largest logit, 1, 10, 100 or 1000, on the wrong side that D's loss survives.

    0 when none: D's loss is then infinite, and its gradient NaN, as soon as D is sure.
    """
    sizes = (1.0, 10.0, 100.0, 1000.0)
    pairs = [(torch.tensor([-size]), torch.tensor([size])) for size in sizes]
    fine = [bool(game.discriminator(*pair).isfinite()) for pair in pairs]
    return max((s for s, ok in zip(sizes, fine, strict=True) if ok), default=0.0)


def outcome(
    source: str, trial: Trial, half: Mapping[str, float] | None = None
) -> Outcome:
    """All the numbers; NaN where the samples are not finite.

    half: D's beliefs at half time. With them the numbers of that moment are there too,
    HALF in front of their names.
    """
    samples = [s for _, s in trial.snapshots]
    finite = (
        bool(samples)
        and all(math.isfinite(v) for v in trial.rows[-1].values())
        and bool(samples[-1].isfinite().all())
    )
    known = {"finite": float(finite), "steps": trial.rows[-1]["step"]}
    known |= _moment(source, samples, trial.real, trial.beliefs, finite)
    if half and finite:
        early = samples[: len(samples) // 2 + 1]  # the first of them is of step 1
        numbers = _moment(source, early, trial.real, half, finite)
        known |= {HALF + name: value for name, value in numbers.items()}
    return known


def _moment(
    source: str,
    samples: list[Tensor],
    real: Tensor,
    said: Mapping[str, float],
    finite: bool,
) -> Outcome:
    """What the samples so far and D's beliefs show."""
    gaps = {
        "d_gap": said[TRAINING] - said[FAKE],
        "memory_gap": said[TRAINING] - said[UNSEEN],
        "company_gap": abs(said[FAKE] - said[AMONG]),
    }
    if source in points.TARGETS:
        return gaps | _points(source, samples, real, finite)
    return gaps | _digits(samples, real, finite)


def _points(source: str, samples: list[Tensor], real: Tensor, finite: bool) -> Outcome:
    if not finite:
        return dict.fromkeys(
            ("modes", "good", "spread", "wander", "distance"), math.nan
        )
    return {
        "modes": float(modes(samples[-1], source)),
        "good": near(samples[-1], source)[0].float().mean().item(),
        "spread": spread(samples[-1]) / spread(real),
        "wander": wander(samples, real),
        # the mean over the last quarter: a cloud that leaps may end up near by chance
        "distance": mean(distance(s, real) for s in samples[-len(samples) // 4 :]),
    }


def near(samples: Tensor, source: str) -> tuple[Tensor, Tensor]:
    """Whether each sample is within 3 std of its centre, and which centre: both [n]."""
    nearest, mode = torch.cdist(samples, points.TARGETS[source]).min(dim=1)
    return nearest <= 3 * points.SPREADS[source], mode


def modes(samples: Tensor, source: str) -> int:
    """Modes that hold at least 2 % of the samples, where an even share is 12.5 %."""
    good, mode = near(samples, source)
    counts = torch.bincount(mode[good], minlength=len(points.TARGETS[source]))
    return int((counts >= 0.02 * len(samples)).sum())


def _digits(samples: list[Tensor], real: Tensor, finite: bool) -> Outcome:
    names = ("fid", "spread", "lattice", "background", "wander")
    if not finite:
        return dict.fromkeys(names, math.nan)
    last = samples[-1]
    found, want = metrics.features(last.clamp(-1, 1)), metrics.features(real)
    values = (
        metrics.fid(found, want),
        spread(last) / spread(real),
        lattice(last),
        background(last) - background(real),
        wander(samples, real),
    )
    return dict(zip(names, values, strict=True))


def wander(samples: list[Tensor], real: Tensor) -> float:
    """How far the samples' mean is from the real one, over the last half of a training.

    Root mean square over the snapshots, in units of the real samples' spread.
    """
    late = torch.stack(samples[len(samples) // 2 :]).flatten(2).mean(dim=1)  # [k, d]
    off = (late - real.flatten(1).mean(dim=0)).square().mean()
    return float(off.sqrt()) / spread(real)


def distance(samples: Tensor, real: Tensor) -> float:
    """Energy distance of two clouds, [n, 2] and [m, 2] (Szekely & Rizzo 2013).

    2 E|X - Y| - E|X - X'| - E|Y - Y'|, 0 for equal distributions.
    """
    between = torch.cdist(samples, real).mean()
    within = torch.cdist(samples, samples).mean() + torch.cdist(real, real).mean()
    return float(2 * between - within)


def lattice(images: Tensor) -> float:
    """How unlike the sub-lattices of a generator are, in units of the images' spread.

    images: [N, 1, 28, 28]. Two layers of stride 2 place pixels in 4 x 4 phases; in real
    images all 16 have the same mean brightness, apart from the shape of a digit.
    """
    cells = images.mean(dim=0).reshape(7, 4, 7, 4)  # 28 = 7 cells of 4 pixels
    phases = cells.mean(dim=(0, 2))  # [4, 4]
    return float(phases.std(correction=0)) / spread(images)


def background(images: Tensor) -> float:
    """Mean value of the outermost pixels, where every digit is background."""
    frame = torch.ones(images.shape[-2:], dtype=torch.bool)
    frame[2:-2, 2:-2] = False
    return float(images[:, 0, frame].mean())
