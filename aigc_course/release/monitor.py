"""On watch: has what a server draws changed?

Batches of pictures are compared with a reference by three numbers: how far their mean
features lie from the reference's, how much they vary, and how the ten classes share
them. Each number is brought near a standard normal one and gathered by a cumulative sum
(Page 1954), so that a small change that lasts is found as well as a large one. How
often that rings by chance follows from a formula (Siegmund 1985).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.metrics.features import extractor
from aigc_course.metrics.images import Images, checked, float_batches

BATCH = 50  # pictures compared with the reference at a time
DIRECTIONS = 16  # of the features, those in which they vary most
CLASSES = 10
SHIFT = 0.5  # k: half the shift that is looked for, in standard deviations
CORRECTION = 1.166  # for sums that pass their limit by some amount (Siegmund 1985)
BETWEEN_FALSE = 1_000_000  # pictures between two false alarms, by the formula
LEAST = 4_000  # pictures in a reference

# what is watched, and the signs of the changes that are looked for
CHARTS = {"features": (1,), "spread": (1, -1), "classes": (1,)}


def cusum(values: Iterable[float], k: float = SHIFT) -> list[float]:
    """S_t = max(0, S_{t-1} + x_t - k) from S_0 = 0 (Page 1954), equation 19.10.

    >>> cusum([0, 2, 2, -3])
    [0.0, 1.5, 3.0, 0.0]
    """
    sums, total = [], 0.0
    for x in values:
        total = max(0.0, total + x - k)
        sums.append(total)
    return sums


def run_length(k: float, h: float, shift: float = 0.0) -> float:
    """Mean number of values until the sum passes h (Siegmund 1985), equation 19.11.

    ARL = (exp(-2 D b) + 2 D b - 1) / (2 D^2), with D = shift - k, b = h + 1.166. The
    values are independent and normal with mean `shift` and deviation 1.

    >>> round(run_length(0.5, 4))
    338
    """
    b, d = h + CORRECTION, shift - k
    if abs(d) < 1e-6:  # the limit of the formula at D = 0
        return b * b
    return (math.exp(-2 * d * b) + 2 * d * b - 1) / (2 * d * d)


def threshold(k: float, length: float) -> float:
    """The limit h at which false alarms are `length` values apart on average.

    The inverse of `run_length` in h, by bisection. Raises CourseError where k is not
    above 0, or the length is below that of h = 0.
    """
    if not k > 0 or not run_length(k, 0.0) <= length < 1e300:
        raise CourseError(
            "A limit needs k above 0 and a run length of at least"
            f" {run_length(k, 0.0) if k > 0 else 1:.1f} values, not {length}."
        )
    low, high = 0.0, 700.0 / (2 * k) - CORRECTION
    for _ in range(200):
        middle = (low + high) / 2
        if run_length(k, middle) < length:
            low = middle
        else:
            high = middle
    return (low + high) / 2


@dataclass(frozen=True)
class Reference:
    """What the pictures of a generator are like while nothing is wrong.

    centre [128], whitening [128, DIRECTIONS]: features to independent numbers of
    deviation 1. shares [10]: of the classes. usual: mean and deviation of each chart's
    number over batches of pictures that had no part in the others.
    """

    centre: Tensor
    whitening: Tensor
    shares: Tensor
    usual: dict[str, tuple[float, float]]

    @classmethod
    def of(cls, images: Images) -> "Reference":
        """Of at least 4,000 pictures that are as they should be.

        images: as `metrics.features` takes them. One half gives centre, directions and
        shares, the other what is usual: pictures lie nearer to a centre that they were
        part of. Raises CourseError for fewer, and as `metrics.features` does.
        """
        features, classes = seen(images)
        if len(features) < LEAST:
            raise CourseError(
                f"A reference needs at least {LEAST:,} pictures, not {len(features):,}."
            )
        half = len(features) // 2
        first = features[:half].double()
        centre = first.mean(0)
        variances, directions = torch.linalg.eigh(torch.cov(first.T))
        whitening = directions[:, -DIRECTIONS:] / variances[-DIRECTIONS:].sqrt()
        counts = torch.bincount(classes[:half], minlength=CLASSES).double()
        shares = (counts + 1) / (half + CLASSES)  # no class has none
        one = cls(centre, whitening, shares, {})
        rest = [
            one.numbers(features[i : i + BATCH], classes[i : i + BATCH])
            for i in range(half, len(features) - BATCH + 1, BATCH)
        ]
        usual = {}
        for name in CHARTS:
            values = torch.tensor([numbers[name] for numbers in rest])
            usual[name] = (float(values.mean()), float(values.std()))
        return cls(centre, whitening, shares, usual)

    def numbers(self, features: Tensor, classes: Tensor) -> dict[str, float]:
        """A batch in three numbers, before they are brought to deviation 1.

        The features' and the classes' are like chi squared; their cube roots are nearly
        normal (Wilson & Hilferty 1931).
        """
        n = len(features)
        z = (features.double() - self.centre) @ self.whitening  # [n, DIRECTIONS]
        counts = torch.bincount(classes, minlength=CLASSES).double()
        expected = n * self.shares
        return {
            "features": float(n * z.mean(0).square().sum()) ** (1 / 3),
            "spread": float(z.square().sum(1).mean()) ** (1 / 3),
            "classes": float(((counts - expected) ** 2 / expected).sum()) ** (1 / 3),
        }


class Monitor:
    """Watches pictures as they come, and rings once what they are like has changed.

    between_false: pictures between two false alarms on average, by the formula, of all
    charts together. alarm: the sentence of the first alarm, or None. Raises
    CourseError for a length that no limit gives.
    """

    def __init__(
        self, reference: Reference, between_false: float = BETWEEN_FALSE
    ) -> None:
        charts = [(name, sign) for name, signs in CHARTS.items() for sign in signs]
        self.reference, self.sums = reference, dict.fromkeys(charts, 0.0)
        # each of m charts may ring m times as seldom
        self.limit = threshold(SHIFT, len(charts) * between_false / BATCH)
        self.seen = 0
        self.alarm: str | None = None
        self._features = torch.empty(0, 0)
        self._classes = torch.empty(0, dtype=torch.long)

    def add(self, images: Images) -> bool:
        """Look at more pictures; whether there has been an alarm.

        images: as `metrics.features` takes them, any number. Raises as it does.
        """
        features, classes = seen(images)
        if len(self._classes):
            features = torch.cat([self._features, features])
            classes = torch.cat([self._classes, classes])
        whole = len(classes) // BATCH * BATCH
        for i in range(0, whole, BATCH):
            self._look(features[i : i + BATCH], classes[i : i + BATCH])
        self._features, self._classes = features[whole:], classes[whole:]
        return self.alarm is not None

    def _look(self, features: Tensor, classes: Tensor) -> None:
        """Take one batch into the cumulative sums."""
        self.seen += BATCH
        numbers = self.reference.numbers(features, classes)
        for (name, sign), before in self.sums.items():
            mean, deviation = self.reference.usual[name]
            x = sign * (numbers[name] - mean) / deviation
            self.sums[name, sign] = max(0.0, before + x - SHIFT)
            if self.sums[name, sign] > self.limit and self.alarm is None:
                self.alarm = (
                    f"After {self.seen:,} pictures their {name} are no longer those of"
                    " the reference."
                )


@torch.no_grad()
def seen(images: Images) -> tuple[Tensor, Tensor]:
    """Features [N, 128] and classes [N] of pictures, by one pass of the extractor."""
    net = extractor()
    features, classes = [], []
    for batch in float_batches(checked(images), 500, "cpu"):
        found = net.body(batch)
        features.append(found)
        classes.append(net.head(found).argmax(1))
    return torch.cat(features), torch.cat(classes)
