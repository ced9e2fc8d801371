"""Exercise on the gradient penalty of a Wasserstein critic."""

import torch
from torch import Tensor, nn

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.small_gan import Net

exercise = Exercise(
    "03.gradient_penalty",
    order=70,
    title="A slope of one, please",
    difficulty=4,
    minutes=15,
    asks="formula",
    idea="Take the slope of the critic in its input at points between real and fake. It"
    " is itself a function of the critic's weights, and has to stay one, since the"
    " critic is to learn from it.",
    formula="x = u real + (1 - u) fake; g_i is the slope of critic(x_i) in x_i; the"
    " penalty is the mean over i of (|g_i| - 1)^2, |g_i| the length of one row.",
    line="Write `x = (u * real + (1 - u) * fake).requires_grad_()`, then"
    " `(g,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)` and"
    " `return ((g.norm(dim=1) - 1) ** 2).mean()`.",
    variation="Let the penalty punish slopes above 1 only, and find the critic of two"
    " single points that then has the lowest loss.",
)


@exercise.answer
def gradient_penalty(
    critic: nn.Module, real: Tensor, fake: Tensor, u: Tensor
) -> Tensor:
    """E[(||grad critic(x)|| - 1)^2] at x = u real + (1 - u) fake, a scalar.

    real, fake: [N, d]. u: [N, 1] in 0 ... 1. It can be differentiated in the critic's
    weights (Gulrajani et al. 2017, equation 3, without its weight).
    """
    x = (u * real + (1 - u) * fake).detach().requires_grad_()
    # create_graph: the slopes remain a function of the critic's weights
    (slopes,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return ((slopes.norm(dim=1) - 1) ** 2).mean()


def critic_of_points() -> nn.Module:
    """A critic on points [N, 2] whose slope is about 1 and differs from place to
    place."""
    critic = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
    with torch.no_grad():
        for weight in critic.parameters():
            weight.mul_(3)
    return critic


class Slope(nn.Module):
    """A critic that is linear, w . x."""

    def __init__(self, *w: float) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.tensor(w))

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.w[:, None]


@exercise.observe
def value_and_slopes(f) -> dict[str, object]:
    critic = critic_of_points()
    weights = list(critic.parameters())
    penalty = f(critic, torch.randn(6, 2), torch.randn(6, 2) + 2, torch.rand(6, 1))
    slopes: list[Tensor | None] = [None] * len(weights)
    if penalty.requires_grad:
        slopes = list(torch.autograd.grad(penalty.sum(), weights, allow_unused=True))
    return {
        "the penalty": penalty.detach(),
        "the penalty's gradients in the critic's weights": [
            torch.zeros_like(w) if g is None else g
            for w, g in zip(weights, slopes, strict=True)
        ],
    }


@exercise.must_hold
def slope_one_is_free(f) -> bool:
    """A linear critic whose slope has the length 1 pays nothing."""
    real, fake, u = torch.randn(5, 2), torch.randn(5, 2), torch.rand(5, 1)
    return same(f(Slope(0.6, 0.8), real, fake, u).item(), 0.0)


@exercise.must_hold
def slope_three(f) -> bool:
    """A linear critic whose slope has the length 3 pays (3 - 1)^2 = 4."""
    real, fake, u = torch.randn(5, 3), torch.randn(5, 3), torch.rand(5, 1)
    return same(f(Slope(1.0, 2.0, 2.0), real, fake, u).item(), 4.0)


@exercise.must_hold
def critic_learns(f) -> bool:
    """The penalty has a gradient in the critic's weights, so that it can be lowered."""
    critic = Slope(1.8, 2.4)  # of length 3: d/dw (|w| - 1)^2 = 2 (|w| - 1) w / |w|
    f(critic, torch.randn(5, 2), torch.randn(5, 2), torch.rand(5, 1)).backward()
    return same(critic.w.grad, torch.tensor([2.4, 3.2]))


@exercise.mistake(hint="idea")
def graph_dropped(critic: Net, real: Tensor, fake: Tensor, u: Tensor) -> Tensor:
    """The value is right, but it has no gradient in the critic's weights: the graph of
    the slopes was dropped, and the penalty would never be lowered. Pass
    `create_graph=True` to `torch.autograd.grad`."""
    return gradient_penalty(critic, real, fake, u).detach()


@exercise.mistake(hint="formula")
def one_norm_for_all(critic: Net, real: Tensor, fake: Tensor, u: Tensor) -> Tensor:
    """You take one length of the whole batch of slopes, which grows with its size. Each
    sample has a slope of its own: `norm(dim=1)`."""
    x = torch.lerp(fake, real, u).requires_grad_()
    (slopes,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return (slopes.norm() - 1) ** 2


@exercise.mistake(hint="formula")
def root_forgotten(critic: Net, real: Tensor, fake: Tensor, u: Tensor) -> Tensor:
    """You compare the squared length with 1: a slope of 3 then pays 64 instead of 4.
    Take the root before you subtract."""
    x = torch.lerp(fake, real, u).requires_grad_()
    (slopes,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return ((slopes.square().sum(1) - 1) ** 2).mean()


@exercise.mistake(hint="idea")
def towards_zero(critic: Net, real: Tensor, fake: Tensor, u: Tensor) -> Tensor:
    """You pull the slope towards 0, as R1 and R2 do. The critic of the Wasserstein
    distance has the slope 1 between the samples: subtract 1 before you square."""
    x = torch.lerp(fake, real, u).requires_grad_()
    (slopes,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return slopes.square().sum(1).mean()


@exercise.mistake(hint="idea")
def on_the_data(critic: Net, real: Tensor, fake: Tensor, u: Tensor) -> Tensor:
    """You take the slopes at the real samples. Between them and the fakes, where G has
    to travel, the critic stays free; take them at u real + (1 - u) fake."""
    return gradient_penalty(critic, real, real, u)


@exercise.mistake(hint="line")
def ends_exchanged(critic: Net, real: Tensor, fake: Tensor, u: Tensor) -> Tensor:
    """At u = 1 your point is the fake; the formula has the real sample there. On
    average over u it makes no difference, but then results cannot be compared one by
    one."""
    return gradient_penalty(critic, fake, real, u)


@exercise.mistake(hint="formula")
def mean_not_sum(critic: Net, real: Tensor, fake: Tensor, u: Tensor) -> Tensor:
    """You average the squares over the d values of a sample. The length of a slope is
    the root of their sum, whatever d is."""
    x = torch.lerp(fake, real, u).requires_grad_()
    (slopes,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return ((slopes.square().mean(1).sqrt() - 1) ** 2).mean()


@exercise.mistake(hint="formula")
def slope_of_the_mean(critic: Net, real: Tensor, fake: Tensor, u: Tensor) -> Tensor:
    """You differentiate the mean of the scores, and every slope comes out N times too
    small. Differentiate their sum: each x_i stands in one term only."""
    x = torch.lerp(fake, real, u).requires_grad_()
    (slopes,) = torch.autograd.grad(critic(x).mean(), x, create_graph=True)
    return ((slopes.norm(dim=1) - 1) ** 2).mean()


@exercise.mistake(hint="formula")
def one_sided(critic: Net, real: Tensor, fake: Tensor, u: Tensor) -> Tensor:
    """Your penalty punishes slopes above 1 only, a variant that Gulrajani et al. call
    one-sided. The formula here is two-sided: a slope below 1 costs as well."""
    x = torch.lerp(fake, real, u).requires_grad_()
    (slopes,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return torch.relu(slopes.norm(dim=1) - 1).square().mean()


@exercise.mistake(hint="line")
def places_of_its_own(critic: Net, real: Tensor, fake: Tensor, u: Tensor) -> Tensor:
    """You draw u yourself, as an implementation in training does. Here u is an
    argument, so that results can be compared one by one: use it."""
    return gradient_penalty(critic, real, fake, torch.rand(len(real), 1))


@exercise.mistake(hint="line")
def with_lambda(critic: Net, real: Tensor, fake: Tensor, u: Tensor) -> Tensor:
    """You multiply by 10, the usual lambda. Here the penalty is written without
    lambda; the loss multiplies it later."""
    return 10 * gradient_penalty(critic, real, fake, u)


@exercise.mistake(hint="formula")
def mean_before_the_square(
    critic: Net, real: Tensor, fake: Tensor, u: Tensor
) -> Tensor:
    """You average the lengths before you subtract 1 and square, so slopes of 0 and of 2
    together cost nothing. Square the deviation of each sample, then average."""
    x = torch.lerp(fake, real, u).requires_grad_()
    (slopes,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return (slopes.norm(dim=1).mean() - 1) ** 2
