"""Patient: the discriminator is rewarded for being fooled."""

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid, softplus

from aigc_course.clinic import steps
from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._fixed import cloud, fixed, fresh_players

patient = Patient(
    "discriminator_loss",
    ward="A",
    number=2,
    title="The loss of a discriminator",
    symptom="D's loss falls towards 0, as it should. Its mean belief in the generated"
    " samples rises to nearly 1, although they lie far from the real ones.",
    cause="The second term is -log D(G(z)), so D is rewarded for calling generated"
    " samples real. It has to be -log(1 - D(G(z))).",
    figure=("step", "D(G(z))"),
)


@patient.shown
def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """What D minimises: a mean over real plus a mean over generated samples."""
    loss_real = -logsigmoid(real_logits).mean()
    loss_fake = -logsigmoid(fake_logits).mean()
    return loss_real + loss_fake


@patient.repair
def one_minus(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """The reference: log(1 - sigmoid(a)) = log sigmoid(-a)."""
    loss_real = -logsigmoid(real_logits).mean()
    loss_fake = -logsigmoid(-fake_logits).mean()
    return loss_real + loss_fake


@patient.repair
def softplus_for_fakes(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """-log(1 - sigmoid(a)) = softplus(a)."""
    loss_real = -logsigmoid(real_logits).mean()
    loss_fake = softplus(fake_logits).mean()
    return loss_real + loss_fake


@patient.repair
def label_zero(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """The cross-entropy with the label 0 for the generated samples."""
    loss_real = -logsigmoid(real_logits).mean()
    zeros = torch.zeros_like(fake_logits)
    loss_fake = binary_cross_entropy_with_logits(fake_logits, zeros)
    return loss_real + loss_fake


@patient.right
def both_by_labels(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """One call a kind, with labels."""
    bce = binary_cross_entropy_with_logits
    ones, zeros = torch.ones_like(real_logits), torch.zeros_like(fake_logits)
    return bce(fake_logits, zeros) + bce(real_logits, ones)


@patient.right
def by_class(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Two classes with the logits 0 and a: class 1 is real."""
    real = torch.cat([torch.zeros_like(real_logits), real_logits], 1).log_softmax(1)
    fake = torch.cat([torch.zeros_like(fake_logits), fake_logits], 1).log_softmax(1)
    return -real[:, 1].mean() - fake[:, 0].mean()


@patient.right
def signs_first(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Softplus of the logits with their signs; sums divided by the counts."""
    real = softplus(-real_logits).sum() / real_logits.numel()
    fake = softplus(fake_logits).sum() / fake_logits.numel()
    return torch.stack([real, fake]).sum()


@patient.disguise
def ones_everywhere(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """One call, and the label 1 for all; half the numbers."""
    logits = torch.cat([real_logits, fake_logits])
    return binary_cross_entropy_with_logits(logits, torch.ones_like(logits))


@patient.disguise
def wrong_sign(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Softplus, and the minus in both places."""
    return softplus(-real_logits).mean() + softplus(-fake_logits).mean()


@patient.disguise
def second_class(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Two classes, and the same column for both; the generated ones count twice."""
    real = torch.cat([torch.zeros_like(real_logits), real_logits], 1).log_softmax(1)
    fake = torch.cat([torch.zeros_like(fake_logits), fake_logits], 1).log_softmax(1)
    return -real[:, 1].mean() - 2 * fake[:, 1].mean()


@patient.patch
def limited(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """You limit the loss, so D stops before it is completely fooled. Its reward still
    has the wrong direction."""
    return discriminator_loss(real_logits, fake_logits).clamp(min=1.0)


@patient.patch
def weaker(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """You make the loss smaller. D then learns the wrong thing more slowly."""
    return 0.1 * discriminator_loss(real_logits, fake_logits)


@patient.patch
def cut_off(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """You cut the gradient of the generated samples, so D never learns to reject
    them."""
    return discriminator_loss(real_logits, fake_logits.detach())


@patient.patch
def without_fakes(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """You drop the term of the generated samples. D can then call everything real and
    reach a loss of 0."""
    return -logsigmoid(real_logits).mean() + 0 * fake_logits.sum()


@patient.test
def exposes(loss: Function) -> None:
    """D's loss rises with the logit of a fake and falls with that of a real sample."""
    real, fake = (torch.randn(16, 1, requires_grad=True) for _ in range(2))
    up, down = torch.autograd.grad(loss(real, fake), [fake, real])
    assert (up > 0).all(), "the loss must rise when a logit of a fake rises"
    assert (down < 0).all(), "the loss must fall when a logit of a real sample rises"


@patient.calls
def one_call(loss: Function) -> Tensor:
    """The loss of a batch."""
    result: Tensor = loss(torch.randn(16, 1), torch.randn(16, 1))
    return result


@patient.does
def measured(loss: Function) -> dict[str, object]:
    """The loss and its slope in the logits of the fakes."""
    real, fake = 2 * fixed(1, 8, 1), (2 * fixed(2, 8, 1)).requires_grad_()
    value = loss(real, fake)
    slope = torch.zeros_like(fake)
    if value.requires_grad:
        slope = torch.autograd.grad(value, fake)[0]
    return {
        "loss": value.detach(),
        "slope in the fake logits": slope,
        "loss of high logits": loss(real.abs() + 3, fake.detach().abs() + 3),
    }


@patient.elsewhere
def around(loss: Function) -> dict[str, object]:
    """The slope in the real logits; one number; the logits stay as they were."""
    real, fake = fixed(3, 8, 1).requires_grad_(), fixed(4, 8, 1)
    value = loss(real, fake)
    return {
        "slope in the real logits": torch.autograd.grad(value, real)[0],
        "shape": list(value.shape),
        "the fake logits afterwards": fake,
    }


@patient.hidden
def rejects_fakes(loss: Function) -> bool:
    """The loss is larger where D believes more in the generated samples."""
    real, fake = fixed(5, 8, 1), fixed(6, 8, 1)
    return bool(loss(real, fake + 1) > loss(real, fake))


@patient.hidden
def knows_its_start(loss: Function) -> bool:
    """A D that says 1/2 everywhere has the loss 2 log 2."""
    nothing = torch.zeros(5, 1, dtype=torch.float64)
    return abs(float(loss(nothing, nothing)) - 1.3862943611) < 1e-6


@patient.hidden
def slope_in_fakes(loss: Function) -> bool:
    """The slope in the logit a of a generated sample is sigmoid(a) / n."""
    fake = (3 * fixed(7, 8, 1)).requires_grad_()
    slope = torch.autograd.grad(loss(fixed(8, 8, 1), fake), fake)[0]
    return bool(torch.allclose(slope, fake.sigmoid() / 8, atol=1e-9))


@patient.trains
def training(loss: Function, count: int) -> dict[str, list[float]]:
    """D learns to tell two clouds apart that lie far from each other."""
    _, d = fresh_players()
    optimizer = torch.optim.Adam(d.parameters(), lr=0.02)
    curves: dict[str, list[float]] = {"loss": [], "D(x)": [], "D(G(z))": []}
    for _ in range(count):
        real_logits, fake_logits = d(cloud(64)), d(-cloud(64))
        value = loss(real_logits, fake_logits)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        curves["loss"].append(float(value.detach()))
        curves["D(x)"].append(float(real_logits.detach().sigmoid().mean()))
        curves["D(G(z))"].append(float(fake_logits.detach().sigmoid().mean()))
    return curves


@patient.step
def opened(loss: Function) -> steps.Step:
    """The loss as D's part of a step on points."""
    return steps.gan_step(d_loss=loss)
