"""Patient: the losses are computed with NumPy, outside the graph."""

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid, softplus

from aigc_course.clinic import steps
from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._fixed import cloud, fixed, flat, fresh_players

patient = Patient(
    "numpy_losses",
    ward="B",
    number=16,
    title="The losses of both players",
    symptom="There is no error: the losses have the right values, and both optimisers"
    " take their steps. The losses only vary from batch to batch, and no parameter of"
    " either network ever changes.",
    cause="The losses are computed with NumPy and put into new tensors. Their graph"
    " ends there, `requires_grad=True` or not, so no gradient reaches the logits. The"
    " losses have to be computed with torch.",
    figure=("step", "D(x) - D(G(z))"),
)

Losses = tuple[Tensor, Tensor]


@patient.shown
def gan_losses(real_logits: Tensor, fake_logits: Tensor) -> Losses:
    """L_G and L_D. Both logits: [n, 1]."""
    real = real_logits.detach().numpy()
    fake = fake_logits.detach().numpy()
    loss_g = np.logaddexp(0, -fake).mean()
    loss_d = np.logaddexp(0, -real).mean() + np.logaddexp(0, fake).mean()
    return (
        torch.tensor(loss_g, requires_grad=True),
        torch.tensor(loss_d, requires_grad=True),
    )


@patient.repair
def with_softplus(real_logits: Tensor, fake_logits: Tensor) -> Losses:
    """The reference: the same formulas with torch."""
    loss_g = softplus(-fake_logits).mean()
    loss_d = softplus(-real_logits).mean() + softplus(fake_logits).mean()
    return loss_g, loss_d


@patient.repair
def with_logaddexp(real_logits: Tensor, fake_logits: Tensor) -> Losses:
    """torch has logaddexp as well."""
    real, fake = real_logits, fake_logits
    zero = torch.zeros_like(fake)
    loss_g = torch.logaddexp(zero, -fake).mean()
    loss_d = torch.logaddexp(zero, -real).mean() + torch.logaddexp(zero, fake).mean()
    return loss_g, loss_d


@patient.repair
def with_logsigmoid(real_logits: Tensor, fake_logits: Tensor) -> Losses:
    """log D and log(1 - D) as in the formulas."""
    loss_g = -logsigmoid(fake_logits).mean()
    loss_d = -logsigmoid(real_logits).mean() - logsigmoid(-fake_logits).mean()
    return loss_g, loss_d


@patient.right
def with_labels(real_logits: Tensor, fake_logits: Tensor) -> Losses:
    """The cross-entropy with labels."""
    ones, zeros = torch.ones_like(fake_logits), torch.zeros_like(fake_logits)
    bce = binary_cross_entropy_with_logits
    on_real = bce(real_logits, torch.ones_like(real_logits))
    return bce(fake_logits, ones), on_real + bce(fake_logits, zeros)


@patient.right
def signs(real_logits: Tensor, fake_logits: Tensor) -> Losses:
    """softplus(a) = softplus(-a) + a gives L_D from what is there for L_G."""
    loss_g = softplus(-fake_logits).mean()
    return loss_g, loss_g + fake_logits.mean() + softplus(-real_logits).mean()


@patient.right
def by_class(real_logits: Tensor, fake_logits: Tensor) -> Losses:
    """Two classes with the logits 0 and a."""
    real, fake = (
        torch.cat([torch.zeros_like(a), a], dim=1).log_softmax(1)
        for a in (real_logits, fake_logits)
    )
    return -fake[:, 1].mean(), -real[:, 1].mean() - fake[:, 0].mean()


@patient.disguise
def numbers_only(real_logits: Tensor, fake_logits: Tensor) -> Losses:
    """The losses pass through Python numbers."""
    loss_g = softplus(-fake_logits).mean().item()
    loss_d = (softplus(-real_logits).mean() + softplus(fake_logits).mean()).item()
    values = torch.tensor([loss_g, loss_d], dtype=torch.float64, requires_grad=True)
    return values[0], values[1]


@patient.disguise
def data_of_the_logits(real_logits: Tensor, fake_logits: Tensor) -> Losses:
    """All in torch, on the data of the logits; L_D is a mean of two halves."""
    real = real_logits.data.clone().requires_grad_()
    fake = fake_logits.data.clone().requires_grad_()
    loss_d = 0.5 * (softplus(-real).mean() + softplus(fake).mean())
    return softplus(-fake).mean(), loss_d


@patient.disguise
def without_a_graph(real_logits: Tensor, fake_logits: Tensor) -> Losses:
    """A block without gradients, and a flag set afterwards."""
    with torch.no_grad():
        loss_g = -logsigmoid(fake_logits).mean()
        loss_d = -logsigmoid(real_logits).mean() - logsigmoid(-fake_logits).mean()
    return loss_g.requires_grad_(), loss_d.requires_grad_()


@patient.disguise
def from_numpy(real_logits: Tensor, fake_logits: Tensor) -> Losses:
    """Probabilities and logarithms in NumPy."""
    fake = 1 / (1 + np.exp(-fake_logits.detach().numpy().astype(np.float64)))
    real = 1 / (1 + np.exp(-real_logits.detach().numpy().astype(np.float64)))
    loss_g = torch.from_numpy(-np.log(fake)).requires_grad_().mean()
    loss_d = torch.from_numpy(-np.log(real) - np.log(1 - fake)).requires_grad_().mean()
    return loss_g, loss_d


@patient.patch
def zero_times(real_logits: Tensor, fake_logits: Tensor) -> Losses:
    """You add the logits times 0, so that a gradient exists. It is 0, and nothing is
    learnt from it."""
    loss_g, loss_d = gan_losses(real_logits, fake_logits)
    nothing = 0 * (real_logits.sum() + fake_logits.sum())
    return loss_g + nothing, loss_d + nothing


@patient.patch
def straight_through(real_logits: Tensor, fake_logits: Tensor) -> Losses:
    """You let the gradient of the mean logit pass. The values are those of the losses,
    and the gradients are those of something else."""
    loss_g, loss_d = gan_losses(real_logits, fake_logits)
    mean = fake_logits.mean() - fake_logits.mean().detach()
    return loss_g - mean, loss_d + mean


@patient.patch
def only_g(real_logits: Tensor, fake_logits: Tensor) -> Losses:
    """You repair L_G alone. D still gets no gradient and does not learn."""
    return softplus(-fake_logits).mean(), gan_losses(real_logits, fake_logits)[1]


@patient.test
def exposes(losses: Function) -> None:
    """Gradients reach the logits, and they are not 0."""
    real, fake = (torch.randn(16, 1, requires_grad=True) for _ in range(2))
    loss_g, loss_d = losses(real, fake)
    for loss, logits in ((loss_g, fake), (loss_d, real), (loss_d, fake)):
        assert loss.requires_grad, "the loss has a graph"
        slope = torch.autograd.grad(loss, logits, retain_graph=True, allow_unused=True)
        assert slope[0] is not None and slope[0].all(), "its slope reaches the logits"


@patient.calls
def one_call(losses: Function) -> list[Tensor]:
    """The losses of a batch."""
    return [*losses(torch.randn(16, 1), torch.randn(16, 1))]


def _slopes(losses: Function, number: int) -> list[Tensor]:
    real, fake = (fixed(number + i, 8, 1).requires_grad_() for i in (0, 1))
    found = []
    for loss in losses(real, fake):
        if loss.requires_grad:
            pair = torch.autograd.grad(
                loss, [real, fake], None, True, allow_unused=True
            )
            found += [torch.zeros(8, 1) if s is None else s for s in pair]
        else:
            found += [torch.zeros(8, 1)] * 2
    return found


@patient.does
def measured(losses: Function) -> dict[str, object]:
    """The losses, their slopes, and which of the slopes exist."""
    real, fake = (fixed(i, 8, 1).requires_grad_() for i in (1, 2))
    found = losses(real, fake)
    exist = [
        torch.autograd.grad(loss, [real, fake], None, True, allow_unused=True)
        for loss in found
        if loss.requires_grad
    ]
    return {
        "losses": torch.stack([loss.detach() for loss in found]),
        "slopes": flat(_slopes(losses, 1)),
        "which": str([[s is not None for s in pair] for pair in exist]),
    }


@patient.elsewhere
def around(losses: Function) -> dict[str, object]:
    """The values of both losses; the logits stay as they were."""
    real, fake = fixed(3, 8, 1), fixed(4, 8, 1)
    return {
        "losses": torch.stack([loss.detach() for loss in losses(real, fake)]),
        "real logits": real,
        "fake logits": fake,
    }


@patient.hidden
def g_gets_its_slope(losses: Function) -> bool:
    """The slope of L_G in the logit a of a generated sample is -(1 - sigmoid(a)) /
    n."""
    found, fake = _slopes(losses, 10)[1], fixed(11, 8, 1)
    return bool(torch.allclose(found, -(1 - fake.sigmoid()) / 8, atol=1e-9))


@patient.hidden
def d_gets_its_slopes(losses: Function) -> bool:
    """The slopes of L_D are -(1 - sigmoid(a)) / n for real, sigmoid(a) / n for
    others."""
    found = _slopes(losses, 20)
    real, fake = fixed(20, 8, 1), fixed(21, 8, 1)
    on_real = torch.allclose(found[2], -(1 - real.sigmoid()) / 8, atol=1e-9)
    return bool(on_real and torch.allclose(found[3], fake.sigmoid() / 8, atol=1e-9))


@patient.hidden
def values_stay(losses: Function) -> bool:
    """Without any knowledge the losses are log 2 and 2 log 2."""
    nothing = torch.zeros(4, 1, dtype=torch.float64)
    loss_g, loss_d = (float(loss.detach()) for loss in losses(nothing, nothing))
    return abs(loss_g - 0.69314718) < 1e-6 and abs(loss_d - 1.38629436) < 1e-6


@patient.trains
def training(losses: Function, count: int) -> dict[str, list[float]]:
    """Both players on points; the loss that a reader watches is D's."""
    g, d = fresh_players()
    for_g, for_d = (torch.optim.SGD(net.parameters(), lr=0.2) for net in (g, d))
    curves: dict[str, list[float]] = {"loss": [], "D(x) - D(G(z))": []}
    look = cloud(256)
    for _ in range(count):
        loss_d = losses(d(cloud(64)), d(g(torch.randn(64, 2)).detach()))[1]
        for_d.zero_grad()
        loss_d.backward()
        for_d.step()
        loss_g = losses(d(cloud(64)), d(g(torch.randn(64, 2))))[0]
        for_g.zero_grad()
        loss_g.backward()
        for_g.step()
        apart = d(look).sigmoid().mean() - d(g(torch.zeros(1, 2))).sigmoid().mean()
        curves["loss"].append(float(loss_d.detach()))
        curves["D(x) - D(G(z))"].append(float(apart.detach()))
    return curves


@patient.step
def opened(losses: Function) -> steps.Step:
    """Both losses of a step on points."""
    return steps.gan_step(
        g_loss=lambda fake, real: losses(real, fake)[0],
        d_loss=lambda real, fake: losses(real, fake)[1],
    )
