"""Exercise on the best denoiser of a finite data set."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "13.optimal_denoiser",
    order=90,
    title="The perfect denoiser",
    difficulty=3,
    minutes=15,
    asks="method",
    idea="Every data point may have been the end of the path through x. Weight each"
    " with the probability of that, given x, and take the weighted mean of the data.",
    formula="Given x1 = x_i, the point x_t is N(t x_i, (1 - t)^2 I). All x_i are"
    " equally likely before. So w_i = softmax over i of -|x - t x_i|^2 / (2 (1 -"
    " t)^2).",
    line="Write `squares = torch.cdist(x, t * data)**2`, then `return"
    " (-squares / (2 * (1 - t)**2)).softmax(dim=1) @ data`.",
    variation="Give each data point a weight and put their logarithms into the softmax."
    " See how large a weight must be to change the image that a start leads to.",
)


@exercise.answer
def optimal_denoiser(x: Tensor, t: float, data: Tensor) -> Tensor:
    """E[x1 | x_t = x] when x1 is one of the data points, each equally likely: [N, d].

    x: [N, d]. t: a number, 0 <= t < 1. data: [M, d]. x_t = (1 - t) x0 + t x1 with noise
    x0 from N(0, I). Many coordinates make distances large; the result stays finite.
    """
    squares = (x[:, None] - t * data[None]).square().sum(dim=2)  # [N, M]
    weights = (-squares / (2 * (1 - t) ** 2)).softmax(dim=1)
    return weights @ data


@exercise.inputs
def sets() -> list[tuple[Tensor, float, Tensor]]:
    wide = torch.randn(6, 300)  # exp(-|x - t x_i|^2 / (2 (1 - t)^2)) is 0 for all
    return [
        (torch.randn(5, 2), 0.4, torch.randn(7, 2)),
        (torch.randn(3, 3), 0.7, 2 * torch.randn(3, 3)),
        (0.9 * wide[:4] + 0.1 * torch.randn(4, 300), 0.9, wide),
    ]


@exercise.must_hold
def mean_at_the_start(f) -> bool:
    """At t = 0 the noise says nothing: the answer is the mean of the data."""
    data = torch.randn(6, 2)
    return same(f(torch.randn(4, 2), 0.0, data), data.mean(0).expand(4, 2))


@exercise.must_hold
def a_single_point(f) -> bool:
    """With one data point the answer is that point, wherever x is."""
    data = torch.randn(1, 3)
    return same(f(30 * torch.randn(4, 3), 0.95, data), data.expand(4, 3))


@exercise.must_hold
def near_the_end_it_copies(f) -> bool:
    """Close to t = 1 the answer is the data point that the path ends in."""
    data = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    return same(f(0.99 * data + 0.01 * torch.randn(3, 2), 0.99, data), data)


def _squares(x, t, data):
    return (x[:, None] - t * data[None]).square().sum(2)


@exercise.mistake(hint="line")
def underflows(x, t, data):
    """Right on paper. But with many coordinates every exp(-...) is 0 in float32, and
    0 / 0 is not a number: take the softmax of the exponents, which subtracts the
    largest."""
    w = torch.exp(-_squares(x, t, data) / (2 * (1 - t) ** 2))
    return w @ data / w.sum(1, keepdim=True)


@exercise.mistake(hint="line")
def underflow_hidden(x, t, data):
    """You add a small number to the sum of the weights. Where all weights are 0 in
    float32 your answer is then 0 and not a mean of the data: use a softmax."""
    w = torch.exp(-_squares(x, t, data) / (2 * (1 - t) ** 2))
    return w @ data / (w.sum(1, keepdim=True) + 1e-8)


@exercise.mistake(hint="formula")
def distance_to_the_data(x, t, data):
    """You measure the distance to x_i. At time t the paths that end in x_i are centred
    at t x_i."""
    return (-_squares(x, 1.0, data) / (2 * (1 - t) ** 2)).softmax(1) @ data


@exercise.mistake(hint="formula")
def deviation_not_squared(x, t, data):
    """You divide by 2 (1 - t). The deviation is 1 - t, so the variance in the exponent
    is its square."""
    return (-_squares(x, t, data) / (2 * (1 - t))).softmax(1) @ data


@exercise.mistake(hint="formula")
def without_the_two(x, t, data):
    """Your exponent lacks the 2: a normal density has the squared distance over twice
    the variance."""
    return (-_squares(x, t, data) / (1 - t) ** 2).softmax(1) @ data


@exercise.mistake(hint="formula")
def unit_noise(x, t, data):
    """Your noise has the deviation 1 at every time. In x_t it is 1 - t, so the choice
    becomes sharp near t = 1."""
    return (-_squares(x, t, data) / 2).softmax(1) @ data


@exercise.mistake(hint="line")
def over_the_questions(x, t, data):
    """Your weights sum to 1 over the rows x. Each row shares out one whole among the
    data: take the softmax over the data."""
    return (-_squares(x, t, data) / (2 * (1 - t) ** 2)).softmax(0) @ data


@exercise.mistake(hint="idea")
def nearest_alone(x, t, data):
    """You return the nearest data point alone. Before the end of the path several are
    possible: return their mean, weighted with their probabilities."""
    return data[_squares(x, t, data).argmin(1)]


@exercise.mistake(hint="formula")
def distances_not_squared(x, t, data):
    """You put the distance into the exponent, not its square. The density of a normal
    has the square."""
    return (-_squares(x, t, data).sqrt() / (2 * (1 - t) ** 2)).softmax(1) @ data


@exercise.mistake(hint="formula")
def mean_over_coordinates(x, t, data):
    """You average the squares over the coordinates. The density of independent
    coordinates is a product, so their squares add."""
    squares = _squares(x, t, data) / x.shape[1]
    return (-squares / (2 * (1 - t) ** 2)).softmax(1) @ data


@exercise.mistake(hint="idea")
def shrunk_data(x, t, data):
    """You return a mean of the t x_i. Those are the centres at time t; asked is the
    mean of the data x_i."""
    return (-_squares(x, t, data) / (2 * (1 - t) ** 2)).softmax(1) @ (t * data)


@exercise.mistake(hint="idea")
def velocity_returned(x, t, data):
    """You return the velocity, (E[x1 | x] - x) / (1 - t). The denoiser returns
    E[x1 | x] itself."""
    found = (-_squares(x, t, data) / (2 * (1 - t) ** 2)).softmax(1) @ data
    return (found - x) / (1 - t)


@exercise.mistake(hint="formula")
def far_ones_first(x, t, data):
    """Far points have the largest weights: the sign of the exponent is wrong. A large
    distance must give a small weight."""
    return (_squares(x, t, data) / (2 * (1 - t) ** 2)).softmax(1) @ data
