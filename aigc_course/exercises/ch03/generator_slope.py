"""Exercise on the slope of the generator's loss in the logit."""

import torch
from torch import Tensor
from torch.nn.functional import softplus

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

LOSSES = {
    "minimax": lambda a: -softplus(a),
    "non-saturating": lambda a: softplus(-a),
    "least-squares": lambda a: (a - 1) ** 2 / 2,
    "wasserstein": lambda a: -a,
}


exercise = Exercise(
    "03.generator_slope",
    order=20,
    title="How strongly a fake is corrected",
    difficulty=3,
    minutes=12,
    asks="derive",
    idea="Each loss is a function of one logit; differentiate it. For the first two,"
    " the chain rule meets the slope of the sigmoid, and most of it cancels.",
    formula="sigma' = sigma (1 - sigma), so the slope of log(1 - sigma(a)) is -sigma(a)"
    " and that of -log sigma(a) is -(1 - sigma(a)).",
    line="Write `if loss == 'minimax': return -torch.sigmoid(a)`, `if loss =="
    " 'non-saturating': return -torch.sigmoid(-a)`, `if loss == 'least-squares':"
    " return a - 1` and `return -torch.ones_like(a)`.",
    variation="Add the relativistic loss: its slope depends on the real partner's logit"
    " as well.",
)


@exercise.answer
def generator_slope(a: Tensor, loss: str) -> Tensor:
    """Slope in each logit a [n] of what G minimises for one fake.

    loss: "minimax", log(1 - sigma(a)); "non-saturating", -log sigma(a);
    "least-squares", (a - 1)^2 / 2; "wasserstein", -a.
    """
    if loss == "minimax":
        return -torch.sigmoid(a)
    if loss == "non-saturating":
        return -torch.sigmoid(-a)  # 1 - sigma(a) = sigma(-a)
    if loss == "least-squares":
        return a - 1
    return -torch.ones_like(a)


@exercise.inputs
def logits() -> list[tuple[Tensor, str]]:
    near, far = torch.linspace(-6, 6, 9), torch.tensor([-120.0, -60.0])
    return [(a, loss) for a in (near, far) for loss in LOSSES]


@exercise.must_hold
def as_autograd(f) -> bool:
    """Each slope is what autograd finds for the loss, also at logits of 80 and -80."""
    a = torch.tensor([-80.0, -3.0, 0.0, 0.5, 80.0], requires_grad=True)
    wanted = {
        loss: torch.autograd.grad(cost(a).sum(), a)[0] for loss, cost in LOSSES.items()
    }
    return all(same(f(a.detach(), loss), wanted[loss]) for loss in LOSSES)


@exercise.must_hold
def upwards(f) -> bool:
    """For a fake that is recognised (a < 0), every slope is negative: each G raises the
    logit."""
    a = torch.tensor([-4.0, -1.0, -0.1])
    return all(bool((f(a, loss) < 0).all()) for loss in LOSSES)


@exercise.must_hold
def same_stationary_points(f) -> bool:
    """The non-saturating slope is e^(-a) times the minimax one."""
    a = torch.linspace(-3, 3, 7)
    return same(f(a, "non-saturating"), torch.exp(-a) * f(a, "minimax"))


@exercise.mistake(hint="idea")
def exchanged(a: Tensor, loss: str) -> Tensor:
    """Minimax and non-saturating are exchanged. The one that goes flat where D is sure
    of a fake (a far below 0) is minimax; that flatness gave the other its name."""
    other = {"minimax": "non-saturating", "non-saturating": "minimax"}
    return generator_slope(a, other.get(loss, loss))


@exercise.mistake(hint="formula")
def sign_lost(a: Tensor, loss: str) -> Tensor:
    """All signs are turned round: an optimiser that goes down these slopes lowers the
    logit of every fake, and G learns to be recognised."""
    return -generator_slope(a, loss)


@exercise.mistake(hint="idea")
def on_the_side_of_d(a: Tensor, loss: str) -> Tensor:
    """Your first two slopes are those of -log(1 - D(G(z))), which is D's half of the
    loss. G wants the opposite of what D wants on a fake; its two losses differ in the
    size of the slope."""
    if loss in ("minimax", "non-saturating"):
        return torch.sigmoid(a)
    return generator_slope(a, loss)


@exercise.mistake(hint="formula")
def in_the_belief(a: Tensor, loss: str) -> Tensor:
    """You have differentiated in the belief D, where -log D has the slope -1/D. The
    logit comes one step earlier: multiply by dD/da = D (1 - D), and most of it
    cancels."""
    belief = torch.sigmoid(a)
    slopes = {"minimax": -1 / (1 - belief), "non-saturating": -1 / belief}
    return slopes[loss] if loss in slopes else generator_slope(a, loss)


@exercise.mistake(hint="formula")
def sigmoid_alone(a: Tensor, loss: str) -> Tensor:
    """Your slope is that of the sigmoid alone, flat on both sides. The logarithm has a
    slope too, 1/D or 1/(1 - D), and it cancels one of the two factors."""
    if loss in ("minimax", "non-saturating"):
        return -torch.sigmoid(a) * torch.sigmoid(-a)
    return generator_slope(a, loss)


@exercise.mistake(hint="line")
def of_the_mean(a: Tensor, loss: str) -> Tensor:
    """You have differentiated the mean over the batch, which divides every slope by its
    size. Here each logit is looked at alone."""
    return generator_slope(a, loss) / len(a)


@exercise.mistake(hint="line")
def factor_two(a: Tensor, loss: str) -> Tensor:
    """The least-squares slope is twice as steep as it should be: this loss carries the
    factor 1/2 in front, which cancels the 2 of the square."""
    return generator_slope(a, loss) * (2 if loss == "least-squares" else 1)


@exercise.mistake(hint="line")
def a_plain_number(a: Tensor, loss: str) -> Tensor | float:
    """The Wasserstein slope is -1 at every logit, as you say. Return it for each
    logit, as a tensor of the shape of a: `-torch.ones_like(a)`."""
    return -1.0 if loss == "wasserstein" else generator_slope(a, loss)


@exercise.mistake(hint="formula")
def autograd_of_a_sigmoid(a: Tensor, loss: str) -> Tensor:
    """Your non-saturating slope is NaN at a logit of -120: there the sigmoid is exactly
    0 in float32, and autograd multiplies 0 by infinity. Use the closed forms, or
    differentiate softplus(-a), which is -log sigmoid(a) without a sigmoid."""
    a = a.detach().requires_grad_()
    losses = {
        "minimax": torch.log(1 - torch.sigmoid(a)),
        "non-saturating": -torch.log(torch.sigmoid(a)),
    }
    cost = losses.get(loss, LOSSES[loss](a))
    return torch.autograd.grad(cost.sum(), a)[0]


@exercise.mistake(hint="formula")
def squares_of_the_belief(a: Tensor, loss: str) -> Tensor:
    """Your least-squares slope goes through the sigmoid. This loss has none: D's raw
    output a is compared with 1, and the slope of (a - 1)^2 / 2 is a - 1."""
    if loss != "least-squares":
        return generator_slope(a, loss)
    belief = torch.sigmoid(a)
    return (belief - 1) * belief * (1 - belief)


@exercise.mistake(hint="idea")
def the_loss_itself(a: Tensor, loss: str) -> Tensor:
    """You return the losses. Their slopes are asked for: differentiate each by the
    logit."""
    return LOSSES[loss](a)


@exercise.mistake(hint="formula")
def non_saturating_sign(a: Tensor, loss: str) -> Tensor:
    """Your non-saturating slope is 1 - sigma(a), which lost a minus: -log sigma(a)
    falls as the logit rises. Its slope is sigma(a) - 1."""
    if loss == "non-saturating":
        return torch.sigmoid(-a)
    return generator_slope(a, loss)
