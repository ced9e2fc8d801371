"""Exercise on an estimate of the divergence."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.ch13._fields import per_row

exercise = Exercise(
    "13.hutchinson",
    order=160,
    title="A divergence from one gradient",
    difficulty=3,
    minutes=15,
    asks="method",
    idea="Autograd gives the product of a vector with the Jacobian at the cost of one"
    " backward pass. Multiply the probe from the left, then once more from the right.",
    formula="z^T J z with J = du/dx. Its mean over probes with mean 0 and covariance I"
    " is the trace of J, the divergence.",
    line="Write `x = x.detach().requires_grad_()`, then `(row,) ="
    " torch.autograd.grad(velocity(x, t), x, probe)`, then `return (row *"
    " probe).flatten(1).sum(1)`.",
    variation="Compare the variance of the estimate for probes of +1 and -1 with that"
    " of normal probes. Say which part of J each of them leaves out.",
    tolerance=2e-3,
)


@exercise.answer
def hutchinson(velocity, x: Tensor, t: float, probe: Tensor) -> Tensor:
    """z^T J z for each row, J the Jacobian of the velocity in x: [N].

    velocity: called as velocity(x, t); it returns [N, d], and each row depends on its
    own x alone. x: [N, d]. t: a number. probe: the vectors z, [N, d]. Hutchinson 1989;
    Grathwohl et al. 2019, section 3.
    """
    x = x.detach().requires_grad_()
    (row,) = torch.autograd.grad(velocity(x, t), x, probe)  # z^T J, [N, d]
    return (row * probe).sum(dim=1)


MIX = torch.tensor([[0.5, -1.2, 0.3], [0.9, 0.2, -0.7], [-0.4, 1.1, -0.6]])


def mixing(x: Tensor, t) -> Tensor:
    """A field whose coordinates depend on one another."""
    return torch.sin(x @ MIX.to(x)) + per_row(t, x) * x * x.roll(1, 1)


def signs(n: int, d: int) -> Tensor:
    """Probes whose entries are 1 or -1 with equal probability."""
    return torch.randint(2, (n, d)).mul(2).sub(1).float()


@exercise.inputs
def fields() -> list[tuple[object, Tensor, float, Tensor]]:
    return [
        (mixing, torch.randn(5, 3), 0.4, signs(5, 3)),
        (mixing, torch.randn(4, 3), 0.9, torch.randn(4, 3)),
    ]


@exercise.must_hold
def exact_for_a_diagonal(f) -> bool:
    """Where no coordinate depends on another, probes of +1 and -1 give the divergence
    itself."""
    x = torch.randn(4, 3)
    want = x.cos().sum(1)
    return same(f(lambda x, t: x.sin(), x, 0.5, signs(4, 3)), want, 5e-3)


@exercise.must_hold
def right_on_average(f) -> bool:
    """Its mean over many probes is the trace, within four standard errors."""
    A = torch.tensor([[0.3, 2.0], [-1.0, -0.8]])
    found = f(lambda x, t: x @ A.to(x), torch.randn(20_000, 2), 0.5, signs(20_000, 2))
    return bool((found.mean() + 0.5).abs() < 4 * found.std() / 20_000**0.5 + 1e-3)


@exercise.must_hold
def rows_are_apart(f) -> bool:
    """The estimate for one row does not depend on the others."""
    x, z = torch.randn(5, 3), signs(5, 3)
    return same(f(mixing, x, 0.3, z)[:2], f(mixing, x[:2], 0.3, z[:2]), 5e-3)


def _row(velocity, x, t, probe) -> Tensor:
    x = x.detach().requires_grad_()
    return torch.autograd.grad(velocity(x, t), x, probe)[0]


def _jacobian(velocity, x, t) -> Tensor:
    """The Jacobian of each row, [N, d, d]."""
    x = x.detach().requires_grad_()
    u = velocity(x, t)
    rows = [
        torch.autograd.grad(u[:, i].sum(), x, retain_graph=True)[0]
        for i in range(x.shape[1])
    ]
    return torch.stack(rows, dim=1)


@exercise.mistake(hint="idea")
def probe_once(velocity, x, t, probe):
    """You multiply with the probe from one side and add up the entries, which is
    z^T J 1. Multiply with the probe once more before the sum."""
    return _row(velocity, x, t, probe).sum(1)


@exercise.mistake(hint="idea")
def ones_for_the_probe(velocity, x, t, probe):
    """You differentiate the sum of the coordinates, which is 1^T J, and add it up. The
    entries beside the diagonal then stay in: use the probe on both sides."""
    return _row(velocity, x, t, torch.ones_like(probe)).sum(1)


@exercise.mistake(hint="formula")
def ones_and_the_probe(velocity, x, t, probe):
    """You differentiate the sum of the coordinates, so the left factor is 1 and not the
    probe. Hand the probe to `torch.autograd.grad` as `grad_outputs`."""
    return (_row(velocity, x, t, torch.ones_like(probe)) * probe).sum(1)


@exercise.mistake(hint="idea")
def exact_trace(velocity, x, t, probe):
    """You compute the exact divergence, with one gradient for each coordinate, and
    leave the probe unused. Asked is the estimate from one gradient: z^T J z."""
    return _jacobian(velocity, x, t).diagonal(dim1=1, dim2=2).sum(1)


@exercise.mistake(hint="line")
def summed_over_the_batch(velocity, x, t, probe):
    """You add up all rows. Each row has an estimate of its own, [N]: sum over the
    coordinates."""
    return (_row(velocity, x, t, probe) * probe).sum()


@exercise.mistake(hint="line")
def mean_over_coordinates(velocity, x, t, probe):
    """You take the mean over the coordinates. The trace is a sum."""
    return (_row(velocity, x, t, probe) * probe).mean(1)


@exercise.mistake(hint="idea")
def velocity_not_its_slope(velocity, x, t, probe):
    """You multiply the velocity itself with the probe. The divergence is made of its
    derivatives: take z^T J first."""
    return (velocity(x, t) * probe).sum(1)


@exercise.mistake(hint="formula")
def squared_length(velocity, x, t, probe):
    """You return the squared length of z^T J. Multiply z^T J with the probe, not with
    itself."""
    return _row(velocity, x, t, probe).square().sum(1)


@exercise.mistake(hint="formula")
def point_for_the_probe(velocity, x, t, probe):
    """You multiply z^T J with x. The right factor is the probe z again."""
    return (_row(velocity, x, t, probe) * x).sum(1)


@exercise.mistake(hint="formula")
def divided_by_the_length(velocity, x, t, probe):
    """You divide by the squared length of the probe, which gives a mean eigenvalue. The
    trace needs z^T J z itself."""
    return (_row(velocity, x, t, probe) * probe).sum(1) / probe.square().sum(1)


@exercise.mistake(hint="formula")
def diagonal_weighted_twice(velocity, x, t, probe):
    """You compute the whole Jacobian and weight its diagonal with the squares of the
    probe. That is no estimate of z^T J z: the other entries belong to it."""
    diagonal = _jacobian(velocity, x, t).diagonal(dim1=1, dim2=2)
    return (diagonal * probe.square()).sum(1)


@exercise.mistake(hint="idea", draws=True)
def probe_of_its_own(velocity, x, t, probe):
    """You draw probes of your own. They are handed in, so that one probe can serve a
    whole path: use `probe`."""
    z = torch.randn_like(probe)
    return (_row(velocity, x, t, z) * z).sum(1)
