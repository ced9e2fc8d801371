"""Exercise on the best single prediction of two possible futures."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "16.both_futures",
    order=62,
    title="Why squared error blurs",
    difficulty=3,
    minutes=15,
    asks="derive",
    idea="Write the expected squared error of a prediction c as a sum over both"
    " futures, and set its derivative to 0. For a drawn future, sum over both"
    " choices and both futures.",
    formula="c = p a + (1 - p) b. Its error is p (1 - p) |a - b|^2 / d, and that of a"
    " drawn future is twice as large.",
    line="Write `gap = (a - b).square().mean()` and `return p * a + (1 - p) * b, p * (1"
    " - p) * gap, 2 * p * (1 - p) * gap`.",
    variation="Find the best prediction for the absolute error. Try p = 0.3.",
)


@exercise.answer
def both_futures(a: Tensor, b: Tensor, p: float) -> tuple[Tensor, Tensor, Tensor]:
    """(best, error_of_best, error_of_draw) where a comes with probability p, else b.

    a, b: frames of one shape. best: the prediction with the least expected mean squared
    error. error_of_best: that error. error_of_draw: the expected error of a model that
    draws a with probability p, else b, independently of what comes.
    """
    gap = (a - b).square().mean()
    return p * a + (1 - p) * b, p * (1 - p) * gap, 2 * p * (1 - p) * gap


@exercise.inputs
def futures() -> list[tuple[Tensor, Tensor, float]]:
    return [
        (torch.rand(3, 4), torch.rand(3, 4), 0.5),
        (torch.rand(5, 2), torch.rand(5, 2), 0.3),
        (torch.rand(6), torch.rand(6) + 1, 0.9),
        (torch.rand(2, 2), torch.rand(2, 2), 1.0),
        *((torch.rand(4), torch.rand(4), 0.5) for _ in range(8)),
    ]


@exercise.must_hold
def no_prediction_is_better(f) -> bool:
    """No prediction on the line between both futures has a smaller expected error than
    yours."""
    a, b, p = torch.rand(4, 4), torch.rand(4, 4), 0.3

    def error(c: Tensor) -> Tensor:
        return p * (a - c).square().mean() + (1 - p) * (b - c).square().mean()

    mine = error(torch.as_tensor(f(a, b, p)[0]).float())
    return all(
        bool(mine <= error(a + t * (b - a)) + 1e-6) for t in torch.linspace(0, 1, 21)
    )


@exercise.must_hold
def a_certain_future_has_no_error(f) -> bool:
    """If a always comes, both errors are 0."""
    a, b = torch.rand(3, 3), torch.rand(3, 3)
    _, one, two = f(a, b, 1.0)
    return same(float(one), 0.0) and same(float(two), 0.0)


def _gap(a, b) -> Tensor:
    return (a - b).square().mean()


@exercise.mistake(hint="idea")
def plain_mean(a, b, p):
    """You average both futures with equal weights. The likelier one counts more: weigh
    them with p and 1 - p."""
    c = (a + b) / 2
    error = p * (a - c).square().mean() + (1 - p) * (b - c).square().mean()
    return c, error, 2 * p * (1 - p) * _gap(a, b)


@exercise.mistake(hint="idea")
def likelier_one(a, b, p):
    """You predict the likelier future. That is best for the share of correct
    predictions, and not for the squared error, whose optimum is the mean."""
    c = a if p >= 0.5 else b
    return c, min(p, 1 - p) * _gap(a, b), 2 * p * (1 - p) * _gap(a, b)


@exercise.mistake(hint="formula")
def draw_costs_the_same(a, b, p):
    """You give a drawn future the error of the mean. A draw differs from what comes
    with probability 2 p (1 - p), and then by the whole gap."""
    return p * a + (1 - p) * b, p * (1 - p) * _gap(a, b), p * (1 - p) * _gap(a, b)


@exercise.mistake(hint="formula")
def errors_for_one_half(a, b, p):
    """You use the errors of p = 1/2, a quarter and a half of the gap. They depend on
    p."""
    return p * a + (1 - p) * b, 0.25 * _gap(a, b), 0.5 * _gap(a, b)


@exercise.mistake(hint="formula")
def summed_over_pixels(a, b, p):
    """You sum over the pixels. A mean squared error divides by their number."""
    gap = (a - b).square().sum()
    return p * a + (1 - p) * b, p * (1 - p) * gap, 2 * p * (1 - p) * gap


@exercise.mistake(hint="formula")
def weights_exchanged(a, b, p):
    """You exchanged the weights: p belongs to a."""
    gap = _gap(a, b)
    return (1 - p) * a + p * b, p * (1 - p) * gap, 2 * p * (1 - p) * gap


@exercise.mistake(hint="idea")
def always_wrong_draw(a, b, p):
    """You count every draw as wrong. A drawn future is the one that comes with
    probability p^2 + (1 - p)^2."""
    return p * a + (1 - p) * b, p * (1 - p) * _gap(a, b), _gap(a, b)


@exercise.mistake(hint="formula")
def root_taken(a, b, p):
    """You return root mean squared errors. The squared error itself is asked for."""
    gap = _gap(a, b)
    return (
        p * a + (1 - p) * b,
        (p * (1 - p) * gap) ** 0.5,
        (2 * p * (1 - p) * gap) ** 0.5,
    )


@exercise.mistake(hint="formula")
def absolute_gap(a, b, p):
    """You use the absolute difference of the futures. Squared errors grow with its
    square."""
    gap = (a - b).abs().mean()
    return p * a + (1 - p) * b, p * (1 - p) * gap, 2 * p * (1 - p) * gap


@exercise.mistake(hint="idea")
def draw_against_one(a, b, p):
    """You compare the draw with a alone. What comes is random as well: sum over both
    futures."""
    return p * a + (1 - p) * b, p * (1 - p) * _gap(a, b), (1 - p) * _gap(a, b)


@exercise.mistake(hint="idea", draws=True)
def futures_drawn(a, b, p):
    """You draw futures at random, so the result is another one each time. Expected
    values are asked for: weigh both futures with their probabilities."""
    drawn = a if torch.rand(()) < p else b
    comes = a if torch.rand(()) < p else b
    error = (drawn - comes).square().mean()
    return p * a + (1 - p) * b, p * (1 - p) * _gap(a, b), error


@exercise.mistake(hint="formula")
def errors_exchanged(a, b, p):
    """You exchanged the errors. The best prediction has the smaller one, and it is
    returned first."""
    gap = _gap(a, b)
    return p * a + (1 - p) * b, 2 * p * (1 - p) * gap, p * (1 - p) * gap


@exercise.mistake(hint="formula")
def error_of_each_pixel(a, b, p):
    """You return an error for each pixel. A mean squared error is one number: take the
    mean over the pixels."""
    gap = (a - b).square()
    return p * a + (1 - p) * b, p * (1 - p) * gap, 2 * p * (1 - p) * gap


@exercise.mistake(hint="formula")
def counts_agreement(a, b, p):
    """You weigh the gap with p^2 + (1 - p)^2, the probability that draw and future
    agree. There is an error only where they differ, with probability 2 p (1 - p)."""
    gap = _gap(a, b)
    return p * a + (1 - p) * b, p * (1 - p) * gap, (p**2 + (1 - p) ** 2) * gap


@exercise.mistake(hint="formula")
def draw_has_no_error(a, b, p):
    """You give the draw the error 0, since it is a true future. It is often not the
    future that comes: the probability of that is 2 p (1 - p)."""
    gap = _gap(a, b)
    return p * a + (1 - p) * b, p * (1 - p) * gap, 0 * gap


@exercise.mistake(hint="formula")
def best_with_the_error_of_a_draw(a, b, p):
    """You give both predictions the error of a draw. The distance from the mean to a
    future is shorter than that from one future to the other."""
    gap = 2 * p * (1 - p) * _gap(a, b)
    return p * a + (1 - p) * b, gap, gap


@exercise.mistake(hint="formula")
def equal_weights_in_the_prediction(a, b, p):
    """Your errors are right, and your prediction is the plain mean. The likelier future
    counts more: weigh a with p and b with 1 - p."""
    gap = _gap(a, b)
    return (a + b) / 2, p * (1 - p) * gap, 2 * p * (1 - p) * gap


@exercise.mistake(hint="formula")
def divided_by_rows(a, b, p):
    """You divide the sum of squares by the number of rows. A mean squared error divides
    by the number of pixels."""
    gap = (a - b).square().sum() / len(a)
    return p * a + (1 - p) * b, p * (1 - p) * gap, 2 * p * (1 - p) * gap
