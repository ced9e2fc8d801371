"""Exercise on the losses of both players, from logits."""

import math

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy, softplus

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

Pair = tuple[Tensor, Tensor]


exercise = Exercise(
    "03.gan_losses",
    order=50,
    title="Two players, two losses",
    difficulty=3,
    minutes=12,
    asks="formula",
    idea="D answers two questions, one about real and one about fake samples. G has"
    " one goal: D shall take its fakes for real. Two numbers, each for its own player.",
    formula="L_D = E[softplus(-real)] + E[softplus(fake)] and L_G = E[softplus(-fake)],"
    " where E is the mean over the batch.",
    line="Write `return softplus(-real_logits).mean() + softplus(fake_logits).mean(),"
    " softplus(-fake_logits).mean()`.",
    variation="Write the pair of the minimax game as well, add its two losses, and look"
    " which gradients are left.",
)


@exercise.answer
def gan_losses(real_logits: Tensor, fake_logits: Tensor) -> tuple[Tensor, Tensor]:
    """(L_D, L_G), cross-entropy for D and non-saturating for G, as two scalars.

    L_D = -E[log D(x)] - E[log(1 - D(G(z)))], L_G = -E[log D(G(z))], D = sigmoid(logit);
    finite at logits of any size.
    """
    # -log sigmoid(a) = softplus(-a) and -log(1 - sigmoid(a)) = softplus(a)
    d_loss = softplus(-real_logits).mean() + softplus(fake_logits).mean()
    return d_loss, softplus(-fake_logits).mean()


def measured(f, real: Tensor, fake: Tensor) -> dict[str, object]:
    """Both losses and the slope of each in both batches of logits."""
    real, fake = real.clone().requires_grad_(), fake.clone().requires_grad_()
    found: dict[str, object] = {}
    for name, loss in zip(("L_D", "L_G"), f(real, fake), strict=True):
        found[name] = loss.detach()
        found[f"the slope of {name} in the real logits"] = slope_of(loss, real)
        found[f"the slope of {name} in the fake logits"] = slope_of(loss, fake)
    return found


def slope_of(loss: Tensor, logits: Tensor) -> Tensor:
    """The gradient of a loss in these logits, 0 where it does not depend on them."""
    if not loss.requires_grad:
        return torch.zeros_like(logits)
    return torch.autograd.grad(
        loss.sum(), logits, retain_graph=True, allow_unused=True, materialize_grads=True
    )[0]


@exercise.observe
def near_and_far(f) -> dict[str, object]:
    found = measured(f, torch.linspace(-2.5, 3, 6), torch.linspace(-3, 1, 4))
    # e^40 fits into float32, but sigmoid(40) is 1 there; e^150 does not fit
    for size in (40, 150):
        ends = torch.tensor([float(size), -float(size)])
        far = measured(f, ends, -ends)
        found |= {f"{name}, at logits of {size}": far[name] for name in far}
    return found


@exercise.must_hold
def undecided(f) -> bool:
    """A D that believes 1/2 of everything gives L_D = 2 log 2 and L_G = log 2."""
    d_loss, g_loss = f(torch.zeros(4), torch.zeros(4))
    return same([d_loss.item(), g_loss.item()], [2 * math.log(2), math.log(2)])


@exercise.must_hold
def against_each_other(f) -> bool:
    """On the fakes the two players pull in opposite directions: the slope of L_D is
    positive, that of L_G negative."""
    fake = torch.linspace(-2, 2, 4).requires_grad_()
    d, g = (slope_of(loss, fake) for loss in f(torch.ones(4), fake))
    return bool((d > 0).all() and (g < 0).all())


@exercise.must_hold
def real_samples_are_for_d(f) -> bool:
    """L_G does not change with the real logits."""
    fake = torch.linspace(-2, 2, 5)
    return same(f(torch.zeros(5), fake)[1], f(torch.ones(5), fake)[1])


@exercise.mistake(hint="idea")
def generator_as_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Pair:
    """Your L_G has the form of D's loss, -log D(G(z)) - log(1 - D(G(z))): it asks that
    D(G(z)) be near 1 and near 0 at once, and is smallest at 1/2. G has one goal only,
    D(G(z)) near 1."""
    d_loss, g_loss = gan_losses(real_logits, fake_logits)
    return d_loss, g_loss + softplus(fake_logits).mean()


@exercise.mistake(hint="idea")
def glad_to_be_fooled(real_logits: Tensor, fake_logits: Tensor) -> Pair:
    """Your L_D has -log D(G(z)) on the fakes, which rewards D for being fooled: it
    would call everything real. D wants 1 - D(G(z)) near 1, so -log(1 - D(G(z))) belongs
    there."""
    _, g_loss = gan_losses(real_logits, fake_logits)
    return softplus(-real_logits).mean() + g_loss, g_loss


@exercise.mistake(hint="idea")
def one_total(real_logits: Tensor, fake_logits: Tensor) -> Pair:
    """Both numbers are the total L_D + L_G. On the fakes the players pull against each
    other, and in the sum their pulls cancel in part: each player minimises a loss of
    its own."""
    total = sum(gan_losses(real_logits, fake_logits))
    assert isinstance(total, Tensor)
    return total, total


@exercise.mistake(hint="idea")
def zero_sum(real_logits: Tensor, fake_logits: Tensor) -> Pair:
    """Your L_G is -L_D. That is the minimax game, in which G climbs what D descends;
    its slope vanishes on fakes that D is sure of. The non-saturating L_G is -log
    D(G(z)), and G cannot change the real half."""
    d_loss, _ = gan_losses(real_logits, fake_logits)
    return d_loss, -d_loss


@exercise.mistake(hint="formula")
def saturating(real_logits: Tensor, fake_logits: Tensor) -> Pair:
    """Your L_G is log(1 - D(G(z))), the minimax loss: flat where D is sure of a fake.
    The non-saturating one is -log D(G(z)) = softplus(-fake)."""
    d_loss, _ = gan_losses(real_logits, fake_logits)
    return d_loss, -softplus(fake_logits).mean()


@exercise.mistake(hint="idea")
def g_helps_d(real_logits: Tensor, fake_logits: Tensor) -> Pair:
    """Your L_G is -log(1 - D(G(z))), D's own half: G would learn to be recognised. Its
    fakes want the label 1."""
    d_loss, _ = gan_losses(real_logits, fake_logits)
    return d_loss, softplus(fake_logits).mean()


@exercise.mistake(hint="idea")
def log_of_a_logit(real_logits: Tensor, fake_logits: Tensor) -> Pair:
    """You take the logarithm of the raw output, and the first negative logit makes it
    NaN. A raw output is not a probability: the sigmoid comes between, and both together
    are a softplus."""
    log = torch.log
    d_loss = -log(real_logits).mean() - log(1 - fake_logits).mean()
    return d_loss, -log(fake_logits).mean()


@exercise.mistake(hint="formula")
def exponential_overflows(real_logits: Tensor, fake_logits: Tensor) -> Pair:
    """The formulas are right and infinite at logits of 150: e^150 does not fit into
    float32, alone or inside a sigmoid. Your `softplus`, or torch's, takes the larger
    term out of the logarithm first."""

    def soft(a: Tensor) -> Tensor:
        return torch.log1p(torch.exp(a))

    d_loss = soft(-real_logits).mean() + soft(fake_logits).mean()
    return d_loss, soft(-fake_logits).mean()


@exercise.mistake(hint="formula")
def stopped_at_100(real_logits: Tensor, fake_logits: Tensor) -> Pair:
    """After the sigmoid, `binary_cross_entropy` stops every logarithm at -100, and its
    slope is 0 there: where D is most wrong, it learns nothing. Use the form that takes
    logits, `binary_cross_entropy_with_logits`, or softplus."""

    def cost(a: Tensor, label: float) -> Tensor:
        return binary_cross_entropy(a.sigmoid(), torch.full_like(a, label))

    d_loss = cost(real_logits, 1.0) + cost(fake_logits, 0.0)
    return d_loss, cost(fake_logits, 1.0)


@exercise.mistake(hint="idea")
def fakes_detached(real_logits: Tensor, fake_logits: Tensor) -> Pair:
    """You detach the logits of the fakes in L_D, so D would learn nothing from them.
    What is detached is the fake itself, before D judges it, and that belongs into the
    training step (chapter 04)."""
    _, g_loss = gan_losses(real_logits, fake_logits)
    return gan_losses(real_logits, fake_logits.detach())[0], g_loss


@exercise.mistake(hint="formula")
def smoothed(real_logits: Tensor, fake_logits: Tensor) -> Pair:
    """You use the label 0.9 for real samples. Label smoothing is another loss (chapter
    06): here the label of real samples is 1."""
    d_loss, g_loss = gan_losses(real_logits, fake_logits)
    return d_loss + 0.1 * real_logits.mean(), g_loss


@exercise.mistake(hint="formula")
def log_of_a_sigmoid(real_logits: Tensor, fake_logits: Tensor) -> Pair:
    """The formulas are right and infinite at logits of 150, where the sigmoid is
    exactly 0 or 1 in float32. Take logarithm and sigmoid in one step: -log sigmoid(a)
    is softplus(-a)."""
    real, fake, log = real_logits.sigmoid(), fake_logits.sigmoid(), torch.log
    return -log(real).mean() - log(1 - fake).mean(), -log(fake).mean()


@exercise.mistake(hint="formula")
def small_number_added(real_logits: Tensor, fake_logits: Tensor) -> Pair:
    """A small number inside the logarithm keeps the loss finite, but where D is most
    wrong the slope is now nearly 0, and it learns nothing there. The softplus form
    needs no such number."""
    real, fake, eps = real_logits.sigmoid(), fake_logits.sigmoid(), 1e-8
    d_loss = -torch.log(real + eps).mean() - torch.log(1 - fake + eps).mean()
    return d_loss, -torch.log(fake + eps).mean()


@exercise.mistake(hint="formula")
def halved(real_logits: Tensor, fake_logits: Tensor) -> Pair:
    """Your L_D is the mean of its two halves; the formula adds them. An undecided D
    would read 0.69 instead of 1.39."""
    d_loss, g_loss = gan_losses(real_logits, fake_logits)
    return d_loss / 2, g_loss


@exercise.mistake(hint="line")
def other_way_round(real_logits: Tensor, fake_logits: Tensor) -> Pair:
    """Both losses are right; they stand in the wrong order. Return D's first."""
    d_loss, g_loss = gan_losses(real_logits, fake_logits)
    return g_loss, d_loss
