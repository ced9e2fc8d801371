"""Exercise on attention as a weighted mean."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "11.kernel_average",
    order=10,
    title="A mean of what is near",
    difficulty=2,
    minutes=8,
    asks="formula",
    idea="Every known point has a say in the answer, and the near ones have more: a"
    " softmax of minus the squared distances gives weights with sum 1.",
    formula="a_ij = softmax over j of -(x_i - k_j)^2 / (2 h^2), answer_i = sum_j a_ij"
    " y_j.",
    line="Write `scores = -((x[:, None] - known) ** 2) / (2 * width**2)`, then"
    " `return scores.softmax(dim=1) @ values`.",
    variation="Make the width very small and very large: the answer becomes the nearest"
    " value, and the mean of all.",
)


@exercise.answer
def kernel_average(x: Tensor, known: Tensor, values: Tensor, width: float) -> Tensor:
    """The mean of the values, weighted by nearness: [N] (Nadaraya, Watson 1964).

    x: [N], where to answer. known, values: [M]. width: of the normal kernel, above 0.
    """
    scores = -((x[:, None] - known[None, :]) ** 2) / (2 * width**2)  # [N, M]
    return scores.softmax(dim=1) @ values


@exercise.inputs
def points() -> list[tuple[Tensor, Tensor, Tensor, float]]:
    return [
        (torch.randn(5), torch.randn(7), torch.randn(7), 0.6),
        (torch.randn(3), torch.randn(3), torch.randn(3) + 4, 1.7),
        (torch.tensor([100.0, 0.3]), torch.tensor([0.0, 1.0]), torch.randn(2), 1.0),
    ]


@exercise.must_hold
def alike(f) -> bool:
    """Where all values are the same, every answer is that value."""
    return same(
        f(torch.randn(4), torch.randn(6), torch.full((6,), 3.0), 0.8),
        torch.full((4,), 3.0),
    )


@exercise.must_hold
def narrow(f) -> bool:
    """With a very narrow kernel the answer is the value of the nearest known point."""
    known, values = torch.tensor([0.0, 1.0, 2.0]), torch.tensor([5.0, -1.0, 7.0])
    return same(f(torch.tensor([0.1, 1.9]), known, values, 0.05), values[[0, 2]])


@exercise.must_hold
def far_away(f) -> bool:
    """Far from all known points the answer is still a weighted mean, here with nearly
    all of the weight on the nearest point."""
    known, values = torch.tensor([0.0, 1.0]), torch.tensor([2.0, 4.0])
    found = f(torch.tensor([100.0]), known, values, 1.0)
    return same(found, torch.tensor([4.0]))


@exercise.mistake(hint="formula")
def over_the_questions(
    x: Tensor, known: Tensor, values: Tensor, width: float
) -> Tensor:
    """Your weights sum to 1 over the questions x. Each question shares out one whole
    among the known points: take the softmax over them, dim=1."""
    scores = -((x[:, None] - known[None, :]) ** 2) / (2 * width**2)
    return scores.softmax(dim=0) @ values


@exercise.mistake(hint="formula")
def not_divided(x: Tensor, known: Tensor, values: Tensor, width: float) -> Tensor:
    """Your weights do not sum to 1, so the answer shrinks where few points are near.
    Divide by the sum of the weights of each question."""
    return torch.exp(-((x[:, None] - known) ** 2) / (2 * width**2)) @ values


@exercise.mistake(hint="formula")
def distance_itself(x: Tensor, known: Tensor, values: Tensor, width: float) -> Tensor:
    """You use the distance, not its square: that is another kernel, with a peak. The
    normal kernel has the squared distance in its exponent."""
    return (-(x[:, None] - known).abs() / width).softmax(dim=1) @ values


@exercise.mistake(hint="formula")
def without_the_two(x: Tensor, known: Tensor, values: Tensor, width: float) -> Tensor:
    """Your kernel is narrower than a normal density of this width: its exponent is the
    squared distance over 2 h^2, and you have left out the 2."""
    return (-((x[:, None] - known) ** 2) / width**2).softmax(dim=1) @ values


@exercise.mistake(hint="idea")
def far_ones_first(x: Tensor, known: Tensor, values: Tensor, width: float) -> Tensor:
    """Far points weigh most in your answer: the sign of the scores is wrong. A large
    distance must give a small weight."""
    return ((x[:, None] - known) ** 2 / (2 * width**2)).softmax(dim=1) @ values


@exercise.mistake(hint="idea")
def nearest_alone(x: Tensor, known: Tensor, values: Tensor, width: float) -> Tensor:
    """You take the nearest point alone and ignore the width. All points have a weight,
    and the width says how fast it falls with the distance."""
    return values[(x[:, None] - known).abs().argmin(dim=1)]


def _squares(x: Tensor, known: Tensor) -> Tensor:
    return (x[:, None] - known[None, :]) ** 2


@exercise.mistake(hint="idea")
def nought_by_nought(x: Tensor, known: Tensor, values: Tensor, width: float) -> Tensor:
    """Far from all known points every exponential is 0 in floats, and you divide 0 by
    0. A softmax takes the largest score off before it takes exponentials."""
    kernel = torch.exp(-_squares(x, known) / (2 * width**2))
    return kernel @ values / kernel.sum(dim=1)


@exercise.mistake(hint="idea")
def held_up_by_an_epsilon(
    x: Tensor, known: Tensor, values: Tensor, width: float
) -> Tensor:
    """A small number below the line hides 0/0: far from all known points you answer 0.
    The weights still have to sum to 1 there, as those of a softmax do."""
    kernel = torch.exp(-_squares(x, known) / (2 * width**2))
    return kernel @ values / (kernel.sum(dim=1) + 1e-8)


@exercise.mistake(hint="formula")
def without_parentheses(
    x: Tensor, known: Tensor, values: Tensor, width: float
) -> Tensor:
    """`/ 2 * width**2` divides by 2 and then multiplies by the square of the width.
    Put parentheses around what stands below the line."""
    return (-_squares(x, known) / 2 * width**2).softmax(dim=1) @ values


@exercise.mistake(hint="formula")
def width_itself(x: Tensor, known: Tensor, values: Tensor, width: float) -> Tensor:
    """You divide by 2 h. The width is a standard deviation: its square belongs below
    the line, 2 h^2."""
    return (-_squares(x, known) / (2 * width)).softmax(dim=1) @ values


@exercise.mistake(hint="idea")
def averaged_once_more(
    x: Tensor, known: Tensor, values: Tensor, width: float
) -> Tensor:
    """Your weights sum to 1 already, and then you divide by the number of points as
    well. Take the sum of weight times value, not its mean."""
    weight = (-_squares(x, known) / (2 * width**2)).softmax(dim=1)
    return (weight * values).mean(dim=1)


@exercise.mistake(hint="formula")
def densities_added(x: Tensor, known: Tensor, values: Tensor, width: float) -> Tensor:
    """You weigh by normal densities, which sum to 1 over x and not over the known
    points. Divide by the sum of the weights of each question."""
    density = torch.distributions.Normal(known, width).log_prob(x[:, None]).exp()
    return density @ values
