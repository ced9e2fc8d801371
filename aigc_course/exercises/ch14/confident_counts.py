"""Exercise: sure of something else."""

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "14.confident_counts",
    order=60,
    title="Sure of something else",
    difficulty=4,
    minutes=15,
    idea="For each picture, look at the classes whose bar it clears, and take the"
    " likeliest of them. Count pairs (label, that class). Who clears no bar is not"
    " counted.",
    formula="C_ij = number of x labelled i with j = argmax over {k: p_k(x) >= t_k} of"
    " p_k(x).",
    line="`sure, best = (p >= t).any(1), torch.where(p >= t, p, -1.0).argmax(1)`, then"
    " `cell = len(t) * labels[sure] + best[sure]` and"
    " `return torch.bincount(cell, minlength=len(t) ** 2).view(len(t), len(t))`.",
    variation="Scale each row to the number of pictures with that label, as Northcutt"
    " et al. do, and say what that assumes of those who clear no bar.",
    asks="method",
)


@exercise.answer
def confident_counts(p: Tensor, labels: Tensor, t: Tensor) -> Tensor:
    """Counts C, int64 [C, C], from chances p [N, C], labels [N] and bars t [C].

    Northcutt et al. 2021, equation 1.
    """
    above = torch.where(p >= t, p, -1.0)
    best = above.max(1)
    table = torch.zeros(len(t), len(t), dtype=torch.long)
    for i, j, sure in zip(labels, best.indices, best.values >= 0, strict=True):
        table[i, j] += int(sure)
    return table


def by_bincount(p: Tensor, labels: Tensor, t: Tensor) -> Tensor:
    c = len(t)
    above = torch.where(p >= t, p, torch.zeros_like(p) - 1)
    sure = (p >= t).any(1)
    cell = c * labels[sure] + above[sure].argmax(1)
    return torch.bincount(cell, minlength=c * c).view(c, c)


@exercise.inputs
def judged() -> list[tuple[Tensor, Tensor, Tensor]]:
    p = torch.tensor(
        [
            [0.60, 0.30, 0.10],  # clears 0
            [0.45, 0.40, 0.15],  # clears 1 alone, though 0 is likelier
            [0.34, 0.33, 0.33],  # clears none
            [0.10, 0.10, 0.80],  # clears 2
            [0.05, 0.50, 0.45],  # clears 1 and 2
        ]
    ).double()
    t = torch.tensor([0.5, 0.4, 0.45]).double()
    # class 0 is the likelier, class 1 clears its bar by more
    far = torch.tensor([[0.55, 0.45], [0.30, 0.70], [0.52, 0.48]]).double()
    low = torch.tensor([0.5, 0.1]).double()
    # class 0 clears its bar by more, class 1 by the larger factor
    factor = torch.tensor([[0.70, 0.30], [0.66, 0.34]]).double()
    # both clear their bars, and the later class is the likelier
    later = torch.tensor([[0.45, 0.55], [0.41, 0.59]]).double()
    many = torch.rand(40, 3, dtype=torch.double).mul(4).softmax(1)
    return [
        (p, torch.tensor([0, 1, 2, 0, 1]), t),
        (p, torch.tensor([2, 0, 1, 2, 0]), t),
        (far, torch.tensor([1, 0, 1]), low),
        (factor, torch.tensor([1, 1]), torch.tensor([0.4, 0.15]).double()),
        (later, torch.tensor([0, 1]), torch.tensor([0.4, 0.3]).double()),
        (many, torch.randint(3, (40,)), torch.tensor([0.4, 0.5, 0.6]).double()),
    ]


@exercise.must_hold
def who_is_unsure_does_not_count(f) -> bool:
    """A picture that clears no bar is counted nowhere."""
    p = torch.tensor([[0.5, 0.5], [0.9, 0.1]]).double()
    t = torch.tensor([0.8, 0.8]).double()
    return int(f(p, torch.tensor([1, 1]), t).sum()) == 1


@exercise.mistake(hint="idea")
def likeliest_of_all(p: Tensor, labels: Tensor, t: Tensor) -> Tensor:
    """You count the likeliest class of every picture, cleared bar or not. The bars are
    what keeps mere doubt from counting as an error."""
    c = len(t)
    return torch.bincount(c * labels + p.argmax(1), minlength=c * c).view(c, c)


@exercise.mistake(hint="formula")
def only_if_the_likeliest_clears(p: Tensor, labels: Tensor, t: Tensor) -> Tensor:
    """You take the likeliest class first and then ask whether it clears its bar. First
    the bars, then the likeliest of those that clear theirs."""
    c, best = len(t), p.argmax(1)
    sure = p.gather(1, best[:, None])[:, 0] >= t[best]
    cell = c * labels[sure] + best[sure]
    return torch.bincount(cell, minlength=c * c).view(c, c)


@exercise.mistake(hint="formula")
def every_bar_counts(p: Tensor, labels: Tensor, t: Tensor) -> Tensor:
    """A picture that clears two bars counts twice in yours. Let each count once, for
    the likeliest."""
    marks = torch.nn.functional.one_hot(labels, len(t))
    return marks.T @ (p >= t).long()


@exercise.mistake(hint="formula")
def turned_round(p: Tensor, labels: Tensor, t: Tensor) -> Tensor:
    """Rows are the labels that were given, columns the classes that seem to be shown;
    yours are the other way round."""
    return by_bincount(p, labels, t).T


@exercise.mistake(hint="formula")
def by_how_much(p: Tensor, labels: Tensor, t: Tensor) -> Tensor:
    """You take the class that clears its bar by most, p - t. The bars only decide which
    classes take part: among those take the largest p."""
    c, sure = len(t), (p >= t).any(1)
    best = (p - t).argmax(1)
    return torch.bincount(c * labels[sure] + best[sure], minlength=c * c).view(c, c)


@exercise.mistake(hint="formula")
def relative_to_the_bar(p: Tensor, labels: Tensor, t: Tensor) -> Tensor:
    """You take the class with the largest p / t. The bars only decide which classes
    take part: among those take the largest p."""
    c, sure = len(t), (p >= t).any(1)
    best = (p / t).argmax(1)
    return torch.bincount(c * labels[sure] + best[sure], minlength=c * c).view(c, c)


@exercise.mistake(hint="line")
def class_0_for_none(p: Tensor, labels: Tensor, t: Tensor) -> Tensor:
    """`argmax` of a row without any cleared bar is 0, so you count such pictures as
    class 0. Leave these rows out."""
    c, best = len(t), torch.where(p >= t, p, 0.0).argmax(1)
    return torch.bincount(c * labels + best, minlength=c * c).view(c, c)


@exercise.mistake(hint="formula")
def the_labels_own_bar(p: Tensor, labels: Tensor, t: Tensor) -> Tensor:
    """You compare every class with the bar of the picture's label. Class k has its own
    bar: compare p_k with t_k."""
    c = len(t)
    above = p >= t[labels][:, None]
    sure, best = above.any(1), torch.where(above, p, -1.0).argmax(1)
    return torch.bincount(c * labels[sure] + best[sure], minlength=c * c).view(c, c)


@exercise.mistake(hint="line")
def each_pair_once(p: Tensor, labels: Tensor, t: Tensor) -> Tensor:
    """`C[i, j] += 1` with lists of rows and columns adds 1 once, however often a pair
    occurs. Use a loop, `torch.bincount` or `index_put_(..., accumulate=True)`."""
    return confident_counts(p, labels, t).clamp(max=1)
