"""Exercise: several samples, one verdict."""

import torch
from torch import Tensor

from aigc_course.checks.compare import kind, same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "06.pack",
    order=150,
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
    asks="method",
)


@exercise.answer
def pack(x: Tensor, m: int) -> Tensor:
    """Samples [N, C, ...] to packs of m: [N / m, m C, ...]    (Lin et al. 2018).

    N is a multiple of m.
    """
    return x.reshape(len(x) // m, m * x.shape[1], *x.shape[2:])


def numbered(n: int, *shape: int) -> Tensor:
    """n samples of a shape; no two numbers in them are equal."""
    return torch.arange(float(n * torch.Size(shape).numel())).reshape(n, *shape)


@exercise.inputs
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


@exercise.must_hold
def shapes(f) -> bool:
    """The shape is [N / m, m C, ...], for points and for pictures."""
    return all(packed(f, x, m) is not None for x, m in batches())


@exercise.must_hold
def nothing_lost(f) -> bool:
    """Every number of the batch is in the packs exactly once."""
    return all(
        same(packed(f, x, m).flatten().sort().values, x.flatten()) for x, m in batches()
    )


@exercise.must_hold
def samples_stay_whole(f) -> bool:
    """Each pack is made of whole samples, one behind the other on the second axis."""
    for x, m in batches():
        parts = torch.cat(packed(f, x, m).chunk(m, dim=1))
        if sorted(parts.flatten(1).tolist()) != x.flatten(1).tolist():
            return False
    return True


@exercise.mistake(hint="idea")
def the_same_twice(x: Tensor, m: int) -> Tensor:
    """Each pack holds m copies of one sample. D has to see several different samples at
    once to notice that they are too much alike."""
    return torch.cat([x[: len(x) // m]] * m, dim=1)


@exercise.mistake(hint="formula")
def a_new_axis(x: Tensor, m: int) -> Tensor:
    """Your packs have an axis more than a sample. D's first layer expects features or
    channels on the second axis: let the m samples lie behind one another there."""
    return x.reshape(len(x) // m, m, *x.shape[1:])


@exercise.mistake(hint="formula")
def interleaved(x: Tensor, m: int) -> Tensor:
    """The features of the samples are mixed: first all first features, then all second
    ones. Keep every sample whole, one behind the other."""
    packs = x.reshape(len(x) // m, m, *x.shape[1:]).transpose(1, 2)
    return packs.reshape(len(x) // m, m * x.shape[1], *x.shape[2:])


@exercise.mistake(hint="idea")
def on_the_batch_axis(x: Tensor, m: int) -> Tensor:
    """Nothing is packed: the samples are still one to a row, so D judges each alone."""
    return x


@exercise.mistake(hint="formula")
def averaged(x: Tensor, m: int) -> Tensor:
    """You average the samples of a pack. Averages of few modes and of many look alike;
    D has to see each sample for itself."""
    return x.reshape(len(x) // m, m, *x.shape[1:]).mean(dim=1)


@exercise.mistake(hint="idea")
def overlapping(x: Tensor, m: int) -> Tensor:
    """Your packs overlap: a sample stands in up to m of them, and there are too many
    packs. Each sample belongs to exactly one pack."""
    return torch.cat([x[i : len(x) - m + 1 + i] for i in range(m)], dim=1)


@exercise.mistake(hint="formula")
def all_flat(x: Tensor, m: int) -> Tensor:
    """You flatten each pack altogether. Height and width have to stay, so that D's
    convolutions can read a pack: only the second axis grows."""
    return x.reshape(len(x) // m, -1)


@exercise.mistake(hint="formula")
def on_the_last_axis(x: Tensor, m: int) -> Tensor:
    """Your samples lie side by side on the last axis. D's first layer expects them on
    the second axis, that of features or channels."""
    return torch.cat(x.chunk(m), dim=-1)


@exercise.mistake(hint="idea")
def exchanged_axes(x: Tensor, m: int) -> Tensor:
    """You exchange the axes of batch and channels before the reshape, which mixes the
    samples. Keep every sample whole."""
    return x.transpose(0, 1).reshape(len(x) // m, m * x.shape[1], *x.shape[2:])


@exercise.mistake(hint="idea")
def one_sample_everywhere(x: Tensor, m: int) -> Tensor:
    """All your packs are made of the first sample. Each sample of the batch goes into
    exactly one pack."""
    packs = torch.cat([x[:1]] * m, dim=1)
    return packs.repeat(len(x) // m, *[1] * (x.ndim - 1))
