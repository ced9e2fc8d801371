"""Exercise on how well a score tells two sets apart."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "09.auc",
    order=70,
    title="How often the odd one scores higher",
    difficulty=2,
    minutes=10,
    idea="Take every pair of a normal and an odd image, and count those in which the"
    " odd one has the higher score. A tie counts half.",
    formula="AUC = mean over pairs of [o > s] + [o = s] / 2.",
    line="With `gap = odd[None] - normal[:, None]`, return `((gap > 0).float() +"
    " (gap == 0).float() / 2).mean()`.",
    variation="Do it in n log n steps by sorting, and test that it agrees.",
    asks="method",
)


@exercise.answer
def auc(normal: Tensor, odd: Tensor) -> Tensor:
    """Share of pairs in which the odd image scores above the normal one: a scalar.

    normal: scores [N]; odd: scores [M]; a tie counts half. Hanley and McNeil 1982.
    """
    gap = odd[None] - normal[:, None]  # [N, M]
    return (gap > 0).float().mean() + (gap == 0).float().mean() / 2


@exercise.inputs
def scores() -> list[tuple[Tensor, Tensor]]:
    return [
        (torch.randn(7), torch.randn(5) + 0.5),
        (torch.tensor([0.0, 1.0, 1.0, 2.0, 5.0]), torch.tensor([1.0, 3.0, 1.0])),
    ]


@exercise.must_hold
def all_told_apart(f) -> bool:
    """Scores that are all higher give 1, and all lower 0."""
    low, high = torch.tensor([0.0, 1.0]), torch.tensor([2.0, 3.0, 9.0])
    return same(f(low, high), torch.tensor(1.0)) and same(
        f(high, low), torch.tensor(0.0)
    )


@exercise.must_hold
def nothing_told(f) -> bool:
    """A score that is the same for all tells nothing: 1/2."""
    return same(f(torch.ones(3), torch.ones(4)), torch.tensor(0.5))


@exercise.must_hold
def only_the_order(f) -> bool:
    """Only the order counts: the scores' cubes give the same."""
    normal, odd = torch.randn(8), torch.randn(6)
    return same(f(normal, odd), f(normal**3, odd**3))


@exercise.mistake(hint="idea")
def sides_swapped(normal: Tensor, odd: Tensor) -> Tensor:
    """You count the pairs in which the *normal* image scores higher. A score of oddness
    is high for the odd one."""
    return 1 - auc(normal, odd)


@exercise.mistake(hint="idea")
def ties_lost(normal: Tensor, odd: Tensor) -> Tensor:
    """Your ties count for nothing; a tie counts half. A score that is the
    same for all would look worse than chance."""
    return (odd[None] > normal[:, None]).float().mean()


@exercise.mistake(hint="idea")
def ties_won(normal: Tensor, odd: Tensor) -> Tensor:
    """Your ties count as won; a tie counts half. A score that is the same
    for all would look perfect."""
    return (odd[None] >= normal[:, None]).float().mean()


@exercise.mistake(hint="formula")
def above_the_mean(normal: Tensor, odd: Tensor) -> Tensor:
    """You compare with one number, such as the mean of the normal scores: one
    threshold. The AUC compares with every normal image."""
    return (odd > normal.mean()).float().mean()


@exercise.mistake(hint="formula")
def gap_of_means(normal: Tensor, odd: Tensor) -> Tensor:
    """This is the distance of the two means. It depends on the scale of the score, and
    one wild value moves it; count pairs."""
    return odd.mean() - normal.mean()


@exercise.mistake(hint="line")
def counted(normal: Tensor, odd: Tensor) -> Tensor:
    """You count the pairs. Divide by how many there are, N times M, for a share."""
    return auc(normal, odd) * len(normal) * len(odd)


@exercise.mistake(hint="idea")
def pairs_in_order(normal: Tensor, odd: Tensor) -> Tensor:
    """You compare the first with the first, the second with the second. Take every pair
    of a normal and an odd image."""
    n = min(len(normal), len(odd))
    return (odd[:n] > normal[:n]).float().mean()


@exercise.mistake(hint="idea")
def better_side(normal: Tensor, odd: Tensor) -> Tensor:
    """You turn values below 1/2 round. A score that prefers odd images is worse than
    chance, and the AUC has to say so."""
    found = auc(normal, odd)
    return torch.maximum(found, 1 - found)


@exercise.mistake(hint="idea")
def best_accuracy(normal: Tensor, odd: Tensor) -> Tensor:
    """This is the accuracy at the best threshold. The AUC needs no threshold: it is the
    share of pairs in the right order."""
    cuts = torch.cat([normal, odd])
    hits = [((odd > t).sum() + (normal <= t).sum()) / len(cuts) for t in cuts]
    return torch.stack(hits).max()


@exercise.mistake(hint="idea")
def decided_first(normal: Tensor, odd: Tensor) -> Tensor:
    """You turn the scores into yes and no before comparing, so most pairs become ties.
    Hand over the scores themselves."""
    cut = torch.cat([normal, odd]).mean()
    return auc((normal > cut).float(), (odd > cut).float())


@exercise.mistake(hint="formula")
def soft_steps(normal: Tensor, odd: Tensor) -> Tensor:
    """You put a sigmoid in place of the step, so the size of a difference counts. Only
    the order counts: 1, or 1/2 for a tie, or 0."""
    return torch.sigmoid(odd[None] - normal[:, None]).mean()
