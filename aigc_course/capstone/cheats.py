"""What a generator must not do: recite, repeat, fool, or show samples of another.

Each test compares with real digits that the judge keeps, so that an honest generator of
any quality passes. Thresholds were fixed on 20 reference submissions and five judges
(`benchmarks/capstone.py`).
"""

import torch
from torch import Tensor
from torch.nn.functional import pad

from aigc_course import data, metrics
from aigc_course.capstone.rulers import expected
from aigc_course.capstone.secret import Judge
from aigc_course.capstone.verdict import Finding
from aigc_course.intervals import Estimate, share_interval
from aigc_course.metrics.copies import closeness

LOOKED, FAST_LOOKED = 600, 200  # samples compared with all training digits
MOVED = 5  # of so many one is also moved by a pixel, in nine ways
COPIED = 0.08  # lower end of the share of near-copies; unseen digits give 0.01
RATE = 0.01
NEAR = 0.08  # of the usual distance between two samples
ONE = 0.05  # of that of digits: below, all samples are one picture
REPEATED = 0.1  # share of samples that repeat another
GOOD = 1.5  # FID by the public extractor; above it no yardstick says what to expect
GAP = 1.35  # times the secret FID that an honest generator has
CLOSE = 2  # grey values by which two drawings of one sample may differ
SAME = 0.999  # share of pixels that must agree so
UNLIKELY = 1e-6  # p-value below which samples are not from the weights


def find(
    judge: Judge, images: Tensor, public: Estimate, secret: Estimate
) -> list[Finding]:
    """All that is wrong with samples [n, 1, 28, 28] that the judge drew itself.

    public, secret: their FIDs by the two extractors.
    """
    found = [copies(judge, images), test_copies(judge, images)]
    found += [repeats(judge, images), fooling(judge, public, secret)]
    return [one for one in found if one is not None]


def copies(judge: Judge, images: Tensor) -> Finding | None:
    """Near-copies of training digits, also of digits moved by a pixel."""
    train = data.load("mnist", "train").images
    n = _looked(judge)
    some, unseen = (
        images[:n],
        data.subset(judge.others, n, judge.number("others")).images,
    )
    share, low = _copied(some, unseen, train)
    if low > COPIED:
        return _finding("copies", share, "training digits", "quality")
    some, unseen = (_moved(part[: n // MOVED]) for part in (some, unseen))
    share, low = _copied(some, unseen, train, 9)
    if low > COPIED:
        return _finding("copies", share, "training digits, moved by a pixel", "quality")
    return None


def test_copies(judge: Judge, images: Tensor) -> Finding | None:
    """Near-copies of the test digits, which nothing may learn from."""
    train, test = data.load("mnist", "train"), data.load("mnist", "test")
    n = _looked(judge)
    unseen = data.subset(train, n, judge.number("unseen")).images
    share, low = _copied(images[:n], unseen, test.images)
    if low > COPIED:
        return _finding("test-copies", share, "test digits", "quality")
    return None


def repeats(judge: Judge, images: Tensor) -> Finding | None:
    """Few pictures shown many times: twins much nearer than two samples usually are.

    An undertrained model, whose samples are all alike, is no such thing: its twins are
    not nearer than its other samples. It gets a bad FID and needs no accusation.
    """
    n = 2 * _looked(judge)
    real = _apart(_float(data.subset(judge.others, n, judge.number("others")).images))
    apart = _apart(_float(images[:n]))
    usual = float(apart[apart.isfinite()].median())
    if usual < ONE * float(real[real.isfinite()].median()):
        usual = float("inf")  # all are one picture
    near = apart.amin(1) < NEAR * usual
    share = float(near.double().mean())
    if share_interval(int(near.sum()), len(near))[0] <= REPEATED:
        return None
    return Finding(
        "repeats",
        f"{share:.0%} of the samples repeat another sample; of real digits none do."
        " The generator shows few images many times.",
        "quality",
    )


def fooling(judge: Judge, public: Estimate, secret: Estimate) -> Finding | None:
    """Samples that please the public extractor much more than the secret one.

    This accuses nobody: other kinds of generators than GANs can have such a gap, too.
    """
    if not 0 < public.value < GOOD:
        return None
    usual = expected(public.value, judge.rulers)
    if secret.value - secret.error <= GAP * usual:
        return None
    return Finding(
        "fooling",
        f"The public extractor gives a FID of {public.value:.3g}; a DCGAN with that FID"
        f" gets about {usual:.3g} from the secret one, and this one gets {secret}."
        " It looks better to the public extractor than to others, as a generator does"
        " that was chosen or trained by it. Only the secret one counts.",
        "",
    )


def other_samples(
    judge: Judge, shown: Tensor, redrawn: Tensor, fresh: Tensor
) -> Finding | None:
    """Samples shown that the weights do not make.

    shown: uint8 [n, 28, 28] of the submission. redrawn: the same seed and number from
    the weights, uint8. fresh: other samples of the weights. Equal drawings settle it;
    another machine may draw slightly other ones, so that differing ones are compared
    as two sets.
    """
    if agree(shown, redrawn):
        return None
    a, b = judge.features(shown[:, None]), judge.features(fresh)
    found = metrics.two_sample(a[: 2 * LOOKED], b[: 2 * LOOKED])
    if found.p_value > UNLIKELY:
        return None
    return Finding(
        "samples",
        f"samples.npy is not what the weights make: a classifier tells the two apart"
        f" with {found.accuracy:.0%} right answers, where 50% is chance. Draw the"
        " samples from the weights that you submit.",
        "claims",
    )


def agree(one: Tensor, other: Tensor) -> bool:
    """Whether two drawings uint8 [n, 28, 28] are the same but for rounding."""
    if one.shape != other.shape:
        return False
    near = (one.short() - other.short()).abs() <= CLOSE
    return float(near.double().mean()) >= SAME


def _looked(judge: Judge) -> int:
    return FAST_LOOKED if judge.fast else LOOKED


def _copied(
    some: Tensor, unseen: Tensor, known: Tensor, ways: int = 1
) -> tuple[float, float]:
    """Share of images nearer to `known` than a hundredth of unseen ones, and its end.

    ways: rows that belong to one image, of which the nearest counts.
    """
    limit = closeness(unseen, known).view(ways, -1).amin(0).double().quantile(RATE)
    near = closeness(some, known).view(ways, -1).amin(0).double() < limit
    return float(near.double().mean()), share_interval(int(near.sum()), len(near))[0]


def _moved(images: Tensor) -> Tensor:
    """Images moved by up to a pixel, [9 n, 1, 28, 28], the unmoved ones among them."""
    dark = -1.0 if images.is_floating_point() else 0.0
    wide = pad(images, (1, 1, 1, 1), value=dark)
    parts = [wide[:, :, y : y + 28, x : x + 28] for y in range(3) for x in range(3)]
    return torch.cat(parts)


def _apart(images: Tensor) -> Tensor:
    """Distances between images, [n, n], infinite on the diagonal."""
    flat = images.flatten(1)
    apart = torch.cdist(flat, flat, compute_mode="donot_use_mm_for_euclid_dist")
    return apart.fill_diagonal_(float("inf"))


def _float(images: Tensor) -> Tensor:
    return data.to_float(images) if images.dtype == torch.uint8 else images


def _finding(kind: str, share: float, of: str, part: str) -> Finding:
    return Finding(
        kind,
        f"{share:.0%} of the samples are near-copies of {of}; of digits that were never"
        f" seen {RATE:.0%} are. A generator that recites is not rewarded for quality.",
        part,
    )
