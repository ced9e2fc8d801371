"""Exercise on saying how well wrong labels were found."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "14.scores",
    order=70,
    title="Found, and rightly found",
    difficulty=1,
    minutes=5,
    idea="Two questions have one numerator, the wrong labels that were found: of how"
    " many wrong ones, and of how many found.",
    formula="recall = |found and wrong| / |wrong|, precision = |found and wrong| /"
    " |found|.",
    line="`both = float((found & wrong).sum())` and"
    " `return both / float(wrong.sum()), both / float(found.sum())`.",
    variation="Work out both for a detector that suspects every label.",
    asks="formula",
)


@exercise.answer
def scores(found: Tensor, wrong: Tensor) -> tuple[float, float]:
    """Recall and precision of rows found, bool [N], against those wrong, bool [N]."""
    both = float((found & wrong).sum())
    return both / float(wrong.sum()), both / float(found.sum())


def by_means(found: Tensor, wrong: Tensor) -> tuple[float, float]:
    return float(found[wrong].double().mean()), float(wrong[found].double().mean())


@exercise.inputs
def rows() -> list[tuple[Tensor, Tensor]]:
    found = torch.tensor([1, 1, 1, 0, 0, 0, 1, 0]).bool()
    wrong = torch.tensor([1, 0, 1, 1, 1, 1, 0, 0]).bool()
    return [
        (found, wrong),
        (wrong, found),
        (torch.rand(50) < 0.3, torch.rand(50) < 0.6),
    ]


@exercise.must_hold
def all_found_and_nothing_else(f) -> bool:
    """A detector that finds exactly the wrong ones has recall and precision 1."""
    wrong = torch.tensor([1, 0, 1]).bool()
    return same(torch.tensor(f(wrong, wrong)), torch.ones(2))


@exercise.mistake(hint="formula")
def swapped(found: Tensor, wrong: Tensor) -> tuple[float, float]:
    """You have the two the wrong way round: recall is asked of the wrong labels,
    precision of those that were found."""
    recall, precision = by_means(found, wrong)
    return precision, recall


@exercise.mistake(hint="idea")
def accuracy_twice(found: Tensor, wrong: Tensor) -> tuple[float, float]:
    """You count sound labels that were left alone as successes. Nearly all labels are
    sound, so that would flatter a detector that finds nothing."""
    right = float((found == wrong).double().mean())
    return right, right


@exercise.mistake(hint="formula")
def of_everyone(found: Tensor, wrong: Tensor) -> tuple[float, float]:
    """You divide by the number of all rows. Divide by the wrong ones for recall, by the
    found ones for precision."""
    both = float((found & wrong).double().mean())
    return both, both


@exercise.mistake(hint="formula")
def of_the_union(found: Tensor, wrong: Tensor) -> tuple[float, float]:
    """You divide by all rows that are found or wrong: that is the overlap of the two
    sets. Precision divides by the rows that were found."""
    both = float((found & wrong).sum())
    return both / float(wrong.sum()), both / float((found | wrong).sum())


@exercise.mistake(hint="line")
def either_one(found: Tensor, wrong: Tensor) -> tuple[float, float]:
    """You count rows that are found *or* wrong, so a share can be above 1. Count the
    rows that are both: `found & wrong`."""
    either = float((found | wrong).sum())
    return either / float(wrong.sum()), either / float(found.sum())


@exercise.mistake(hint="line")
def whole_numbers(found: Tensor, wrong: Tensor) -> tuple[float, float]:
    """You divide whole numbers with `//`, which cuts every share below 1 to 0. Divide
    with `/`."""
    both = int((found & wrong).sum())
    return both // int(wrong.sum()), both // int(found.sum())


@exercise.mistake(hint="formula")
def false_alarms(found: Tensor, wrong: Tensor) -> tuple[float, float]:
    """You count sound labels that were suspected: those are the false alarms. The
    numerator of both shares is the wrong labels that were found, `found & wrong`."""
    alarms = float((found & ~wrong).sum())
    return alarms / float((~wrong).sum()), alarms / float(found.sum())


@exercise.mistake(hint="line")
def their_mean(found: Tensor, wrong: Tensor) -> float:
    """You return one number, the harmonic mean of the two (the F1 score). Return both
    shares: recall and then precision."""
    recall, precision = scores(found, wrong)
    return 2 * recall * precision / (recall + precision)
