"""Exercises on a discriminator that sees several samples at once."""

import torch
from torch import Tensor

from aigc_course.checks.compare import kind, same
from aigc_course.checks.exercise import Exercise

side_by_side = Exercise(
    "06.pack",
    title="Several samples, one verdict",
    difficulty=2,
    minutes=8,
    idea="Each sample goes into exactly one pack, whole. Those of a pack lie behind one"
    " another on the second axis, that of features or channels.",
    formula="[N, C, ...] becomes [N / m, m C, ...]; no number is lost, none is used"
    " twice.",
    line="Write `return x.reshape(len(x) // m, m * x.shape[1], *x.shape[2:])`.",
    variation="Pack real samples with generated ones by mistake, train, and see what"
    " D's probabilities do.",
    agree=False,  # which samples share a pack does not matter
)


@side_by_side.answer
def pack(x: Tensor, m: int) -> Tensor:
    """Samples [N, C, ...] to packs of m: [N / m, m C, ...]    (Lin et al. 2018).

    N is a multiple of m.
    """
    return x.reshape(len(x) // m, m * x.shape[1], *x.shape[2:])


@side_by_side.also_right
def every_mth(x: Tensor, m: int) -> Tensor:
    return torch.cat([x[i::m] for i in range(m)], dim=1)


@side_by_side.also_right
def in_chunks(x: Tensor, m: int) -> Tensor:
    return torch.cat(x.chunk(m), dim=1)


def numbered(n: int, *shape: int) -> Tensor:
    """n samples of a shape; no two numbers in them are equal."""
    return torch.arange(float(n * torch.Size(shape).numel())).reshape(n, *shape)


@side_by_side.inputs
def batches() -> list[tuple[Tensor, int]]:
    return [(numbered(6, 2), 2), (numbered(6, 1, 2, 2), 3), (numbered(4, 3, 2), 4)]


def packed(f, x: Tensor, m: int) -> Tensor:
    """What f gives, once its shape is known to be right."""
    packs = f(x.clone(), m)
    want = [len(x) // m, m * x.shape[1], *x.shape[2:]]
    assert isinstance(packs, Tensor) and list(packs.shape) == want, (
        f"{m} samples in a pack make {list(x.shape)} a tensor of shape {want}; this is"
        f" {kind(packs)}."
    )
    return packs


@side_by_side.must_hold
def shapes(f) -> bool:
    """The shape is [N / m, m C, ...], for points and for pictures."""
    return all(packed(f, x, m) is not None for x, m in batches())


@side_by_side.must_hold
def nothing_lost(f) -> bool:
    """Every number of the batch is in the packs exactly once."""
    return all(
        same(packed(f, x, m).flatten().sort().values, x.flatten()) for x, m in batches()
    )


@side_by_side.must_hold
def samples_stay_whole(f) -> bool:
    """Each pack is made of whole samples, one behind the other on the second axis."""
    for x, m in batches():
        parts = torch.cat(packed(f, x, m).chunk(m, dim=1))
        if sorted(parts.flatten(1).tolist()) != x.flatten(1).tolist():
            return False
    return True


@side_by_side.mistake(hint="idea")
def the_same_twice(x: Tensor, m: int) -> Tensor:
    """Each pack holds m copies of one sample, and nothing is gained: D has to see
    several samples at once to notice that they are too much alike."""
    return torch.cat([x[: len(x) // m]] * m, dim=1)


@side_by_side.mistake(hint="formula")
def a_new_axis(x: Tensor, m: int) -> Tensor:
    """Your packs have an axis more than a sample. D's first layer expects features or
    channels on the second axis: let the m samples lie behind one another there."""
    return x.reshape(len(x) // m, m, *x.shape[1:])


@side_by_side.mistake(hint="formula")
def interleaved(x: Tensor, m: int) -> Tensor:
    """The features of the samples are mixed: first all first features, then all second
    ones. Keep every sample whole, one behind the other."""
    packs = x.reshape(len(x) // m, m, *x.shape[1:]).transpose(1, 2)
    return packs.reshape(len(x) // m, m * x.shape[1], *x.shape[2:])


@side_by_side.mistake(hint="idea")
def on_the_batch_axis(x: Tensor, m: int) -> Tensor:
    """Nothing is packed: the samples are still one to a row, so D judges each alone."""
    return x


@side_by_side.mistake(hint="formula")
def averaged(x: Tensor, m: int) -> Tensor:
    """You average the samples of a pack. Averages of few modes and of many look alike;
    D has to see each sample for itself."""
    return x.reshape(len(x) // m, m, *x.shape[1:]).mean(dim=1)


@side_by_side.mistake(hint="idea")
def overlapping(x: Tensor, m: int) -> Tensor:
    """Your packs overlap: a sample stands in up to m of them, and there are too many
    packs. Each sample belongs to exactly one pack."""
    return torch.cat([x[i : len(x) - m + 1 + i] for i in range(m)], dim=1)


@side_by_side.mistake(hint="formula")
def all_flat(x: Tensor, m: int) -> Tensor:
    """You flatten each pack altogether. Height and width have to stay, so that D's
    convolutions can read a pack: only the second axis grows."""
    return x.reshape(len(x) // m, -1)


@side_by_side.mistake(hint="formula")
def on_the_last_axis(x: Tensor, m: int) -> Tensor:
    """Your samples lie side by side on the last axis. D's first layer expects them on
    the second axis, that of features or channels."""
    return torch.cat(x.chunk(m), dim=-1)


@side_by_side.mistake(hint="idea")
def exchanged_axes(x: Tensor, m: int) -> Tensor:
    """You exchange the axes of batch and channels before the reshape, which tears the
    samples apart. Keep every sample whole."""
    return x.transpose(0, 1).reshape(len(x) // m, m * x.shape[1], *x.shape[2:])


@side_by_side.mistake(hint="idea")
def one_sample_everywhere(x: Tensor, m: int) -> Tensor:
    """All your packs are made of the first sample. Each sample of the batch goes into
    exactly one pack."""
    packs = torch.cat([x[:1]] * m, dim=1)
    return packs.repeat(len(x) // m, *[1] * (x.ndim - 1))


spread = Exercise(
    "06.minibatch_std",
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
)


@spread.answer
def minibatch_std(h: Tensor) -> Tensor:
    """Features [N, F] with their mean standard deviation over the batch, [N, F + 1].

    Karras et al. 2018, section 3, with one group. The small number beneath the root
    keeps the slope finite where all samples are equal.
    """
    s = (h.var(dim=0, unbiased=False) + 1e-8).sqrt().mean()
    return torch.cat([h, s.expand(len(h), 1)], dim=1)


@spread.also_right
def in_steps(h: Tensor) -> Tensor:
    squares = (h - h.mean(dim=0, keepdim=True)) ** 2
    deviation = torch.sqrt(squares.mean(dim=0) + 1e-8)
    column = torch.ones(h.shape[0], 1) * deviation.sum() / h.shape[1]
    return torch.hstack((h, column))


@spread.also_right
def by_moments(h: Tensor) -> Tensor:
    wide = h.double()
    variance = ((wide**2).mean(0) - wide.mean(0) ** 2).clamp_min(0)
    s = (variance + 1e-8).sqrt().mean().to(h.dtype)
    return torch.nn.functional.pad(h, (0, 1)) + torch.cat(
        [torch.zeros_like(h), s.repeat(len(h), 1)], dim=1
    )


@spread.inputs
def features() -> list[Tensor]:
    scale = torch.tensor([0.1, 1.0, 5.0, 2.0])
    some = [torch.randn(6, 4) * scale + torch.arange(4.0), torch.randn(2, 3)]
    return [h.requires_grad_() for h in [*some, torch.randn(1, 5)]]


@spread.must_hold
def features_are_kept(f) -> bool:
    """The first F columns are the features as they came."""
    h = torch.randn(5, 3)
    return same(f(h.clone())[:, :3], h)


@spread.must_hold
def alike_gives_nothing(f) -> bool:
    """Where all samples of the batch are equal the statistic is about 0, and its slope
    is finite."""
    h = torch.full((4, 3), 2.0, requires_grad=True)
    told = f(h)
    (slope,) = torch.autograd.grad(told[:, 3:].sum(), h)
    return bool((told[:, 3:].abs() < 1e-3).all() and slope.isfinite().all())


@spread.must_hold
def doubles_with_the_spread(f) -> bool:
    """Features twice as far apart give a statistic twice as large."""
    h = torch.randn(8, 3)
    one, two = f(h)[:, 3], f(2 * h + 7)[:, 3]
    return bool(torch.allclose(two, 2 * one, rtol=1e-3))


@spread.mistake(hint="idea")
def over_the_features(h: Tensor) -> Tensor:
    """Your deviation runs over the features of one sample, so it says nothing of the
    other samples. Collapse shows between samples: take it over the batch, dim=0."""
    s = (h.var(dim=1, unbiased=False) + 1e-8).sqrt()
    return torch.cat([h, s[:, None]], dim=1)


@spread.mistake(hint="formula")
def of_everything(h: Tensor) -> Tensor:
    """You take one deviation of all numbers together. Two features with different means
    then look like variety; each feature has to be compared with its own mean."""
    s = (h.var(unbiased=False) + 1e-8).sqrt()
    return torch.cat([h, s.expand(len(h), 1)], dim=1)


@spread.mistake(hint="idea")
def one_for_each(h: Tensor) -> Tensor:
    """You append a deviation for each feature. The layer behind expects one column:
    average over the features."""
    s = (h.var(dim=0, unbiased=False) + 1e-8).sqrt()
    return torch.cat([h, s.expand_as(h)], dim=1)


@spread.mistake(hint="line")
def divided_by_n_minus_one(h: Tensor) -> Tensor:
    """You divide by N - 1, as `torch.std` and `torch.var` do unless told not to:
    with one sample that is 0 / 0. Here the plain mean is meant: `unbiased=False`."""
    variance = (h - h.mean(dim=0)).square().sum(dim=0) / max(len(h) - 1, 1)
    return torch.cat([h, (variance + 1e-8).sqrt().mean().expand(len(h), 1)], dim=1)


@spread.mistake(hint="idea")
def without_gradient(h: Tensor) -> Tensor:
    """The statistic carries no gradient (a `detach`, `float` or `item`), so G does not
    learn from it how to make its samples differ. Keep it a tensor with its graph."""
    s = (h.detach().var(dim=0, unbiased=False) + 1e-8).sqrt().mean()
    return torch.cat([h, s.expand(len(h), 1)], dim=1)


@spread.mistake(hint="idea")
def all_detached(h: Tensor) -> Tensor:
    """Nothing of your result carries a gradient, so G learns nothing through D. Leave
    the features and the statistic in the graph."""
    return minibatch_std(h).detach()


@spread.mistake(hint="formula")
def std_of_torch(h: Tensor) -> Tensor:
    """`torch.std` divides by N - 1, which gives NaN for one sample, and its slope is
    NaN where all samples are equal. Take the root of `h.var(dim=0, unbiased=False) +
    1e-8`."""
    return torch.cat([h, h.std(dim=0).mean().expand(len(h), 1)], dim=1)


@spread.mistake(hint="formula")
def small_number_outside(h: Tensor) -> Tensor:
    """The small number has to stand beneath the root. Outside it the root meets 0 where
    all samples are equal, and its slope there is not finite."""
    s = (h.var(dim=0, unbiased=False).sqrt() + 1e-8).mean()
    return torch.cat([h, s.expand(len(h), 1)], dim=1)


@spread.mistake(hint="formula")
def root_of_the_mean(h: Tensor) -> Tensor:
    """You average the variances and take one root at the end. In (6.20) each feature
    has its own root, and the mean comes after it."""
    s = (h.var(dim=0, unbiased=False).mean() + 1e-8).sqrt()
    return torch.cat([h, s.expand(len(h), 1)], dim=1)


@spread.mistake(hint="formula")
def variance_kept(h: Tensor) -> Tensor:
    """You average the variances and leave out the root. The statistic then grows with
    the square of the features and drowns the others."""
    s = h.var(dim=0, unbiased=False).mean() + 1e-8
    return torch.cat([h, s.expand(len(h), 1)], dim=1)
