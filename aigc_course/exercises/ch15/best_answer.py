"""Exercise on what a loss makes of several possible answers."""

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "15.best_answer",
    order=30,
    title="What the loss wants to hear",
    difficulty=4,
    minutes=15,
    idea="Of several possible pictures one is true, and you have to name one. Squares"
    " are least at the weighted mean, pixel by pixel; absolute values are least where"
    " half of the weight lies below.",
    formula="power 2: sum_m w_m y_m. power 1: the smallest y_m whose cumulated weight,"
    " in rising order, reaches 1/2.",
    line="Write `if power == 2: return w @ answers`, `values, order ="
    " answers.sort(0)`, `first = (w[order].cumsum(0) >= 0.5).double().argmax(0)`"
    " and `return values.gather(0, first[None])[0]`.",
    variation="Find the best answer for the loss [y != f], right or wrong, and say"
    " which of the three looks like a picture.",
    asks="derive",
)


@exercise.answer
def best_answer(answers: Tensor, w: Tensor, power: int) -> Tensor:
    """What minimises sum_m w_m |y_m - f|^power over f, pixel by pixel: [D].

    answers: the possible pictures y, [M, D]. w: their probabilities [M]. power: 1 or 2.
    """
    if power == 2:
        return w @ answers
    values, order = answers.sort(0)  # [M, D] each
    up_to = w[order].cumsum(0)
    first = (up_to >= 0.5).double().argmax(0)  # where half of the weight is reached
    return values.gather(0, first[None])[0]


@exercise.inputs
def possible_pictures() -> list[tuple[Tensor, Tensor, int]]:
    answers = torch.rand(5, 8, dtype=torch.double)
    w = torch.tensor([0.35, 0.08, 0.26, 0.19, 0.12]).double()  # no half is met exactly
    sure = torch.tensor([0.7, 0.1, 0.2]).double()
    return [
        (answers, w, 2),
        (answers, w, 1),
        (answers[:3], sure, 1),
        (answers[:3], sure, 2),
    ]


@exercise.must_hold
def no_other_answer_is_better(f) -> bool:
    """No other value has a smaller expected loss, for either power."""
    answers, w, _ = possible_pictures()[0]

    def loss(y: Tensor, power: int) -> Tensor:
        return w @ (answers - y).abs() ** power

    others = torch.linspace(0, 1, 41).double()[:, None].expand(-1, answers.shape[1])
    return all(
        bool((loss(f(answers, w, k), k) <= loss(other, k) + 1e-9).all())
        for other in others
        for k in (1, 2)
    )


@exercise.must_hold
def medians_invent_no_grey(f) -> bool:
    """Of black and white answers, the best for absolute values is black or white."""
    answers = (torch.rand(5, 20) < 0.5).double()
    found = f(answers, possible_pictures()[0][1], 1)
    return bool(((found == 0) | (found == 1)).all())


@exercise.mistake(hint="idea")
def the_likeliest(answers: Tensor, w: Tensor, power: int) -> Tensor:
    """You return the most probable picture. Both losses are sums over pixels, so each
    pixel has its own mean or median."""
    return answers[w.argmax()]


@exercise.mistake(hint="idea")
def always_the_mean(answers: Tensor, w: Tensor, power: int) -> Tensor:
    """You give the mean for both powers. For absolute values only the side counts on
    which the answers lie, not how far: that leads to the median."""
    return w @ answers


@exercise.mistake(hint="formula")
def weights_forgotten(answers: Tensor, w: Tensor, power: int) -> Tensor:
    """You treat all answers as equally likely. Weigh each by its probability, in the
    median as well."""
    return answers.mean(0) if power == 2 else answers.median(0).values


@exercise.mistake(hint="formula")
def powers_exchanged(answers: Tensor, w: Tensor, power: int) -> Tensor:
    """You have exchanged the two: squares lead to the mean, absolute values to the
    median."""
    return best_answer(answers, w, 3 - power)


@exercise.mistake(hint="line")
def median_of_pictures(answers: Tensor, w: Tensor, power: int) -> Tensor:
    """For the median you order whole pictures, by their mean brightness. The loss is a
    sum over pixels, and each pixel has an order of its own."""
    if power == 2:
        return w @ answers
    order = answers.mean(1).argsort()
    return answers[order][int((w[order].cumsum(0) >= 0.5).double().argmax())]


@exercise.mistake(hint="formula")
def median_without_weights(answers: Tensor, w: Tensor, power: int) -> Tensor:
    """Your median ignores the weights: it counts each answer once. Add up the weights
    in the order of the values until they reach 1/2."""
    return w @ answers if power == 2 else answers.median(0).values


@exercise.mistake(hint="formula")
def products_averaged(answers: Tensor, w: Tensor, power: int) -> Tensor:
    """For squares you average the products w_m y_m, which divides by M once too often.
    The weights sum to 1 already: sum the products."""
    found = best_answer(answers, w, power)
    return found / len(w) if power == 2 else found


@exercise.mistake(hint="line")
def weights_not_sorted(answers: Tensor, w: Tensor, power: int) -> Tensor:
    """You sort the answers and leave the weights in their old order. Sort the weights
    along with them: `w[order]`."""
    if power == 2:
        return w @ answers
    return answers.sort(0).values[int((w.cumsum(0) >= 0.5).double().argmax())]


@exercise.mistake(hint="formula")
def one_too_far(answers: Tensor, w: Tensor, power: int) -> Tensor:
    """You take the value after the one at which the weight reaches 1/2. Take the first
    value whose cumulated weight is at least 1/2."""
    if power == 2:
        return w @ answers
    values, order = answers.sort(0)
    last = len(w) - 1
    place = ((w[order].cumsum(0) < 0.5).sum(0) + 1).clamp(max=last)
    return values.gather(0, place[None])[0]


@exercise.mistake(hint="idea")
def root_mean_square(answers: Tensor, w: Tensor, power: int) -> Tensor:
    """You take the root of the mean square of the answers. Squared *errors* are least
    at the mean, sum_m w_m y_m."""
    found = best_answer(answers, w, power)
    return (w @ answers.square()).sqrt() if power == 2 else found
