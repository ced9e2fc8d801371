"""Exercise: what G minimises."""

import torch
from torch import Tensor
from torch.nn.functional import softplus

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.ch04.cross_entropy import cross_entropy
from aigc_course.exercises.ch04.d_loss import felt
from aigc_course.exercises.small_gan import (
    Net,
    batch,
    disturbed,
    left_behind,
    networks,
)

exercise = Exercise(
    "04.g_loss",
    order=50,
    title="What G minimises",
    difficulty=2,
    minutes=8,
    idea="G wants D to call its points real. So give them the label 1, and do not cut"
    " the graph from the loss through D into G.",
    formula="L_G = mean l(D(G(z)), 1), with l the cross-entropy.",
    line="Write `return cross_entropy(D(G(z)), torch.ones(len(z)))`.",
    variation="Compare with the minimax form -mean l(D(G(z)), 0): work out how large"
    " the gradient is at logit -10 in each.",
    asks="formula",
)


@exercise.answer
def g_loss(D: Net, G: Net, z: Tensor) -> Tensor:
    """Loss of G, a scalar whose gradient reaches G through D.

    L_G = mean l(D(G(z)), 1)    (non-saturating; Goodfellow et al. 2014, section 3)
    """
    return cross_entropy(D(G(z)), torch.ones(len(z)))


@exercise.observe
def g_and_its_gradients(f) -> dict[str, object]:
    found: dict[str, object] = {}
    for shift, where in ((0.0, ""), (-120.0, " where all logits are near -120")):
        G, D = networks(shift=shift)
        loss, in_g = felt(f(D, G, batch()[1]), G)
        found |= {f"the loss{where}": loss, f"G's gradients{where}": in_g}
    return {**found, **left_behind(G, D)}


@exercise.must_hold
def networks_as_before(f) -> str | None:
    """Both networks are in training mode and can learn, as they could before."""
    G, D = networks()
    f(D, G, batch()[1])
    return disturbed(G, D)


@exercise.must_hold
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


@exercise.must_hold
def at_one_half(f) -> bool:
    """Where D believes 1/2 of everything the loss is log 2."""
    G, D = networks()
    with torch.no_grad():
        for weight in D.parameters():
            weight.zero_()
    return same(float(f(D, G, batch()[1])), 0.6931472)


@exercise.mistake(hint="idea")
def cut_off(D: Net, G: Net, z: Tensor) -> Tensor:
    """The value is right, but G gets no gradient: the fakes were detached, or the
    scores were taken over from D's turn, where they were cut off. Score fresh fakes,
    `D(G(z))`, without `.detach()` or `no_grad`."""
    return softplus(-D(G(z).detach())).mean()


@exercise.mistake(hint="formula")
def on_the_wrong_side(D: Net, G: Net, z: Tensor) -> Tensor:
    """This is the fakes' half of D's loss: G would learn to be recognised. G and D want
    opposite labels for the same points; G's is 1."""
    return softplus(D(G(z))).mean()


@exercise.mistake(hint="formula")
def saturating(D: Net, G: Net, z: Tensor) -> Tensor:
    """This is the minimax form, log(1 - D(G(z))): its direction is right, but its
    gradient vanishes where D is sure of a fake, which is where G has most to learn.
    Take -log D(G(z))."""
    return -softplus(D(G(z))).mean()


@exercise.mistake(hint="idea")
def one_total(D: Net, G: Net, z: Tensor) -> Tensor:
    """You add the fakes' halves of both players' losses. Where D's belief is 1/2 their
    gradients have equal size and opposite directions, so G does not move. Each player
    has a loss of its own."""
    logits = D(G(z))
    return softplus(-logits).mean() + softplus(logits).mean()


@exercise.mistake(hint="formula")
def of_a_critic(D: Net, G: Net, z: Tensor) -> Tensor:
    """You push up the mean logit itself, as against a Wasserstein critic: fakes that
    already pass pull as hard as the others. (4.9) is -log D(G(z))."""
    return -D(G(z)).mean()


@exercise.mistake(hint="formula")
def d_left_in_evaluation(D: Net, G: Net, z: Tensor) -> Tensor:
    """You switch D to evaluation mode and leave it there: a D with batch normalisation
    or dropout then judges by other rules than those it learns by. Leave its mode
    alone; D stays as it is because only G's optimiser steps."""
    D.eval()
    return g_loss(D, G, z)


@exercise.mistake(hint="line")
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
    exercise.mistake(hint="formula")(small_number_added(_eps))


@exercise.mistake(hint="formula")
def log_of_a_sigmoid_for_g(D: Net, G: Net, z: Tensor) -> Tensor:
    """Your loss is infinite where D is sure of every fake: its sigmoid is 0 in 32 bits,
    and 0 has no logarithm. Take both in one step, with your `cross_entropy`."""
    return -torch.log(torch.sigmoid(D(G(z)))).mean()
