"""Patient: the generator is given the discriminator's loss."""

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid, softplus

from aigc_course.clinic import steps
from aigc_course.clinic.patient import Function, Patient

patient = Patient(
    "generator_loss",
    ward="A",
    number=1,
    title="The loss of a generator",
    symptom="G's loss falls from step to step, as it should. The samples become worse:"
    " D's mean belief in them falls together with the loss.",
    cause="The loss is the discriminator's: it rewards G for samples that D recognises."
    " G must be rewarded where D is wrong, L_G = -E[log D(G(z))].",
    figure=("step", "D(G(z))"),
)


@patient.shown
def generator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """What G minimises. Both logits: [n, 1]."""
    real = torch.ones_like(real_logits)
    fake = torch.zeros_like(fake_logits)
    loss_real = binary_cross_entropy_with_logits(real_logits, real)
    loss_fake = binary_cross_entropy_with_logits(fake_logits, fake)
    return loss_real + loss_fake


@patient.repair
def believed(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """The reference: G wants D to call its samples real."""
    real = torch.ones_like(fake_logits)
    return binary_cross_entropy_with_logits(fake_logits, real)


@patient.repair
def ones_for_fakes(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """The other label for the fakes; the first part is a constant for G."""
    real = torch.ones_like(real_logits)
    fake = torch.ones_like(fake_logits)
    loss_real = binary_cross_entropy_with_logits(real_logits.detach(), real)
    loss_fake = binary_cross_entropy_with_logits(fake_logits, fake)
    return loss_fake + 0 * loss_real


@patient.repair
def written_with_softplus(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """-log sigmoid(a) = softplus(-a)."""
    return softplus(-fake_logits).mean()


@patient.right
def written_with_logsigmoid(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """-E[log D(G(z))] as it stands in the formula."""
    return -logsigmoid(fake_logits).mean()


@patient.right
def mean_of_a_sum(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """The mean written as a sum; log(1 + e^-a) from two exponents."""
    both = torch.stack([torch.zeros_like(fake_logits), -fake_logits])
    return torch.logsumexp(both, dim=0).sum() / fake_logits.numel()


@patient.right
def by_class(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Two classes with the logits 0 and a; the class of the fakes is to be 1."""
    scores = torch.cat([torch.zeros_like(fake_logits), fake_logits], dim=1)
    return -scores.log_softmax(dim=1)[:, 1].mean()


@patient.disguise
def in_one_call(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Both halves in one call; other numbers, the same aim."""
    logits = torch.cat([real_logits, fake_logits])
    labels = torch.cat([torch.ones_like(real_logits), torch.zeros_like(fake_logits)])
    return binary_cross_entropy_with_logits(logits, labels)


@patient.disguise
def softplus_of_the_fakes(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """D's second term alone."""
    return softplus(fake_logits).mean()


@patient.disguise
def swapped_names(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """The right formula with the wrong logit's sign."""
    return -logsigmoid(-fake_logits).mean() - logsigmoid(real_logits).mean()


@patient.patch
def clamped(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """You limit the loss. At the limit no gradient reaches G, and elsewhere G is still
    rewarded when D recognises its samples."""
    return generator_loss(real_logits, fake_logits).clamp(max=1.0)


@patient.patch
def weaker(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """You make the loss smaller, so the samples become worse more slowly. What is
    wrong is the direction of the gradient, not its size."""
    return 0.1 * generator_loss(real_logits, fake_logits)


@patient.patch
def cut_off(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """You cut the gradient of the generated samples. G no longer gets
    worse, because it does not learn at all."""
    return generator_loss(real_logits, fake_logits.detach())


@patient.patch
def only_the_real_ones(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """You keep the term of the real samples alone. It does not depend on G, so no
    gradient reaches G."""
    return softplus(-real_logits).mean()


@patient.test
def exposes(loss: Function) -> None:
    """G's loss is smaller where D believes more."""
    real, fake = torch.randn(16, 1), torch.randn(16, 1, requires_grad=True)
    slope = torch.autograd.grad(loss(real, fake), fake)[0]
    assert (slope < 0).all(), "the loss must fall when a logit of a fake rises"


@patient.calls
def one_call(loss: Function) -> Tensor:
    """The loss of a batch."""
    result: Tensor = loss(torch.randn(16, 1), torch.randn(16, 1))
    return result


def _logits(number: int) -> Tensor:
    generator = torch.Generator().manual_seed(number)
    return torch.randn(8, 1, generator=generator, dtype=torch.float64) * 2


@patient.does
def measured(loss: Function) -> dict[str, object]:
    """The loss and its slopes on fixed logits."""
    real, fake = _logits(1).requires_grad_(), _logits(2).requires_grad_()
    value = loss(real, fake)
    slopes = torch.autograd.grad(value, [real, fake], allow_unused=True)
    return {
        "loss": value.detach(),
        "slope in the fake logits": torch.zeros(8, 1)
        if slopes[1] is None
        else slopes[1],
    }


@patient.elsewhere
def around(loss: Function) -> dict[str, object]:
    """It stays one number of the logits' dtype, and changes no logits."""
    real, fake = _logits(3), _logits(4)
    value = loss(real, fake)
    return {
        "shape": list(value.shape),
        "dtype": str(value.dtype),
        "the real logits afterwards": real,
        "the fake logits afterwards": fake,
    }


@patient.hidden
def rewards_belief(loss: Function) -> bool:
    """The loss is smaller where D believes more in the generated samples."""
    real, fake = _logits(5), _logits(6)
    return bool(loss(real, fake + 1) < loss(real, fake))


@patient.hidden
def slope_is_non_saturating(loss: Function) -> bool:
    """The slope in a fake logit a is -(1 - sigmoid(a)) / n, also where D is sure."""
    real, fake = _logits(7), (_logits(8) - 6).requires_grad_()
    slope = torch.autograd.grad(loss(real, fake), fake)[0]
    return bool(torch.allclose(slope, -(1 - fake.sigmoid()) / 8, atol=1e-9))


@patient.hidden
def ignores_the_real(loss: Function) -> bool:
    """G cannot change the real samples, so their logits give it no gradient."""
    fake = _logits(9).requires_grad_()
    one, two = (torch.autograd.grad(loss(_logits(i), fake), fake)[0] for i in (10, 11))
    return bool(torch.allclose(one, two, atol=1e-12))


@patient.trains
def training(loss: Function, count: int) -> dict[str, list[float]]:
    """G moves a cloud of points; D is fixed, its logit is x_1 - 1."""
    g = nn.Linear(2, 2)
    optimizer = torch.optim.SGD(g.parameters(), lr=0.1)
    real = torch.randn(64, 2) * 0.5 + torch.tensor([2.0, 0.0])
    curves: dict[str, list[float]] = {"loss": [], "D(G(z))": []}
    for _ in range(count):
        fake_logits = g(torch.randn(64, 2))[:, :1] - 1
        value = loss(real[:, :1] - 1, fake_logits)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        curves["loss"].append(float(value.detach()))
        curves["D(G(z))"].append(float(fake_logits.detach().sigmoid().mean()))
    return curves


@patient.step
def opened(loss: Function) -> steps.Step:
    """The loss as G's part of a step on points."""
    return steps.gan_step(g_loss=lambda fake, real: loss(real, fake))
