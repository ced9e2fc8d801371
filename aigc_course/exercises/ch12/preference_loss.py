"""Exercise on the loss of direct preference optimisation."""

import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "12.preference_loss",
    order=240,
    title="A reward that is the policy itself",
    difficulty=4,
    minutes=15,
    asks="derive",
    idea="Solve (12.12) for r(y): the reward is beta times a log-ratio, plus a constant"
    " that does not depend on y. Put it into the model of preferences, where only"
    " differences of rewards appear.",
    formula="r(y) = beta log(pi(y) / ref(y)) + beta log Z, so p(y > y') = sigmoid(beta"
    " [log pi(y) - log ref(y) - log pi(y') + log ref(y')]). The loss is -log of it.",
    line="Write `margin = (chosen - ref_chosen) - (rejected - ref_rejected)`, then"
    " `return torch.nn.functional.softplus(-beta * margin)`.",
    variation="Replace -log sigmoid(m) by (m - 1/2)^2, and see what becomes of pairs"
    " whose preference is always the same (IPO, Azar et al. 2023).",
)


@exercise.answer
def preference_loss(
    chosen: Tensor,
    rejected: Tensor,
    ref_chosen: Tensor,
    ref_rejected: Tensor,
    beta: float,
) -> Tensor:
    """-log p(chosen is liked better than rejected) under the policy's own reward: [B].

    chosen, rejected: log-probabilities of the answers under the policy, [B].
    ref_chosen, ref_rejected: the same under the reference. beta: above 0.
    """
    margin = (chosen - ref_chosen) - (rejected - ref_rejected)
    return F.softplus(-beta * margin)


def _drawn(n: int, beta: float):
    return (*(-5 * torch.rand(4, n)).unbind(0), beta)


@exercise.inputs
def pairs():
    far = torch.tensor([-2.0, -900.0]), torch.tensor([-900.0, -2.0])
    near = torch.tensor([-3.0, -3.0]), torch.tensor([-3.0, -3.0])
    return [_drawn(5, 0.1), _drawn(4, 1.0), (*far, *near, 0.5)]


@exercise.must_hold
def at_the_reference(f) -> bool:
    """At the reference nothing is known: the loss is log 2, whatever beta is."""
    one, other = -5 * torch.rand(2, 3)
    return same(f(one, other, one, other, 0.3), torch.full((3,), 2.0).log())


@exercise.must_hold
def scale_of_the_reference(f) -> bool:
    """A constant added to both log-probabilities of the policy changes nothing."""
    one, other, ref_one, ref_other, beta = _drawn(4, 0.7)
    return same(
        f(one + 3, other + 3, ref_one, ref_other, beta),
        f(one, other, ref_one, ref_other, beta),
    )


@exercise.must_hold
def the_best_policy_is_a_minimum(f) -> bool:
    """With pairs drawn by the true rewards, the policy ref exp(r / beta) / Z has a
    smaller mean loss than its neighbours."""
    reward, log_ref, beta = torch.randn(4), torch.randn(4).log_softmax(0), 0.5
    i, j = torch.cartesian_prod(torch.arange(4), torch.arange(4)).T
    liked = torch.sigmoid(reward[i] - reward[j])

    def mean(logits):
        p = logits.log_softmax(0)
        each = f(p[i], p[j], log_ref[i], log_ref[j], beta)
        return float((liked * torch.as_tensor(each)).sum())

    best = log_ref + reward / beta
    around = [mean(best + 0.3 * torch.randn(4)) for _ in range(20)]
    return mean(best) <= min(around) + 1e-5


@exercise.mistake(hint="formula")
def turned_round(chosen, rejected, ref_chosen, ref_rejected, beta):
    """Your loss falls when the rejected answer becomes likelier. The margin is chosen
    minus rejected, inside -log sigmoid."""
    margin = (chosen - ref_chosen) - (rejected - ref_rejected)
    return F.softplus(beta * margin)


@exercise.mistake(hint="idea")
def reference_forgotten(chosen, rejected, ref_chosen, ref_rejected, beta):
    """You leave the reference out. The reward is beta log(pi / ref), so both
    log-probabilities of the reference are subtracted."""
    return F.softplus(-beta * (chosen - rejected))


@exercise.mistake(hint="formula")
def beta_forgotten(chosen, rejected, ref_chosen, ref_rejected, beta):
    """You leave out beta. The reward is beta times the log-ratio."""
    return F.softplus(-((chosen - ref_chosen) - (rejected - ref_rejected)))


@exercise.mistake(hint="formula")
def divided_by_beta(chosen, rejected, ref_chosen, ref_rejected, beta):
    """You divide by beta. Solving (12.12) for r multiplies the log-ratio by it."""
    margin = (chosen - ref_chosen) - (rejected - ref_rejected)
    return F.softplus(-margin / beta)


@exercise.mistake(hint="formula")
def reference_added(chosen, rejected, ref_chosen, ref_rejected, beta):
    """The reference has the wrong sign. The log-ratio is log pi minus log ref."""
    margin = (chosen + ref_chosen) - (rejected + ref_rejected)
    return F.softplus(-beta * margin)


@exercise.mistake(hint="formula")
def probability_without_a_logarithm(chosen, rejected, ref_chosen, ref_rejected, beta):
    """You return minus the probability. The loss of maximum likelihood is minus its
    logarithm."""
    margin = (chosen - ref_chosen) - (rejected - ref_rejected)
    return -torch.sigmoid(beta * margin)


@exercise.mistake(hint="formula")
def log_of_a_sigmoid(chosen, rejected, ref_chosen, ref_rejected, beta):
    """The logarithm of a sigmoid is infinite where the sigmoid rounds to 0. Use
    `softplus(-m)`, which equals -log sigmoid(m)."""
    margin = (chosen - ref_chosen) - (rejected - ref_rejected)
    return -torch.sigmoid(beta * margin).log()


@exercise.mistake(hint="idea")
def margin_alone(chosen, rejected, ref_chosen, ref_rejected, beta):
    """Your loss has no lower limit: it grows without end in favour of the chosen
    answer. Put the margin into -log sigmoid."""
    return -beta * ((chosen - ref_chosen) - (rejected - ref_rejected))


@exercise.mistake(hint="idea")
def likelihood_of_the_chosen(chosen, rejected, ref_chosen, ref_rejected, beta):
    """That is the loss of supervised fine-tuning: the rejected answer has no influence.
    Compare the two answers."""
    return -chosen


@exercise.mistake(hint="formula")
def hinge(chosen, rejected, ref_chosen, ref_rejected, beta):
    """You use a hinge, max(0, 1 - m). The model of preferences gives
    -log sigmoid(m)."""
    margin = (chosen - ref_chosen) - (rejected - ref_rejected)
    return F.relu(1 - beta * margin)


@exercise.mistake(hint="line")
def averaged(chosen, rejected, ref_chosen, ref_rejected, beta):
    """You return the mean over the pairs. Return one number for each pair."""
    margin = (chosen - ref_chosen) - (rejected - ref_rejected)
    return F.softplus(-beta * margin).mean()


@exercise.mistake(hint="formula")
def ratios_of_probabilities(chosen, rejected, ref_chosen, ref_rejected, beta):
    """You subtract ratios of probabilities. The reward is the logarithm of the ratio,
    and the inputs are logarithms already."""
    one, other = (chosen - ref_chosen).exp(), (rejected - ref_rejected).exp()
    return F.softplus(-beta * (one - other))
