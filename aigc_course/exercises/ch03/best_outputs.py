"""Exercise on the best output of a discriminator, found by trying."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import relu, softplus

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

Cost = Callable[[Tensor], Tensor]


exercise = Exercise(
    "03.best_outputs",
    order=60,
    title="The best discriminator, by trying everything",
    difficulty=3,
    minutes=12,
    asks="method",
    idea="D may answer at each x as it likes, so each x is a problem of its own: try"
    " all candidates there and keep the one with the lowest cost.",
    formula="cost(x, a) = p(x) cost_real(a) + q(x) cost_fake(a), a table [n, m]; take"
    " the candidate with the smallest entry of each row.",
    line="Write `table = p[:, None] * cost_real(candidates) + q[:, None] *"
    " cost_fake(candidates)`, then `return candidates[table.argmin(dim=1)]`.",
    variation="Invent a loss of your own, find its best output as a curve over p / q,"
    " and try to guess the formula.",
)


@exercise.answer
def best_outputs(
    p: Tensor, q: Tensor, cost_real: Cost, cost_fake: Cost, candidates: Tensor
) -> Tensor:
    """The candidate a that minimises p cost_real(a) + q cost_fake(a), at each place.

    p, q: densities [n]. cost_real, cost_fake: what an output costs D on a real and on a
    fake sample, elementwise. candidates: outputs to try, [m]. Returns [n].
    """
    # [n, 1] * [m] = [n, m]: one row for each place, one column for each candidate
    table = p[:, None] * cost_real(candidates) + q[:, None] * cost_fake(candidates)
    return candidates[table.argmin(dim=1)]


def on_real(a: Tensor) -> Tensor:
    return softplus(-a)


def hinge_real(a: Tensor) -> Tensor:
    return relu(1 - a)


def hinge_fake(a: Tensor) -> Tensor:
    return relu(1 + a)


def square_real(a: Tensor) -> Tensor:
    return (a - 1) ** 2 / 2


def square_fake(a: Tensor) -> Tensor:
    return a**2 / 2


@exercise.inputs
def games() -> list[tuple[Tensor, Tensor, Cost, Cost, Tensor]]:
    p, q = torch.tensor([0.4, 0.1, 0.02, 0.3]), torch.tensor([0.1, 0.25, 0.3, 0.07])
    tried = torch.linspace(-4, 4, 161)
    pairs = ((on_real, softplus), (square_real, square_fake), (hinge_real, hinge_fake))
    return [(p, q, real, fake, tried) for real, fake in pairs]


@exercise.must_hold
def log_ratio(f) -> bool:
    """For the cross-entropy the best output is log p - log q, within the step of the
    candidates."""
    p, q = torch.tensor([0.4, 0.1, 0.2]), torch.tensor([0.1, 0.3, 0.2])
    tried = torch.linspace(-3, 3, 3001)
    got = f(p, q, on_real, softplus, tried)
    return bool(((got - torch.log(p / q)).abs() < 0.004).all())


@exercise.must_hold
def only_the_ratio(f) -> bool:
    """Only the ratio of p to q matters."""
    p, q = torch.tensor([0.4, 0.1, 0.2]), torch.tensor([0.1, 0.3, 0.15])
    tried = torch.linspace(-2, 2, 81)
    rest = (square_real, square_fake, tried)
    return same(f(p, q, *rest), f(8 * p, 8 * q, *rest))


@exercise.must_hold
def among_the_candidates(f) -> bool:
    """What is returned is one of the candidates, whatever they are."""
    p, q = torch.tensor([0.3, 0.1]), torch.tensor([0.1, 0.3])
    got = f(p, q, on_real, softplus, torch.tensor([0.5, -0.25]))
    return same(got, torch.tensor([0.5, -0.25]))


@exercise.mistake(hint="idea")
def one_for_all(
    p: Tensor, q: Tensor, cost_real: Cost, cost_fake: Cost, candidates: Tensor
) -> Tensor:
    """You add up the costs of all places before you choose, and get one output for all
    of them: a D that ignores its input. Choose at each place."""
    total = p.sum() * cost_real(candidates) + q.sum() * cost_fake(candidates)
    return candidates[total.argmin()].expand(len(p))


@exercise.mistake(hint="formula")
def unweighted(
    p: Tensor, q: Tensor, cost_real: Cost, cost_fake: Cost, candidates: Tensor
) -> Tensor:
    """Your costs do not depend on the densities, so real and fake count alike
    everywhere. A place that real samples visit often weighs their cost with p(x)."""
    return best_outputs(
        torch.ones_like(p), torch.ones_like(q), cost_real, cost_fake, candidates
    )


@exercise.mistake(hint="formula")
def exchanged(
    p: Tensor, q: Tensor, cost_real: Cost, cost_fake: Cost, candidates: Tensor
) -> Tensor:
    """p weighs the cost of fakes and q that of real samples: your D calls real what the
    generator makes. Exchange them."""
    return best_outputs(q, p, cost_real, cost_fake, candidates)


@exercise.mistake(hint="formula")
def the_worst(
    p: Tensor, q: Tensor, cost_real: Cost, cost_fake: Cost, candidates: Tensor
) -> Tensor:
    """You take the largest cost. D minimises its loss."""
    table = p[:, None] * cost_real(candidates) + q[:, None] * cost_fake(candidates)
    return candidates[table.argmax(dim=1)]


@exercise.mistake(hint="line")
def place_in_the_list(
    p: Tensor, q: Tensor, cost_real: Cost, cost_fake: Cost, candidates: Tensor
) -> Tensor:
    """`argmin` gives the place in the list, a whole number. Take the candidate that
    stands there: `candidates[...]`."""
    table = p[:, None] * cost_real(candidates) + q[:, None] * cost_fake(candidates)
    return table.argmin(dim=1)


@exercise.mistake(hint="line")
def the_cost_itself(
    p: Tensor, q: Tensor, cost_real: Cost, cost_fake: Cost, candidates: Tensor
) -> Tensor:
    """You return the lowest cost. Asked for is the output that reaches it: `argmin`
    instead of `min`, then look it up in the candidates."""
    table = p[:, None] * cost_real(candidates) + q[:, None] * cost_fake(candidates)
    return table.min(dim=1).values


@exercise.mistake(hint="formula")
def reals_alone(
    p: Tensor, q: Tensor, cost_real: Cost, cost_fake: Cost, candidates: Tensor
) -> Tensor:
    """Only the real samples cost something, so the best D calls everything real. Add
    the half of the fakes."""
    return best_outputs(p, torch.zeros_like(q), cost_real, cost_fake, candidates)


@exercise.mistake(hint="idea")
def blended(
    p: Tensor, q: Tensor, cost_real: Cost, cost_fake: Cost, candidates: Tensor
) -> Tensor:
    """You blend all candidates by a softmax of their costs, which lies between them and
    depends on how many you try. The best output is a single candidate: `argmin`."""
    table = p[:, None] * cost_real(candidates) + q[:, None] * cost_fake(candidates)
    return torch.softmax(-table, dim=1) @ candidates


@exercise.mistake(hint="formula")
def subtracted(
    p: Tensor, q: Tensor, cost_real: Cost, cost_fake: Cost, candidates: Tensor
) -> Tensor:
    """You subtract the cost of the fakes, so D gains by being wrong on them. D's cost
    counts errors on both kinds: add the two terms."""
    table = p[:, None] * cost_real(candidates) - q[:, None] * cost_fake(candidates)
    return candidates[table.argmin(dim=1)]
