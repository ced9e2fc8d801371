"""Exercise on a generator that looks ahead."""

import math

import torch
from torch.nn.functional import softplus

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "06.unrolled_slope",
    order=140,
    title="What will D answer to that?",
    difficulty=4,
    minutes=15,
    idea="Let D take its k steps inside the graph, so that autograd knows how each of"
    " them depends on theta. Then judge theta by the D at the end, and"
    " differentiate all of it at once.",
    formula="psi_{j+1} = psi_j - lr theta sigmoid(psi_j theta), k times; the answer is"
    " the slope in theta of softplus(-psi_k theta), with psi_k a function of theta.",
    line="Write `fake = torch.tensor(theta, dtype=torch.float64,"
    " requires_grad=True)`, `for _ in range(k): psi = psi - lr * fake *"
    " torch.sigmoid(psi * fake)`, `loss = nn.functional.softplus(-psi * fake)`"
    " and `return torch.autograd.grad(loss, fake)[0].item()`.",
    variation="Play 500 rounds of the Dirac-GAN with this slope for k = 0, 1, 5 and"
    " plot the distance from the goal.",
    asks="method",
)


@exercise.answer
def unrolled_slope(theta: float, psi: float, lr: float, k: int) -> float:
    """Slope in theta of G's loss as D will judge it after k steps.

    The Dirac-GAN: D's logit is psi x, the data lie at 0, the fake at theta. (Metz et
    al. 2017, equations 2 to 5: the gradient goes through D's steps.)
    """
    fake = torch.tensor(theta, dtype=torch.float64, requires_grad=True)
    slope = torch.tensor(psi, dtype=torch.float64)
    for _ in range(k):  # D descends log 2 + softplus(psi theta)
        slope = slope - lr * fake * torch.sigmoid(slope * fake)
    (answer,) = torch.autograd.grad(softplus(-slope * fake), fake)
    return float(answer)


@exercise.inputs
def places() -> list[tuple[float, float, float, int]]:
    return [
        (1.0, 0.5, 0.3, 3),
        (-0.7, 1.2, 0.5, 5),
        (0.4, -0.9, 0.2, 1),
        (0.8, 0.6, 0.4, 0),
    ]


@exercise.must_hold
def plain_without_steps(f) -> bool:
    """With k = 0 it is the slope of the plain game, -psi sigmoid(-psi theta)."""
    want = -0.6 / (1 + math.exp(0.6 * 0.8))
    return same(f(0.8, 0.6, 0.4, 0), want)


@exercise.must_hold
def still_d_changes_nothing(f) -> bool:
    """A D that does not move (rate 0) makes looking ahead the same as not looking."""
    return same(f(0.8, 0.6, 0.0, 7), f(0.8, 0.6, 0.0, 0))


@exercise.must_hold
def pulls_home(f) -> bool:
    """With a blind D (psi = 0) the plain slope is 0; looking ahead, G is already pulled
    towards the data, from either side."""
    return f(0.5, 0.0, 0.5, 3) > 0 > f(-0.5, 0.0, 0.5, 3)


@exercise.mistake(hint="idea")
def d_as_a_constant(theta: float, psi: float, lr: float, k: int) -> float:
    """You take D after its k steps for a fixed number: that is a D with more steps, not
    unrolling. What is new is the gradient through the steps, since G's choice of theta
    changes where D goes."""
    for _ in range(k):
        psi -= lr * theta / (1 + math.exp(-psi * theta))
    return -psi / (1 + math.exp(psi * theta))


@exercise.mistake(hint="idea")
def not_ahead(theta: float, psi: float, lr: float, k: int) -> float:
    """D never moves in your answer: it is the slope of the plain game. Let D take its k
    steps first."""
    return -psi / (1 + math.exp(psi * theta))


@exercise.mistake(hint="formula")
def d_climbs(theta: float, psi: float, lr: float, k: int) -> float:
    """D goes up its loss in your steps. It goes down: psi - lr theta
    sigmoid(psi theta)."""
    return unrolled_slope(theta, psi, -lr, k)


@exercise.mistake(hint="line")
def downhill(theta: float, psi: float, lr: float, k: int) -> float:
    """Your sign is wrong: you return minus the slope. Return the derivative itself."""
    return -unrolled_slope(theta, psi, lr, k)


@exercise.mistake(hint="formula")
def against_the_old_d(theta: float, psi: float, lr: float, k: int) -> float:
    """D's steps are taken as if the fake stood at 1, so they do not depend on theta.
    Each step has theta in it: D answers to where the fake is."""
    for _ in range(k):
        psi -= lr / (1 + math.exp(-psi))
    return -psi / (1 + math.exp(psi * theta))


@exercise.mistake(hint="line")
def one_step_more(theta: float, psi: float, lr: float, k: int) -> float:
    """You take one step of D too many; with k = 0 there should be none."""
    return unrolled_slope(theta, psi, lr, k + 1)


@exercise.mistake(hint="formula")
def minimax_loss(theta: float, psi: float, lr: float, k: int) -> float:
    """You differentiate log(1 - D), the loss of the minimax game. The exercise is about
    the non-saturating game: softplus(-psi theta), which is -log D."""
    fake = torch.tensor(theta, dtype=torch.float64, requires_grad=True)
    slope = torch.tensor(psi, dtype=torch.float64)
    for _ in range(k):
        slope = slope - lr * fake * torch.sigmoid(slope * fake)
    return float(torch.autograd.grad(-softplus(slope * fake), fake)[0])


@exercise.mistake(hint="formula")
def sigmoid_of_the_slope(theta: float, psi: float, lr: float, k: int) -> float:
    """Your steps of D take the sigmoid of psi alone. D's logit of the fake is
    psi theta, so the step is psi - lr theta sigmoid(psi theta)."""
    fake = torch.tensor(theta, dtype=torch.float64, requires_grad=True)
    slope = torch.tensor(psi, dtype=torch.float64)
    for _ in range(k):
        slope = slope - lr * fake * torch.sigmoid(slope)
    return float(torch.autograd.grad(softplus(-slope * fake), fake)[0])


@exercise.mistake(hint="formula")
def inner_factor_forgotten(theta: float, psi: float, lr: float, k: int) -> float:
    """Your steps of D lack the factor theta, which the chain rule gives: the slope of
    softplus(psi theta) in psi is theta sigmoid(psi theta)."""
    fake = torch.tensor(theta, dtype=torch.float64, requires_grad=True)
    slope = torch.tensor(psi, dtype=torch.float64)
    for _ in range(k):
        slope = slope - lr * torch.sigmoid(slope * fake)
    return float(torch.autograd.grad(softplus(-slope * fake), fake)[0])


@exercise.mistake(hint="idea")
def in_psi(theta: float, psi: float, lr: float, k: int) -> float:
    """You differentiate in psi, which belongs to D. G moves theta: take the slope in
    theta."""
    start = torch.tensor(psi, dtype=torch.float64, requires_grad=True)
    slope = start
    for _ in range(k):
        slope = slope - lr * theta * torch.sigmoid(slope * theta)
    return float(torch.autograd.grad(softplus(-slope * theta), start)[0])
