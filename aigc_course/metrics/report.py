"""One report on generated digits: how good, how varied, how new."""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from aigc_course import data as datasets
from aigc_course import pretrained
from aigc_course.errors import CourseError
from aigc_course.intervals import Estimate
from aigc_course.metrics import errors
from aigc_course.metrics import reference as references
from aigc_course.metrics.copies import EXPECTED_RATE, near_copy_rate
from aigc_course.metrics.features import NAME, features
from aigc_course.metrics.figures import Figures, compare
from aigc_course.metrics.images import Images, checked
from aigc_course.metrics.prdc import perfect_coverage
from aigc_course.metrics.reference import Reference

FEWEST = 100  # images: below, neither neighbours nor KID's blocks mean anything
FEW = 2_000  # images: below, FID's bias is too large to pass over in silence
DOMAIN = ("mnist", "digits")  # what the extractor was trained on, and its like


@dataclass(frozen=True)
class Report:
    """What generated images score, with what is needed to read it.

    `str(report)` is text for a person, `report.to_dict()` values for a program.
    `report.samples.estimate("fid")` is a figure with its error. The floor's digits are
    a random part of the training split, in which near-copies of the samples are looked
    for: so the floor says nothing about copies.
    """

    n: int  # images judged
    seed: int
    data: str
    split: str
    n_reference: int
    source: str  # where the reference was found
    extractor: str
    extractor_sha256: str
    samples: Figures
    floor: Figures  # random training digits in place of samples
    ceiling: Figures  # uniform noise in place of samples
    perfect_coverage: float  # of a perfect generator's n samples; its density is 1
    near_copy_rate: float
    near_copy_error: float  # half-width of the 95 % interval, as all errors here
    expected_near_copy_rate: float  # of real digits that were not trained on
    fid_to_mnist: float | None  # from shipped statistics, when digits stand in
    fid_to_mnist_error: float | None
    warnings: list[str]

    def to_dict(self) -> dict[str, Any]:
        """All values as plain numbers, strings, lists and dicts; ready for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        lines = [*self._head(), "", *_aligned(self._rows()), "", *self._foot()]
        return "\n".join(lines)

    def _repr_markdown_(self) -> str:
        head, *body = [f"| {' | '.join(row)} |" for row in self._rows()]
        rule = "|---" + "|---:" * 3 + "|---|"
        return "\n\n".join(
            ["  \n".join(self._head()), "\n".join([head, rule, *body])]
            + ["  \n".join(self._foot())]
        )

    def _head(self) -> list[str]:
        return [
            f"{self.n:,} generated images against {self.data} {self.split}"
            f" ({self.n_reference:,} real images, {self.source})",
            f"extractor {self.extractor} {self.extractor_sha256[:8]}, k = 5,"
            f" seed {self.seed}",
        ]

    def _rows(self) -> list[tuple[str, ...]]:
        columns = self.samples, self.floor, self.ceiling
        title = ("", "samples", "floor: training digits", "ceiling: noise", "")
        rows = [
            (name, *(_shown(of.estimate(key), style, times) for of in columns), meaning)
            for name, key, times, style, meaning in _FIGURES
        ]
        perfect = f"; perfect {self.perfect_coverage:.3f}"
        return [title] + [
            (*row[:-1], row[-1] + perfect * (row[0] == "coverage")) for row in rows
        ]

    def _foot(self) -> list[str]:
        shares = [f"{100 * c / self.n:.1f}" for c in self.samples.histogram]
        copies = Estimate(self.near_copy_rate, self.near_copy_error)
        lines = [
            "±: 95 % interval over other samples of the same generator; the reference"
            " stays",
            f"floor: {sum(self.floor.histogram):,} random training digits, of the same"
            " split in which near-copies are looked for",
            f"classes 0 to 9, %: {' '.join(shares)}",
            f"near-copies of training images: {_shown(copies, '.1%')}"
            f" (real unseen digits: {self.expected_near_copy_rate:.0%})",
        ]
        if self.fid_to_mnist is not None and self.fid_to_mnist_error is not None:
            distance = Estimate(self.fid_to_mnist, self.fid_to_mnist_error)
            lines.append(
                f"FID to MNIST test, from shipped statistics: {_shown(distance, '.3f')}"
            )
        return lines + [f"Warning: {warning}" for warning in self.warnings]


_FIGURES = (  # name, field of Figures, factor and style, what to read in it
    ("FID", "fid", 1, ".3f", "lower is better; compare at equal n"),
    (
        "FID, n to infinity",
        "fid_infinity",
        1,
        ".3f",
        "lower is better; without the samples' bias",
    ),
    ("KID x 1000", "kid", 1_000, ".2f", "lower is better; 0 is perfect"),
    ("precision", "precision", 1, ".3f", "samples that look real"),
    ("recall", "recall", 1, ".3f", "real digits that samples surround"),
    ("density", "density", 1, ".3f", "precision that counts neighbours; perfect 1"),
    ("coverage", "coverage", 1, ".3f", "real digits with a sample near"),
    (
        "inception score",
        "inception_score",
        1,
        ".2f",
        "1 to 10: sure of each, varied together",
    ),
    ("told apart", "told_apart", 1, ".3f", "by a classifier; 0.5 is perfect"),
    (
        "class distance",
        "histogram_distance",
        1,
        ".3f",
        "total variation of the digits' shares",
    ),
)


def _shown(estimate: Estimate, style: str, times: int = 1) -> str:
    """The figure and its error in one style."""
    return f"{times * estimate.value:{style}} ± {times * estimate.error:{style}}"


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """Rows as text: the first and last column to the left, figures to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *figures, last in rows:
        cells = [f.rjust(w) for f, w in zip(figures, widths[1:-1], strict=True)]
        lines.append("   ".join([first.ljust(widths[0]), *cells, last]).rstrip())
    return lines


def report(
    samples: Images,
    *,
    data: str | None = None,
    n: int = 10_000,
    seed: int = 0,
    device: str = "cpu",
) -> Report:
    """Judge samples [N, 28, 28] or [N, 1, 28, 28], uint8 or floats in [-1, 1].

    data: the image set whose test split is the reference and whose training split is
    searched for near-copies; None takes MNIST where it can be had, else the bundled
    digits. At most n samples are judged, chosen by `seed` when there are more. Floats
    are rounded to uint8 first: a tensor scores what the file saved from it does.

    Raises CourseError when the images are not acceptable or fewer than 100, and when
    the image set is unknown or cannot be had.
    """
    images = _chosen(_as_uint8(checked(samples)), n, seed)
    real = references.reference(data, device)
    found = features(images, device=device)
    scale = references.scale(real, len(images), device)
    threshold = references.copy_threshold(real)
    copied = near_copy_rate(images, real.train.images, threshold)
    rough = real.test.name == "digits"  # stands in for MNIST
    elsewhere = references.estimate_to_mnist(found) if rough else None
    return Report(
        n=len(images),
        seed=seed,
        data=real.test.name,
        split=real.test.split,
        n_reference=len(real.test),
        source=real.test.source,
        extractor=NAME,
        extractor_sha256=pretrained.card(NAME)["sha256"],
        samples=compare(found, real.features, seed),
        floor=scale.floor,
        ceiling=scale.ceiling,
        perfect_coverage=perfect_coverage(len(real.test), len(images)),
        near_copy_rate=copied,
        near_copy_error=errors.share(copied, len(images)).error,
        expected_near_copy_rate=EXPECTED_RATE,
        fid_to_mnist=elsewhere.value if elsewhere else None,
        fid_to_mnist_error=elsewhere.error if elsewhere else None,
        warnings=_warnings(len(images), real),
    )


def _as_uint8(images: Tensor) -> Tensor:
    return images if images.dtype == torch.uint8 else datasets.to_uint8(images)


def _chosen(images: Tensor, n: int, seed: int) -> Tensor:
    if min(n, len(images)) < FEWEST:
        raise CourseError(
            f"A report needs at least {FEWEST} images; got {len(images)} and n = {n}."
        )
    if len(images) <= n:
        return images
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))
    return images[order[:n]]


def _warnings(n: int, real: Reference) -> list[str]:
    found = []
    if n < FEW:
        found.append(
            f"with only {n:,} samples FID is biased upwards; compare it with the floor,"
            " and with reports of the same n, and with nothing else."
        )
    if len(real.test) < FEW:
        found.append(
            f"the reference has only {len(real.test):,} images; every figure is rough."
        )
    if real.test.name not in DOMAIN:
        found.append(
            f"the extractor was trained on MNIST, and {real.test.name} is off its"
            " domain: its features and classes mean little there."
        )
    return found
