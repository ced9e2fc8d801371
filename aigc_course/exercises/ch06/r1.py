"""Exercise on the penalty that makes players come to rest."""

import torch
from torch import Tensor, nn

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "06.r1",
    order=120,
    title="A slope of zero on the data",
    difficulty=3,
    minutes=12,
    idea="Take D's slope at each real sample by autograd. It must stay a function of"
    " D's weights, since D is to lower the penalty by changing them.",
    formula="gamma / 2 times the mean over i of |g_i|^2, with g_i the slope of D(x_i)"
    " in x_i and |g_i|^2 the sum of squares over all its values.",
    line="Write `x = x.detach().requires_grad_()`, `(g,) = torch.autograd.grad("
    "D(x).sum(), x, create_graph=True)`, `return gamma / 2 * g.flatten(1).square()"
    ".sum(1).mean()`.",
    variation="Put the same penalty on generated samples (R2), and on both, and count"
    " modes with each.",
    asks="formula",
)


@exercise.answer
def r1(D: nn.Module, x: Tensor, gamma: float) -> Tensor:
    """gamma / 2 E[||grad D(x)||^2] at the real samples x [N, ...], a scalar.

    It can be differentiated in D's weights (Mescheder et al. 2018, section 4.1).
    """
    x = x.detach().requires_grad_()
    # create_graph: the slopes remain a function of D's weights
    (slopes,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return gamma / 2 * slopes.flatten(1).square().sum(dim=1).mean()


class Tilted(nn.Module):
    """A discriminator that is linear, w . x, on samples of any shape."""

    def __init__(self, *w: float) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.tensor(w))

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(1) @ self.w[:, None]


def curved() -> nn.Module:
    """A discriminator of pictures [N, 2, 1, 2], steeper here than there."""
    D = nn.Sequential(nn.Flatten(), nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    with torch.no_grad():
        for weight in D.parameters():
            weight.mul_(3)
    return D


@exercise.observe
def value_and_slopes(f) -> dict[str, object]:
    D = curved()
    weights = list(D.parameters())
    penalty = f(D, torch.randn(6, 2, 1, 2), 0.7)
    left = [torch.zeros_like(w) if w.grad is None else w.grad for w in weights]
    slopes: list[Tensor | None] = [None] * len(weights)
    if penalty.requires_grad:
        slopes = list(torch.autograd.grad(penalty.sum(), weights, allow_unused=True))
    return {
        "the penalty": penalty.detach(),
        "the penalty's gradients in D's weights": [
            torch.zeros_like(w) if g is None else g
            for w, g in zip(weights, slopes, strict=True)
        ],
        "what is left in `.grad` of D's weights": [w.detach().clone() for w in left],
    }


@exercise.must_hold
def slope_three(f) -> bool:
    """A linear D whose slope has the length 3 pays 9 gamma / 2."""
    return same(f(Tilted(1.0, 2.0, 2.0), torch.randn(5, 3), 0.4).item(), 1.8)


@exercise.must_hold
def flat_is_free(f) -> bool:
    """A D that says the same everywhere pays nothing."""
    return same(f(Tilted(0.0, 0.0), torch.randn(5, 2), 10.0).item(), 0.0)


@exercise.must_hold
def d_learns(f) -> bool:
    """The penalty has a gradient in D's weights: gamma w for a linear D."""
    D = Tilted(0.6, 0.8)
    f(D, torch.randn(5, 2), 2.0).backward()
    return same(D.w.grad, torch.tensor([1.2, 1.6]))


@exercise.mistake(hint="idea")
def graph_dropped(D: nn.Module, x: Tensor, gamma: float) -> Tensor:
    """The value is right, but D cannot learn from it: the graph of the slopes was
    dropped, so the penalty is a constant for D. Pass `create_graph=True`."""
    return r1(D, x, gamma).detach()


@exercise.mistake(hint="formula")
def towards_one(D: nn.Module, x: Tensor, gamma: float) -> Tensor:
    """You pull the length of the slope towards 1, as WGAN-GP does. R1 pulls it to 0,
    and that difference decides whether the Dirac-GAN comes to rest."""
    x = x.detach().requires_grad_()
    (slopes,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return gamma / 2 * (slopes.flatten(1).norm(dim=1) - 1).square().mean()


@exercise.mistake(hint="formula")
def mean_over_values(D: nn.Module, x: Tensor, gamma: float) -> Tensor:
    """You average the squares over all values of a sample. The squared length is their
    sum; with your mean the penalty of a picture is hundreds of times too weak."""
    x = x.detach().requires_grad_()
    (slopes,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return gamma / 2 * slopes.square().mean()


@exercise.mistake(hint="formula")
def not_squared(D: nn.Module, x: Tensor, gamma: float) -> Tensor:
    """You penalise the length of the slope and not its square. The length has a kink at
    0, and pulls there as strongly as anywhere."""
    x = x.detach().requires_grad_()
    (slopes,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return gamma / 2 * slopes.flatten(1).norm(dim=1).mean()


@exercise.mistake(hint="line")
def half_forgotten(D: nn.Module, x: Tensor, gamma: float) -> Tensor:
    """Your penalty is twice too large: the weight is gamma / 2, so that the slope of
    the penalty has the plain factor gamma."""
    return 2 * r1(D, x, gamma)


@exercise.mistake(hint="formula")
def slope_of_the_mean(D: nn.Module, x: Tensor, gamma: float) -> Tensor:
    """You differentiate the mean of D's answers, and every slope comes out N times too
    small. Differentiate their sum: each x_i stands in one term only."""
    x = x.detach().requires_grad_()
    (slopes,) = torch.autograd.grad(D(x).mean(), x, create_graph=True)
    return gamma / 2 * slopes.flatten(1).square().sum(dim=1).mean()


@exercise.mistake(hint="idea")
def in_the_weights(D: nn.Module, x: Tensor, gamma: float) -> Tensor:
    """You take the slope in D's weights. The penalty is about how quickly D's answer
    changes when the *sample* changes: differentiate in x."""
    weights = list(D.parameters())
    slopes = torch.autograd.grad(D(x).sum(), weights, create_graph=True)
    total = torch.stack([slope.square().sum() for slope in slopes]).sum()
    return gamma / 2 * total / len(x)


@exercise.mistake(hint="line")
def by_backward(D: nn.Module, x: Tensor, gamma: float) -> Tensor:
    """The penalty is right, but `backward` also leaves the gradient of `D(x).sum()` in
    D's weights, and it would be added to that of the loss. `torch.autograd.grad` leaves
    nothing behind."""
    x = x.detach().requires_grad_()
    D(x).sum().backward(create_graph=True)
    slopes = x.grad
    assert slopes is not None
    return gamma / 2 * slopes.flatten(1).square().sum(dim=1).mean()


@exercise.mistake(hint="formula")
def of_the_probability(D: nn.Module, x: Tensor, gamma: float) -> Tensor:
    """You take the slope of sigmoid(D(x)). The penalty is on the slope of the logit,
    which is what D returns; where D is sure, that of the probability is nearly 0."""
    x = x.detach().requires_grad_()
    (slopes,) = torch.autograd.grad(D(x).sigmoid().sum(), x, create_graph=True)
    return gamma / 2 * slopes.flatten(1).square().sum(dim=1).mean()


@exercise.mistake(hint="formula")
def summed(D: nn.Module, x: Tensor, gamma: float) -> Tensor:
    """You sum over the samples. R1 is an expectation: take the mean over the batch, or
    the penalty grows with the batch size."""
    return len(x) * r1(D, x, gamma)


@exercise.mistake(hint="formula")
def over_the_channels(D: nn.Module, x: Tensor, gamma: float) -> Tensor:
    """You take the squared length over the channels of each pixel and average over
    pixels. The squared length of a sample's slope is the sum over all its values."""
    x = x.detach().requires_grad_()
    (slopes,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return gamma / 2 * slopes.square().sum(dim=1).mean()


@exercise.mistake(hint="line")
def weight_inside(D: nn.Module, x: Tensor, gamma: float) -> Tensor:
    """You multiply the slope by gamma / 2 before you square it, so the weight is
    squared too. Square first."""
    return gamma / 2 * r1(D, x, gamma)
