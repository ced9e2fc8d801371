"""Exercise on fooling the inception score, in both directions."""

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.ch07.inception_score import inception_score

SURE = 0.7  # the least that a classifier gives to the class of a clear digit


exercise = Exercise(
    "07.fool_inception",
    order=30,
    title="Ten images that beat the data",
    difficulty=3,
    minutes=12,
    asks="decide",
    idea="The score wants each answer sure and all classes present; whether images"
    " repeat it cannot see. And it calls a set poor in which every answer is the same.",
    formula="few: for each class the row with the largest p_c, ten times over. alike:"
    " the rows that are surest of one class, the one that is read most clearly.",
    line="Write `few, read = p.argmax(0).repeat(10), p.argmax(1)`, `clear ="
    " torch.stack([p[read == c, c].mean() for c in range(p.shape[1])])` and"
    " `return few, p[:, clear.argmax()].argsort(descending=True)[:20]`.",
    variation="Find out how few different images a score of 5 needs, and one of 9.",
    agree=False,
)


Rows = tuple[Tensor, Tensor]


MOST_DIFFERENT, LOW, FEWEST = 10, 1.1, 20


@exercise.answer
def fool_inception(p: Tensor) -> Rows:
    """Row numbers (few [100], alike [20]) of class probabilities p [n, 10].

    few: ten images at most, with a score above that of all rows. alike: twenty
    different images with a score below 1.1.
    """
    few = p.argmax(0).repeat(10)  # the surest image of each class
    read = p.argmax(1)
    clear = torch.stack([p[read == c, c].mean() for c in range(p.shape[1])])
    alike = p[:, clear.argmax()].argsort(descending=True)[:20]
    return few, alike


def answers(n: int = 40) -> Tensor:
    """A classifier's answers [10 n, 10]: n images of each class, from unsure to sure.

    Class 3 is read most clearly of all.
    """
    classes = torch.arange(10).repeat(n)[torch.randperm(10 * n)]
    sure = torch.linspace(1, 6, 10 * n) + 3 * (classes == 3)
    logits = 0.3 * torch.randn(10 * n, 10)
    logits[torch.arange(10 * n), classes] += sure
    return logits.softmax(1)


@exercise.inputs
def tables() -> list[tuple[Tensor]]:
    return [(answers(),), (answers(60),)]


def chosen(rows: object, name: str, n: int) -> Tensor:
    """Row numbers as int64 [m]; AssertionError with a sentence for anything else."""
    try:
        found = torch.as_tensor(rows).flatten()
    except (TypeError, ValueError, RuntimeError):
        raise AssertionError(f"`{name}` is a list of row numbers.") from None
    assert found.dtype == torch.int64, f"`{name}` holds whole numbers of rows."
    assert len(found) and found.min() >= 0 and found.max() < n, (
        f"`{name}` holds numbers of rows, from 0 to {n - 1}."
    )
    return found


@exercise.must_hold
def few_score_high(f) -> str | None:
    """`few` has a hundred entries, at most ten different ones, and scores higher than
    all real digits together."""
    p = answers()
    few = chosen(f(p)[0], "few", len(p))
    different, score, all_rows = (
        len(few.unique()),
        inception_score(p[few]),
        inception_score(p),
    )
    if len(few) == 100 and different <= MOST_DIFFERENT and score > all_rows:
        return None
    return (
        "`few` has a hundred entries, at most ten of them different, and scores more"
        f" than the digits' {all_rows:.2f}; yours has {len(few)}, {different} of them"
        f" different, and scores {score:.2f}."
    )


@exercise.must_hold
def alike_score_low(f) -> str | None:
    """`alike` has twenty or more clear digits, none twice, and scores below 1.1."""
    p = answers()
    alike = chosen(f(p)[1], "alike", len(p))
    different, score = len(alike.unique()), inception_score(p[alike])
    if float(p[alike].max(1).values.min()) < SURE:
        return (
            f"In `alike` the classifier gives every image's class at least {SURE};"
            " yours has images that it reads worse."
        )
    if different == len(alike) >= FEWEST and score < LOW:
        return None
    return (
        f"`alike` has {FEWEST} or more rows, none of them twice, and scores below"
        f" {LOW}; yours has {len(alike)}, {different} of them different, and scores"
        f" {score:.2f}."
    )


@exercise.mistake(hint="idea")
def surest_of_all(p: Tensor) -> Rows:
    """`few` holds the ten images of which the classifier is surest, and they are all of
    one class: sure, and not varied. Take the surest of each class."""
    ten = p.max(1).values.topk(10).indices
    return ten.repeat(10), fool_inception(p)[1]


@exercise.mistake(hint="formula")
def first_of_each(p: Tensor) -> Rows:
    """`few` has one image of each class, but the first that came: real images are often
    hard to read, and yours score less than the whole. Choose the surest."""
    read = p.argmax(1)
    firsts = torch.stack([(read == c).nonzero()[0, 0] for c in range(10)])
    return firsts.repeat(10), fool_inception(p)[1]


@exercise.mistake(hint="idea")
def ten_once(p: Tensor) -> Rows:
    """Your ten images are well chosen; hand them in again and again, until there are a
    hundred. The score does not mind, and that is the point."""
    few, alike = fool_inception(p)
    return few[:10], alike


@exercise.mistake(hint="idea")
def the_unclear(p: Tensor) -> Rows:
    """`alike` holds the images that the classifier reads worst. Nothing shall be wrong
    with these images: clear digits, all of one class, score lowest of all."""
    return fool_inception(p)[0], p.max(1).values.argsort()[:FEWEST]


@exercise.mistake(hint="idea")
def one_again_and_again(p: Tensor) -> Rows:
    """`alike` is one image, repeated. That scores 1 and deserves it. Find different
    images that score as low: of one class."""
    few, alike = fool_inception(p)
    return few, alike[:1].repeat(FEWEST)


@exercise.mistake(hint="line")
def exchanged(p: Tensor) -> Rows:
    """The two are exchanged: first `few`, with the high score, then `alike`, with the
    low one."""
    few, alike = fool_inception(p)
    return alike, few


@exercise.mistake(hint="idea")
def hundred_different(p: Tensor) -> Rows:
    """`few` holds a hundred different images, and at most ten are allowed. Choose the
    surest image of each class and repeat these ten."""
    return p.max(1).values.topk(100).indices, fool_inception(p)[1]


@exercise.mistake(hint="idea")
def one_image(p: Tensor) -> Rows:
    """`few` is one image, a hundred times, so only one class occurs and the score is 1.
    Take one image of each class."""
    return p.max(1).values.argmax().repeat(100), fool_inception(p)[1]


@exercise.mistake(hint="line")
def rows_of_p(p: Tensor) -> Rows:
    """You return the probabilities of the chosen images. Return their row numbers:
    whole numbers, by which `p[few]` picks the rows."""
    few, alike = fool_inception(p)
    return p[few], p[alike]


@exercise.mistake(hint="line")
def labels_for_rows(p: Tensor) -> Rows:
    """`few` holds classes, 0 to 9, as `p.argmax(1)` gives them. They are taken for row
    numbers and pick the first ten images: `p.argmax(0)` gives the surest row of each
    class."""
    return p.argmax(1)[:100], fool_inception(p)[1]


@exercise.observe
def facts(f) -> dict[str, object]:
    """What can be said of both sets: enough to tell the mistakes apart."""
    p = answers()
    few, alike = f(p)
    return {**_of_few(few, p), **_of_alike(alike, p)}


def _of_few(rows: object, p: Tensor) -> dict[str, object]:
    try:
        few = chosen(rows, "few", len(p))
    except AssertionError as error:
        return {"few": str(error)}
    different, classes = len(few.unique()), len(p[few].argmax(1).unique())
    return {
        "a hundred entries in few": len(few) == 100,
        "different images in few": min(different, 11) if different != 1 else 1,
        "labels in few": different == 10 and int(few.max()) < 10,
        "one class in few": classes == 1,
        "few scores high": inception_score(p[few]) > inception_score(p),
    }


def _of_alike(rows: object, p: Tensor) -> dict[str, object]:
    try:
        alike = chosen(rows, "alike", len(p))
    except AssertionError as error:
        return {"alike": str(error)}
    different = len(alike.unique())
    return {
        "twenty in alike": len(alike) >= FEWEST,
        "none twice in alike": different == len(alike),
        "one image in alike": different == 1,
        "alike scores low": inception_score(p[alike]) < LOW,
        "alike is unclear": bool(p[alike].max(1).values.median() < 0.6),
    }
