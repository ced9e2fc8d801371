"""Exercise on style: Gram matrices."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "15.gram",
    order=50,
    title="Which features go together",
    difficulty=2,
    minutes=10,
    idea="Multiply two channels place by place and average over places. Where something"
    " happened is gone, what happened together is left.",
    formula="G_ij = (1 / hw) sum over places p of F_ip F_jp.",
    line="`flat = F.flatten(2)` and `return flat @ flat.transpose(1, 2) /"
    " flat.shape[2]`.",
    variation="Multiply each feature with the one a place to the right. Say what such a"
    " statistic sees of a slanted stroke that G does not.",
    asks="formula",
)


@exercise.answer
def gram(F: Tensor) -> Tensor:
    """G [N, C, C] of features F [N, C, h, w]: Gatys et al. 2016, eq. 3, per place."""
    flat = F.flatten(2)  # [N, C, hw]
    return flat @ flat.transpose(1, 2) / flat.shape[2]


@exercise.inputs
def some_features() -> list[Tensor]:
    return [torch.randn(2, 3, 4, 5), torch.rand(1, 5, 3, 3), torch.randn(3, 2, 2, 6)]


@exercise.must_hold
def places_do_not_count(f) -> bool:
    """Whatever the places are exchanged for, the matrix stays the same."""
    F = torch.randn(2, 3, 4, 4)
    moved = F.flatten(2)[..., torch.randperm(16)].view_as(F)
    return same(f(F), f(moved))


@exercise.must_hold
def twice_as_strong(f) -> bool:
    """Features twice as strong give a matrix four times as large."""
    F = torch.randn(1, 4, 3, 3)
    return same(f(2 * F), 4 * f(F))


@exercise.mistake(hint="formula")
def a_sum(F: Tensor) -> Tensor:
    """You sum over places. Divide by their number; otherwise a larger picture has a
    larger matrix."""
    flat = F.flatten(2)
    return flat @ flat.transpose(1, 2)


@exercise.mistake(hint="idea")
def places_by_places(F: Tensor) -> Tensor:
    """You multiply places with one another and sum over channels. Multiply channels
    with one another and sum over places."""
    flat = F.flatten(2)
    return flat.transpose(1, 2) @ flat / flat.shape[2]


@exercise.mistake(hint="formula")
def centred(F: Tensor) -> Tensor:
    """That is the covariance: the means of the channels are taken off. (15.8) leaves
    them in."""
    flat = F.flatten(2)
    flat = flat - flat.mean(2, keepdim=True)
    return flat @ flat.transpose(1, 2) / flat.shape[2]


@exercise.mistake(hint="line")
def pictures_mixed(F: Tensor) -> Tensor:
    """You average over the pictures too. Each has a matrix of its own: [N, C, C]."""
    flat = F.flatten(2)
    G = flat @ flat.transpose(1, 2) / flat.shape[2]
    return G.mean(0, keepdim=True).expand_as(G)


@exercise.mistake(hint="line")
def one_matrix_for_all(F: Tensor) -> Tensor:
    """You join pictures and channels into one long list, as a tutorial for a single
    picture does. Each picture has a matrix [C, C] of its own: keep the first axis."""
    rows = F.flatten(0, 1).flatten(1)
    return rows @ rows.T / F.numel()


@exercise.mistake(hint="formula")
def divided_by_channels(F: Tensor) -> Tensor:
    """You divide by C h w. (15.8) is a mean over the M = h w places: divide by h w."""
    return gram(F) / F.shape[1]


@exercise.mistake(hint="formula")
def sample_covariance(F: Tensor) -> Tensor:
    """That is the covariance, with divisor M - 1: the means of the channels are taken
    off. (15.8) leaves the means in and divides by M."""
    flat = F.flatten(2)
    flat = flat - flat.mean(2, keepdim=True)
    return flat @ flat.transpose(1, 2) / (flat.shape[2] - 1)


@exercise.mistake(hint="idea")
def cosines(F: Tensor) -> Tensor:
    """You scale each channel to length 1 and get cosines. (15.8) keeps how strong the
    features are: multiply them as they are."""
    flat = torch.nn.functional.normalize(F.flatten(2), dim=2)
    return flat @ flat.transpose(1, 2)


@exercise.mistake(hint="idea")
def product_of_means(F: Tensor) -> Tensor:
    """You multiply the means of two channels. Multiply place by place first, and take
    the mean of the products."""
    m = F.mean((2, 3))
    return m[:, :, None] * m[:, None]
