"""Exercise on what a generator can know: mutual information of a table."""

import math

import torch
from torch import Tensor
from torch.special import xlogy

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "15.information",
    order=70,
    title="How much one tells of the other",
    difficulty=3,
    minutes=12,
    idea="Compare the probability of each pair with what it would be if the two were"
    " independent: the product of a row's and a column's probability.",
    formula="I = sum over a, b of p(a, b) log(p(a, b) / (p(a) p(b))), 0 log 0 = 0.",
    line="`alone = joint.sum(1, keepdim=True) * joint.sum(0)`, then return"
    " `float(torch.xlogy(joint, joint / alone.clamp(min=1e-300)).sum())`.",
    variation="Write it as H(A) + H(B) - H(A, B), and check that both agree.",
    asks="method",
)


@exercise.answer
def information(joint: Tensor) -> float:
    """I(A; B) in nats of a table joint [A, B] of probabilities, sum 1."""
    alone = joint.sum(1, keepdim=True) * joint.sum(0)  # p(a) p(b)
    return float(xlogy(joint, joint / alone.clamp(min=1e-300)).sum())


def entropy(p: Tensor) -> float:
    return float(-xlogy(p, p).sum())


@exercise.inputs
def tables() -> list[tuple[Tensor]]:
    chances = torch.rand(3, 5, dtype=torch.double)
    return [
        (chances / chances.sum(),),
        (torch.tensor([[0.5, 0.1], [0.0, 0.4]]).double(),),
        (torch.tensor([[0.6, 0.0, 0.0], [0.0, 0.1, 0.3]]).double(),),
    ]


@exercise.must_hold
def nothing_to_do_with_each_other(f) -> bool:
    """Where the two are independent the information is 0."""
    p, q = torch.tensor([0.2, 0.8]).double(), torch.tensor([0.5, 0.3, 0.2]).double()
    return same(f(torch.outer(p, q)), 0.0)


@exercise.must_hold
def one_names_the_other(f) -> bool:
    """Where one is a name of the other, it is the entropy: log 4 for four alike."""
    return same(f(torch.eye(4).double() / 4), math.log(4))


@exercise.must_hold
def either_way_round(f) -> bool:
    """A tells as much of B as B of A."""
    joint = torch.tensor([[0.1, 0.2, 0.1], [0.3, 0.0, 0.3]]).double()
    return same(f(joint), f(joint.T))


@exercise.mistake(hint="formula")
def in_bits(joint: Tensor) -> float:
    """Your values are in bits. Nats are asked for: the natural logarithm."""
    return information(joint) / math.log(2)


@exercise.mistake(hint="idea")
def entropy_of_pairs(joint: Tensor) -> float:
    """That is the entropy of the pair: how much there is to know of both, not what one
    tells of the other. Compare with the product of the margins."""
    return entropy(joint)


@exercise.mistake(hint="formula")
def margins_unweighted(joint: Tensor) -> float:
    """You average the logarithms as if all pairs were equally likely. Weigh each pair
    by its probability."""
    alone = joint.sum(1, keepdim=True) * joint.sum(0)
    there = joint > 0
    return float((joint[there] / alone[there]).log().mean())


@exercise.mistake(hint="formula")
def given_the_row(joint: Tensor) -> float:
    """You divide by the probability of the row alone, and get minus the entropy of B
    given A. Divide by that of the column as well."""
    return float(xlogy(joint, joint / joint.sum(1, keepdim=True)).sum())


@exercise.mistake(hint="formula")
def weighed_by_the_product(joint: Tensor) -> float:
    """You weigh the logarithms by the products p(a) p(b). Weigh them by the
    probabilities of the pairs, p(a, b)."""
    alone = joint.sum(1, keepdim=True) * joint.sum(0)
    return float((alone * (joint.clamp(min=1e-30) / alone).log()).sum())


@exercise.mistake(hint="formula")
def sign_reversed(joint: Tensor) -> float:
    """Your sign is reversed: the information is never below 0. p(a, b) stands above the
    fraction bar."""
    return -information(joint)


@exercise.mistake(hint="formula")
def rows_for_columns(joint: Tensor) -> float:
    """You divide by the square of the row's probability. Divide by the probability of
    the row times that of the column, `joint.sum(0)`."""
    rows = joint.sum(1, keepdim=True)
    return float(xlogy(joint, joint / rows.square()).sum())


@exercise.mistake(hint="idea")
def normalised(joint: Tensor) -> float:
    """You divide by the geometric mean of the two entropies, which gives the normalised
    information. Nats are asked for: leave the division out."""
    both = entropy(joint.sum(0)) * entropy(joint.sum(1))
    return information(joint) / both**0.5
