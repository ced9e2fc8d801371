"""Exercise on the mutual information gap."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "09.gap",
    order=100,
    title="How far the best latent is ahead",
    difficulty=2,
    minutes=10,
    idea="For each factor, a column, look for the two latents that tell most about it."
    " The gap between them counts as a share of all there is to tell, the factor's"
    " entropy.",
    formula="MIG = 1/K sum_k (I(z_a; v_k) - I(z_b; v_k)) / H(v_k), a and b the best and"
    " second-best latent for v_k.",
    line="After `top = information.topk(2, dim=0).values`, return"
    " `((top[0] - top[1]) / entropy).mean()`.",
    variation="Build a table with the score 1 in which one latent holds all factors."
    " Say what a second score would have to ask.",
    asks="formula",
)


@exercise.answer
def gap(information: Tensor, entropy: Tensor) -> Tensor:
    """Mutual information gap: a scalar, for information [D, K] and entropy [K] in nats.

    information: I(z_d; v_k), a row for each latent. Chen et al. 2018, equation 6.
    """
    best, second = information.topk(2, dim=0).values  # [K] each
    return ((best - second) / entropy).mean()


@exercise.inputs
def tables() -> list[tuple[Tensor, Tensor]]:
    entropy = torch.tensor([2.0, 1.1, 0.7])
    return [
        (entropy * torch.rand(5, 3), entropy),
        (entropy * torch.rand(3, 3), entropy),
    ]


@exercise.must_hold
def each_its_own(f) -> bool:
    """A latent of its own for each factor scores 1."""
    entropy = torch.tensor([2.0, 0.5, 1.0])
    return same(
        f(torch.cat([entropy.diag(), torch.zeros(2, 3)]), entropy), torch.tensor(1.0)
    )


@exercise.must_hold
def told_twice(f) -> bool:
    """Factors that two latents tell alike score 0."""
    entropy = torch.tensor([2.0, 0.5])
    return same(
        f(torch.stack([entropy, entropy, 0 * entropy]), entropy), torch.zeros(())
    )


@exercise.must_hold
def order_of_latents(f) -> bool:
    """The order of the latents does not matter."""
    (information, entropy) = tables()[0]
    return same(f(information.flip(0), entropy), f(information, entropy))


@exercise.mistake(hint="formula")
def not_a_share(information: Tensor, entropy: Tensor) -> Tensor:
    """Your gaps are in nats, so factors with many values count for more. Divide each by
    its factor's entropy."""
    return gap(information, torch.ones_like(entropy))


@exercise.mistake(hint="idea")
def best_alone(information: Tensor, entropy: Tensor) -> Tensor:
    """You take the best latent alone. That says how much is told, not whether one
    latent tells it: subtract the second best."""
    return (information.max(0).values / entropy).mean()


@exercise.mistake(hint="idea")
def best_less_worst(information: Tensor, entropy: Tensor) -> Tensor:
    """You subtract the worst latent. Some latent is always silent; the rival is the
    second best."""
    least, most = information.aminmax(dim=0)
    return ((most - least) / entropy).mean()


@exercise.mistake(hint="idea")
def best_less_mean(information: Tensor, entropy: Tensor) -> Tensor:
    """You subtract the mean of the latents, which falls with every idle one that is
    added. The rival is the second best."""
    return ((information.max(0).values - information.mean(0)) / entropy).mean()


@exercise.mistake(hint="line")
def by_latents(information: Tensor, entropy: Tensor) -> Tensor:
    """You look for the two best factors of each latent. MIG asks for each factor, a
    column: reduce over dimension 0."""
    top = (information / entropy).topk(2, dim=1).values
    return (top[:, 0] - top[:, 1]).mean()


@exercise.mistake(hint="formula")
def sum_of_factors(information: Tensor, entropy: Tensor) -> Tensor:
    """You add the gaps; the score is their mean over the factors, from 0 to 1."""
    return gap(information, entropy) * len(entropy)


@exercise.mistake(hint="formula")
def pooled(information: Tensor, entropy: Tensor) -> Tensor:
    """You divide the sum of the gaps by the sum of the entropies, so factors with many
    values count for more. Divide each gap by its own entropy, then take the mean."""
    top = information.topk(2, dim=0).values
    return (top[0] - top[1]).sum() / entropy.sum()


@exercise.mistake(hint="formula")
def share_of_the_best(information: Tensor, entropy: Tensor) -> Tensor:
    """You divide by what the best latent tells. A factor of which hardly anything is
    told could then score 1: divide by the factor's entropy."""
    top = information.topk(2, dim=0).values
    return ((top[0] - top[1]) / top[0]).mean()


@exercise.mistake(hint="formula")
def share_of_all_told(information: Tensor, entropy: Tensor) -> Tensor:
    """You divide by what all latents together tell, which grows with their number.
    Divide by the factor's entropy."""
    top = information.topk(2, dim=0).values
    return ((top[0] - top[1]) / information.sum(0)).mean()


@exercise.mistake(hint="line")
def one_for_each_factor(information: Tensor, entropy: Tensor) -> Tensor:
    """You return the gap of each factor; the score is their mean."""
    top = information.topk(2, dim=0).values
    return (top[0] - top[1]) / entropy


@exercise.mistake(hint="idea")
def first_two_rows(information: Tensor, entropy: Tensor) -> Tensor:
    """You subtract the second row from the first. The best and the second-best latent
    are other rows for each factor: sort each column first."""
    return ((information[0] - information[1]) / entropy).mean()
