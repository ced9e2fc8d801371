"""Exercises on what D and G minimise, and on who feels it."""

import torch
from torch import Tensor
from torch.nn.functional import softplus

from aigc_course.checks.compare import kind, same
from aigc_course.checks.exercise import Exercise
from aigc_course.checks.parts04.cross_entropy import cross_entropy
from aigc_course.checks.small_gan import (
    Net,
    batch,
    disturbed,
    gradients,
    left_behind,
    networks,
)

for_d = Exercise(
    "04.d_loss",
    title="What D minimises",
    difficulty=2,
    minutes=8,
    idea="Real points have the label 1, generated ones 0, and D is judged on both. G"
    " delivers them: nothing of this loss may reach it.",
    formula="L_D = mean l(D(x), 1) + mean l(D(G(z)), 0), with l the cross-entropy.",
    line="Take `fake = G(z).detach()` and `return cross_entropy(D(real),"
    " torch.ones(len(real))) + cross_entropy(D(fake), torch.zeros(len(fake)))`.",
    variation="Show D three batches of fakes for each batch of real points, and find"
    " out to which belief it then moves where both are equally dense.",
)

for_g = Exercise(
    "04.g_loss",
    title="What G minimises",
    difficulty=2,
    minutes=8,
    idea="G wants D to call its points real. So give them the label 1, and leave the"
    " way from the loss through D into G open.",
    formula="L_G = mean l(D(G(z)), 1), with l the cross-entropy.",
    line="Write `return cross_entropy(D(G(z)), torch.ones(len(z)))`.",
    variation="Compare with the minimax form -mean l(D(G(z)), 0): work out how large"
    " the gradient is at logit -10 in each.",
)


@for_d.answer
def d_loss(D: Net, G: Net, real: Tensor, z: Tensor) -> Tensor:
    """Loss of D on real points and on G(z), a scalar that sends no gradient into G.

    L_D = mean l(D(x), 1) + mean l(D(G(z)), 0)
    """
    fake = G(z).detach()  # cut: this loss is none of G's business
    on_real = cross_entropy(D(real), torch.ones(len(real)))
    on_fake = cross_entropy(D(fake), torch.zeros(len(fake)))
    return on_real + on_fake


@for_d.also_right
def drawn_without_graph(D: Net, G: Net, real: Tensor, z: Tensor) -> Tensor:
    with torch.no_grad():
        fake = G(z)
    return softplus(-D(real)).mean() + softplus(D(fake)).mean()


@for_d.also_right
def in_one_batch(D: Net, G: Net, real: Tensor, z: Tensor) -> Tensor:
    points = torch.cat([real, G(z).detach()])
    labels = torch.cat([torch.ones(len(real)), torch.zeros(len(z))])
    return 2 * cross_entropy(D(points), labels)  # the sum of two means


def felt(loss: object, *networks: Net) -> list[object]:
    """The loss, and the gradients it leaves in each network, one row for each."""
    assert isinstance(loss, Tensor), (
        f"The result is {kind(loss)}; expected is the loss as a tensor, so that"
        " `backward()` can be called."
    )
    if loss.requires_grad and loss.numel() == 1:
        loss.backward()
    return [loss.detach(), *(gradients(network) for network in networks)]


@for_d.observe
def d_and_its_gradients(f) -> dict[str, object]:
    found: dict[str, object] = {}
    for shift in (0, -120, 120):
        G, D = networks(shift=shift)
        loss, in_d, in_g = felt(f(D, G, *batch()), D, G)
        where = f" where all logits are near {shift}" if shift else ""
        found |= {f"the loss{where}": loss, f"D's gradients{where}": in_d}
        found |= {f"G's gradients{where}": in_g}
    return {**found, **left_behind(G, D)}


@for_d.must_hold
def both_as_before(f) -> str | None:
    """Both networks are in training mode and can learn, as before."""
    G, D = networks()
    f(D, G, *batch())
    return disturbed(G, D)


@for_d.must_hold
def g_feels_nothing(f) -> bool:
    """D's loss leaves no gradient in G."""
    G, D = networks()
    return not any(g.any() for g in felt(f(D, G, *batch()), G)[1])  # type: ignore[attr-defined]


@for_d.must_hold
def descent_helps_d(f) -> bool:
    """A small step of D down its loss raises real logits above generated ones."""
    G, D = networks()
    real, z = batch(64)

    def lead() -> Tensor:
        return (D(real).mean() - D(G(z)).mean()).detach()

    before = lead()
    f(D, G, real, z).backward()
    with torch.no_grad():
        for weight in D.parameters():
            if weight.grad is not None:
                weight.sub_(0.01 * weight.grad)
    return bool(lead() > before)


@for_d.mistake(hint="idea")
def undetached(D: Net, G: Net, real: Tensor, z: Tensor) -> Tensor:
    """The value is right, but the loss also sends gradients into G, and they say: make
    worse fakes. Cut the fakes off with `.detach()`."""
    return softplus(-D(real)).mean() + softplus(D(G(z))).mean()


@for_d.mistake(hint="idea")
def outside_the_graph(D: Net, G: Net, real: Tensor, z: Tensor) -> Tensor:
    """The value is right and D gets no gradient: the loss was computed with NumPy, with
    `.item()`, under `no_grad`, or from detached logits. Only the fakes are cut off;
    from D's weights to the loss all stays torch."""
    return d_loss(D, G, real, z).detach()


@for_d.mistake(hint="formula")
def glad_to_be_fooled(D: Net, G: Net, real: Tensor, z: Tensor) -> Tensor:
    """Your D is rewarded for calling the fakes real: their term is -log D(G(z)), which
    is G's wish. D wants the label 0 for them, -log(1 - D(G(z)))."""
    return softplus(-D(real)).mean() + softplus(-D(G(z).detach())).mean()


@for_d.mistake(hint="formula")
def labels_exchanged(D: Net, G: Net, real: Tensor, z: Tensor) -> Tensor:
    """Your labels are exchanged: 1 belongs to the real points, 0 to the generated."""
    return softplus(D(real)).mean() + softplus(-D(G(z).detach())).mean()


@for_d.mistake(hint="idea")
def fakes_alone(D: Net, G: Net, real: Tensor, z: Tensor) -> Tensor:
    """Your D never sees a real point, so calling everything generated is perfect. Add
    the half with the real points."""
    return softplus(D(G(z).detach())).mean()


@for_d.mistake(hint="formula")
def halved(D: Net, G: Net, real: Tensor, z: Tensor) -> Tensor:
    """This is the mean of the two halves, half the loss of the formula: at beliefs of
    1/2 it should be 2 log 2 = 1.386. Add them."""
    return d_loss(D, G, real, z) / 2


@for_d.mistake(hint="idea")
def verdict_detached(D: Net, G: Net, real: Tensor, z: Tensor) -> Tensor:
    """You detach D's logits of the fakes, so D learns nothing from them. Cut one step
    earlier, between G and D: `D(G(z).detach())`."""
    return softplus(-D(real)).mean() + softplus(D(G(z)).detach()).mean()


@for_d.mistake(hint="formula")
def smoothed(D: Net, G: Net, real: Tensor, z: Tensor) -> Tensor:
    """You use the label 0.9 for real points. Label smoothing is another loss (chapter
    06); in (4.6) the label of real points is 1."""
    logits = D(real)
    fakes = softplus(D(G(z).detach())).mean()
    return softplus(-logits).mean() + 0.1 * logits.mean() + fakes


@for_d.mistake(hint="line")
def other_latents(D: Net, G: Net, real: Tensor, z: Tensor) -> Tensor:
    """You draw latents of your own and leave `z` unused. They serve as well in
    training; here `z` is an argument, so that results can be compared: use it."""
    return d_loss(D, G, real, torch.randn_like(z))


@for_d.mistake(hint="formula")
def g_left_in_evaluation(D: Net, G: Net, real: Tensor, z: Tensor) -> Tensor:
    """You switch G to evaluation mode and leave it there: a G with batch normalisation
    then draws other points, and goes on doing so in its own turn. Leave the mode
    alone; `.detach()` is all that is needed."""
    G.eval()
    return d_loss(D, G, real, z)


@for_d.mistake(hint="formula")
def log_of_a_sigmoid(D: Net, G: Net, real: Tensor, z: Tensor) -> Tensor:
    """Your loss is infinite where D is sure and wrong: sigmoid and logarithm are taken
    one after the other, and the logarithm meets 0. Your `cross_entropy` takes logits
    and does not meet it."""
    on_real = -torch.log(torch.sigmoid(D(real))).mean()
    return on_real - torch.log(1 - torch.sigmoid(D(G(z).detach()))).mean()


@for_g.answer
def g_loss(D: Net, G: Net, z: Tensor) -> Tensor:
    """Loss of G, a scalar whose gradient reaches G through D.

    L_G = mean l(D(G(z)), 1)    (non-saturating; Goodfellow et al. 2014, section 3)
    """
    return cross_entropy(D(G(z)), torch.ones(len(z)))


@for_g.also_right
def by_softplus(D: Net, G: Net, z: Tensor) -> Tensor:
    return softplus(-D(G(z))).mean()


@for_g.also_right
def by_sigmoids(D: Net, G: Net, z: Tensor) -> Tensor:
    return -torch.nn.functional.logsigmoid(D(G(z)).flatten()).sum() / len(z)


@for_g.observe
def g_and_its_gradients(f) -> dict[str, object]:
    found: dict[str, object] = {}
    for shift, where in ((0.0, ""), (-120.0, " where all logits are near -120")):
        G, D = networks(shift=shift)
        loss, in_g = felt(f(D, G, batch()[1]), G)
        found |= {f"the loss{where}": loss, f"G's gradients{where}": in_g}
    return {**found, **left_behind(G, D)}


@for_g.must_hold
def networks_as_before(f) -> str | None:
    """Both networks are in training mode and can learn, as they could before."""
    G, D = networks()
    f(D, G, batch()[1])
    return disturbed(G, D)


@for_g.must_hold
def up_the_slope(f) -> bool:
    """A small step of G down its loss raises D's logits of the same latents."""
    G, D = networks()
    z = batch(64)[1]
    before = D(G(z)).mean().detach()
    f(D, G, z).backward()
    with torch.no_grad():
        for weight in G.parameters():
            if weight.grad is not None:
                weight.sub_(0.01 * weight.grad)
    return bool(D(G(z)).mean() > before)


@for_g.must_hold
def at_one_half(f) -> bool:
    """Where D believes 1/2 of everything the loss is log 2."""
    G, D = networks()
    with torch.no_grad():
        for weight in D.parameters():
            weight.zero_()
    return same(float(f(D, G, batch()[1])), 0.6931472)


@for_g.mistake(hint="idea")
def cut_off(D: Net, G: Net, z: Tensor) -> Tensor:
    """The value is right and G's gradient is nothing at all: the fakes were detached,
    or the scores were taken over from D's turn, where they were cut off. Score fresh
    fakes, `D(G(z))`, without `.detach()` or `no_grad`."""
    return softplus(-D(G(z).detach())).mean()


@for_g.mistake(hint="formula")
def on_the_wrong_side(D: Net, G: Net, z: Tensor) -> Tensor:
    """This is the fakes' half of D's loss: G would learn to be recognised. G and D want
    opposite labels for the same points; G's is 1."""
    return softplus(D(G(z))).mean()


@for_g.mistake(hint="formula")
def saturating(D: Net, G: Net, z: Tensor) -> Tensor:
    """This is the minimax form, log(1 - D(G(z))): its direction is right, but its
    gradient vanishes where D is sure of a fake, which is where G has most to learn.
    Take -log D(G(z))."""
    return -softplus(D(G(z))).mean()


@for_g.mistake(hint="idea")
def one_total(D: Net, G: Net, z: Tensor) -> Tensor:
    """You add the fakes' halves of both players' losses. Where D believes 1/2 they pull
    with equal force in opposite directions, and G stands still. Each player has a loss
    of its own."""
    logits = D(G(z))
    return softplus(-logits).mean() + softplus(logits).mean()


@for_g.mistake(hint="formula")
def of_a_critic(D: Net, G: Net, z: Tensor) -> Tensor:
    """You push up the mean logit itself, as against a Wasserstein critic: fakes that
    already pass pull as hard as the others. (4.9) is -log D(G(z))."""
    return -D(G(z)).mean()


@for_g.mistake(hint="formula")
def d_left_in_evaluation(D: Net, G: Net, z: Tensor) -> Tensor:
    """You switch D to evaluation mode and leave it there: a D with batch normalisation
    or dropout then judges by other rules than those it learns by. Leave its mode
    alone; D stays as it is because only G's optimiser steps."""
    D.eval()
    return g_loss(D, G, z)


@for_g.mistake(hint="line")
def other_latents_for_g(D: Net, G: Net, z: Tensor) -> Tensor:
    """You draw latents of your own and leave the argument `z` unused. They serve as
    well in training; here results are compared for this `z`: use it."""
    return g_loss(D, G, torch.randn_like(z))


def small_number_added(eps: float):
    """The answer with `eps` inside the logarithm."""

    def added(D: Net, G: Net, z: Tensor) -> Tensor:
        return -torch.log(torch.sigmoid(D(G(z))) + eps).mean()

    added.__name__ = f"small_number_{eps:.0e}".replace("-", "_")
    added.__doc__ = (
        f"The {eps:.0e} inside the logarithm keeps the loss finite, but where D is sure"
        " of every fake the slope is now 0, and G learns nothing just there. Take"
        " `softplus` of minus the logit, or your `cross_entropy`."
    )
    return added


for _eps in (1e-12, 1e-8, 1e-7):
    for_g.mistake(hint="formula")(small_number_added(_eps))


@for_g.mistake(hint="formula")
def log_of_a_sigmoid_for_g(D: Net, G: Net, z: Tensor) -> Tensor:
    """Your loss is infinite where D is sure of every fake: its sigmoid is 0 in 32 bits,
    and 0 has no logarithm. Take both in one step, with your `cross_entropy`."""
    return -torch.log(torch.sigmoid(D(G(z)))).mean()
