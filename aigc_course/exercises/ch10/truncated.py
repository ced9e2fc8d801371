"""Exercise on drawing latents without their tails."""

import math

import torch
from torch import Tensor, nn

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "10.truncated",
    order=80,
    title="Without the tails",
    difficulty=3,
    minutes=10,
    idea="Phi^-1 turns uniform numbers into normal ones. If the uniform ones leave out"
    " both ends, so do the normal ones, and in between the shape stays.",
    formula="z = Phi^-1(Phi(-t) + u (Phi(t) - Phi(-t))).",
    line="Phi(-t) is `low = torch.special.ndtr(torch.tensor(-limit).to(u))`; then"
    " `return torch.special.ndtri(low + (1 - 2 * low) * u)`.",
    variation="Draw with redrawing instead, as the paper does, and compare the"
    " histograms.",
    asks="derive",
)


@exercise.answer
def truncated(u: Tensor, limit: float) -> Tensor:
    """Standard normal numbers with |z| <= limit from u uniform on (0, 1), same shape.

    Brock et al. 2019, section 3.1: the truncation trick. Larger u give larger z.
    """
    low = math.erfc(limit / math.sqrt(2)) / 2  # Phi(-limit)
    return torch.special.ndtri(low + (1 - 2 * low) * u)


@exercise.inputs
def some() -> list[tuple[Tensor, float]]:
    grid = torch.linspace(0.01, 0.99, 15, dtype=torch.float64)
    return [(grid, 0.5), (grid, 1.0), (torch.rand(3, 4).double(), 2.0)]


@exercise.must_hold
def within_the_limit(f) -> bool:
    """All numbers lie within the limit."""
    z = f(torch.linspace(0.001, 0.999, 99).double(), 0.7)
    return bool((z.abs() <= 0.7 + 1e-6).all())


@exercise.must_hold
def the_middle_keeps_its_shape(f) -> bool:
    """With a limit far out nothing changes: the numbers are those of Phi^-1."""
    u = torch.linspace(0.01, 0.99, 50).double()
    return bool((f(u, 8.0) - torch.special.ndtri(u)).abs().max() < 1e-5)


@exercise.mistake(hint="idea")
def pushed_to_the_rim(u: Tensor, limit: float) -> Tensor:
    """You push the tails onto the limit, where they pile up. They are to be left out,
    so that the rest grows by the same factor everywhere."""
    return torch.special.ndtri(u).clamp(-limit, limit)


@exercise.mistake(hint="idea")
def scaled_down(u: Tensor, limit: float) -> Tensor:
    """You multiply the latents by the limit. That is another trick, a temperature:
    every number shrinks, and none of the tails is left out."""
    return limit * torch.special.ndtri(u)


@exercise.mistake(hint="formula")
def redrawn(u: Tensor, limit: float) -> Tensor:
    """You draw again whatever lies outside. That is the way of the paper, and its
    numbers have the right distribution; here they are to come from u, so that the same
    u always gives the same latents."""
    z = torch.randn(u.shape, dtype=u.dtype)
    while bool((outside := z.abs() > limit).any()):
        z[outside] = torch.randn(int(outside.sum()), dtype=u.dtype)
    return z


@exercise.mistake(hint="formula")
def by_trunc_normal(u: Tensor, limit: float) -> Tensor:
    """`trunc_normal_` has the right distribution and draws numbers of its own. Here
    they are to come from u, through Phi^-1."""
    return nn.init.trunc_normal_(torch.empty_like(u), a=-limit, b=limit)


@exercise.mistake(hint="idea")
def squashed(u: Tensor, limit: float) -> Tensor:
    """You squash the normal numbers with tanh. They stay within the limit, but the
    density between the limits is no longer that of the normal distribution: move the
    uniform numbers before Phi^-1."""
    return limit * (torch.special.ndtri(u) / limit).tanh()


@exercise.mistake(hint="idea")
def wrapped(u: Tensor, limit: float) -> Tensor:
    """You take the remainder, so numbers from the tails come back in at 0. The tails
    are to be left out: move the uniform numbers before Phi^-1."""
    return torch.fmod(torch.special.ndtri(u), limit)


@exercise.mistake(hint="idea")
def same_variance(u: Tensor, limit: float) -> Tensor:
    """You shrink all numbers until their variance is (10.16). The tails are still
    there, only nearer: move the uniform numbers before Phi^-1."""
    t = torch.tensor(limit, dtype=torch.float64)
    density = (-t.square() / 2).exp() / math.sqrt(2 * math.pi)
    variance = 1 - 2 * t * density / math.erf(limit / math.sqrt(2))
    return torch.special.ndtri(u) * variance.sqrt().to(u)


@exercise.mistake(hint="formula")
def one_tail(u: Tensor, limit: float) -> Tensor:
    """You leave out the upper tail only. The uniform numbers have to begin at
    Phi(-t)."""
    return torch.special.ndtri(u * torch.special.ndtr(torch.tensor(limit)).to(u))


@exercise.mistake(hint="idea")
def flat_between(u: Tensor, limit: float) -> Tensor:
    """Your numbers are spread evenly between the limits; the middle of a normal
    distribution is denser. Pass them through Phi^-1."""
    return limit * (2 * u - 1)


@exercise.mistake(hint="formula")
def both_tails_twice(u: Tensor, limit: float) -> Tensor:
    """What is left between the limits is 1 - 2 Phi(-t); yours is 1 - Phi(-t), so the
    numbers run past the upper limit."""
    low = math.erfc(limit / math.sqrt(2)) / 2
    return torch.special.ndtri(low + (1 - low) * u)
