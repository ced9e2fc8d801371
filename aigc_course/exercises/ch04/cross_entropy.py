"""Exercise on the loss that both players share: cross-entropy from logits."""

import torch
from torch import Tensor
from torch.nn.functional import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    softplus,
)

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "04.cross_entropy",
    order=20,
    title="One loss for two players",
    difficulty=2,
    minutes=10,
    idea="Bring logits and labels to one shape first. Then compute the loss from the"
    " logits: a probability that is rounded to 0 has no logarithm.",
    formula="For one logit a with label y: -y log sigmoid(a) - (1 - y) log(1 -"
    " sigmoid(a)) = softplus(a) - y a; then the mean.",
    line="Write `a = logits.flatten()` and `return (torch.nn.functional.softplus(a)"
    " - labels * a).mean()`.",
    variation="Smooth the labels, 0.9 in place of 1, and work out which logit is then"
    " best for a real point.",
    asks="formula",
)


@exercise.answer
def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean cross-entropy of logits [N, 1] with labels [N] (1 real, 0 generated).

    -y log sigmoid(a) - (1 - y) log(1 - sigmoid(a)) = softplus(a) - y a
    """
    a = logits.flatten()  # [N]: [N, 1] with [N] would make [N, N]
    return (softplus(a) - labels * a).mean()


def logits_and_labels(n: int = 7) -> tuple[Tensor, Tensor]:
    """Logits [n, 1] of either sign that carry a gradient, and labels [n]."""
    logits = (2 * torch.randn(n, 1)).requires_grad_()
    return logits, (torch.arange(n) % 3 == 0).float()


@exercise.inputs
def batches() -> list[tuple[Tensor, Tensor]]:
    single = torch.tensor([[0.7]], requires_grad=True), torch.tensor([1.0])
    # e^40 fits into float32 while sigmoid(40) is 1 there; e^200 does not fit
    sure = [
        (torch.tensor([[a], [-a], [b]], requires_grad=True), torch.tensor([1.0, 0, y]))
        for a, b, y in ((200.0, 200.0, 0.0), (200.0, -200.0, 1.0), (40.0, 40.0, 0.0))
    ]
    return [logits_and_labels(), single, *sure]


@exercise.must_hold
def undecided(f) -> bool:
    """At logit 0, which is probability 1/2, the loss is log 2 whatever the labels."""
    return same(f(torch.zeros(4, 1), torch.tensor([0.0, 1.0, 1.0, 0.0])), 0.6931472)


@exercise.must_hold
def slope(f) -> str | None:
    """The derivative with respect to each logit is (sigmoid(a) - y) / N."""
    logits, labels = logits_and_labels()
    f(logits, labels).backward()
    if logits.grad is None:
        return "the loss carries a gradient to the logits."
    want = (logits.detach().sigmoid() - labels[:, None]) / len(labels)
    return None if same(logits.grad, want) else str(slope.__doc__)


@exercise.must_hold
def sure_and_wrong(f) -> bool:
    """A logit of 200 with label 0 costs 200, and one with label 1 costs nothing."""
    losses = [f(torch.tensor([[200.0]]), torch.tensor([y])) for y in (0.0, 1.0)]
    return same([float(loss) for loss in losses], [200.0, 0.0])


@exercise.mistake(hint="formula")
def exponential_overflows(logits: Tensor, labels: Tensor) -> Tensor:
    """(4.4) is right, but your logarithm of 1 + e^a is infinite at a = 200: e^a does
    not fit into 32 bits from a = 89 on. `torch.nn.functional.softplus` takes the larger
    term out of the logarithm first."""
    a = logits.flatten()
    return (torch.log1p(torch.exp(a)) - labels * a).mean()


@exercise.mistake(hint="formula")
def exponentials_overflow(logits: Tensor, labels: Tensor) -> Tensor:
    """Your two halves are right, but they are not finite at logits of 200: e^a, or
    e^(-a), does not fit into 32 bits from 89 on. `torch.nn.functional.softplus` takes
    the larger term out of the logarithm first."""
    a = logits.flatten()
    on_real, on_fake = torch.log1p(torch.exp(-a)), torch.log1p(torch.exp(a))
    return (labels * on_real + (1 - labels) * on_fake).mean()


@exercise.mistake(hint="formula")
def stopped_at_100(logits: Tensor, labels: Tensor) -> Tensor:
    """After the sigmoid, `binary_cross_entropy` stops every logarithm at -100, and its
    slope is 0 there: where D is most wrong, it learns nothing. Use the form that takes
    logits, `binary_cross_entropy_with_logits`."""
    return binary_cross_entropy(logits.flatten().sigmoid(), labels)


@exercise.mistake(hint="formula")
def sigmoid_twice(logits: Tensor, labels: Tensor) -> Tensor:
    """You apply the sigmoid, and the function that takes logits applies it once more:
    its probabilities then stay between 0.5 and 0.73. Hand it the logits."""
    a = logits.flatten().sigmoid()
    return binary_cross_entropy_with_logits(a, labels)


@exercise.mistake(hint="idea")
def one_question_with_n_answers(logits: Tensor, labels: Tensor) -> Tensor:
    """`cross_entropy` of torch takes your N logits for one question with N answers.
    Here are N questions with two answers each: `binary_cross_entropy_with_logits`, or
    softplus(a) - y a."""
    return torch.nn.functional.cross_entropy(logits.flatten(), labels)


@exercise.mistake(hint="line")
def both_axes_dropped(logits: Tensor, labels: Tensor) -> Tensor:
    """`squeeze()` drops both axes of a batch of one, so logit and label no longer have
    one shape. Drop the second axis only, with `squeeze(1)` or `flatten()`."""
    return binary_cross_entropy_with_logits(logits.squeeze(), labels)


def held_back_by(eps: float):
    """The answer that keeps probabilities away from 0 and 1 by `eps`."""

    def held_back(logits: Tensor, labels: Tensor) -> Tensor:
        p = logits.flatten().sigmoid().clamp(eps, 1 - eps)
        return -(labels * p.log() + (1 - labels) * (1 - p).log()).mean()

    held_back.__name__ = f"held_back_by_{eps:.0e}".replace("-", "_")
    held_back.__doc__ = (
        f"You hold the probability back by {eps:.0e}: the loss is finite, but where D"
        " is sure and wrong its slope is 0, so D learns nothing there. The form"
        " softplus(a) - y a needs no such limit."
    )
    return held_back


def small_number_added(eps: float):
    """The answer with `eps` inside the logarithms."""

    def added(logits: Tensor, labels: Tensor) -> Tensor:
        p = logits.flatten().sigmoid()
        on_real, on_fake = torch.log(p + eps), torch.log(1 - p + eps)
        return -(labels * on_real + (1 - labels) * on_fake).mean()

    added.__name__ = f"small_number_{eps:.0e}".replace("-", "_")
    added.__doc__ = (
        f"The {eps:.0e} inside the logarithm keeps the loss finite, but where D is sure"
        " and wrong its slope is nearly 0, so D learns nothing there. softplus(a) - y a"
        " needs no such number."
    )
    return added


for _eps in (1e-7, 1e-6):
    exercise.mistake(hint="formula")(held_back_by(_eps))


for _eps in (1e-12, 1e-8, 1e-7):
    exercise.mistake(hint="formula")(small_number_added(_eps))


@exercise.mistake(hint="formula")
def log_of_a_sigmoid(logits: Tensor, labels: Tensor) -> Tensor:
    """Your formula is right on paper, but it gives NaN for logits of 200: in 32 bits
    sigmoid(200) is 1 exactly, and 0 log(1 - 1) is 0 times infinity. Use softplus(a) - y
    a, which never meets a probability."""
    p = logits.flatten().sigmoid()
    return -(labels * p.log() + (1 - labels) * (1 - p).log()).mean()


@exercise.mistake(hint="formula")
def infinitely_wrong(logits: Tensor, labels: Tensor) -> Tensor:
    """Your loss is infinite where D is sure and wrong: the probability it gives to the
    label is 0 in 32 bits, although the logit is only 200. The true loss is 200, and
    softplus(a) - y a finds it."""
    p = logits.flatten().sigmoid()
    return -torch.where(labels > 0.5, p, 1 - p).log().mean()


@exercise.mistake(hint="formula")
def own_sigmoid(logits: Tensor, labels: Tensor) -> Tensor:
    """Your loss is infinite where D is sure and wrong: 1 / (1 + e^(-a)) is exactly 0 or
    1 there, and 0 has no logarithm. The true loss is 200, and softplus(a) - y a finds
    it without a probability."""
    p = 1 / (1 + torch.exp(-logits.flatten()))
    return -torch.where(labels > 0.5, p, 1 - p).log().mean()


@exercise.mistake(hint="idea")
def log_of_a_logit(logits: Tensor, labels: Tensor) -> Tensor:
    """You take the logarithm of D's raw output. A logit is not a probability: the first
    negative one gives NaN, and all weights are NaN after the next step. Go through
    softplus."""
    a = logits.flatten()
    return -(labels * a.log() + (1 - labels) * (1 - a).log()).mean()


@exercise.mistake(hint="line")
def every_pair(logits: Tensor, labels: Tensor) -> Tensor:
    """[N, 1] times [N] is [N, N]: every logit is combined with every label, and PyTorch
    reports no error. Flatten the logits first, and check the shapes wherever two
    tensors are combined."""
    return (softplus(logits) - labels * logits).mean()


@exercise.mistake(hint="formula")
def upside_down(logits: Tensor, labels: Tensor) -> Tensor:
    """Your labels are exchanged: a large logit, which says real, costs most where the
    label is 1. The logit is the log-odds of label 1."""
    return cross_entropy(logits, 1 - labels)


@exercise.mistake(hint="formula")
def ones_alone(logits: Tensor, labels: Tensor) -> Tensor:
    """Points with label 0 cost nothing in your loss, so D may call everything real. Add
    their half, (1 - y) times softplus(a)."""
    a = logits.flatten()
    return (labels * softplus(-a)).mean()


@exercise.mistake(hint="formula")
def summed(logits: Tensor, labels: Tensor) -> Tensor:
    """You add the losses up: twice the batch would be twice the step. Take the mean."""
    return cross_entropy(logits, labels) * len(labels)


@exercise.mistake(hint="idea")
def through_numpy(logits: Tensor, labels: Tensor) -> Tensor:
    """The number is right, but it has no graph: NumPy computes outside the graph, so no
    weight would get a gradient. Stay with torch from the logits to the loss."""
    return torch.tensor(cross_entropy(logits, labels).item())
