"""Exercise on the step of differentially private training."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.func import grad

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

Weights = dict[str, Tensor]
Loss = Callable[[Weights, Tensor, Tensor], Tensor]

exercise = Exercise(
    "17.private_gradient",
    order=70,
    title="A gradient that keeps a promise",
    difficulty=4,
    minutes=30,
    asks="step",
    idea="Bound what one example can do before you add anything up. So each"
    " example needs a gradient of its own.",
    formula="(17.13). The norm of an example's gradient is over all weights"
    " together; its factor is min(1, C / norm). Sum, add sigma C times the"
    " noise, divide by the expected number of examples.",
    line="Write `total = {name: sigma * C * noise[name] for name in weights}`,"
    " then `for a, b in zip(x, y):\n        g ="
    " torch.func.grad(loss)(weights, a, b)\n        norm ="
    " sum(v.square().sum() for v in g.values()).sqrt()\n        total ="
    " {name: total[name] + g[name] * (C / norm).clamp(max=1) for name in"
    " g}`, then `return {name: v / expected for name, v in total.items()}`.",
    variation="Do it with `torch.func.vmap` for the whole batch at once, and measure"
    " how much faster it is for 256 examples.",
)


@exercise.answer
def private_gradient(
    loss: Loss,
    weights: Weights,
    x: Tensor,
    y: Tensor,
    C: float,
    sigma: float,
    expected: float,
    noise: Weights,
) -> Weights:
    """The noisy mean of clipped gradients, by name, as DP-SGD uses it.

    loss(weights, x_i, y_i): the loss of one example. x: [B, ...], y: [B]; B is random
    and may be 0. C: the bound of an example's gradient, over all weights together.
    sigma: the noise multiplier. expected: the expected B. noise: standard normal
    numbers, shaped like the weights. Abadi et al. 2016, algorithm 1.
    """
    total = {name: sigma * C * noise[name] for name in weights}
    for one, label in zip(x, y, strict=True):
        g = grad(loss)(weights, one, label)
        norm = torch.stack([part.norm() for part in g.values()]).norm()
        shrink = (C / norm).clamp(max=1)
        total = {name: total[name] + shrink * g[name] for name in total}
    return {name: part / expected for name, part in total.items()}


def squared(weights: Weights, x: Tensor, y: Tensor) -> Tensor:
    """Squared error of a small network with two layers on one example."""
    hidden = torch.tanh(weights["first"] @ x)
    return (weights["second"] @ hidden + weights["bias"] - y).square().sum()


def linear(weights: Weights, x: Tensor, y: Tensor) -> Tensor:
    """Squared error of a line."""
    return (weights["w"] @ x - y).square()


Arguments = tuple[Loss, Weights, Tensor, Tensor, float, float, float, Weights]


def case(batch: int, C: float, sigma: float, expected: float) -> Arguments:
    """A small network; some gradients are longer than C and some are shorter."""
    shapes = {"first": (4, 3), "second": (2, 4), "bias": (2,)}
    weights = {k: torch.randn(s, dtype=torch.float64) for k, s in shapes.items()}
    noise = {k: torch.randn(s, dtype=torch.float64) for k, s in shapes.items()}
    x = torch.randn(batch, 3).double() * (0.1 + 2 * torch.rand(batch, 1).double())
    y = torch.randn(batch).double()
    return squared, weights, x, y, C, sigma, expected, noise


@exercise.inputs
def batches() -> list[Arguments]:
    return [
        case(6, 3.0, 0.7, 8.0),
        case(5, 0.5, 1.3, 4.0),
        case(0, 2.0, 1.0, 4.0),
        case(3, 1000.0, 0.1, 3.0),
    ]


@exercise.must_hold
def one_example_has_a_bound(f) -> str | None:
    """Without noise, one more example moves the sum by C at most."""
    loss, weights, x, y, *_ = case(5, 1.0, 1.0, 4.0)
    zero = {name: 0 * part for name, part in weights.items()}
    found = [f(loss, weights, x[:n], y[:n], 1.0, 1.0, 4.0, zero) for n in (4, 5)]
    change = [torch.as_tensor(found[1][k] - found[0][k]).double() for k in weights]
    norm = float(torch.stack([4.0 * part.norm() for part in change]).norm())
    if norm > 1.0001:
        return (
            "Without noise, one more example moves the sum of the gradients by C at"
            f" most. With C = 1 it moves yours by {norm:.2f}."
        )
    return None


@exercise.must_hold
def a_large_bound_changes_nothing(f) -> bool:
    """Without noise and with a very large C, the plain gradient comes out."""
    weights = {"w": torch.tensor([1.0, -2.0]).double()}
    x, y = torch.randn(4, 2).double(), torch.randn(4).double()
    zero = {"w": torch.zeros(2).double()}
    found = f(linear, weights, x, y, 1e6, 1.0, 4.0, zero)
    want = (2 * (x @ weights["w"] - y)[:, None] * x).mean(0)
    return same(torch.as_tensor(found["w"]).double(), want, 1e-3)


def _each(loss, weights, x, y):
    return [grad(loss)(weights, a, b) for a, b in zip(x, y, strict=True)]


def _norm(g):
    return torch.stack([part.norm() for part in g.values()]).norm()


def _shrunk(g, C):
    factor = (C / _norm(g)).clamp(max=1)
    return {name: factor * part for name, part in g.items()}


def _sum(weights, parts):
    total = {name: torch.zeros_like(w) for name, w in weights.items()}
    for part in parts:
        total = {name: total[name] + part[name] for name in total}
    return total


def _made(total, noise, scale, expected):
    return {name: (total[name] + scale * noise[name]) / expected for name in total}


@exercise.mistake(hint="idea")
def not_clipped(loss, weights, x, y, C, sigma, expected, noise):
    """You do not clip. A single example can then move the sum without limit, and no
    noise hides it."""
    total = _sum(weights, _each(loss, weights, x, y))
    return _made(total, noise, sigma * C, expected)


@exercise.mistake(hint="idea")
def the_sum_clipped(loss, weights, x, y, C, sigma, expected, noise):
    """You clip the sum of the gradients. One example can still turn it around: clip
    each example's gradient before adding."""
    total = _sum(weights, _each(loss, weights, x, y))
    norm = _norm(total).clamp(min=1e-12)
    total = {k: v * (C / norm).clamp(max=1) for k, v in total.items()}
    return _made(total, noise, sigma * C, expected)


@exercise.mistake(hint="idea")
def the_mean_clipped(loss, weights, x, y, C, sigma, expected, noise):
    """You clip the mean gradient of the batch, as in ordinary training. One example can
    still turn it around: clip each example's gradient before adding."""
    total = _sum(weights, _each(loss, weights, x, y))
    mean = {k: v / max(1, len(x)) for k, v in total.items()}
    norm = _norm(mean).clamp(min=1e-12)
    mean = {k: len(x) * v * (C / norm).clamp(max=1) for k, v in mean.items()}
    return _made(mean, noise, sigma * C, expected)


@exercise.mistake(hint="formula")
def each_weight_alone(loss, weights, x, y, C, sigma, expected, noise):
    """You clip each weight matrix by its own norm. With k of them an example's gradient
    can be the root of k times as long as C: take one norm over all."""
    parts = [
        {k: v * (C / v.norm()).clamp(max=1) for k, v in g.items()}
        for g in _each(loss, weights, x, y)
    ]
    return _made(_sum(weights, parts), noise, sigma * C, expected)


@exercise.mistake(hint="formula")
def entries_clipped(loss, weights, x, y, C, sigma, expected, noise):
    """You clip each entry to plus or minus C. The norm can then be much longer:
    multiply the whole gradient by min(1, C / norm)."""
    parts = [
        {k: v.clamp(-C, C) for k, v in g.items()} for g in _each(loss, weights, x, y)
    ]
    return _made(_sum(weights, parts), noise, sigma * C, expected)


@exercise.mistake(hint="formula")
def all_to_length_c(loss, weights, x, y, C, sigma, expected, noise):
    """You bring every gradient to length C. Shorter ones have to stay as they are: the
    factor is at most 1."""
    parts = [
        {k: C * v / _norm(g) for k, v in g.items()} for g in _each(loss, weights, x, y)
    ]
    return _made(_sum(weights, parts), noise, sigma * C, expected)


@exercise.mistake(hint="formula")
def divided_by_the_batch(loss, weights, x, y, C, sigma, expected, noise):
    """You divide by the number of examples that were drawn. It tells who was in: divide
    by the expected number, which is fixed."""
    parts = [_shrunk(g, C) for g in _each(loss, weights, x, y)]
    return _made(_sum(weights, parts), noise, sigma * C, max(1, len(x)))


@exercise.mistake(hint="formula")
def noise_without_c(loss, weights, x, y, C, sigma, expected, noise):
    """Your noise has the deviation sigma. The sum moves by C, so the noise has to be
    sigma times C."""
    parts = [_shrunk(g, C) for g in _each(loss, weights, x, y)]
    return _made(_sum(weights, parts), noise, sigma, expected)


@exercise.mistake(hint="formula")
def noise_after_dividing(loss, weights, x, y, C, sigma, expected, noise):
    """You add the noise after dividing by the number of examples. It belongs to the
    sum; here it drowns the gradient."""
    parts = [_shrunk(g, C) for g in _each(loss, weights, x, y)]
    return _made(_sum(weights, parts), noise, sigma * C * expected, expected)


@exercise.mistake(hint="idea")
def no_noise(loss, weights, x, y, C, sigma, expected, noise):
    """You clip and add no noise. A bound alone hides nobody: an example that is there
    still shifts the sum by a known amount."""
    parts = [_shrunk(g, C) for g in _each(loss, weights, x, y)]
    return _made(_sum(weights, parts), noise, 0.0, expected)


@exercise.mistake(hint="formula")
def noise_for_each_example(loss, weights, x, y, C, sigma, expected, noise):
    """You add the noise once for each example. It is added once to the sum: here a
    batch without examples gets none, and others get too much."""
    parts = [_shrunk(g, C) for g in _each(loss, weights, x, y)]
    return _made(_sum(weights, parts), noise, sigma * C * len(x), expected)


@exercise.mistake(hint="formula")
def not_divided(loss, weights, x, y, C, sigma, expected, noise):
    """You return the sum. Divide it by the expected number of examples."""
    parts = [_shrunk(g, C) for g in _each(loss, weights, x, y)]
    return _made(_sum(weights, parts), noise, sigma * C, 1.0)


@exercise.mistake(hint="formula")
def sigma_squared(loss, weights, x, y, C, sigma, expected, noise):
    """You scale the noise by sigma squared. It is a standard deviation: the factor is
    sigma times C."""
    parts = [_shrunk(g, C) for g in _each(loss, weights, x, y)]
    return _made(_sum(weights, parts), noise, sigma * sigma * C, expected)


@exercise.mistake(hint="idea")
def nothing_for_an_empty_batch(loss, weights, x, y, C, sigma, expected, noise):
    """You return zeros for a batch without examples. Then everybody sees that nobody
    was drawn: the noise is added all the same."""
    parts = [_shrunk(g, C) for g in _each(loss, weights, x, y)]
    total = _sum(weights, parts)
    return _made(total, noise, sigma * C if len(x) else 0.0, expected)


@exercise.mistake(hint="formula")
def square_of_the_norm(loss, weights, x, y, C, sigma, expected, noise):
    """You divide C by the square of the norm. The root of the sum of the squares is
    missing."""
    parts = [
        {k: v * (C / _norm(g).square()).clamp(max=1) for k, v in g.items()}
        for g in _each(loss, weights, x, y)
    ]
    return _made(_sum(weights, parts), noise, sigma * C, expected)


@exercise.mistake(hint="formula")
def norms_added(loss, weights, x, y, C, sigma, expected, noise):
    """You add the norms of the weight matrices. The norm over all of them is the root
    of the sum of their squares, which is smaller."""
    parts = []
    for g in _each(loss, weights, x, y):
        norm = torch.stack([part.norm() for part in g.values()]).sum()
        parts.append({k: v * (C / norm).clamp(max=1) for k, v in g.items()})
    return _made(_sum(weights, parts), noise, sigma * C, expected)
