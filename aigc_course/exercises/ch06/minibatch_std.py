"""Exercise: how different are you from one another?."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "06.minibatch_std",
    order=160,
    title="How different are you from one another?",
    difficulty=3,
    minutes=12,
    idea="For each feature ask how much it varies over the batch, then average over the"
    " features. One number for the whole batch, shown to D beside every sample.",
    formula="s = mean over j of sqrt( mean over i of (h_ij - mean_i h_ij)^2 + 1e-8 );"
    " the result is h with a column of s behind it.",
    line="Write `s = (h.var(dim=0, unbiased=False) + 1e-8).sqrt().mean()` and `return"
    " torch.cat([h, s.expand(len(h), 1)], dim=1)`.",
    variation="Take the statistic over groups of four samples, as Karras et al. do, and"
    " ask what a group of two can still tell.",
    asks="formula",
)


@exercise.answer
def minibatch_std(h: Tensor) -> Tensor:
    """Features [N, F] with their mean standard deviation over the batch, [N, F + 1].

    Karras et al. 2018, section 3, with one group. The small number beneath the root
    keeps the slope finite where all samples are equal.
    """
    s = (h.var(dim=0, unbiased=False) + 1e-8).sqrt().mean()
    return torch.cat([h, s.expand(len(h), 1)], dim=1)


@exercise.inputs
def features() -> list[Tensor]:
    scale = torch.tensor([0.1, 1.0, 5.0, 2.0])
    some = [torch.randn(6, 4) * scale + torch.arange(4.0), torch.randn(2, 3)]
    return [h.requires_grad_() for h in [*some, torch.randn(1, 5)]]


@exercise.must_hold
def features_are_kept(f) -> bool:
    """The first F columns are the features as they came."""
    h = torch.randn(5, 3)
    return same(f(h.clone())[:, :3], h)


@exercise.must_hold
def alike_gives_nothing(f) -> bool:
    """Where all samples of the batch are equal the statistic is about 0, and its slope
    is finite."""
    h = torch.full((4, 3), 2.0, requires_grad=True)
    told = f(h)
    (slope,) = torch.autograd.grad(told[:, 3:].sum(), h)
    return bool((told[:, 3:].abs() < 1e-3).all() and slope.isfinite().all())


@exercise.must_hold
def doubles_with_the_spread(f) -> bool:
    """Features twice as far apart give a statistic twice as large."""
    h = torch.randn(8, 3)
    one, two = f(h)[:, 3], f(2 * h + 7)[:, 3]
    return bool(torch.allclose(two, 2 * one, rtol=1e-3))


@exercise.mistake(hint="idea")
def over_the_features(h: Tensor) -> Tensor:
    """Your deviation runs over the features of one sample, so it says nothing of the
    other samples. Collapse shows between samples: take it over the batch, dim=0."""
    s = (h.var(dim=1, unbiased=False) + 1e-8).sqrt()
    return torch.cat([h, s[:, None]], dim=1)


@exercise.mistake(hint="formula")
def of_everything(h: Tensor) -> Tensor:
    """You take one deviation of all numbers together. Two features with different means
    then look like variety; each feature has to be compared with its own mean."""
    s = (h.var(unbiased=False) + 1e-8).sqrt()
    return torch.cat([h, s.expand(len(h), 1)], dim=1)


@exercise.mistake(hint="idea")
def one_for_each(h: Tensor) -> Tensor:
    """You append a deviation for each feature. The layer behind expects one column:
    average over the features."""
    s = (h.var(dim=0, unbiased=False) + 1e-8).sqrt()
    return torch.cat([h, s.expand_as(h)], dim=1)


@exercise.mistake(hint="line")
def divided_by_n_minus_one(h: Tensor) -> Tensor:
    """You divide by N - 1, as `torch.std` and `torch.var` do unless told not to:
    with one sample that is 0 / 0. Here the plain mean is meant: `unbiased=False`."""
    variance = (h - h.mean(dim=0)).square().sum(dim=0) / max(len(h) - 1, 1)
    return torch.cat([h, (variance + 1e-8).sqrt().mean().expand(len(h), 1)], dim=1)


@exercise.mistake(hint="idea")
def without_gradient(h: Tensor) -> Tensor:
    """The statistic carries no gradient (a `detach`, `float` or `item`), so G does not
    learn from it how to make its samples differ. Keep it a tensor with its graph."""
    s = (h.detach().var(dim=0, unbiased=False) + 1e-8).sqrt().mean()
    return torch.cat([h, s.expand(len(h), 1)], dim=1)


@exercise.mistake(hint="idea")
def all_detached(h: Tensor) -> Tensor:
    """Nothing of your result carries a gradient, so G learns nothing through D. Leave
    the features and the statistic in the graph."""
    return minibatch_std(h).detach()


@exercise.mistake(hint="formula")
def std_of_torch(h: Tensor) -> Tensor:
    """`torch.std` divides by N - 1, which gives NaN for one sample, and its slope is
    NaN where all samples are equal. Take the root of `h.var(dim=0, unbiased=False) +
    1e-8`."""
    return torch.cat([h, h.std(dim=0).mean().expand(len(h), 1)], dim=1)


@exercise.mistake(hint="formula")
def small_number_outside(h: Tensor) -> Tensor:
    """The small number has to stand beneath the root. Outside it the root meets 0 where
    all samples are equal, and its slope there is not finite."""
    s = (h.var(dim=0, unbiased=False).sqrt() + 1e-8).mean()
    return torch.cat([h, s.expand(len(h), 1)], dim=1)


@exercise.mistake(hint="formula")
def root_of_the_mean(h: Tensor) -> Tensor:
    """You average the variances and take one root at the end. In (6.20) each feature
    has its own root, and the mean comes after it."""
    s = (h.var(dim=0, unbiased=False).mean() + 1e-8).sqrt()
    return torch.cat([h, s.expand(len(h), 1)], dim=1)


@exercise.mistake(hint="formula")
def variance_kept(h: Tensor) -> Tensor:
    """You average the variances and leave out the root. The statistic then grows with
    the square of the features and can exceed the other inputs by far."""
    s = h.var(dim=0, unbiased=False).mean() + 1e-8
    return torch.cat([h, s.expand(len(h), 1)], dim=1)
