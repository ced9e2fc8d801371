"""Exercises on completing pictures: what an inversion minimises, and agreement."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

misfit = Exercise(
    "15.inversion_loss",
    title="What a hidden picture must fit",
    difficulty=2,
    minutes=10,
    idea="Compare the painted picture with the given one where it is known, and there"
    " alone. Add a little for latents that no generator was trained on.",
    formula="mean over known pixels of (G(z) - x)^2 + weight * mean of z^2, for each"
    " picture by itself.",
    line="`errors = (picture - x).square()[..., ~hidden]`, then return"
    " `errors.flatten(1).mean(1) + weight * z.square().mean(1)`.",
    variation="Weigh known pixels near the hole more than those far away, as Yeh et al."
    " (2017) do, and say what that should help.",
)


@misfit.answer
def inversion_loss(
    picture: Tensor, x: Tensor, hidden: Tensor, z: Tensor, weight: float
) -> Tensor:
    """A loss for each picture [N, 1, H, W] painted from z [N, d]: [N].

    x: the given pictures. hidden: bool [H, W], True where they are not known.
    """
    errors = (picture - x).square()[..., ~hidden]
    return errors.flatten(1).mean(1) + weight * z.square().mean(1)


@misfit.also_right
def by_a_mask(
    picture: Tensor, x: Tensor, hidden: Tensor, z: Tensor, weight: float
) -> Tensor:
    known = (~hidden).float()
    errors = (((picture - x) * known) ** 2).sum((1, 2, 3)) / known.sum()
    return errors + weight * (z * z).sum(1) / z.shape[1]


@misfit.also_right
def picture_by_picture(
    picture: Tensor, x: Tensor, hidden: Tensor, z: Tensor, weight: float
) -> Tensor:
    one = torch.nn.functional.mse_loss
    parts = zip(picture, x, z, strict=True)
    return torch.stack(
        [
            one(p[0][~hidden], q[0][~hidden]) + weight * (c @ c) / len(c)
            for p, q, c in parts
        ]
    )


def hole() -> Tensor:
    """Bool [4, 4]: a square in the middle and a corner."""
    hidden = torch.zeros(4, 4, dtype=torch.bool)
    hidden[1:3, 1:3] = True
    hidden[0, 3] = True
    return hidden


@misfit.inputs
def painted_and_given() -> list[tuple[Tensor, Tensor, Tensor, Tensor, float]]:
    def pictures(n: int) -> Tensor:
        return torch.randn(n, 1, 4, 4).tanh()

    return [
        (pictures(3), pictures(3), hole(), torch.randn(3, 5), 0.0),
        (pictures(3), pictures(3), hole(), torch.randn(3, 5), 0.7),
        (pictures(2), pictures(2), ~hole(), torch.randn(2, 3), 0.1),
    ]


@misfit.must_hold
def nobody_looks_into_the_hole(f) -> bool:
    """What the given picture holds under the hole changes nothing."""
    picture, x, hidden, z, weight = painted_and_given()[1]
    other = torch.where(hidden, -x, x)
    return same(f(picture, x, hidden, z, weight), f(picture, other, hidden, z, weight))


@misfit.must_hold
def pictures_do_not_mix(f) -> bool:
    """A picture's loss is the same alone and among others."""
    picture, x, hidden, z, weight = painted_and_given()[1]
    alone = f(picture[:1], x[:1], hidden, z[:1], weight)
    return same(f(picture, x, hidden, z, weight)[:1], alone)


@misfit.mistake(hint="idea")
def all_pixels(
    picture: Tensor, x: Tensor, hidden: Tensor, z: Tensor, weight: float
) -> Tensor:
    """You compare hidden pixels as well. Nobody knows them: what stands there would be
    painted again, hole and all."""
    return (picture - x).square().mean((1, 2, 3)) + weight * z.square().mean(1)


@misfit.mistake(hint="formula")
def over_all_places(
    picture: Tensor, x: Tensor, hidden: Tensor, z: Tensor, weight: float
) -> Tensor:
    """You divide by the number of all pixels. Divide by the known ones, or else a
    larger hole makes the known pixels count for less beside the latents."""
    errors = ((picture - x) * ~hidden).square().mean((1, 2, 3))
    return errors + weight * z.square().mean(1)


@misfit.mistake(hint="idea")
def the_hole_alone(
    picture: Tensor, x: Tensor, hidden: Tensor, z: Tensor, weight: float
) -> Tensor:
    """You compare inside the hole, where nothing is known. `~hidden` marks the pixels
    that are."""
    errors = (picture - x).square()[..., hidden].flatten(1)
    return errors.mean(1) + weight * z.square().mean(1)


@misfit.mistake(hint="formula")
def no_prior(
    picture: Tensor, x: Tensor, hidden: Tensor, z: Tensor, weight: float
) -> Tensor:
    """The latents are missing. Far from 0 the generator was never trained, and what it
    paints there need not be a digit."""
    return (picture - x).square()[..., ~hidden].flatten(1).mean(1)


@misfit.mistake(hint="line")
def one_for_all(
    picture: Tensor, x: Tensor, hidden: Tensor, z: Tensor, weight: float
) -> Tensor:
    """You average over the pictures too. Keep one loss for each of them: the best of
    several starts is chosen picture by picture."""
    errors = (picture - x).square()[..., ~hidden]
    return errors.mean() + weight * z.square().mean()


concord = Exercise(
    "15.agreement",
    title="Do two completions agree?",
    difficulty=3,
    minutes=12,
    idea="Take every pair of different completions of a picture, and ask in how many of"
    " them both show the same digit. Then average over pictures.",
    formula="A = mean over pictures and over pairs i != j of [read_i = read_j]: the"
    " K (K - 1) ordered pairs.",
    line="`alike = (read[:, None] == read[None]).double().sum((0, 1))` counts each"
    " completion with itself: return `float(((alike - K) / (K * (K - 1))).mean())`.",
    variation="Work out A for a sampler that draws one of three digits with"
    " probabilities 0.6, 0.3 and 0.1, and check it by drawing.",
)


@concord.answer
def agreement(read: Tensor) -> float:
    """The chance that two completions of a picture show one digit.

    read: int64 [K, N], the digit in each of K completions of N pictures.
    """
    K = len(read)
    alike = (read[:, None] == read[None]).double().sum((0, 1))  # [N]
    return float(((alike - K) / (K * (K - 1))).mean())


@concord.also_right
def by_counting_digits(read: Tensor) -> Tensor:
    K = len(read)
    counts = torch.nn.functional.one_hot(read, 10).sum(0).double()  # [N, 10]
    pairs = (counts * (counts - 1)).sum(1)  # ordered pairs of one digit
    return (pairs / (K * (K - 1))).mean()


@concord.also_right
def pair_by_pair(read: Tensor) -> Tensor:
    K = len(read)
    shares = [(read[i] == read[j]).double().mean() for i in range(K) for j in range(i)]
    return torch.stack(shares).mean()


@concord.inputs
def some_readings() -> list[tuple[Tensor]]:
    sure = torch.tensor([[3, 1, 7, 7], [3, 1, 7, 1], [3, 2, 7, 9]])
    return [(sure,), (torch.randint(10, (2, 30)),), (torch.randint(3, (6, 40)),)]


@concord.must_hold
def one_voice(f) -> bool:
    """Completions that all show the same digit agree in every pair."""
    return same(float(f(torch.tensor([[4, 2], [4, 2], [4, 2]]))), 1.0)


@concord.must_hold
def never_the_same(f) -> bool:
    """Completions that all differ agree in no pair."""
    return same(float(f(torch.arange(5)[:, None].expand(5, 3))), 0.0)


@concord.mistake(hint="formula")
def with_itself(read: Tensor) -> Tensor:
    """You count each completion as a pair with itself, which always agrees. Leave those
    K pairs out."""
    return (read[:, None] == read[None]).double().mean()


@concord.mistake(hint="idea")
def with_the_first(read: Tensor) -> Tensor:
    """You compare all with the first completion only. It is no better than the others:
    take every pair."""
    return (read[1:] == read[:1]).double().mean()


@concord.mistake(hint="idea")
def all_alike(read: Tensor) -> Tensor:
    """You ask whether *all* completions show one digit. Then the figure falls as more
    are drawn; for two of them it should not."""
    return (read == read[:1]).all(0).double().mean()


@concord.mistake(hint="idea")
def the_majority(read: Tensor) -> Tensor:
    """You measure how large the largest group is. That favours it: a pair needs two
    hits, so that groups count by their squares."""
    counts = torch.nn.functional.one_hot(read, 10).sum(0).double()
    return (counts.max(1).values / len(read)).mean()
