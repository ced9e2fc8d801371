"""Exercise on one turn of each player."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.ch04.d_loss import d_loss
from aigc_course.exercises.ch04.descend import descend
from aigc_course.exercises.ch04.g_loss import g_loss
from aigc_course.exercises.small_gan import (
    Net,
    Opt,
    batch,
    disturbed,
    gradients,
    left_behind,
    networks,
    sgd,
    weights,
)

exercise = Exercise(
    "04.step",
    order=70,
    title="One turn each",
    difficulty=3,
    minutes=10,
    idea="D learns first. G then faces the D that has just learnt, so its loss is"
    " computed after D's update and not before.",
    formula="D: w_D <- w_D - lr dL_D/dw_D; then G: w_G <- w_G - lr dL_G/dw_G, with L_G"
    " judged by the new D.",
    line="Write `loss_d = d_loss(D, G, real, z)`, `descend(for_d, loss_d)`, `loss_g"
    " = g_loss(D, G, z)`, `descend(for_g, loss_g)` and `return loss_d.detach(),"
    " loss_g.detach()`.",
    variation="Let D take five turns for each of G's, and watch its beliefs change.",
    asks="step",
)


Losses = tuple[Tensor, Tensor]


@exercise.answer
def step(G: Net, D: Net, for_g: Opt, for_d: Opt, real: Tensor, z: Tensor) -> Losses:
    """One update of D, then one of G against the new D; returns both losses.

    Goodfellow et al. 2014, algorithm 1, with one step of D for each of G.
    """
    loss_d = d_loss(D, G, real, z)
    descend(for_d, loss_d)
    loss_g = g_loss(D, G, z)  # by the D that has just learnt
    descend(for_g, loss_g)
    return loss_d.detach(), loss_g.detach()


def numbers(told: object) -> list[float]:
    """The two returned losses as numbers."""
    assert isinstance(told, tuple | list) and len(told) == 2, (
        "The step should return two losses, D's and G's."
    )
    return [float(one.detach() if isinstance(one, Tensor) else one) for one in told]


@exercise.observe
def two_rounds(f) -> dict[str, object]:
    G, D = networks()
    for_g, for_d = sgd(G), sgd(D)
    seen: dict[str, object] = {}
    for turn in ("first", "second"):
        real, z = batch()
        told = f(G, D, for_g, for_d, real, z)
        seen |= {f"D after the {turn} step": weights(D)}
        seen |= {f"G after the {turn} step": weights(G)}
        seen |= {f"the losses of the {turn} step": numbers(told)}
    seen |= left_behind(G, D)
    G, D = networks(shift=-120)  # D is sure that everything is generated
    told = f(G, D, sgd(G), sgd(D), *batch())
    return {**seen, "G where D was sure": weights(G), "the losses": numbers(told)}


@exercise.must_hold
def networks_as_before(f) -> str | None:
    """Both networks are in training mode and can learn, as they could before."""
    G, D = networks()
    f(G, D, sgd(G), sgd(D), *batch())
    return disturbed(G, D)


@exercise.must_hold
def each_by_its_own_optimizer(f) -> bool:
    """With rate 0 for one player, that player stays and the other learns."""
    for rates in ((0.0, 0.1), (0.1, 0.0)):
        nets = networks()
        before = [weights(network) for network in nets]
        f(*nets, *map(sgd, nets, rates), *batch())
        pairs = zip(nets, before, rates, strict=True)
        if any(same(weights(n), b) != (rate == 0) for n, b, rate in pairs):
            return False
    return True


@exercise.must_hold
def the_losses_are_told(f) -> bool:
    """The first loss is D's before its update, the second G's after it."""
    G, D = networks()
    real, z = batch()
    want_d = float(d_loss(D, G, real, z))
    told_d, told_g = numbers(f(G, D, sgd(G, 0.0), sgd(D, 0.1), real, z))
    return same([told_d, told_g], [want_d, float(g_loss(D, G, z))])


@exercise.mistake(hint="idea")
def g_teaches_d(G: Net, D: Net, for_g: Opt, for_d: Opt, real: Tensor, z: Tensor):
    """In G's turn D moves as well, down G's loss: it learns to be fooled, and undoes
    what it has just learnt. Let only G's optimiser step there."""
    loss_d = d_loss(D, G, real, z)
    descend(for_d, loss_d)
    loss_g = g_loss(D, G, z)
    for_d.zero_grad()
    descend(for_g, loss_g)
    for_d.step()
    return loss_d.detach(), loss_g.detach()


@exercise.mistake(hint="idea")
def one_total(G: Net, D: Net, for_g: Opt, for_d: Opt, real: Tensor, z: Tensor):
    """You add the two losses and let both players walk down the sum. D's pull on the
    fakes and G's then meet in D's weights and cancel. Two losses, two `backward()`
    calls, each with its own optimiser."""
    loss_d, loss_g = d_loss(D, G, real, z), g_loss(D, G, z)
    for_g.zero_grad()
    descend(for_d, loss_d + loss_g)
    for_g.step()
    return loss_d.detach(), loss_g.detach()


@exercise.mistake(hint="idea")
def at_the_same_time(G: Net, D: Net, for_g: Opt, for_d: Opt, real: Tensor, z: Tensor):
    """G is judged by the D of before: you compute both losses and then update both.
    That is simultaneous descent, which circled outwards in a game of chapter 03 in
    which taking turns did not. Compute G's loss after D's update."""
    loss_d, loss_g = d_loss(D, G, real, z), g_loss(D, G, z)
    for_d.zero_grad()
    loss_d.backward(retain_graph=True)
    d_gradients = gradients(D)
    descend(for_g, loss_g)
    for w, gradient in zip(D.parameters(), d_gradients, strict=True):
        w.grad = gradient
    for_d.step()
    return loss_d.detach(), loss_g.detach()


@exercise.mistake(hint="idea")
def g_first(G: Net, D: Net, for_g: Opt, for_d: Opt, real: Tensor, z: Tensor):
    """G goes first here, against a D that has not yet seen these points. In the usual
    order D learns and G answers."""
    loss_g = g_loss(D, G, z)
    descend(for_g, loss_g)
    loss_d = d_loss(D, G, real, z)
    descend(for_d, loss_d)
    return loss_d.detach(), loss_g.detach()


@exercise.mistake(hint="formula")
def g_never_learns(G: Net, D: Net, for_g: Opt, for_d: Opt, real: Tensor, z: Tensor):
    """G stays as it was: its optimiser never steps, or no gradient reaches it because
    it is shown scores of detached fakes. Compute `g_loss` anew and descend."""
    loss_d = d_loss(D, G, real, z)
    descend(for_d, loss_d)
    return loss_d.detach(), g_loss(D, G, z).detach()


@exercise.mistake(hint="formula")
def d_never_learns(G: Net, D: Net, for_g: Opt, for_d: Opt, real: Tensor, z: Tensor):
    """D stays as it was, so G learns against a D that is not trained. Descend D's loss
    with D's optimiser."""
    loss_d, loss_g = d_loss(D, G, real, z), g_loss(D, G, z)
    descend(for_g, loss_g)
    return loss_d.detach(), loss_g.detach()


@exercise.mistake(hint="line")
def losses_exchanged(G: Net, D: Net, for_g: Opt, for_d: Opt, real: Tensor, z: Tensor):
    """Both players learn as they should, but the losses come back in the wrong order:
    D's first."""
    return step(G, D, for_g, for_d, real, z)[::-1]


@exercise.mistake(hint="line")
def fresh_latents(G: Net, D: Net, for_g: Opt, for_d: Opt, real: Tensor, z: Tensor):
    """You draw new latents for G's turn. So does algorithm 1 of Goodfellow et al., and
    it trains as well; here the step is given one `z` for both turns, so that results
    can be compared: use it twice."""
    loss_d = d_loss(D, G, real, z)
    descend(for_d, loss_d)
    loss_g = g_loss(D, G, torch.randn_like(z))
    descend(for_g, loss_g)
    return loss_d.detach(), loss_g.detach()


@exercise.mistake(hint="formula")
def d_left_in_evaluation(
    G: Net, D: Net, for_g: Opt, for_d: Opt, real: Tensor, z: Tensor
):
    """You switch D to evaluation mode for G's turn and leave it there: a D with batch
    normalisation or dropout then judges by other rules than those it learns by. Leave
    its mode alone; it stands still because only G's optimiser steps."""
    loss_d = d_loss(D, G, real, z)
    descend(for_d, loss_d)
    D.eval()
    loss_g = g_loss(D, G, z)
    descend(for_g, loss_g)
    return loss_d.detach(), loss_g.detach()


@exercise.mistake(hint="formula")
def d_in_evaluation(G: Net, D: Net, for_g: Opt, for_d: Opt, real: Tensor, z: Tensor):
    """In G's turn D judges in evaluation mode: with batch normalisation or dropout it
    is then another function than the one that has just learnt. Leave its mode
    alone."""
    loss_d = d_loss(D, G, real, z)
    descend(for_d, loss_d)
    D.eval()
    loss_g = g_loss(D, G, z)
    D.train()
    descend(for_g, loss_g)
    return loss_d.detach(), loss_g.detach()


@exercise.mistake(hint="formula")
def d_left_frozen(G: Net, D: Net, for_g: Opt, for_d: Opt, real: Tensor, z: Tensor):
    """You freeze D for G's turn and leave it frozen, so the next step of D stops: its
    loss has no weight to send a gradient to. Call `D.requires_grad_(True)` at the
    end."""
    d = d_loss(D, G, real, z)
    for_d.zero_grad()
    d.backward()
    for_d.step()
    D.requires_grad_(False)
    loss_g = g_loss(D, G, z)
    descend(for_g, loss_g)
    return d.detach(), loss_g.detach()


@exercise.mistake(hint="formula")
def losses_afterwards(G: Net, D: Net, for_g: Opt, for_d: Opt, real: Tensor, z: Tensor):
    """Both players learn as they should, but you compute the losses again after both
    updates. Return those that were descended: D's before its update, G's against the
    new D and before its own."""
    step(G, D, for_g, for_d, real, z)
    return d_loss(D, G, real, z).detach(), g_loss(D, G, z).detach()
