"""Exercise on the best policy near a reference."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "12.best_policy",
    order=230,
    title="The best policy near a reference",
    difficulty=4,
    minutes=15,
    asks="derive",
    idea="Maximise sum pi r - beta sum pi log(pi / ref) under sum pi = 1. Set the"
    " derivative with respect to each pi(y) equal to one constant, the multiplier.",
    formula="r(y) - beta (log pi(y) - log ref(y)) - beta = const, so pi(y) is"
    " proportional to ref(y) exp(r(y) / beta). Divide by the sum.",
    line="Write `return (reference.log() + reward / beta).softmax(dim=0)`.",
    variation="Find how much KL the best policy spends on a reward of 1 for one of K"
    " equally likely answers.",
)


@exercise.answer
def best_policy(reference: Tensor, reward: Tensor, beta: float) -> Tensor:
    """The policy with the largest mean reward minus beta KL(policy || reference): [K].

    reference: probabilities of the K answers, above 0. reward: [K]. beta: above 0.
    """
    return (reference.log() + reward / beta).softmax(dim=0)


def _drawn(k: int) -> tuple[Tensor, Tensor]:
    return torch.randn(k).softmax(0), torch.randn(k)


@exercise.inputs
def tables():
    large = torch.tensor([200.0, 0.0, -50.0])
    return [
        (*_drawn(4), 1.0),
        (*_drawn(6), 0.3),
        (*_drawn(3), 5.0),
        (torch.tensor([0.2, 0.5, 0.3]), large, 0.5),  # exp(400) is no float
        (torch.tensor([0.2, 0.5, 0.3]), 1000 + torch.tensor([0.0, 1.0, 2.0]), 1.0),
    ]


@exercise.must_hold
def is_a_distribution(f) -> bool:
    """The probabilities sum to 1."""
    return same(torch.as_tensor(f(*_drawn(5), 0.7)).sum(), torch.tensor(1.0))


@exercise.must_hold
def no_reward_no_change(f) -> bool:
    """When all answers have the same reward, the best policy is the reference."""
    reference, _ = _drawn(5)
    return same(f(reference, torch.full((5,), 2.0), 0.7), reference)


@exercise.must_hold
def no_other_is_better(f) -> bool:
    """None of a thousand other policies has a larger mean reward minus beta KL."""
    reference, reward = _drawn(4)
    mine = torch.as_tensor(f(reference, reward, 0.6)).double()

    def value(p):
        spent = (p * (p.log() - reference.double().log())).sum(-1)
        return (p * reward).sum(-1) - 0.6 * spent

    others = (mine.log() + 0.3 * torch.randn(1000, 4)).softmax(-1)
    return bool((value(others) <= value(mine) + 1e-9).all())


@exercise.mistake(hint="formula")
def multiplied_by_beta(reference, reward, beta):
    """You multiply the reward by beta. A large beta keeps the policy near the
    reference, so the reward is divided by it."""
    return (reference.log() + reward * beta).softmax(dim=0)


@exercise.mistake(hint="idea")
def reference_forgotten(reference, reward, beta):
    """Your policy does not depend on the reference: that is the answer for an entropy
    bonus. The KL term multiplies by ref(y)."""
    return (reward / beta).softmax(dim=0)


@exercise.mistake(hint="formula")
def not_divided_by_the_sum(reference, reward, beta):
    """Your numbers do not sum to 1. Divide ref(y) exp(r(y) / beta) by its sum."""
    return reference * ((reward - reward.max()) / beta).exp()


@exercise.mistake(hint="idea")
def the_best_answer_alone(reference, reward, beta):
    """You put all weight on the answer with the largest reward. That maximises the
    reward alone; the KL term then costs beta times log 1 / ref."""
    found = torch.zeros_like(reference)
    found[reward.argmax()] = 1.0
    return found


@exercise.mistake(hint="formula")
def turned_sign(reference, reward, beta):
    """Your policy prefers answers with a small reward. The exponent is + r / beta."""
    return (reference.log() - reward / beta).softmax(dim=0)


@exercise.mistake(hint="formula")
def without_beta(reference, reward, beta):
    """Your policy does not depend on beta. The reward is divided by it."""
    return (reference.log() + reward).softmax(dim=0)


@exercise.mistake(hint="formula")
def everything_divided(reference, reward, beta):
    """You divide the reference's logarithm by beta as well. Then the policy is not the
    reference when all rewards are equal."""
    return ((reference.log() + reward) / beta).softmax(dim=0)


@exercise.mistake(hint="idea")
def added_to_the_probabilities(reference, reward, beta):
    """You add the reward to a probability, not to its logarithm. The KL term measures
    ratios, so the reward multiplies by exp(r / beta)."""
    return (reference + reward / beta).softmax(dim=0)


@exercise.mistake(hint="formula")
def overflowing(reference, reward, beta):
    """exp(r / beta) overflows for large rewards, and inf / inf is not a number. Work
    with logarithms and a softmax, which subtracts the largest exponent."""
    weight = reference * (reward / beta).exp()
    return weight / weight.sum()


@exercise.mistake(hint="formula")
def exponents_cut_off(reference, reward, beta):
    """You cut off large exponents, so all large rewards count alike. Subtract the
    largest exponent from all instead, as a softmax does."""
    weight = reference * (reward / beta).clamp(max=50).exp()
    return weight / weight.sum()


@exercise.mistake(hint="idea")
def mean_of_two(reference, reward, beta):
    """You take a weighted mean of the reference and of a softmax of the rewards. The
    optimum is their product, divided by its sum."""
    share = 1 / (1 + beta)
    return share * reward.softmax(0) + (1 - share) * reference
