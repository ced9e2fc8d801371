"""Exercise on inpainting: how often two completions agree."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "15.agreement",
    order=20,
    title="Do two completions agree?",
    difficulty=3,
    minutes=12,
    idea="Take every pair of different completions of a picture, and ask in how many of"
    " them both show the same digit. Then average over pictures.",
    formula="A = mean over pictures and over pairs i != j of [read_i = read_j]: the"
    " K (K - 1) ordered pairs.",
    line="Write `K = len(read)`, `alike = (read[:, None] =="
    " read[None]).double().sum((0, 1))`, which counts each completion with"
    " itself, and `return float(((alike - K) / (K * (K - 1))).mean())`.",
    variation="Work out A for a sampler that draws one of three digits with"
    " probabilities 0.6, 0.3 and 0.1, and check it by drawing.",
    asks="method",
)


@exercise.answer
def agreement(read: Tensor) -> float:
    """The probability that two completions of a picture show one digit.

    read: int64 [K, N], the digit in each of K completions of N pictures.
    """
    K = len(read)
    alike = (read[:, None] == read[None]).double().sum((0, 1))  # [N]
    return float(((alike - K) / (K * (K - 1))).mean())


@exercise.inputs
def some_readings() -> list[tuple[Tensor]]:
    sure = torch.tensor([[3, 1, 7, 7], [3, 1, 7, 1], [3, 2, 7, 9]])
    return [(sure,), (torch.randint(10, (2, 30)),), (torch.randint(3, (6, 40)),)]


@exercise.must_hold
def one_voice(f) -> bool:
    """Completions that all show the same digit agree in every pair."""
    return same(float(f(torch.tensor([[4, 2], [4, 2], [4, 2]]))), 1.0)


@exercise.must_hold
def never_the_same(f) -> bool:
    """Completions that all differ agree in no pair."""
    return same(float(f(torch.arange(5)[:, None].expand(5, 3))), 0.0)


@exercise.mistake(hint="formula")
def with_itself(read: Tensor) -> Tensor:
    """You count each completion as a pair with itself, which always agrees. Leave those
    K pairs out."""
    return (read[:, None] == read[None]).double().mean()


@exercise.mistake(hint="idea")
def with_the_first(read: Tensor) -> Tensor:
    """You compare all with the first completion only. Take every pair."""
    return (read[1:] == read[:1]).double().mean()


@exercise.mistake(hint="idea")
def all_alike(read: Tensor) -> Tensor:
    """You ask whether *all* completions show one digit. Then the figure falls as more
    are drawn; for two of them it should not."""
    return (read == read[:1]).all(0).double().mean()


@exercise.mistake(hint="idea")
def the_majority(read: Tensor) -> Tensor:
    """You measure the share of the most frequent digit. Two completions agree on *any*
    digit, so each group counts by its pairs, n (n - 1)."""
    counts = torch.nn.functional.one_hot(read, 10).sum(0).double()
    return (counts.max(1).values / len(read)).mean()


@exercise.mistake(hint="formula")
def each_pair_once(read: Tensor) -> Tensor:
    """You count each pair once and divide by K (K - 1), in which each pair is counted
    twice. Divide by K (K - 1) / 2, or count ordered pairs."""
    return torch.as_tensor(agreement(read) / 2)


@exercise.mistake(hint="idea")
def neighbours_only(read: Tensor) -> Tensor:
    """You compare each completion with the next one only. Take all pairs."""
    return (read[1:] == read[:-1]).double().mean()


@exercise.mistake(hint="formula")
def divided_by_all_pairs(read: Tensor) -> Tensor:
    """You leave the pairs of a completion with itself out of the sum, but not out of
    the divisor. There are K (K - 1) other pairs, not K^2."""
    return torch.as_tensor(agreement(read) * (len(read) - 1) / len(read))


@exercise.mistake(hint="idea")
def disagreement(read: Tensor) -> Tensor:
    """You count the pairs that show different digits. Count those that show the same
    one."""
    return torch.as_tensor(1 - agreement(read))
