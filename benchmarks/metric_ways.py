"""What benchmarks/metrics.py measures: each function makes inputs, then a run."""

import contextlib
import io
from collections.abc import Callable
from typing import Any

import torch

from aigc_course import data, metrics

N, D = 10_000, 128
Way = Callable[[], Any]  # the run that is timed; what it returns is recorded


def normal(d: int, seed: int) -> torch.Tensor:
    """Features relu(N(0, I)) like the extractor's, float32 [N, d]."""
    return torch.randn(N, d, generator=torch.Generator().manual_seed(seed)).relu()


def fid() -> Way:
    """The course's: eigenvalues of a symmetric matrix."""
    a, b = normal(D, 0), normal(D, 1)
    return lambda: metrics.fid(a, b)


def fid_torchmetrics() -> Way:
    """Features given in place of images; eigenvalues of a general matrix."""
    from torchmetrics.image.fid import FrechetInceptionDistance

    class Identity(torch.nn.Identity):
        num_features = D

    a, b = normal(D, 0), normal(D, 1)

    def run() -> float:
        theirs = FrechetInceptionDistance(feature=Identity(), normalize=True)
        theirs.update(a, real=True)
        theirs.update(b, real=False)
        return float(theirs.compute())

    return run


def fid_scipy() -> Way:
    """The common way: a general matrix root."""
    import numpy as np
    from scipy.linalg import sqrtm

    a, b = normal(D, 0).double().numpy(), normal(D, 1).double().numpy()

    def run() -> float:
        s1, s2 = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
        difference = ((a.mean(0) - b.mean(0)) ** 2).sum()
        return float(difference + np.trace(s1 + s2 - 2 * sqrtm(s1 @ s2).real))

    return run


def kid() -> Way:
    """The course's: ten blocks of 1,000 that share no image."""
    a, b = normal(D, 0), normal(D, 1)
    return lambda: metrics.kid(a, b).value


def kid_torchmetrics() -> Way:
    """Ten subsets of 1,000, which is the same amount of work."""
    from torchmetrics.image.kid import KernelInceptionDistance

    a, b = normal(D, 0), normal(D, 1)

    def run() -> float:
        theirs = KernelInceptionDistance(
            feature=torch.nn.Identity(), subsets=10, subset_size=N // 10
        )
        theirs.update(a, real=True)
        theirs.update(b, real=False)
        return float(theirs.compute()[0])

    return run


def prdc() -> Way:
    """The course's: blocks of rows, doubtful pairs measured again."""
    a, b = normal(D, 0), normal(D, 1)
    return lambda: vars(metrics.prdc(a, b))


def prdc_package() -> Way:
    """The authors' package: three whole distance matrices."""
    from prdc import compute_prdc

    a, b = normal(D, 0).numpy(), normal(D, 1).numpy()

    def run() -> dict[str, float]:
        with contextlib.redirect_stdout(io.StringIO()):  # it prints the sizes
            found = compute_prdc(a, b, nearest_k=5)
        return {name: float(value) for name, value in found.items()}

    return run


def prdc_1000_dimensions() -> Way:
    """At the width of the published test."""
    a, b = normal(1_000, 0), normal(1_000, 1)
    return lambda: vars(metrics.prdc(a, b))


def fid_infinity() -> Way:
    """Fifteen sizes, three subsets of each."""
    a, b = normal(D, 0), normal(D, 1)
    return lambda: metrics.fid_infinity(a, b).value


def two_sample_logistic() -> Way:
    """Learns from 10,000 and judges 10,000."""
    a, b = normal(D, 0), normal(D, 1)
    return lambda: vars(metrics.two_sample(a, b))


def two_sample_neighbour() -> Way:
    """The same by nearest neighbours."""
    a, b = normal(D, 0), normal(D, 1)
    return lambda: vars(metrics.two_sample(a, b, "neighbour"))


def classification_accuracy() -> Way:
    """Trained on 10,000 real digits, tested on 10,000."""
    train, test = data.load("mnist", "train"), data.load("mnist", "test")
    taught = train.images[:N], train.labels[:N]
    return lambda: metrics.classification_accuracy(*taught, test.images, test.labels)


def copying() -> Way:
    """2,000 samples and 2,000 unseen digits against 58,000."""
    images = data.load("mnist", "train").images
    samples, unseen, train = images[:2_000], images[-2_000:], images[:-2_000]
    return lambda: vars(metrics.copying(samples, train, unseen))


def features() -> Way:
    """10,000 images through the extractor."""
    images = torch.randint(256, (N, 28, 28), dtype=torch.uint8)
    metrics.extractor()
    return lambda: float(metrics.features(images).mean())


def report() -> Way:
    """A whole report on 10,000 digits, reference not yet in memory."""
    images = data.load("mnist", "train").images[:N]
    return lambda: metrics.report(images, data="mnist").samples.fid


# one line for each figure: the course's way first, then the public ones
FIGURES = (
    (fid, fid_torchmetrics, fid_scipy),
    (kid, kid_torchmetrics),
    (prdc, prdc_package),
    (prdc_1000_dimensions,),
    (fid_infinity,),
    (two_sample_logistic,),
    (two_sample_neighbour,),
    (classification_accuracy,),
    (copying,),
    (features,),
    (report,),
)
