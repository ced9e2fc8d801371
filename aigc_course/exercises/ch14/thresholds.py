"""Exercise: A bar for each class."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "14.thresholds",
    order=50,
    title="A bar for each class",
    difficulty=2,
    minutes=8,
    idea="Some classes are always doubted a little. So the bar for class j is what"
    " pictures labelled j are believed on average.",
    formula="t_j = mean of p_j(x) over the x labelled j.",
    line="`return torch.stack([p[labels == j, j].mean() for j in range(p.shape[1])])`.",
    variation="Take the median instead of the mean, and see which of the two changes"
    " less when a third of the labels is wrong.",
    asks="method",
)


@exercise.answer
def thresholds(p: Tensor, labels: Tensor) -> Tensor:
    """t [C] from chances p [N, C] and labels [N]; every class has a picture."""
    return torch.stack([p[labels == j, j].mean() for j in range(p.shape[1])])


@exercise.inputs
def some_chances() -> list[tuple[Tensor, Tensor]]:
    p = torch.rand(30, 4, dtype=torch.double).mul(3).softmax(1)
    labels = torch.cat([torch.arange(4), torch.randint(4, (26,))])
    return [
        (p, labels),
        (p[:9, :2].softmax(1), torch.tensor([0, 1, 1, 1, 1, 1, 1, 1, 0])),
    ]


@exercise.must_hold
def certainty_gives_one(f) -> bool:
    """A judge that is always sure and agrees with all labels gives bars of 1."""
    labels = torch.tensor([0, 1, 2, 1])
    p = torch.eye(3).double()[labels]
    return same(f(p, labels), torch.ones(3).double())


@exercise.mistake(hint="idea")
def over_everyone(p: Tensor, labels: Tensor) -> Tensor:
    """You average over all pictures, most of which show something else. Only those
    labelled j say what belief in j is usual for a j."""
    return p.mean(0)


@exercise.mistake(hint="idea")
def one_bar(p: Tensor, labels: Tensor) -> Tensor:
    """You set one bar for all classes. A class that is hard to tell would be suspected
    all the time: each needs its own."""
    own = p.gather(1, labels[:, None]).mean()
    return own.expand(p.shape[1])


@exercise.mistake(hint="formula")
def the_sum(p: Tensor, labels: Tensor) -> Tensor:
    """You sum where the mean is wanted: divide by how many are labelled j."""
    return torch.stack([p[labels == j, j].sum() for j in range(p.shape[1])])


@exercise.mistake(hint="formula")
def by_the_guess(p: Tensor, labels: Tensor) -> Tensor:
    """You group by what the judge believes most. Group by the labels that were given:
    they are what is being judged."""
    guess = p.argmax(1)
    return torch.stack([p[guess == j, j].sum() for j in range(p.shape[1])]) / (
        torch.bincount(guess, minlength=p.shape[1]).clamp(min=1)
    )


@exercise.mistake(hint="line")
def divided_by_everyone(p: Tensor, labels: Tensor) -> Tensor:
    """You sum over the pictures labelled j and divide by the number of all pictures.
    Divide by the number of pictures labelled j."""
    marks = torch.nn.functional.one_hot(labels, p.shape[1]).to(p)
    return (marks * p).mean(0)


@exercise.mistake(hint="formula")
def the_whole_row(p: Tensor, labels: Tensor) -> Tensor:
    """You average whole rows of p, and a row sums to 1, so every bar is 1 / C. Of each
    picture labelled j take the one number p_j."""
    return torch.stack([p[labels == j].mean() for j in range(p.shape[1])])


@exercise.mistake(hint="formula")
def the_largest(p: Tensor, labels: Tensor) -> Tensor:
    """You average the largest probability of each picture, whichever class it belongs
    to. Take the probability of the given label, p_j."""
    largest = p.max(1).values
    return torch.stack([largest[labels == j].mean() for j in range(p.shape[1])])


@exercise.mistake(hint="idea")
def the_middle_one(p: Tensor, labels: Tensor) -> Tensor:
    """You take the median. (14.9) is the mean; the median is a reasonable bar too, but
    it is another one."""
    return torch.stack([p[labels == j, j].median() for j in range(p.shape[1])])


@exercise.mistake(hint="line")
def a_table_of_means(p: Tensor, labels: Tensor) -> Tensor:
    """You return the mean row of each class, [C, C]. The bars are its diagonal: of the
    pictures labelled j the mean of p_j alone."""
    return torch.stack([p[labels == j].mean(0) for j in range(p.shape[1])])
