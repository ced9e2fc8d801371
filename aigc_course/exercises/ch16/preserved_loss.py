"""Exercise on prior preservation: one loss for new and for old rows."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "16.preserved_loss",
    order=108,
    title="A loss that preserves the old classes",
    difficulty=2,
    minutes=10,
    asks="formula",
    idea="Take the mean error of the new rows and that of the old rows separately. The"
    " weight belongs to the old ones.",
    formula="mean of the errors where old is False + weight * mean of those where old"
    " is True; without an old row the second term is 0.",
    line="Write `loss = errors[~old].mean()` and `return loss + weight *"
    " errors[old].mean() if old.any() else loss`.",
    variation="Show that for equally many new and old rows and a weight of 1 this is"
    " twice the mean over all rows.",
)


@exercise.answer
def preserved_loss(errors: Tensor, old: Tensor, weight: float) -> Tensor:
    """The loss of a mixed batch, a scalar: new examples, and samples of old classes.

    errors: squared error of each row, [N]. old: bool [N], True for a row that the old
    model drew; at least one row is new, and there may be no old one. weight: of the old
    rows, 0 or more. Ruiz et al. 2023, equation 2, with means over the rows.
    """
    loss = errors[~old].mean()
    return loss + weight * errors[old].mean() if bool(old.any()) else loss


@exercise.inputs
def batches() -> list[tuple[Tensor, Tensor, float]]:
    def errors(n: int) -> Tensor:
        return (0.2 + torch.rand(n)).requires_grad_()

    half = torch.tensor([False, False, False, True, True, True])
    few = torch.tensor([True, False, True, True, True, False, True, True])
    return [
        (errors(6), half, 1.0),
        (errors(6), half, 0.3),
        (errors(8), few, 1.0),
        (errors(8), ~few, 2.0),
        (errors(8), few, 0.0),
        (errors(4), torch.zeros(4, dtype=torch.bool), 1.0),
        (errors(2), torch.tensor([True, False]), 0.7),
    ]


@exercise.must_hold
def more_old_rows_do_not_weigh_more(f) -> bool:
    """The same old rows twice give the same loss: each group counts by its mean."""
    errors, old = torch.rand(6), torch.tensor([False, True, True, False, True, False])
    twice = torch.cat([errors, errors[old]]), torch.cat([old, old[old]])
    return same(_number(f(*twice, 0.8)), _number(f(errors, old, 0.8)))


@exercise.must_hold
def weight_of_zero_forgets(f) -> bool:
    """With a weight of 0 the old rows do not count."""
    errors, old = torch.rand(6), torch.tensor([False, True, True, False, True, False])
    return same(_number(f(errors, old, 0.0)), errors[~old].mean())


@exercise.must_hold
def gradient_reaches_the_errors(f) -> bool:
    """The loss carries a gradient to the error of every row."""
    errors = torch.rand(5).requires_grad_(True)
    loss = f(errors, torch.tensor([False, True, False, True, True]), 1.5)
    if not (isinstance(loss, Tensor) and loss.requires_grad):
        return False
    loss.backward()
    wanted = torch.tensor([1 / 2, 1.5 / 3, 1 / 2, 1.5 / 3, 1.5 / 3])
    return errors.grad is not None and same(errors.grad, wanted)


def _number(found: object) -> Tensor:
    return torch.as_tensor(found, dtype=torch.float32).reshape(())


def _old(errors: Tensor, old: Tensor) -> Tensor:
    return errors[old].mean() if bool(old.any()) else errors.new_zeros(())


@exercise.mistake(hint="idea")
def no_weight(errors, old, weight):
    """You leave the weight out. Multiply the mean of the old rows by it."""
    return errors[~old].mean() + _old(errors, old)


@exercise.mistake(hint="idea")
def mean_of_all(errors, old, weight):
    """You average over all rows. Then the group with more rows counts more, and the
    weight has no effect: take two means."""
    return errors.mean()


@exercise.mistake(hint="idea")
def weighted_rows(errors, old, weight):
    """You weight the rows and divide by the number of all rows. The size of each group
    then changes the balance: take the mean of each group first."""
    return (errors * torch.where(old, weight, 1.0)).mean()


@exercise.mistake(hint="formula")
def weighted_mean(errors, old, weight):
    """You divide by the sum of the weights of all rows, so a larger group counts more.
    Take the mean of each group first."""
    w = torch.where(old, torch.tensor(float(weight)), torch.tensor(1.0))
    return (errors * w).sum() / w.sum()


@exercise.mistake(hint="idea")
def exchanged(errors, old, weight):
    """You give the weight to the new rows. It says how much the old ones count."""
    new = errors[~old].mean()
    return weight * new + _old(errors, old) if bool(old.any()) else new


@exercise.mistake(hint="idea")
def new_alone(errors, old, weight):
    """You leave the old rows out, so the network may forget them. Add their mean,
    times the weight."""
    return errors[~old].mean()


@exercise.mistake(hint="idea")
def old_alone(errors, old, weight):
    """You return the old rows' part alone, so the network learns nothing new. Add the
    mean of the new rows."""
    return weight * _old(errors, old)


@exercise.mistake(hint="formula")
def sums_not_means(errors, old, weight):
    """You take sums. Then the loss grows with the batch, and the group with more rows
    counts more: take means."""
    return errors[~old].sum() + weight * errors[old].sum()


@exercise.mistake(hint="formula")
def subtracted(errors, old, weight):
    """You subtract the old rows' part. That rewards errors on the old classes: add
    it."""
    return errors[~old].mean() - weight * _old(errors, old)


@exercise.mistake(hint="formula")
def between_the_two(errors, old, weight):
    """You weight the new rows with 1 - weight. Here they always have weight 1, and the
    old ones are added to them."""
    return (1 - weight) * errors[~old].mean() + weight * _old(errors, old)


@exercise.mistake(hint="formula")
def divided_by_weights(errors, old, weight):
    """You divide by 1 + weight. The loss is the sum of two terms and is not scaled."""
    return (errors[~old].mean() + weight * _old(errors, old)) / (1 + weight)


@exercise.mistake(hint="formula")
def halved(errors, old, weight):
    """You take half of the sum. The two terms are added, and nothing is divided."""
    return (errors[~old].mean() + weight * _old(errors, old)) / 2


@exercise.mistake(hint="formula")
def weight_squared(errors, old, weight):
    """You apply the weight twice. It multiplies the mean of the old rows once."""
    return errors[~old].mean() + weight**2 * _old(errors, old)


@exercise.mistake(hint="line")
def nan_without_old_rows(errors, old, weight):
    """Your loss is not a number where a batch has no old row: the mean of no rows is
    0 / 0. Leave the second term out there."""
    return errors[~old].mean() + weight * errors[old].mean()


@exercise.mistake(hint="line")
def graph_cut(errors, old, weight):
    """Your loss carries no gradient, so nothing learns from it. Return it without
    `detach` or `item`."""
    return (errors[~old].mean() + weight * _old(errors, old)).detach()


@exercise.mistake(hint="idea")
def mean_of_all_weighted(errors, old, weight):
    """You multiply the mean over all rows by 1 + weight. The weight belongs to the old
    rows alone: take two means."""
    return errors.mean() * (1 + weight)


@exercise.mistake(hint="formula")
def old_over_all_rows(errors, old, weight):
    """You divide the sum of the old rows by the number of all rows. Divide by the
    number of old rows."""
    return errors[~old].mean() + weight * errors[old].sum() / len(errors)


@exercise.mistake(hint="formula")
def all_rows_as_new(errors, old, weight):
    """Your first mean runs over all rows, so old rows count twice. Take the new rows
    alone there."""
    loss = errors.mean()
    return loss + weight * errors[old].mean() if bool(old.any()) else loss


@exercise.mistake(hint="formula")
def squared_again(errors, old, weight):
    """You square the errors. They are squared errors already: take their means."""
    return errors[~old].square().mean() + weight * _old(errors.square(), old)


@exercise.mistake(hint="formula")
def roots(errors, old, weight):
    """You take the root of each mean. The loss adds the mean squared errors
    themselves."""
    before = _old(errors, old)
    return errors[~old].mean().sqrt() + weight * before.clamp(min=1e-30).sqrt()


@exercise.mistake(hint="formula")
def old_over_new_rows(errors, old, weight):
    """You divide the sum of the old rows by the number of new rows. Divide by the
    number of old rows."""
    return errors[~old].mean() + weight * errors[old].sum() / (~old).sum()


@exercise.mistake(hint="idea")
def groups_exchanged(errors, old, weight):
    """You take the rows where old is True for the new ones. True means that the old
    model drew the row, and the weight belongs to these rows."""
    return errors[old].mean() + weight * errors[~old].mean()


@exercise.mistake(hint="line")
def old_rows_cut(errors, old, weight):
    """The old rows' part carries no gradient, so it preserves nothing. Leave out
    `detach` there."""
    return errors[~old].mean() + weight * _old(errors.detach(), old)


@exercise.mistake(hint="idea")
def multiplied(errors, old, weight):
    """You multiply the two terms. Add them, with the weight on the old rows."""
    new = errors[~old].mean()
    return new * weight * errors[old].mean() if bool(old.any()) else new


@exercise.mistake(hint="line")
def new_rows_for_missing_old(errors, old, weight):
    """Without an old row you count the new rows twice. The second term is 0 there."""
    new = errors[~old].mean()
    return new + weight * (errors[old].mean() if bool(old.any()) else new)
