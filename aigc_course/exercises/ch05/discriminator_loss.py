"""Exercise on the discriminator's loss."""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import (
    binary_cross_entropy,
    softplus,
)

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "05.discriminator_loss",
    order=50,
    title="What the discriminator minimises",
    difficulty=2,
    minutes=10,
    idea="D answers two questions: is this real picture real, is this fake one fake?"
    " Add the losses of both, and avoid an overflow of the exponential.",
    formula="-log sigmoid(a) = softplus(-a) and -log(1 - sigmoid(a)) = softplus(a),"
    " where softplus(a) = log(1 + e^a).",
    line="Write `softplus = nn.functional.softplus` and `return"
    " softplus(-real_logits).mean() + softplus(fake_logits).mean()`.",
    variation="Let the label of the real half be 0.9 instead of 1 and find the logit at"
    " which the loss is smallest.",
    asks="formula",
)


@exercise.answer
def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """L_D = -E[log D(x)] - E[log(1 - D(G(z)))] with D = sigmoid(logit).

    Logits [N] or [N, 1]; returns a scalar (Goodfellow et al. 2014, equation 1).
    """
    softplus = nn.functional.softplus  # log(1 + e^a), without overflow
    return softplus(-real_logits).mean() + softplus(fake_logits).mean()


@exercise.inputs
def logits() -> list[tuple[Tensor, Tensor]]:
    real, fake = torch.linspace(-3, 2, 8), torch.linspace(-2.5, 3.5, 8)
    # sigmoid(40) is 1 in float32, while e^40 still fits; e^150 does not
    less, far = torch.tensor([40.0, 0.0, -40.0]), torch.tensor([150.0, 0.0, -150.0])
    pairs = (
        (real, fake),
        (real[:4, None], fake[4:, None]),
        (less, -less),
        (far, -far),
    )
    return [(r.clone().requires_grad_(), f.clone().requires_grad_()) for r, f in pairs]


@exercise.must_hold
def undecided(f) -> bool:
    """A D that believes 1/2 of every picture has the loss 2 log 2 = 1.3863."""
    return same(f(torch.zeros(4), torch.zeros(4)).item(), 2 * math.log(2))


@exercise.must_hold
def right_and_sure(f) -> bool:
    """A D that is right and sure (logits of 100 and -100) has no loss left."""
    return same(f(torch.full((4,), 100.0), torch.full((4,), -100.0)).item(), 0.0)


@exercise.must_hold
def slope(f) -> bool:
    """The gradient is (sigmoid(a) - 1) / N at real logits and sigmoid(a) / N at fake
    ones, at logits of 100 and -100 as well."""
    values = torch.tensor([-100.0, -1.0, 0.0, 2.0, 100.0])
    real, fake = values.clone().requires_grad_(), values.clone().requires_grad_()
    f(real, fake).backward()
    belief = values.sigmoid()
    return same(real.grad, (belief - 1) / 5) and same(fake.grad, belief / 5)


@exercise.mistake(hint="idea")
def glad_to_be_fooled(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Your fake half is -log D(G(z)), the generator's loss: it rewards D for being
    fooled, and D learns to call everything real. D wants its belief in fakes near 0,
    so -log(1 - D(G(z))) belongs there."""
    return softplus(-real_logits).mean() + softplus(-fake_logits).mean()


@exercise.mistake(hint="idea")
def log_of_a_logit(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """You take the logarithm of the logit itself, and the first negative one makes the
    loss NaN. A logit becomes a probability through the sigmoid, and both together are
    a softplus."""
    return -torch.log(real_logits).mean() - torch.log(1 - fake_logits).mean()


@exercise.mistake(hint="formula")
def exponential_overflows(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """The formula is right, but it is infinite at logits of 150: e^150 does not fit
    into float32, alone or inside a sigmoid. `softplus` of torch.nn.functional takes the
    larger term out of the logarithm first."""
    on_real = torch.log1p(torch.exp(-real_logits)).mean()
    return on_real + torch.log1p(torch.exp(fake_logits)).mean()


@exercise.mistake(hint="formula")
def a_kink_at_zero(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """The values are right, but the gradient is 0 at a logit of 0, where it should be
    1/2 or -1/2 (divided by N): `relu` and `abs` have a kink there, and torch takes the
    slope 0. `softplus` of torch.nn.functional has no kink."""

    def plus(a: Tensor) -> Tensor:
        return (torch.relu(a) + torch.log1p(torch.exp(-a.abs()))).mean()

    return plus(-real_logits) + plus(fake_logits)


@exercise.mistake(hint="idea")
def only_a_number(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """The number is right, but it carries no gradient: `.item()`, NumPy and `.detach()`
    lead out of the graph, so D would learn nothing. Stay with tensors to the end."""
    return discriminator_loss(real_logits, fake_logits).detach()


@exercise.mistake(hint="formula")
def smoothed(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """You use the label 0.9 for real pictures. Label smoothing is another loss (chapter
    06); in (5.7) their label is 1."""
    return discriminator_loss(real_logits, fake_logits) + 0.1 * real_logits.mean()


@exercise.mistake(hint="formula")
def log_of_a_sigmoid(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """The formula is right, but it is infinite at logits of 100: in float32 the sigmoid
    is exactly 0 or 1 there, and log(0) is -inf. Take logarithm and sigmoid in one step;
    -log sigmoid(a) is softplus(-a)."""
    real, fake = real_logits.sigmoid(), fake_logits.sigmoid()
    return -torch.log(real).mean() - torch.log(1 - fake).mean()


@exercise.mistake(hint="formula")
def clamped(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """After the sigmoid, `binary_cross_entropy` stops every logarithm at -100 and its
    gradient is 0 there: where D is most wrong, it learns nothing. Use the form that
    takes logits, `binary_cross_entropy_with_logits`."""
    real, fake = real_logits.sigmoid(), fake_logits.sigmoid()
    ones, zeros = torch.ones_like(real), torch.zeros_like(fake)
    return binary_cross_entropy(real, ones) + binary_cross_entropy(fake, zeros)


@exercise.mistake(hint="formula")
def halved(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Your loss is half of this one: a mean over both halves, where the formula adds
    them. A D with beliefs of 1/2 would have the loss 0.69 instead of 1.39, and your
    curves could not be compared with those of the chapter."""
    return discriminator_loss(real_logits, fake_logits) / 2


@exercise.mistake(hint="idea")
def labels_swapped(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Your D learns to call real pictures fake and fakes real, and G would be moved
    away from the data. A real picture costs -log D(x)."""
    return softplus(real_logits).mean() + softplus(-fake_logits).mean()


@exercise.mistake(hint="formula")
def sign_lost(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """This is what D maximises; an optimiser minimises, so D would learn to be wrong.
    Put a minus before each expectation."""
    return -discriminator_loss(real_logits, fake_logits)


@exercise.mistake(hint="formula")
def one_each(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """You return one loss for each picture; `backward()` needs a single number. The E
    of the formula is the mean over the batch."""
    return softplus(-real_logits) + softplus(fake_logits)


@exercise.mistake(hint="formula")
def summed(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """You sum over the batch, so twice as many pictures make steps twice as long. The
    E of the formula is the mean."""
    return softplus(-real_logits).sum() + softplus(fake_logits).sum()
