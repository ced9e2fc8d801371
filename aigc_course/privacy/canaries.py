"""Mechanisms with canaries in them: right ones, and four that are often written.

Each is a function (included [m], generator) -> scores [m] for `privacy.audit`. The
scores are how far the output points to each canary.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from aigc_course.privacy import dpsgd
from aigc_course.privacy.accountant import gaussian_mu
from aigc_course.privacy.audit import Mechanism
from aigc_course.privacy.moments import Moments, private_moments

Mean = Callable[..., dpsgd.Gradients]
CLAIM = (1.0, 1e-5)  # what all of them promise
CLIP = 1.0


def sums(noise: float, claim: tuple[float, float] = CLAIM) -> Mechanism:
    """The sum of unit vectors, one direction for each canary.

    noise: how many times as much as the claim needs; 1 is right.
    """
    sigma = 1 / gaussian_mu(*claim)

    def release(included: Tensor, generator: torch.Generator) -> Tensor:
        chance = torch.randn(len(included), generator=generator, dtype=torch.float64)
        return included.double() + noise * sigma * chance

    return release


def step_of(
    mean: Mean, loud: float = 100.0, claim: tuple[float, float] = CLAIM
) -> Mechanism:
    """One step of DP-SGD on canaries whose gradients are long and orthogonal.

    mean: as `dpsgd.noisy_mean`. Every example takes part (rate 1), which needs the
    noise of one Gaussian release. loud: the norm of a canary before clipping.
    """
    sigma = 1 / gaussian_mu(*claim)

    def release(included: Tensor, generator: torch.Generator) -> Tensor:
        number = len(included)
        network = nn.Linear(number, 1, bias=False).double()
        inputs = loud * torch.eye(number, dtype=torch.float64)[included]
        gradients = dpsgd.per_example_gradients(
            network, lambda output, _: output.sum(), inputs, inputs
        )
        found = mean(gradients, CLIP, sigma, len(inputs), generator)
        return found["weight"][0]

    return release


def moments_of(
    fit: Callable[..., Moments],
    counts_alone: bool = False,
    claim: tuple[float, float] = CLAIM,
) -> Mechanism:
    """Counts, sums and squares of classes, one canary alone in each class.

    A promise about classes holds for any number of them. In its class a canary adds 1
    to the count, its point to the sum and its square; the scores add up all three.
    fit: as `private_moments`. counts_alone: an auditor who reads nothing but counts.
    """
    noise = math.sqrt(3) / gaussian_mu(*claim)

    def release(included: Tensor, generator: torch.Generator) -> Tensor:
        labels = torch.nonzero(included).flatten()
        every = one_hot(torch.arange(len(included)) % 2, 2).double()
        found = fit(every[included], labels, noise, len(included), generator)
        if counts_alone:
            return found.counts
        along = (found.sums * every).sum(1)
        square = torch.einsum("cij,ci,cj->c", found.squares, every, every)
        return found.counts + along + square

    return release


def batch_clipped(
    gradients: dpsgd.Gradients,
    bound: float,
    noise: float,
    expected: float,
    generator: torch.Generator,
) -> dpsgd.Gradients:
    """Wrong: the batch's mean is clipped, and no gradient before it.

    One example then moves the clipped mean by up to twice the bound, and the noise is
    that of a bound divided by the size of the batch.
    """
    means = {name: g.mean(0, keepdim=True) for name, g in gradients.items()}
    clipped = dpsgd.clip_gradients(means, bound)
    deviation = noise * bound / expected
    return {
        name: g[0]
        + deviation * torch.randn(g.shape[1:], generator=generator, dtype=g.dtype)
        for name, g in clipped.items()
    }


def unnoised_counts(
    points: Tensor,
    labels: Tensor,
    noise: float,
    classes: int,
    generator: torch.Generator,
) -> Moments:
    """Wrong: sums and squares get noise, and the numbers of the classes do not."""
    found = private_moments(points, labels, noise, classes, generator)
    return found._replace(counts=torch.bincount(labels, minlength=classes).double())


RIGHT: dict[str, Mechanism] = {
    "sum": sums(1.0),
    "dp-sgd": step_of(dpsgd.noisy_mean),
    "moments": moments_of(private_moments),
    "counts of moments": moments_of(private_moments, counts_alone=True),
}
BROKEN: dict[str, Mechanism] = {
    "no noise": sums(0.0),
    "noise / 10": sums(0.1),
    "batch mean clipped": step_of(batch_clipped),
    "unnoised counts": moments_of(unnoised_counts, counts_alone=True),
}
