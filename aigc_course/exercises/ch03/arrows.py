"""Exercise on the way that each fake is told to go."""

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.small_gan import ModeShows, Net, gradients, trainable

exercise = Exercise(
    "03.arrows",
    order=30,
    title="Arrows on the fakes",
    difficulty=3,
    minutes=12,
    asks="method",
    idea="The loss of a fake is a function of its place. Make the places a leaf of a"
    " new graph, let D judge them, and ask autograd for the slope in the places.",
    formula="arrow_i = -d/dx_i softplus(-D(x_i)): downhill in the loss, one for each"
    " fake. Summing the losses first changes nothing, since x_i stands in one term.",
    line="Write `x = fake.detach().requires_grad_()`, then"
    " `return -torch.autograd.grad(softplus(-D(x)).sum(), x)[0]`.",
    variation="Divide the arrows by the slope of D alone, and see what is left: one"
    " weight for each fake, the slope of the loss in the logit.",
)


@exercise.answer
def arrows(D: nn.Module, fake: Tensor) -> Tensor:
    """The way each fake would move to lower the non-saturating loss, [N, d].

    arrow_i = -d/dx_i softplus(-D(x_i)). fake: [N, d]. D's weights and their gradients
    stay as they are.
    """
    softplus = nn.functional.softplus
    x = fake.detach().requires_grad_()
    loss = softplus(-D(x)).sum()  # a sum: each arrow belongs to its own fake
    return -torch.autograd.grad(loss, x)[0]


def judge_of_points(shift: float = 0.0) -> nn.Module:
    """D on points [N, 2], with logits [N, 1] of some size and gradients left in it."""
    D = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), ModeShows(), nn.Linear(8, 1))
    with torch.no_grad():
        for weight in D.parameters():
            weight.mul_(3)
        list(D.parameters())[-1].add_(shift)
    D(torch.randn(4, 2)).sum().backward()  # as a step of D leaves it
    return D


@exercise.observe
def on_some_points(f) -> dict[str, object]:
    D, few, many = judge_of_points(), torch.randn(3, 2), torch.randn(8, 2)
    found: dict[str, object] = {
        "the arrows of 3 fakes": f(D, few).detach(),
        "the arrows of 8 fakes": f(D, many).detach(),
        "the gradients in D": gradients(D),
        "whether D is in training mode afterwards": all(
            m.training for m in D.modules()
        ),
        "whether D can learn afterwards": trainable(D),
    }
    for shift in (-120.0, 120.0):
        sure = judge_of_points(shift)
        found[f"the arrows at logits near {shift:.0f}"] = f(sure, many).detach()
    return found


@exercise.must_hold
def more_belief(f) -> bool:
    """A short step along its arrow raises D's belief in a fake."""
    D, fake = judge_of_points(), torch.randn(16, 2)
    step = 0.01 * f(D, fake).detach()
    return bool((D(fake + step) >= D(fake)).all())


@exercise.must_hold
def by_differences(f) -> bool:
    """The arrows are what finite differences of the loss give."""
    D, fake, h = judge_of_points().double(), torch.randn(5, 2).double(), 1e-4
    got = f(D, fake).detach()
    for j in range(2):
        nudge = h * torch.eye(2, dtype=torch.float64)[j]
        up, down = (softplus(-D(fake + s * nudge))[:, 0] for s in (1, -1))
        if not same(got[:, j], -(up - down).detach() / (2 * h)):
            return False
    return True


@exercise.must_hold
def own_business(f) -> bool:
    """The arrow of a fake does not depend on which other fakes are in the batch."""
    D, fake = judge_of_points(), torch.randn(6, 2)
    return same(f(D, fake)[:2], f(D, fake[:2]))


@exercise.mistake(hint="formula")
def batch_mean(D: Net, fake: Tensor) -> Tensor:
    """Your arrows shrink as the batch grows: the mean divides each by N. Every fake has
    an arrow of its own; sum the losses instead."""
    return arrows(D, fake) / len(fake)


@exercise.mistake(hint="idea")
def uphill(D: Net, fake: Tensor) -> Tensor:
    """Your arrows point uphill: they are the gradient of the loss, and a descent goes
    against it. With the minus they lead to where D believes more."""
    return -arrows(D, fake)


@exercise.mistake(hint="idea")
def scores_from_before(D: Net, fake: Tensor) -> Tensor:
    """autograd finds no way from the loss to the fakes, because D has judged another
    tensor than the one you differentiate in. Scores that were computed before, or in
    another graph, do not depend on the new leaf: make the leaf first, then call D on
    it."""
    logits = D(fake)
    x = fake.detach().requires_grad_()
    return -torch.autograd.grad(softplus(-logits).sum(), x)[0]


@exercise.mistake(hint="idea")
def outside_the_graph(D: Net, fake: Tensor) -> Tensor:
    """The loss was computed outside the graph: under `no_grad`, with NumPy, or from
    `.detach()`ed logits. It is a number without a graph, so it has no slope. Detach the
    fakes, then keep everything after that attached."""
    x = fake.detach().requires_grad_()
    with torch.no_grad():
        loss = softplus(-D(x)).sum()
    return -torch.autograd.grad(loss, x)[0]


@exercise.mistake(hint="formula")
def left_in_d(D: Net, fake: Tensor) -> Tensor:
    """The arrows are right, but `backward()` has also left gradients in D's weights,
    and the next step of D would add them to its own. `torch.autograd.grad(loss, x)`
    touches nothing but x."""
    x = fake.detach().requires_grad_()
    softplus(-D(x)).sum().backward()
    assert x.grad is not None
    return -x.grad


@exercise.mistake(hint="formula")
def wiped(D: Net, fake: Tensor) -> Tensor:
    """The arrows are right, but `D.zero_grad()` has also wiped the gradients that D had
    before your function was called. `torch.autograd.grad(loss, x)` touches nothing but
    x, and leaves nothing to wipe."""
    found = left_in_d(D, fake)
    D.zero_grad()
    return found


@exercise.mistake(hint="formula")
def left_frozen(D: Net, fake: Tensor) -> Tensor:
    """The arrows are right, but D stays frozen and can never learn again.
    `torch.autograd.grad(loss, x)` needs no freezing; otherwise put
    `requires_grad_(True)` back."""
    D.requires_grad_(False)
    return arrows(D, fake)


@exercise.mistake(hint="formula")
def left_in_evaluation(D: Net, fake: Tensor) -> Tensor:
    """You switch D to evaluation mode and leave it there: from then on its dropout and
    batch normalisation no longer work as in training. The arrows of a training step
    come from D as it is; leave its mode alone."""
    D.eval()
    return arrows(D, fake)


@exercise.mistake(hint="formula")
def in_evaluation(D: Net, fake: Tensor) -> Tensor:
    """You take the arrows in evaluation mode. A D with dropout or batch normalisation
    judges differently there; the arrows of a training step come from D as it is."""
    D.eval()
    found = arrows(D, fake)
    D.train()
    return found


@exercise.mistake(hint="formula")
def log_of_a_sigmoid(D: Net, fake: Tensor) -> Tensor:
    """Your arrows are NaN where D is sure of a fake: in float32 the sigmoid of -120 is
    0, and the logarithm of 0 has no slope. Take both in one step: -log sigmoid(a) is
    softplus(-a)."""
    x = fake.detach().requires_grad_()
    loss = -torch.log(torch.sigmoid(D(x))).sum()
    return -torch.autograd.grad(loss, x)[0]


@exercise.mistake(hint="formula")
def of_unit_length(D: Net, fake: Tensor) -> Tensor:
    """All your arrows have the length 1, so they no longer say how strongly a fake is
    corrected. Return the gradient as it is, without dividing by its length."""
    return nn.functional.normalize(arrows(D, fake), dim=1)


@exercise.mistake(hint="formula")
def slope_of_d_alone(D: Net, fake: Tensor) -> Tensor:
    """These are the slopes of the logit, the arrows of a Wasserstein critic. The
    non-saturating loss weighs each with sigma(-a), its slope in the logit: little for a
    fake that already passes."""
    x = fake.detach().requires_grad_()
    return torch.autograd.grad(D(x).sum(), x)[0]


@exercise.mistake(hint="formula")
def minimax_weights(D: Net, fake: Tensor) -> Tensor:
    """These are the arrows of the minimax loss log(1 - D): they are longest on fakes
    that already pass and vanish on those that are recognised. The non-saturating loss
    is -log D."""
    x = fake.detach().requires_grad_()
    return torch.autograd.grad(softplus(D(x)).sum(), x)[0]


@exercise.mistake(hint="formula")
def away_from_the_data(D: Net, fake: Tensor) -> Tensor:
    """Your arrows lower -log(1 - D), which is D's half of the loss: every fake would
    walk to where it is recognised best. G lowers -log D."""
    return -minimax_weights(D, fake)
