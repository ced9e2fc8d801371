"""Exercise on the score-function gradient: a loss that follows a reward."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "16.reinforce_loss",
    order=14,
    title="A gradient through a draw",
    difficulty=4,
    minutes=18,
    asks="step",
    idea="Use the gradient of the logarithm: grad E[R] = E[R grad log p(x)]. So a loss"
    " that multiplies the reward, as a fixed number, by -log p(x) has the right"
    " gradient.",
    formula="The loss is the mean over names of -(R_n - b_n) log p(x_n). Here log"
    " p(x_n) sums over the letters that count, and b_n is the mean reward of the other"
    " names.",
    line="Write `R = rewards.detach()`, `b = (R.sum() - R) / (len(R) - 1)` and `return"
    " -((R - b) * (log_p * counts).sum(1)).mean()`.",
    variation="Give each letter its own reward, from a critic that reads the name up to"
    " there, and sum only the rewards that come after the letter.",
)


@exercise.answer
def reinforce_loss(log_p: Tensor, rewards: Tensor, counts: Tensor) -> Tensor:
    """A scalar whose gradient is minus the estimated gradient of the mean reward.

    log_p: [N, T], log-probabilities of the letters that were drawn, with a gradient.
    rewards: [N], of the names. counts: [N, T], 1 for letters that belong to a name and
    0 behind its end. The baseline of a name is the mean reward of the other names.
    """
    R = rewards.detach()
    b = (R.sum() - R) / (len(R) - 1)
    # -(R - b) log p(x), with log p(x) the sum over letters
    return -((R - b) * (log_p * counts).sum(dim=1)).mean()


def _case(n: int, t: int) -> tuple[Tensor, Tensor, Tensor]:
    sizes = torch.randint(1, t + 1, (n, 1))
    sizes[0] = t
    sizes[1] = 1
    counts = (torch.arange(t) < sizes).float()
    return -3 * torch.rand(n, t) - 0.1, torch.randn(n) + 1, counts


def slopes(f, log_p: Tensor, rewards: Tensor, counts: Tensor) -> tuple[Tensor, Tensor]:
    """Gradients of the loss in log_p and in the rewards."""
    log_p, rewards = log_p.clone().requires_grad_(), rewards.clone().requires_grad_()
    loss = f(log_p, rewards, counts)
    assert isinstance(loss, Tensor) and loss.requires_grad, (
        "The loss has no gradient: keep log_p as it is, and detach the rewards alone."
    )
    assert loss.numel() == 1, "The loss is one number: take the mean over the names."
    loss.sum().backward()
    none = torch.zeros_like
    return (
        none(log_p) if log_p.grad is None else log_p.grad,
        none(rewards) if rewards.grad is None else rewards.grad,
    )


@exercise.observe
def gradients(f) -> list[Tensor]:
    """The gradient in log_p, and in the rewards, for some batches."""
    return [
        part for n, t in ((4, 5), (2, 3), (6, 8)) for part in slopes(f, *_case(n, t))
    ]


@exercise.must_hold
def constants_do_not_matter(f) -> bool:
    """A number added to all rewards changes no gradient, since the baseline moves
    with it."""
    log_p, rewards, counts = _case(5, 4)
    one, other = (
        slopes(f, log_p, rewards, counts),
        slopes(f, log_p, rewards + 7, counts),
    )
    return same(one[0], other[0], 1e-3)


@exercise.must_hold
def letters_behind_the_end_are_left_alone(f) -> bool:
    """No gradient reaches the places behind the end of a name."""
    log_p, rewards, counts = _case(5, 6)
    return bool((slopes(f, log_p, rewards, counts)[0][counts == 0] == 0).all())


@exercise.must_hold
def the_reward_rises(f) -> bool:
    """A step down the loss makes the name with the best reward likelier, and the name
    with the worst less likely."""
    log_p, _, counts = _case(4, 3)
    slope = slopes(f, log_p, torch.tensor([0.0, 1.0, 3.0, -2.0]), counts)[0]
    return bool(slope[2].sum() < 0 < slope[3].sum())


def _others(R: Tensor) -> Tensor:
    return (R.sum() - R) / (len(R) - 1)


@exercise.mistake(hint="formula")
def sign_forgotten(log_p, rewards, counts):
    """Your loss makes names with a high reward less likely. A step goes down the loss,
    so the loss needs a minus sign."""
    return -reinforce_loss(log_p, rewards, counts)


@exercise.mistake(hint="idea")
def no_baseline(log_p, rewards, counts):
    """You leave the baseline out. The gradient has the right mean without it, and a
    larger variance: subtract the mean reward of the other names."""
    return -(rewards.detach() * (log_p * counts).sum(1)).mean()


@exercise.mistake(hint="formula")
def own_reward_in_the_baseline(log_p, rewards, counts):
    """Your baseline contains the name's own reward. It then depends on the draw, and
    the gradient is too small by the factor (N - 1) / N: leave the own reward out."""
    R = rewards.detach()
    return -((R - R.mean()) * (log_p * counts).sum(1)).mean()


@exercise.mistake(hint="formula")
def rewards_not_detached(log_p, rewards, counts):
    """A gradient flows into the rewards, so the critic would learn to please the
    generator. Detach the rewards: here they are fixed numbers."""
    return -((rewards - _others(rewards)) * (log_p * counts).sum(1)).mean()


@exercise.mistake(hint="formula")
def mean_over_letters(log_p, rewards, counts):
    """You average log p over the letters of a name. The probability of a name is the
    product over its letters, so their logarithms are added."""
    R = rewards.detach()
    each = (log_p * counts).sum(1) / counts.sum(1)
    return -((R - _others(R)) * each).mean()


@exercise.mistake(hint="formula")
def padding_counts(log_p, rewards, counts):
    """You count the places behind the end of a name. Multiply log_p by counts before
    you sum."""
    R = rewards.detach()
    return -((R - _others(R)) * log_p.sum(1)).mean()


@exercise.mistake(hint="idea")
def probability_in_place_of_its_logarithm(log_p, rewards, counts):
    """You multiply the reward by p(x). The draw has already used p(x): what is
    multiplied by the reward is log p(x)."""
    R = rewards.detach()
    return -((R - _others(R)) * (log_p * counts).sum(1).exp()).mean()


@exercise.mistake(hint="formula")
def sum_over_names(log_p, rewards, counts):
    """You sum over the names. The expectation is estimated by their mean; with the sum,
    the step grows with the batch."""
    return len(rewards) * reinforce_loss(log_p, rewards, counts)


@exercise.mistake(hint="formula")
def divided_by_the_spread(log_p, rewards, counts):
    """You divide the rewards by their standard deviation. That is done in practice, but
    then the size of the gradient is no longer that of the mean reward."""
    R = rewards.detach()
    return -((R - _others(R)) / R.std() * (log_p * counts).sum(1)).mean()


@exercise.mistake(hint="formula")
def mean_over_all_letters(log_p, rewards, counts):
    """You divide by the number of letters in the batch. Sum over the letters of each
    name, then take the mean over the names."""
    R = rewards.detach()
    return -((R - _others(R))[:, None] * log_p * counts).sum() / counts.sum()


@exercise.mistake(hint="idea")
def means_multiplied(log_p, rewards, counts):
    """You multiply the mean reward by the mean of log p. Each name has to be multiplied
    by its own reward."""
    return -rewards.detach().mean() * (log_p * counts).sum(1).mean()


@exercise.mistake(hint="formula")
def others_divided_by_all(log_p, rewards, counts):
    """You divide the sum of the other rewards by N. There are N - 1 others, so divide
    by N - 1."""
    R = rewards.detach()
    b = (R.sum() - R) / len(R)
    return -((R - b) * (log_p * counts).sum(1)).mean()


@exercise.mistake(hint="formula")
def mean_over_all_places(log_p, rewards, counts):
    """You divide by T as well, as in a mean over all N times T places. Sum over the
    letters of each name, then take the mean over the N names."""
    R = rewards.detach()
    return -((R - _others(R))[:, None] * log_p * counts).mean()


@exercise.mistake(hint="formula")
def log_p_detached(log_p, rewards, counts):
    """You detached log_p, so no gradient reaches the network. Detach the rewards and
    keep the graph of log_p."""
    return -((rewards - _others(rewards)) * (log_p.detach() * counts).sum(1)).mean()


@exercise.mistake(hint="formula")
def baseline_alone_detached(log_p, rewards, counts):
    """You detach the baseline alone, so a gradient flows into the rewards. Both are
    fixed numbers here: detach the rewards first and compute the baseline from them."""
    b = _others(rewards.detach())
    return -((rewards - b) * (log_p * counts).sum(1)).mean()


@exercise.mistake(hint="formula")
def whitened(log_p, rewards, counts):
    """You subtract the mean of all rewards and divide by their standard deviation. That
    is done in practice, but (16.4) has no division, and the mean includes the name's
    own reward."""
    R = rewards.detach()
    return -((R - R.mean()) / R.std() * (log_p * counts).sum(1)).mean()
