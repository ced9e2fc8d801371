"""Exercise on the generator's cost that turns a GAN into maximum likelihood."""

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, softplus

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

Pair = tuple[Tensor, Tensor]

exercise = Exercise(
    "03.kl_costs",
    order=35,
    title="Maximum likelihood without a likelihood",
    difficulty=4,
    minutes=15,
    asks="derive",
    idea="D is frozen, so of E_q[c(a*)] only the density q moves: the gradient is the"
    " integral of c(a*) times grad q. Bring the gradient of each KL into this form, and"
    " read off what stands before grad q.",
    formula="The gradient of KL(p || q) is minus the integral of (p / q) grad q, and"
    " that of KL(q || p) is the integral of log(q / p) grad q. With a* = log(p / q)"
    " these factors are e^a and -a.",
    line="Write `return -torch.exp(a), -a`.",
    variation="Find the cost that gives the gradient of the Pearson divergence, the"
    " integral of (p - q)^2 / q.",
)


@exercise.answer
def kl_costs(a: Tensor) -> Pair:
    """What one fake with logit a costs G, so that G follows KL(p || q) and KL(q || p).

    a: logits [n] of a perfect D, a* = log p/q, which is frozen. Each cost c gives
    grad E_q[c(a*)] = grad KL; a constant added to it changes nothing.
    """
    # grad KL(p || q) = -int p grad log q = int (-p/q) grad q
    # grad KL(q || p) = int (log q/p + 1) grad q, and the 1 gives grad int q = 0
    return -torch.exp(a), -a


@exercise.observe
def up_to_a_constant(f) -> dict[str, object]:
    a = torch.tensor([-4.0, -2.0, -0.5, 0.5, 1.5, 3.0])
    costs, zeros = f(a), f(torch.zeros(6))
    assert isinstance(costs, tuple | list) and len(costs) == 2, (
        "Two costs are expected, that of KL(p || q) and that of KL(q || p)."
    )
    names = ("KL(p || q)", "KL(q || p)")
    return {
        f"c(a) - c(0) for {name}": torch.as_tensor(c) - torch.as_tensor(at_0)
        for name, c, at_0 in zip(names, costs, zeros, strict=True)
    }


def _moved(f, which: int, shift: float) -> float:
    """E_q[c(a*)] with D frozen at q = N(0.5, 1) and q moved by `shift`, p = N(0, 1)."""
    x = torch.linspace(-7, 8, 3001).double()
    a = ((x - 0.5) ** 2 - x**2) / 2
    q = torch.exp(-((x - 0.5 - shift) ** 2) / 2)
    cost = torch.as_tensor(f(a)[which]).double()
    return float((q / q.sum() * cost).sum())


def _slope(f, which: int) -> float:
    return (_moved(f, which, 1e-3) - _moved(f, which, -1e-3)) / 2e-3


@exercise.must_hold
def first_gradient(f) -> bool:
    """With the first cost, moving q changes E_q[c(a*)] as fast as it changes KL(p ||
    q): 0.5 for each unit, for two normal densities of spread 1 with means 0.5 apart."""
    return same(_slope(f, 0), 0.5, tolerance=1e-3)


@exercise.must_hold
def second_gradient(f) -> bool:
    """With the second cost, moving q changes E_q[c(a*)] as fast as it changes KL(q ||
    p): 0.5 for each unit, for two normal densities of spread 1 with means 0.5 apart."""
    return same(_slope(f, 1), 0.5, tolerance=1e-3)


@exercise.must_hold
def both_fall(f) -> bool:
    """Both costs fall as D believes more: G wants its fakes to look real."""
    first, second = (torch.as_tensor(c) for c in f(torch.linspace(-3, 3, 9)))
    return bool((first.diff() < 0).all() and (second.diff() < 0).all())


@exercise.mistake(hint="idea")
def exchanged(a: Tensor) -> Pair:
    """The two are exchanged. KL(p || q), maximum likelihood, comes first; its cost
    contains the ratio p / q itself, since its mean is taken under the data."""
    return -a, -torch.exp(a)


@exercise.mistake(hint="idea")
def signs_lost(a: Tensor) -> Pair:
    """Both signs are turned round: G would go up in the divergence and lead its fakes
    away from the data. The costs have to fall as D believes more."""
    return torch.exp(a), a


@exercise.mistake(hint="idea")
def value_for_gradient(a: Tensor) -> Pair:
    """E_q[(p/q) log(p/q)] has the value of KL(p || q), but not its gradient, because
    the q inside the ratio is frozen in D. Take the gradient of KL first, and read off
    what stands before the gradient of q."""
    return a * torch.exp(a), -a


@exercise.mistake(hint="formula")
def twice_the_logit(a: Tensor) -> Pair:
    """Your first cost is the logit as well, which gives KL(q || p) again. KL(p || q) is
    a mean under p; as a mean under q it gets the factor p / q = e^a."""
    return -a, -a


@exercise.mistake(hint="formula")
def ratio_upside_down(a: Tensor) -> Pair:
    """Your first cost contains q / p = e^(-a). The gradient of log q brings 1 / q, so
    the ratio is p / q, with a minus before it."""
    return torch.exp(-a), -a


@exercise.mistake(hint="formula")
def belief_for_odds(a: Tensor) -> Pair:
    """Your first cost uses D's belief, p / (p + q). The ratio p / q is the odds, D / (1
    - D) = e^a."""
    return -torch.sigmoid(a), -a


@exercise.mistake(hint="idea")
def the_minimax_loss(a: Tensor) -> Pair:
    """Your first cost is the minimax loss, log(1 - D). By (3.12) it follows twice the
    Jensen-Shannon divergence, and not a KL."""
    return -softplus(a), -a


@exercise.mistake(hint="idea")
def the_non_saturating_loss(a: Tensor) -> Pair:
    """Your second cost is the non-saturating loss, -log D. By (3.13) it follows KL(q ||
    p) - 2 JS; leave the JS out."""
    return -torch.exp(a), -logsigmoid(a)


@exercise.mistake(hint="formula")
def ratio_without_sign(a: Tensor) -> Pair:
    """Your first cost rises with the belief, so G would lower it by looking less real.
    The gradient of KL(p || q) is MINUS the mean of grad log q under p."""
    return torch.exp(a), -a


@exercise.mistake(hint="formula")
def second_sign_lost(a: Tensor) -> Pair:
    """Your second cost is log p/q, so G would go up in KL(q || p). Before grad q stands
    log q/p = -a."""
    return -torch.exp(a), a


@exercise.mistake(hint="formula")
def second_ratio(a: Tensor) -> Pair:
    """Your second cost is an exponential as well. KL(q || p) is a mean under q already,
    so no ratio appears in front: what stands before grad q is log q/p = -a."""
    return -torch.exp(a), -torch.exp(-a)
