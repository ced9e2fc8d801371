"""Exercise: one update of D with a penalty on its slope."""

import torch
from torch import Tensor
from torch.nn.functional import softplus

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.ch06.r1 import r1
from aigc_course.exercises.small_gan import (
    Net,
    Opt,
    batch,
    descend,
    disturbed,
    gradients,
    left_behind,
    networks,
    other_loss,
    sgd,
    weights,
)

exercise = Exercise(
    "06.r1_step",
    order=125,
    title="A step of D with R1",
    difficulty=3,
    minutes=12,
    idea="It is the step of chapter 05 with one more term in the loss: the penalty at"
    " the real samples. D walks down the sum of both.",
    formula="L = mean softplus(-D(real)) + mean softplus(D(fake)) + r1(D, real, gamma);"
    " then zero_grad, backward, step.",
    line="Write `softplus = torch.nn.functional.softplus`, `fake = G(z).detach()`,"
    " `loss = softplus(-D(real)).mean() + softplus(D(fake)).mean() + r1(D, real,"
    " gamma)`, `optimizer.zero_grad()`, `loss.backward()`, `optimizer.step()` and"
    " `return loss.detach()`.",
    variation="Make it lazy: take the penalty at every eighth call only, eight times as"
    " strong, and compare the time of 1,000 steps.",
    asks="step",
)


@exercise.answer
def r1_step(
    G: Net, D: Net, optimizer: Opt, real: Tensor, z: Tensor, gamma: float
) -> Tensor:
    """One update of D on real samples and on G(z) with R1; returns the whole loss.

    The usual cross-entropy from logits, plus gamma / 2 E[||grad D(x)||^2] at `real`
    (Mescheder et al. 2018). `optimizer` holds D's weights.
    """
    loss = plain(G, D, real, z) + r1(D, real, gamma)
    optimizer.zero_grad()  # G's step has left gradients in D
    loss.backward()
    optimizer.step()
    return loss.detach()


def plain(G: Net, D: Net, real: Tensor, z: Tensor) -> Tensor:
    """D's loss without a penalty; no gradient reaches G."""
    return softplus(-D(real)).mean() + softplus(D(G(z).detach())).mean()


GAMMA = 0.7


@exercise.observe
def some_steps(f) -> dict[str, object]:
    (G, D), (G2, D2) = networks(), networks()
    opt = sgd(D, 0.1)
    after, told = [], []
    for _ in range(2):
        told.append(float(f(G, D, opt, *batch(), GAMMA)))
        after.append(weights(D))
    softplus(-D2(G2(batch()[1]))).mean().backward()  # as a step of G leaves D
    f(G2, D2, sgd(D2, 0.1), *batch(), 2 * GAMMA)
    return {
        "D after one step": after[0],
        "D after two steps": after[1],
        "D with gradients of G's step in it": weights(D2),
        "the returned losses": told,
        "the gradients of G": gradients(G),
        "G": weights(G),
        **left_behind(G, D),
    }


@exercise.must_hold
def g_untouched(f) -> str | None:
    """G keeps its weights, and no gradient is left in it."""
    G, D = networks()
    before = weights(G)
    f(G, D, sgd(D, 0.1), *batch(), GAMMA)
    if not same(weights(G), before):
        return "a step of D leaves the weights of G as they are."
    if any(g.any() for g in gradients(G)):
        return "D's step leaves no gradient in G; cut the fakes off with `.detach()`."
    return disturbed(G, D)


@exercise.must_hold
def without_penalty(f) -> bool:
    """With gamma = 0 it is the plain step of D."""
    (G, D), (real, z) = networks(), batch()
    loss = plain(G, D, real, z)
    slopes = torch.autograd.grad(loss, list(D.parameters()))
    want = [w - 0.1 * g for w, g in zip(weights(D), slopes, strict=True)]
    f(G, D, sgd(D, 0.1), real, z, 0.0)
    return same(weights(D), want)


@exercise.must_hold
def flatter(f) -> bool:
    """Twenty steps with a strong penalty make D flatter on the real samples."""
    (G, D), (real, z) = networks(), batch()
    before = float(r1(D, real, 1.0))
    for _ in range(20):
        f(G, D, sgd(D, 0.005), real, z, 20.0)
    return float(r1(D, real, 1.0)) < 0.9 * before


@exercise.must_hold
def tells_the_loss(f) -> str | None:
    """The function returns the whole loss, as it was before the update."""
    (G, D), (real, z) = networks(), batch()
    want = float(plain(G, D, real, z) + r1(D, real, GAMMA))
    return other_loss(f(G, D, sgd(D, 0.1), real, z, GAMMA), want)


@exercise.mistake(hint="idea")
def at_the_fakes(G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor, gamma: float):
    """Your penalty is taken at generated samples, which is R2. R1 asks D to be flat at
    the real ones: r1(D, real, gamma)."""
    return descend(opt, plain(G, D, real, z) + r1(D, G(z).detach(), gamma))


@exercise.mistake(hint="idea")
def at_both(G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor, gamma: float):
    """You penalise D at real and at generated samples, R1 and R2 together. This
    exercise asks for R1 alone."""
    both = r1(D, real, gamma) + r1(D, G(z).detach(), gamma)
    return descend(opt, plain(G, D, real, z) + both)


@exercise.mistake(hint="idea")
def cut_off(G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor, gamma: float):
    """The penalty is in the number that you return and not in D's gradient: a
    `.item()`, `float()` or `.detach()` cuts it off, or create_graph is missing. D must
    be able to lower it, so keep it a tensor with a graph."""
    return descend(opt, plain(G, D, real, z) + r1(D, real, gamma).detach())


@exercise.mistake(hint="idea")
def forgotten(G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor, gamma: float):
    """This is the step without a penalty: gamma changes nothing. Add r1(D, real, gamma)
    to the loss before `backward()`."""
    return descend(opt, plain(G, D, real, z))


@exercise.mistake(hint="formula")
def subtracted(G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor, gamma: float):
    """You subtract the penalty, so D is rewarded for steep slopes. Add it."""
    return descend(opt, plain(G, D, real, z) - r1(D, real, gamma))


@exercise.mistake(hint="formula")
def strength_twice(G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor, gamma: float):
    """You multiply by gamma again. Your r1 has the factor gamma / 2 in it already."""
    return descend(opt, plain(G, D, real, z) + gamma * r1(D, real, gamma))


@exercise.mistake(hint="formula")
def never_cleared(G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor, gamma: float):
    """Gradients of earlier steps are still in D, also those that G's turn has left
    there, and `backward()` adds to them. Call `optimizer.zero_grad()` first."""
    loss = plain(G, D, real, z) + r1(D, real, gamma)
    loss.backward()
    opt.step()
    return loss.detach()


@exercise.mistake(hint="formula")
def undetached(G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor, gamma: float):
    """D learns as it should, and its loss also leaves gradients in G. Cut the fakes off
    with `.detach()`."""
    loss = softplus(-D(real)).mean() + softplus(D(G(z))).mean() + r1(D, real, gamma)
    return descend(opt, loss)


@exercise.mistake(hint="formula")
def two_updates(G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor, gamma: float):
    """You take two steps, one down the loss and one down the penalty, where one step
    down their sum is asked for. Add both before `backward()`."""
    penalty = descend(opt, r1(D, real, gamma))
    return descend(opt, plain(G, D, real, z)) + penalty


@exercise.mistake(hint="formula")
def loss_without_penalty_told(
    G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor, gamma: float
):
    """D learns as it should, and you return its loss without the penalty. Return the
    whole loss that was descended."""
    loss = plain(G, D, real, z)
    descend(opt, loss + r1(D, real, gamma))
    return loss.detach()


@exercise.mistake(hint="idea")
def never_stepped(G: Net, D: Net, opt: Opt, real: Tensor, z: Tensor, gamma: float):
    """D stays as it was: the gradient is computed and the optimiser never steps. Call
    `optimizer.step()` after `backward()`."""
    loss = plain(G, D, real, z) + r1(D, real, gamma)
    opt.zero_grad()
    loss.backward()
    return loss.detach()
