"""Exercises on what leaks: the advantage of an attack, and what privacy allows it."""

import math

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

lead = Exercise(
    "15.advantage",
    title="The best threshold",
    difficulty=3,
    minutes=12,
    idea="The attacker calls everyone a member who scores at least t. Try every t that"
    " makes a difference, and keep the one where members are caught most often more"
    " than strangers are accused.",
    formula="max over t of  share of members with s >= t  less  share of strangers with"
    " s >= t; at least 0, for one may accuse nobody.",
    line="`t = torch.cat([members, strangers])`, then `caught = (members[:, None] >="
    " t).double().mean(0)`, the same for strangers, and return `max(0.0,"
    " float((caught - accused).max()))`.",
    variation="Let half of the images be chosen to find t and the other half to measure"
    " the advantage. Say how much of it was found by choosing.",
)


@lead.answer
def advantage(members: Tensor, strangers: Tensor) -> float:
    """The largest true less false positive rate of any threshold; scores [N], [M]."""
    t = torch.cat([members, strangers])
    caught = (members[:, None] >= t).double().mean(0)
    accused = (strangers[:, None] >= t).double().mean(0)
    return max(0.0, float((caught - accused).max()))


@lead.also_right
def threshold_by_threshold(members: Tensor, strangers: Tensor) -> float:
    best = 0.0
    for t in (*members.tolist(), *strangers.tolist()):
        caught = float((members >= t).sum()) / len(members)
        best = max(best, caught - float((strangers >= t).sum()) / len(strangers))
    return best


@lead.also_right
def by_sorting(members: Tensor, strangers: Tensor) -> float:
    t = torch.cat([members, strangers]).unique()
    below = [
        torch.searchsorted(s.sort().values, t) / len(s) for s in (members, strangers)
    ]
    return float((below[1].double() - below[0].double()).max().clamp(min=0))


@lead.inputs
def scores() -> list[tuple[Tensor, Tensor]]:
    draw = torch.randn(60).double()
    return [
        (torch.tensor([3.0, 2.0, 0.0]), torch.tensor([1.0, 0.0, -1.0, 2.0])),
        (torch.tensor([1.0, 1.0, 2.0]), torch.tensor([1.0, 0.0])),
        (draw[:25] + 0.7, draw[25:]),
        (draw[:25] - 1.5, draw[25:]),
    ]


@lead.must_hold
def apart(f) -> bool:
    """Where every member scores above every stranger, it is 1."""
    return same(f(torch.tensor([2.0, 3.0]), torch.tensor([0.0, 1.0, 1.5])), 1.0)


@lead.must_hold
def all_alike(f) -> bool:
    """Where all scores are one number, it is 0."""
    return same(f(torch.ones(4), torch.ones(3)), 0.0)


@lead.must_hold
def only_the_order_counts(f) -> bool:
    """Another scale of the scores that keeps their order changes nothing."""
    a, b = torch.tensor([0.3, 1.2, 0.9]), torch.tensor([0.1, 1.0, 0.5])
    return same(f(a.exp(), b.exp()), f(a, b))


@lead.mistake(hint="idea")
def at_the_median(members: Tensor, strangers: Tensor) -> float:
    """You take the middle of all scores as the threshold. The advantage is that of the
    best threshold, wherever it lies."""
    t = torch.cat([members, strangers]).double().quantile(0.5)
    caught = (members >= t).double().mean() - (strangers >= t).double().mean()
    return max(0.0, float(caught))


@lead.mistake(hint="formula")
def in_numbers(members: Tensor, strangers: Tensor) -> float:
    """You subtract how *many* are caught. Members and strangers may differ in number:
    subtract the shares."""
    t = torch.cat([members, strangers])
    caught = (members[:, None] >= t).double().sum(0)
    return max(0.0, float((caught - (strangers[:, None] >= t).double().sum(0)).max()))


@lead.mistake(hint="idea")
def rightly_told(members: Tensor, strangers: Tensor) -> float:
    """That is the share of all that are told rightly. Guessing gets half of it right:
    subtract the false alarms from what is caught, so that guessing has 0."""
    t = torch.cat([members, strangers])
    caught = (members[:, None] >= t).double().mean(0)
    accused = (strangers[:, None] >= t).double().mean(0)
    return float(((caught + 1 - accused) / 2).max())


@lead.mistake(hint="idea")
def either_sign(members: Tensor, strangers: Tensor) -> float:
    """You also count the other way round, where low scores are called members. The
    attack says beforehand which side it takes; else chance alone would look like a
    leak."""
    t = torch.cat([members, strangers])
    caught = (members[:, None] >= t).double().mean(0)
    accused = (strangers[:, None] >= t).double().mean(0)
    return float((caught - accused).abs().max())


budget = Exercise(
    "15.epsilon_for",
    title="The budget for a promise",
    difficulty=2,
    minutes=8,
    idea="The bound says which advantage an epsilon allows. Turn it round: find"
    " the epsilon that allows no more than this advantage.",
    formula="a = (e^eps - 1) / (e^eps + 1), so e^eps = (1 + a) / (1 - a).",
    line="`return math.log((1 + a) / (1 - a))`.",
    variation="An attacker is to be right in no more than 51 % of cases, members and"
    " strangers alike frequent. Say which advantage that is, and which epsilon.",
)


@budget.answer
def epsilon_for(a: float) -> float:
    """The largest epsilon that keeps every attack's advantage to a, 0 <= a < 1."""
    return math.log((1 + a) / (1 - a))


@budget.also_right
def by_the_hyperbolic_tangent(a: float) -> float:
    return 2 * math.atanh(a)  # (e^eps - 1) / (e^eps + 1) = tanh(eps / 2)


@budget.also_right
def in_two_logarithms(a: float) -> float:
    return math.log1p(a) - math.log1p(-a)


@budget.inputs
def promises() -> list[tuple[float]]:
    return [(0.0,), (0.02,), (0.1,), (0.5,), (0.9,), (0.999,)]


@budget.must_hold
def the_bound_gives_it_back(f) -> bool:
    """The bound at this epsilon is the advantage that was asked for."""
    eps = float(f(0.3))
    return same((math.exp(eps) - 1) / (math.exp(eps) + 1), 0.3)


@budget.must_hold
def nothing_for_nothing(f) -> bool:
    """To allow no advantage at all, epsilon has to be 0."""
    return same(f(0.0), 0.0)


@budget.mistake(hint="idea")
def the_bound_itself(a: float) -> float:
    """You put the advantage in for epsilon. The function is given the advantage and
    returns the epsilon."""
    return (math.exp(a) - 1) / (math.exp(a) + 1)


@budget.mistake(hint="formula")
def without_the_denominator(a: float) -> float:
    """You solve a = e^eps - 1, which leaves out that a member who is missed counts
    against the attack as well. Keep the denominator."""
    return math.log(1 + a)


@budget.mistake(hint="formula")
def upside_down(a: float) -> float:
    """Your epsilon is negative: numerator and denominator have changed places."""
    return math.log((1 - a) / (1 + a))


@budget.mistake(hint="line")
def to_the_base_two(a: float) -> float:
    """The exponential in the definition has base e: take the natural logarithm."""
    return math.log2((1 + a) / (1 - a))
