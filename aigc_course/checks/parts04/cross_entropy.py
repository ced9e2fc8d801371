"""Exercise on the loss that both players share: cross-entropy from logits."""

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid, softplus

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

entropy = Exercise(
    "04.cross_entropy",
    title="One loss for two players",
    difficulty=2,
    minutes=10,
    idea="Bring logits and labels to one shape first. Then take logarithms from logits:"
    " probabilities of 0 and 1 have none to give.",
    formula="For one logit a with label y: -y log sigmoid(a) - (1 - y) log(1 -"
    " sigmoid(a)) = softplus(a) - y a; then the mean.",
    line="Write `a = logits.flatten()` and `return (softplus(a) - labels * a).mean()`.",
    variation="Smooth the labels, 0.9 in place of 1, and work out which logit is then"
    " best for a real point.",
)


@entropy.answer
def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean cross-entropy of logits [N, 1] with labels [N] (1 real, 0 generated).

    -y log sigmoid(a) - (1 - y) log(1 - sigmoid(a)) = softplus(a) - y a
    """
    a = logits.flatten()  # [N]: [N, 1] with [N] would make [N, N]
    return (softplus(a) - labels * a).mean()


@entropy.also_right
def by_torch(logits: Tensor, labels: Tensor) -> Tensor:
    return binary_cross_entropy_with_logits(logits, labels[:, None])


@entropy.also_right
def in_two_halves(logits: Tensor, labels: Tensor) -> Tensor:
    a = logits.squeeze(1)
    terms = labels * logsigmoid(a) + (1 - labels) * logsigmoid(-a)
    return -terms.sum() / len(terms)


def logits_and_labels(n: int = 7) -> tuple[Tensor, Tensor]:
    """Logits [n, 1] of either sign that carry a gradient, and labels [n]."""
    logits = (2 * torch.randn(n, 1)).requires_grad_()
    return logits, (torch.arange(n) % 3 == 0).float()


@entropy.inputs
def batches() -> list[tuple[Tensor, Tensor]]:
    sure = torch.tensor([[200.0], [-200.0], [200.0]], requires_grad=True)
    return [logits_and_labels(), (sure, torch.tensor([1.0, 0.0, 0.0]))]


@entropy.must_hold
def undecided(f) -> bool:
    """At logit 0, which is probability 1/2, the loss is log 2 whatever the labels."""
    return same(f(torch.zeros(4, 1), torch.tensor([0.0, 1.0, 1.0, 0.0])), 0.6931472)


@entropy.must_hold
def slope(f) -> str | None:
    """The derivative with respect to each logit is (sigmoid(a) - y) / N."""
    logits, labels = logits_and_labels()
    f(logits, labels).backward()
    if logits.grad is None:
        return "the loss carries a gradient to the logits."
    want = (logits.detach().sigmoid() - labels[:, None]) / len(labels)
    return None if same(logits.grad, want) else str(slope.__doc__)


@entropy.must_hold
def sure_and_wrong(f) -> bool:
    """A logit of 200 with label 0 costs 200, and one with label 1 costs nothing."""
    losses = [f(torch.tensor([[200.0]]), torch.tensor([y])) for y in (0.0, 1.0)]
    return same([float(loss) for loss in losses], [200.0, 0.0])


@entropy.mistake(hint="formula")
def log_of_a_sigmoid(logits: Tensor, labels: Tensor) -> Tensor:
    """Right on paper, and NaN for logits of 200: in 32 bits sigmoid(200) is 1 exactly,
    and 0 log(1 - 1) is 0 times infinity. Use softplus(a) - y a, which never meets a
    probability."""
    p = logits.flatten().sigmoid()
    return -(labels * p.log() + (1 - labels) * (1 - p).log()).mean()


@entropy.mistake(hint="formula")
def infinitely_wrong(logits: Tensor, labels: Tensor) -> Tensor:
    """Your loss is infinite where D is sure and wrong: the probability it gives to the
    label is 0 in 32 bits, although the logit is only 200. The true loss is 200, and
    softplus(a) - y a finds it."""
    p = logits.flatten().sigmoid()
    return -torch.where(labels > 0.5, p, 1 - p).log().mean()


@entropy.mistake(hint="idea")
def log_of_a_logit(logits: Tensor, labels: Tensor) -> Tensor:
    """You take the logarithm of D's raw output. A logit is no probability: the first
    negative one gives NaN, and all weights are NaN after the next step. Go through
    softplus."""
    a = logits.flatten()
    return -(labels * a.log() + (1 - labels) * (1 - a).log()).mean()


@entropy.mistake(hint="line")
def every_pair(logits: Tensor, labels: Tensor) -> Tensor:
    """[N, 1] times [N] is [N, N]: every logit has met every label, and nothing
    complained. Flatten the logits before they meet the labels, and look at shapes
    wherever two tensors meet."""
    return (softplus(logits) - labels * logits).mean()


@entropy.mistake(hint="formula")
def upside_down(logits: Tensor, labels: Tensor) -> Tensor:
    """Your labels are exchanged: a large logit, which says real, costs most where the
    label is 1. The logit is the log-odds of label 1."""
    return cross_entropy(logits, 1 - labels)


@entropy.mistake(hint="formula")
def ones_alone(logits: Tensor, labels: Tensor) -> Tensor:
    """Points with label 0 cost nothing in your loss, so D may call everything real. Add
    their half, (1 - y) times softplus(a)."""
    a = logits.flatten()
    return (labels * softplus(-a)).mean()


@entropy.mistake(hint="formula")
def summed(logits: Tensor, labels: Tensor) -> Tensor:
    """You add the losses up: twice the batch would be twice the step. Take the mean."""
    return cross_entropy(logits, labels) * len(labels)


@entropy.mistake(hint="idea")
def through_numpy(logits: Tensor, labels: Tensor) -> Tensor:
    """The number is right, and it is only a number: NumPy computes outside the graph,
    so no weight would get a gradient. Stay with torch from the logits to the loss."""
    return torch.tensor(cross_entropy(logits, labels).item())
