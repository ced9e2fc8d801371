"""Exercise on leaks: the advantage of an attack."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "15.advantage",
    order=80,
    title="The best threshold",
    difficulty=3,
    minutes=12,
    idea="The attacker calls everyone a member who scores at least t. Try every t that"
    " makes a difference, and keep the one where members are caught most often more"
    " than strangers are accused.",
    formula="max over t of  share of members with s >= t  less  share of strangers with"
    " s >= t; at least 0, since an attacker may accuse nobody.",
    line="Write `t = torch.cat([members, strangers])`, `caught, accused = ((s[:,"
    " None] >= t).double().mean(0) for s in (members, strangers))` and `return"
    " max(0.0, float((caught - accused).max()))`.",
    variation="Let half of the images be chosen to find t and the other half to measure"
    " the advantage. Say how much of it was found by choosing.",
    asks="method",
)


@exercise.answer
def advantage(members: Tensor, strangers: Tensor) -> float:
    """The largest true less false positive rate of any threshold; scores [N], [M]."""
    t = torch.cat([members, strangers])
    caught = (members[:, None] >= t).double().mean(0)
    accused = (strangers[:, None] >= t).double().mean(0)
    return max(0.0, float((caught - accused).max()))


@exercise.inputs
def scores() -> list[tuple[Tensor, Tensor]]:
    draw = torch.randn(60).double()
    return [
        (torch.tensor([3.0, 2.0, 0.0]), torch.tensor([1.0, 0.0, -1.0, 2.0])),
        (torch.tensor([1.0, 1.0, 2.0]), torch.tensor([1.0, 0.0])),
        (draw[:25] + 0.7, draw[25:]),
        (draw[:25] - 1.5, draw[25:]),
    ]


@exercise.must_hold
def apart(f) -> bool:
    """Where every member scores above every stranger, it is 1."""
    return same(f(torch.tensor([2.0, 3.0]), torch.tensor([0.0, 1.0, 1.5])), 1.0)


@exercise.must_hold
def all_alike(f) -> bool:
    """Where all scores are one number, it is 0."""
    return same(f(torch.ones(4), torch.ones(3)), 0.0)


@exercise.must_hold
def only_the_order_counts(f) -> bool:
    """Another scale of the scores that keeps their order changes nothing."""
    a, b = torch.tensor([0.3, 1.2, 0.9]), torch.tensor([0.1, 1.0, 0.5])
    return same(f(a.exp(), b.exp()), f(a, b))


@exercise.mistake(hint="idea")
def at_the_median(members: Tensor, strangers: Tensor) -> float:
    """You take the middle of all scores as the threshold. The advantage is that of the
    best threshold, wherever it lies."""
    t = torch.cat([members, strangers]).double().quantile(0.5)
    caught = (members >= t).double().mean() - (strangers >= t).double().mean()
    return max(0.0, float(caught))


@exercise.mistake(hint="formula")
def in_numbers(members: Tensor, strangers: Tensor) -> float:
    """You subtract how *many* are caught. Members and strangers may differ in number:
    subtract the shares."""
    t = torch.cat([members, strangers])
    caught = (members[:, None] >= t).double().sum(0)
    return max(0.0, float((caught - (strangers[:, None] >= t).double().sum(0)).max()))


@exercise.mistake(hint="idea")
def rightly_told(members: Tensor, strangers: Tensor) -> float:
    """That is the share of correct answers, which is 1/2 for guessing. Subtract the
    share of strangers accused from the share of members caught."""
    t = torch.cat([members, strangers])
    caught = (members[:, None] >= t).double().mean(0)
    accused = (strangers[:, None] >= t).double().mean(0)
    return float(((caught + 1 - accused) / 2).max())


@exercise.mistake(hint="idea")
def either_sign(members: Tensor, strangers: Tensor) -> float:
    """You also count the other direction, where low scores are called members. Only
    high scores say "member": take no absolute value."""
    t = torch.cat([members, strangers])
    caught = (members[:, None] >= t).double().mean(0)
    accused = (strangers[:, None] >= t).double().mean(0)
    return float((caught - accused).abs().max())


@exercise.mistake(hint="idea")
def area_under_the_curve(members: Tensor, strangers: Tensor) -> float:
    """That is the AUC: it averages over all thresholds. The advantage is the gap at the
    best threshold."""
    over = (members[:, None] > strangers).double().mean()
    return float(over + (members[:, None] == strangers).double().mean() / 2)


@exercise.mistake(hint="idea")
def twice_the_area(members: Tensor, strangers: Tensor) -> float:
    """That is 2 AUC - 1, which compares all pairs. The advantage is the gap between the
    two shares at the best threshold."""
    return max(0.0, 2 * area_under_the_curve(members, strangers) - 1)


@exercise.mistake(hint="formula")
def ties_one_by_one(members: Tensor, strangers: Tensor) -> float:
    """You go through equal scores one by one. A threshold cannot part them: members and
    strangers with the same score are called members together."""
    order = torch.cat([members, strangers]).argsort(descending=True, stable=True)
    steps = [1 / len(members)] * len(members) + [-1 / len(strangers)] * len(strangers)
    return max(0.0, float(torch.tensor(steps).double()[order].cumsum(0).max()))


@exercise.mistake(hint="idea")
def gap_of_the_means(members: Tensor, strangers: Tensor) -> float:
    """You subtract mean scores. The advantage is a difference of shares above a
    threshold, and does not depend on the scale of the scores."""
    return max(0.0, float(members.double().mean() - strangers.double().mean()))


@exercise.mistake(hint="formula")
def best_of_each(members: Tensor, strangers: Tensor) -> float:
    """You take the best threshold for members and another for strangers. Subtract at
    the same threshold, then take the largest difference."""
    t = torch.cat([members, strangers])
    caught = (members[:, None] >= t).double().mean(0)
    return float(caught.max() - (strangers[:, None] >= t).double().mean(0).min())
