"""Exercise on the inception score."""

import math

import torch
from torch import Tensor, xlogy

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "07.inception_score",
    order=20,
    title="Sure of each, varied over all",
    difficulty=2,
    minutes=10,
    asks="formula",
    idea="Two entropies: that of the mean row, which is large when all classes occur,"
    " and the mean of the rows' own, which is small when each row is sure.",
    formula="IS = exp(H(mean p) - mean H(p)), H(q) = -sum q log q with 0 log 0 = 0.",
    line="With `def entropy(q): return -torch.special.xlogy(q, q).sum(-1)` return"
    " `float((entropy(p.mean(0)) - entropy(p).mean()).exp())`.",
    variation="Sharpen every row, p^3 divided by its sum, and watch the score rise"
    " though no image has changed.",
)


@exercise.answer
def inception_score(p: Tensor) -> float:
    """exp E[KL(p(y|x) || p(y))] of class probabilities [n, k], in [1, k].

    Salimans et al. 2016, section 4.
    """
    marginal = p.mean(0)  # [k]
    # E KL(p || m) = H(m) - E H(p), with 0 log 0 = 0
    return float((xlogy(p, p).sum(1).mean() - xlogy(marginal, marginal).sum()).exp())


def table(n: int, k: int) -> Tensor:
    """Rows of probabilities [n, k], of very different sharpness, some entries 0."""
    logits = torch.randn(n, k) * torch.linspace(0.2, 6, n)[:, None]
    p = logits.softmax(1)
    p = torch.where(p < 0.02, torch.zeros_like(p), p)
    return p / p.sum(1, keepdim=True)


@exercise.inputs
def tables() -> list[tuple[Tensor]]:
    return [(torch.randn(7, 4).softmax(1),), (table(30, 5),)]


@exercise.must_hold
def best(f) -> bool:
    """Sure rows that meet every class equally often score k."""
    return same(f(torch.eye(6).repeat(3, 1)), 6.0)


@exercise.must_hold
def worst(f) -> bool | str:
    """Equal rows score 1, whether they are sure or not."""
    found = f(torch.eye(5)[:1].repeat(8, 1))
    if math.isnan(float(found)):
        return (
            "Equal rows score 1; yours is NaN for sure rows of one class, because"
            " the mean row is 0 in the other classes and log 0 is minus infinity."
            " Count 0 log 0 as 0 there too."
        )
    return same(found, 1.0) and same(f(torch.full((8, 5), 0.2)), 1.0)


@exercise.must_hold
def repeated(f) -> bool:
    """All images handed in twice score the same: nothing in it knows of variety within
    a class."""
    p = table(12, 4)
    return same(f(p.repeat(2, 1)), f(p))


@exercise.mistake(hint="formula")
def nought_times_infinity(p: Tensor) -> float:
    """NaN: where a probability is exactly 0, 0 log 0 is 0 times minus infinity.
    `torch.special.xlogy(p, p)` counts it as 0."""
    marginal = p.mean(0)
    return float((p * (p.log() - marginal.log())).sum(1).mean().exp())


@exercise.mistake(hint="formula")
def still_a_logarithm(p: Tensor) -> float:
    """This is the logarithm of the score. Take `exp` at the end, so that it counts
    classes."""
    return math.log(inception_score(p))


@exercise.mistake(hint="formula")
def exponential_inside(p: Tensor) -> float:
    """You take `exp` of each image's divergence and then the mean; first the mean, then
    `exp`. Yours is larger, since a few sure rows weigh too much."""
    marginal = p.mean(0)
    each = (xlogy(p, p) - xlogy(p, marginal)).sum(1)
    return float(each.exp().mean())


@exercise.mistake(hint="idea")
def sure_alone(p: Tensor) -> float:
    """Your score asks only whether rows are sure, because the mean row is not in it:
    `p.mean(1)` is 1/k in every row, and log k is the entropy of a flat row. Take the
    mean over the images, `p.mean(0)`."""
    return float((math.log(p.shape[1]) + xlogy(p, p).sum(1).mean()).exp())


@exercise.mistake(hint="idea")
def varied_alone(p: Tensor) -> float:
    """Your score asks only whether all classes occur: flat rows, of unreadable images,
    would score best. Subtract the mean of the rows' own entropies."""
    marginal = p.mean(0)
    return float((-xlogy(marginal, marginal).sum()).exp())


@exercise.mistake(hint="formula")
def the_other_way_round(p: Tensor) -> float:
    """Your divergence runs from the mean row to each row, KL(p(y) || p(y|x)); a class
    that a row excludes makes it infinite. It runs the other way."""
    marginal = p.mean(0)
    each = (xlogy(marginal, marginal) - xlogy(marginal, p)).sum(1)
    return float(each.mean().exp())


@exercise.mistake(hint="line")
def mean_over_classes(p: Tensor) -> float:
    """You average over the classes where the sum belongs, or over the wrong dimension:
    rows are images, columns are classes, and an entropy sums over columns."""
    return inception_score(p) ** (1 / p.shape[1])
