"""Exercises on finding wrong labels by confident learning."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

bars = Exercise(
    "14.thresholds",
    title="A bar for each class",
    difficulty=2,
    minutes=8,
    idea="Some classes are always doubted a little. So the bar for class j is what"
    " pictures labelled j are believed on average.",
    formula="t_j = mean of p_j(x) over the x labelled j.",
    line="`return torch.stack([p[labels == j, j].mean() for j in range(p.shape[1])])`.",
    variation="Take the median instead of the mean, and see which of the two changes"
    " less when a third of the labels is wrong.",
)


@bars.answer
def thresholds(p: Tensor, labels: Tensor) -> Tensor:
    """t [C] from chances p [N, C] and labels [N]; every class has a picture."""
    return torch.stack([p[labels == j, j].mean() for j in range(p.shape[1])])


@bars.also_right
def by_one_hot(p: Tensor, labels: Tensor) -> Tensor:
    marks = torch.nn.functional.one_hot(labels, p.shape[1]).to(p)
    return (marks * p).sum(0) / marks.sum(0)


@bars.also_right
def by_adding_up(p: Tensor, labels: Tensor) -> Tensor:
    own = p.gather(1, labels[:, None])[:, 0]
    total = torch.zeros(p.shape[1], dtype=p.dtype).index_add_(0, labels, own)
    return total / torch.bincount(labels, minlength=p.shape[1])


@bars.inputs
def some_chances() -> list[tuple[Tensor, Tensor]]:
    p = torch.rand(30, 4, dtype=torch.double).mul(3).softmax(1)
    labels = torch.cat([torch.arange(4), torch.randint(4, (26,))])
    return [
        (p, labels),
        (p[:9, :2].softmax(1), torch.tensor([0, 1, 1, 1, 1, 1, 1, 1, 0])),
    ]


@bars.must_hold
def certainty_gives_one(f) -> bool:
    """A judge that is always sure and agrees with all labels gives bars of 1."""
    labels = torch.tensor([0, 1, 2, 1])
    p = torch.eye(3).double()[labels]
    return same(f(p, labels), torch.ones(3).double())


@bars.mistake(hint="idea")
def over_everyone(p: Tensor, labels: Tensor) -> Tensor:
    """You average over all pictures, most of which show something else. Only those
    labelled j say what belief in j is usual for a j."""
    return p.mean(0)


@bars.mistake(hint="idea")
def one_bar(p: Tensor, labels: Tensor) -> Tensor:
    """You set one bar for all classes. A class that is hard to tell would be suspected
    all the time: each needs its own."""
    own = p.gather(1, labels[:, None]).mean()
    return own.expand(p.shape[1])


@bars.mistake(hint="formula")
def the_sum(p: Tensor, labels: Tensor) -> Tensor:
    """You sum where the mean is wanted: divide by how many are labelled j."""
    return torch.stack([p[labels == j, j].sum() for j in range(p.shape[1])])


@bars.mistake(hint="formula")
def by_the_guess(p: Tensor, labels: Tensor) -> Tensor:
    """You group by what the judge believes most. Group by the labels that were given:
    they are what is being judged."""
    guess = p.argmax(1)
    return torch.stack([p[guess == j, j].sum() for j in range(p.shape[1])]) / (
        torch.bincount(guess, minlength=p.shape[1]).clamp(min=1)
    )


@bars.mistake(hint="line")
def divided_by_everyone(p: Tensor, labels: Tensor) -> Tensor:
    """You sum over the pictures labelled j and divide by the number of all pictures.
    Divide by the number of pictures labelled j."""
    marks = torch.nn.functional.one_hot(labels, p.shape[1]).to(p)
    return (marks * p).mean(0)


@bars.mistake(hint="formula")
def the_whole_row(p: Tensor, labels: Tensor) -> Tensor:
    """You average whole rows of p, and a row sums to 1, so every bar is 1 / C. Of each
    picture labelled j take the one number p_j."""
    return torch.stack([p[labels == j].mean() for j in range(p.shape[1])])


@bars.mistake(hint="formula")
def the_largest(p: Tensor, labels: Tensor) -> Tensor:
    """You average the largest probability of each picture, whichever class it belongs
    to. Take the probability of the given label, p_j."""
    largest = p.max(1).values
    return torch.stack([largest[labels == j].mean() for j in range(p.shape[1])])


@bars.mistake(hint="idea")
def the_middle_one(p: Tensor, labels: Tensor) -> Tensor:
    """You take the median. (14.9) is the mean; the median is a reasonable bar too, but
    it is another one."""
    return torch.stack([p[labels == j, j].median() for j in range(p.shape[1])])


@bars.mistake(hint="line")
def a_table_of_means(p: Tensor, labels: Tensor) -> Tensor:
    """You return the mean row of each class, [C, C]. The bars are its diagonal: of the
    pictures labelled j the mean of p_j alone."""
    return torch.stack([p[labels == j].mean(0) for j in range(p.shape[1])])


counts = Exercise(
    "14.confident_counts",
    title="Sure of something else",
    difficulty=3,
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
)


@counts.answer
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


@counts.also_right
def by_bincount(p: Tensor, labels: Tensor, t: Tensor) -> Tensor:
    c = len(t)
    above = torch.where(p >= t, p, torch.zeros_like(p) - 1)
    sure = (p >= t).any(1)
    cell = c * labels[sure] + above[sure].argmax(1)
    return torch.bincount(cell, minlength=c * c).view(c, c)


@counts.also_right
def by_one_hot_products(p: Tensor, labels: Tensor, t: Tensor) -> Tensor:
    one_hot = torch.nn.functional.one_hot
    sure = (p >= t).any(1, keepdim=True)
    best = one_hot((p * (p >= t)).argmax(1), len(t)) * sure
    return one_hot(labels, len(t)).T @ best


@counts.inputs
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
    many = torch.rand(40, 3, dtype=torch.double).mul(4).softmax(1)
    return [
        (p, torch.tensor([0, 1, 2, 0, 1]), t),
        (p, torch.tensor([2, 0, 1, 2, 0]), t),
        (far, torch.tensor([1, 0, 1]), low),
        (factor, torch.tensor([1, 1]), torch.tensor([0.4, 0.15]).double()),
        (many, torch.randint(3, (40,)), torch.tensor([0.4, 0.5, 0.6]).double()),
    ]


@counts.must_hold
def who_is_unsure_does_not_count(f) -> bool:
    """A picture that clears no bar is counted nowhere."""
    p = torch.tensor([[0.5, 0.5], [0.9, 0.1]]).double()
    t = torch.tensor([0.8, 0.8]).double()
    return int(f(p, torch.tensor([1, 1]), t).sum()) == 1


@counts.mistake(hint="idea")
def likeliest_of_all(p: Tensor, labels: Tensor, t: Tensor) -> Tensor:
    """You count the likeliest class of every picture, cleared bar or not. The bars are
    what keeps mere doubt from counting as an error."""
    c = len(t)
    return torch.bincount(c * labels + p.argmax(1), minlength=c * c).view(c, c)


@counts.mistake(hint="formula")
def only_if_the_likeliest_clears(p: Tensor, labels: Tensor, t: Tensor) -> Tensor:
    """You take the likeliest class first and then ask whether it clears its bar. First
    the bars, then the likeliest of those that clear theirs."""
    c, best = len(t), p.argmax(1)
    sure = p.gather(1, best[:, None])[:, 0] >= t[best]
    cell = c * labels[sure] + best[sure]
    return torch.bincount(cell, minlength=c * c).view(c, c)


@counts.mistake(hint="formula")
def every_bar_counts(p: Tensor, labels: Tensor, t: Tensor) -> Tensor:
    """A picture that clears two bars counts twice in yours. Let each count once, for
    the likeliest."""
    marks = torch.nn.functional.one_hot(labels, len(t))
    return marks.T @ (p >= t).long()


@counts.mistake(hint="formula")
def turned_round(p: Tensor, labels: Tensor, t: Tensor) -> Tensor:
    """Rows are the labels that were given, columns the classes that seem to be shown;
    yours are the other way round."""
    return by_bincount(p, labels, t).T


@counts.mistake(hint="formula")
def by_how_much(p: Tensor, labels: Tensor, t: Tensor) -> Tensor:
    """You take the class that clears its bar by most, p - t. The bars only decide which
    classes take part: among those take the largest p."""
    c, sure = len(t), (p >= t).any(1)
    best = (p - t).argmax(1)
    return torch.bincount(c * labels[sure] + best[sure], minlength=c * c).view(c, c)


@counts.mistake(hint="formula")
def relative_to_the_bar(p: Tensor, labels: Tensor, t: Tensor) -> Tensor:
    """You take the class with the largest p / t. The bars only decide which classes
    take part: among those take the largest p."""
    c, sure = len(t), (p >= t).any(1)
    best = (p / t).argmax(1)
    return torch.bincount(c * labels[sure] + best[sure], minlength=c * c).view(c, c)


@counts.mistake(hint="line")
def class_0_for_none(p: Tensor, labels: Tensor, t: Tensor) -> Tensor:
    """`argmax` of a row without any cleared bar is 0, so you count such pictures as
    class 0. Leave these rows out."""
    c, best = len(t), torch.where(p >= t, p, 0.0).argmax(1)
    return torch.bincount(c * labels + best, minlength=c * c).view(c, c)


@counts.mistake(hint="formula")
def the_labels_own_bar(p: Tensor, labels: Tensor, t: Tensor) -> Tensor:
    """You compare every class with the bar of the picture's label. Class k has its own
    bar: compare p_k with t_k."""
    c = len(t)
    above = p >= t[labels][:, None]
    sure, best = above.any(1), torch.where(above, p, -1.0).argmax(1)
    return torch.bincount(c * labels[sure] + best[sure], minlength=c * c).view(c, c)


@counts.mistake(hint="line")
def each_pair_once(p: Tensor, labels: Tensor, t: Tensor) -> Tensor:
    """`C[i, j] += 1` with lists of rows and columns adds 1 once, however often a pair
    occurs. Use a loop, `torch.bincount` or `index_put_(..., accumulate=True)`."""
    return confident_counts(p, labels, t).clamp(max=1)
