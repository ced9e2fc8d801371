"""Exercise on the importance-weighted bound."""

import math

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "08.importance_bound",
    order=40,
    title="The logarithm of a mean of weights",
    difficulty=2,
    minutes=8,
    idea="The bound is the logarithm of the mean weight, not the mean logarithm."
    " Weights of images are around exp(-100): never leave the logarithm.",
    formula="L_k = logsumexp over the samples of log w, less log k.",
    line="Return `torch.logsumexp(log_w, dim=0) - math.log(len(log_w))`.",
    variation="Split the k samples into k / 2 pairs, take L_2 of each pair and their"
    " mean. See where it lies between L_1 and L_k.",
    asks="formula",
)


@exercise.answer
def importance_bound(log_w: Tensor) -> Tensor:
    """L_k = log of the mean of k weights, for log-weights [k, N]: [N].

    Burda et al. 2016, equation 8.
    """
    return torch.logsumexp(log_w, dim=0) - math.log(len(log_w))


@exercise.inputs
def near_and_far() -> list[tuple[Tensor]]:
    return [
        (torch.randn(6, 4),),
        (3 * torch.randn(5, 3) - 500,),  # as of images: exp gives 0
    ]


@exercise.must_hold
def one_sample(f) -> bool:
    """With one sample it is the log-weight itself, one sample's ELBO."""
    log_w = torch.randn(1, 5) - 90
    return same(f(log_w), log_w[0])


@exercise.must_hold
def equal_weights(f) -> bool:
    """Equal weights, as an exact posterior gives them, are their own mean."""
    return same(f(torch.full((7, 2), -80.0)), torch.full((2,), -80.0))


@exercise.must_hold
def above_the_mean(f) -> bool:
    """It is never below the mean of the logarithms."""
    log_w = 4 * torch.randn(10, 50) - 100
    return bool((f(log_w) >= log_w.mean(0)).all())


@exercise.must_hold
def repeated(f) -> bool:
    """The same samples twice give the same bound: it is a mean of weights."""
    log_w = torch.randn(4, 3) - 90
    return same(f(log_w.repeat(2, 1)), f(log_w))


@exercise.mistake(hint="idea")
def mean_of_logarithms(log_w: Tensor) -> Tensor:
    """You take the mean of the logarithms: the ELBO once more, estimated better. The
    logarithm goes around the mean."""
    return log_w.mean(0)


@exercise.mistake(hint="idea")
def out_of_the_logarithm(log_w: Tensor) -> Tensor:
    """Right on paper. But exp(-500) is 0 to the computer and its logarithm minus
    infinity: `torch.logsumexp` adds without leaving the logarithm."""
    return log_w.exp().mean(0).log()


@exercise.mistake(hint="formula")
def sum_of_weights(log_w: Tensor) -> Tensor:
    """You add the weights up; it is their mean that estimates p(x). Subtract log k;
    without it the result can lie above log p(x)."""
    return torch.logsumexp(log_w, dim=0)


@exercise.mistake(hint="line")
def over_images(log_w: Tensor) -> Tensor:
    """You reduce over the images. Samples are dimension 0, images dimension 1, and each
    image keeps its own bound."""
    return torch.logsumexp(log_w, dim=1) - math.log(log_w.shape[1])


@exercise.mistake(hint="idea")
def best_sample(log_w: Tensor) -> Tensor:
    """You take the best sample alone. The other weights count too, and the largest of
    many is no bound."""
    return log_w.max(dim=0).values


@exercise.mistake(hint="formula")
def log_not_taken(log_w: Tensor) -> Tensor:
    """You subtract k where log k belongs."""
    return torch.logsumexp(log_w, dim=0) - len(log_w)


@exercise.mistake(hint="line")
def mean_of_images(log_w: Tensor) -> Tensor:
    """You average over the images as well. Each image keeps its own bound, [N]."""
    return importance_bound(log_w).mean()


@exercise.mistake(hint="line")
def images_counted(log_w: Tensor) -> Tensor:
    """You subtract the logarithm of the number of images. k is the number of weights of
    each image, the length of dimension 0."""
    return torch.logsumexp(log_w, dim=0) - math.log(log_w.shape[1])


@exercise.mistake(hint="idea")
def weighted_logarithms(log_w: Tensor) -> Tensor:
    """You weight the logarithms by the normalised weights. That mean lies nearer to the
    largest log-weight; the bound is the logarithm of the plain mean of the weights."""
    return (torch.softmax(log_w, 0) * log_w).sum(0)


@exercise.mistake(hint="formula")
def two_bases(log_w: Tensor) -> Tensor:
    """You mix two bases: the weights are in natural logarithms, and so is log k."""
    return torch.logsumexp(log_w, dim=0) - math.log2(len(log_w))


@exercise.mistake(hint="formula")
def logarithm_divided(log_w: Tensor) -> Tensor:
    """You divide the logarithm by k. The division belongs inside: log(sum / k) is
    log(sum) less log(k)."""
    return torch.logsumexp(log_w, dim=0) / len(log_w)


@exercise.mistake(hint="formula")
def a_loss(log_w: Tensor) -> Tensor:
    """The sign is turned: this is minus the bound, as a loss would be. Return the bound
    itself."""
    return -importance_bound(log_w)
