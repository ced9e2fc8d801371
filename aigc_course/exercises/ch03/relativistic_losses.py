"""Exercise on the relativistic losses."""

import math

import torch
from torch import Tensor
from torch.nn.functional import softplus

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

Pair = tuple[Tensor, Tensor]


exercise = Exercise(
    "03.relativistic_losses",
    order=100,
    title="Which of the two is real?",
    difficulty=3,
    minutes=10,
    asks="formula",
    idea="Each sample is scored alone. A pair is judged by the difference of its two"
    " scores: how sure is D that the real one is the real one? G's goal is the answer"
    " the other way round.",
    formula="L_D = E[softplus(-(real - fake))] and L_G = E[softplus(-(fake - real))],"
    " the i-th real sample beside the i-th fake.",
    line="Write `return softplus(fake_logits - real_logits).mean(),"
    " softplus(real_logits - fake_logits).mean()`.",
    variation="Compare every real sample with every fake, and measure how much less"
    " the loss then varies from batch to batch.",
)


@exercise.answer
def relativistic_losses(
    real_logits: Tensor, fake_logits: Tensor
) -> tuple[Tensor, Tensor]:
    """(L_D, L_G), two scalars, real and fake logits [N] or [N, 1] taken in pairs.

    L_D = -E[log sigmoid(a(x) - a(y))], x real and y fake; L_G with the roles exchanged
    (Jolicoeur-Martineau 2019, equations 3 and 4).
    """
    lead = real_logits - fake_logits  # [N]
    return softplus(-lead).mean(), softplus(lead).mean()


@exercise.inputs
def logits() -> list[tuple[Tensor, Tensor]]:
    real, fake = (
        torch.tensor([2.0, -1.0, 0.5, 3.0]),
        torch.tensor([1.0, 0.5, -2.0, 2.5]),
    )
    # sigmoid(40) is 1 in float32, while e^40 still fits
    far, less = torch.tensor([[140.0], [-90.0]]), torch.tensor([20.0, -20.0])
    pairs = (
        (real, fake),
        (real[:, None], fake[:, None]),
        (less, -less),
        (far, -far),
    )
    return [(r.clone().requires_grad_(), f.clone().requires_grad_()) for r, f in pairs]


@exercise.must_hold
def undecided(f) -> bool:
    """Where both scores are equal, both losses are log 2, whatever the score is."""
    got = f(torch.full((3,), 7.0), torch.full((3,), 7.0))
    return same([loss.item() for loss in got], [math.log(2)] * 2)


@exercise.must_hold
def only_the_difference(f) -> bool:
    """A constant added to all scores changes nothing."""
    real, fake = torch.randn(6), torch.randn(6)
    before, after = f(real, fake), f(real + 3, fake + 3)
    return same([x.item() for x in after], [x.item() for x in before])


@exercise.must_hold
def roles(f) -> bool:
    """Exchanging real and fake exchanges the two losses."""
    real, fake = torch.randn(6), torch.randn(6)
    (d, g), (d2, g2) = f(real, fake), f(fake, real)
    return same([d2.item(), g2.item()], [g.item(), d.item()])


@exercise.must_hold
def both_sides_move(f) -> bool:
    """L_G pushes fakes up and the real samples' scores down, by equal amounts."""
    real, fake = (torch.randn(6).requires_grad_() for _ in range(2))
    up, down = torch.autograd.grad(f(real, fake)[1], (fake, real))
    return bool((up < 0).all()) and same(up, -down)


@exercise.mistake(hint="idea")
def one_score_for_the_pair(real_logits: Tensor, fake_logits: Tensor) -> Pair:
    """You add the two scores, so the pair gets one score that stays the same when its
    members change places: it cannot say which of them is real. Each sample is scored
    alone, and the difference decides."""
    both = real_logits + fake_logits
    return softplus(-both).mean(), softplus(both).mean()


@exercise.mistake(hint="idea")
def each_alone(real_logits: Tensor, fake_logits: Tensor) -> Pair:
    """These are the ordinary GAN losses: each sample is judged against 0. Here it is
    judged against its partner; only the difference of the two scores appears."""
    d_loss = softplus(-real_logits).mean() + softplus(fake_logits).mean()
    return d_loss, softplus(-fake_logits).mean()


@exercise.mistake(hint="formula")
def against_the_average(real_logits: Tensor, fake_logits: Tensor) -> Pair:
    """You compare each sample with the mean score of the other side. That is the
    relativistic average GAN, a relative of this loss with another optimum. Here each
    real sample has one fake as its partner."""
    lead = real_logits - fake_logits.mean()
    lag = fake_logits - real_logits.mean()
    d_loss = softplus(-lead).mean() + softplus(lag).mean()
    return d_loss, softplus(lead).mean() + softplus(-lag).mean()


@exercise.mistake(hint="formula")
def every_pair(real_logits: Tensor, fake_logits: Tensor) -> Pair:
    """You compare every real sample with every fake, N^2 pairs. It has the same
    expectation and varies less, but is another number on this batch. If you did not
    intend it, look for shapes [N] and [N, 1] that have met and grown to [N, N]."""
    lead = real_logits.flatten()[:, None] - fake_logits.flatten()
    return softplus(-lead).mean(), softplus(lead).mean()


@exercise.mistake(hint="formula")
def difference_of_beliefs(real_logits: Tensor, fake_logits: Tensor) -> Pair:
    """You subtract beliefs, which lie between 0 and 1: even a perfect D then keeps a
    loss of softplus(-1) = 0.31. Subtract the logits."""
    lead = real_logits.sigmoid() - fake_logits.sigmoid()
    return softplus(-lead).mean(), softplus(lead).mean()


@exercise.mistake(hint="idea")
def zero_sum(real_logits: Tensor, fake_logits: Tensor) -> Pair:
    """Your L_G is -L_D, whose slope vanishes where D is sure. The relativistic G
    minimises the same function as D with the roles exchanged."""
    d_loss = softplus(fake_logits - real_logits).mean()
    return d_loss, -d_loss


@exercise.mistake(hint="formula")
def log_of_one_minus(real_logits: Tensor, fake_logits: Tensor) -> Pair:
    """The formula is right and infinite for far scores: the sigmoid of the difference
    is exactly 0 or 1 in float32, and so is one minus it. Take logarithm and sigmoid
    together: -log(1 - sigmoid(a)) is softplus(a)."""
    belief = (real_logits - fake_logits).sigmoid()
    return -torch.log(belief).mean(), -torch.log(1 - belief).mean()


@exercise.mistake(hint="formula")
def overflow(real_logits: Tensor, fake_logits: Tensor) -> Pair:
    """The formula is right and infinite for far scores: e^140 does not fit into
    float32, alone or inside a sigmoid, and the logarithm meets infinity or 0.
    `softplus` takes the larger term out of the logarithm first."""
    lead = real_logits - fake_logits
    return -torch.log(lead.sigmoid()).mean(), -torch.log((-lead).sigmoid()).mean()


@exercise.mistake(hint="line")
def other_way_round(real_logits: Tensor, fake_logits: Tensor) -> Pair:
    """D would learn that the fake is the real one. Its loss is small where the real
    score is the higher one."""
    d_loss, g_loss = relativistic_losses(real_logits, fake_logits)
    return g_loss, d_loss
