"""Patient: probabilities are handed to a loss that takes logits."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course.clinic import steps
from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._drawn import drawn

patient = Patient(
    "c_softmax_twice",
    ward="C",
    title="The loss of a classifier",
    symptom="The loss of ten classes falls slowly and stays above 1.46. An answer that"
    " is wrong for certain gets hardly any gradient.",
    cause="`cross_entropy` applies softmax itself. Given probabilities it applies it a"
    " second time, and no output can then be more certain than e / (e + K - 1).",
    origin="Found in the examples of tflearn (pull request 562, 2017), of a TensorFlow"
    " textbook (nfmcclure/tensorflow_cookbook, issue 86, 2017) and in lightning-bolts"
    " (issue 654, 2021).",
    figure=("step", "slope of a wrong answer"),
)


@patient.shown
def class_loss(scores: Tensor, labels: Tensor) -> Tensor:
    """Mean of -log p(label), p = softmax(scores). scores: [n, K], labels: [n]."""
    p = F.softmax(scores, dim=1)
    return F.cross_entropy(p, labels)


@patient.repair
def once(scores: Tensor, labels: Tensor) -> Tensor:
    """The reference: the loss takes the scores."""
    return F.cross_entropy(scores, labels)


@patient.repair
@patient.right
def log_of_p(scores: Tensor, labels: Tensor) -> Tensor:
    """The loss that takes log-probabilities."""
    log_p = F.log_softmax(scores, dim=1)
    return F.nll_loss(log_p, labels)


@patient.repair
def still_with_p(scores: Tensor, labels: Tensor) -> Tensor:
    """The softmax is left out of the way."""
    p = scores
    return F.cross_entropy(p, labels)


@patient.right
def by_gathering(scores: Tensor, labels: Tensor) -> Tensor:
    """-log p = log of the sum of exponents minus the score."""
    own = scores.gather(1, labels[:, None])[:, 0]
    return (scores.logsumexp(dim=1) - own).mean()


@patient.right
def with_one_hot(scores: Tensor, labels: Tensor) -> Tensor:
    """The sum over classes, with a row of zeros and a one."""
    hot = F.one_hot(labels, scores.shape[1]).to(scores.dtype)
    return -(hot * scores.log_softmax(dim=1)).sum() / len(scores)


@patient.disguise
def in_a_layer(scores: Tensor, labels: Tensor) -> Tensor:
    """The softmax is a layer, as at the end of a network."""
    return nn.CrossEntropyLoss()(nn.Softmax(dim=1)(scores), labels)


@patient.disguise
def log_softmax_of_p(scores: Tensor, labels: Tensor) -> Tensor:
    """Two softmaxes, the second one with a logarithm."""
    p = scores.softmax(dim=-1)
    return -p.log_softmax(dim=-1).gather(1, labels[:, None]).mean()


@patient.disguise
def sigmoids(scores: Tensor, labels: Tensor) -> Tensor:
    """Sigmoids instead of a softmax, and then the loss."""
    return F.cross_entropy(scores.sigmoid(), labels)


@patient.patch
def louder(scores: Tensor, labels: Tensor) -> Tensor:
    """You multiply the loss. It still cannot tell a certain answer from a fair one."""
    return 5 * class_loss(scores, labels)


@patient.patch
def sharper(scores: Tensor, labels: Tensor) -> Tensor:
    """You multiply the scores. A wrong answer that is certain then has even less of a
    gradient."""
    return class_loss(10 * scores, labels)


@patient.patch
def shifted(scores: Tensor, labels: Tensor) -> Tensor:
    """You subtract the smallest possible value. The loss can reach 0 then, and its
    gradient is the same as before."""
    least = torch.tensor([1.0, *[0.0] * (scores.shape[1] - 1)]).log_softmax(0)[0]
    return class_loss(scores, labels) + least


@patient.test
def exposes(loss: Function) -> None:
    """A certain right answer costs nothing."""
    labels = torch.randint(10, (6,))
    value = float(loss(40.0 * F.one_hot(labels, 10).float(), labels))
    assert value < 1e-3, f"a certain right answer costs {value:.2f}"


@patient.calls
def one_call(loss: Function) -> Tensor:
    """The loss of random scores."""
    found: Tensor = loss(torch.randn(8, 10), torch.randint(10, (8,)))
    return found


@patient.does
def measured(loss: Function) -> dict[str, object]:
    """The loss and its slope."""
    scores, labels = (
        drawn(60, 5, 4).mul(3).requires_grad_(),
        torch.tensor([0, 3, 1, 2, 0]),
    )
    value = loss(scores, labels)
    return {"loss": value.detach(), "slope": torch.autograd.grad(value, scores)[0]}


@patient.elsewhere
def around(loss: Function) -> dict[str, object]:
    """Shape and type, and the scores afterwards."""
    scores, labels = drawn(61, 5, 4), torch.tensor([0, 3, 1, 2, 0])
    value = loss(scores, labels)
    shape, dtype = str(list(value.shape)), str(value.dtype)
    return {"shape": shape, "dtype": dtype, "scores": scores}


@patient.hidden
def certain_is_free(loss: Function) -> bool:
    """The loss tends to 0 as the right scores grow."""
    labels = torch.tensor([1, 0, 2])
    return float(loss(60 * F.one_hot(labels, 3).double(), labels)) < 1e-9


@patient.hidden
def slope_is_p_minus_one(loss: Function) -> bool:
    """Its slope in the scores is (softmax - one-hot) / n."""
    scores, labels = (
        drawn(62, 6, 3).mul(4).requires_grad_(),
        torch.tensor([0, 1, 2, 0, 1, 2]),
    )
    (slope,) = torch.autograd.grad(loss(scores, labels), scores)
    want = (scores.softmax(1) - F.one_hot(labels, 3)) / 6
    return bool(torch.allclose(slope, want.detach(), atol=1e-9))


@patient.trains
def training(loss: Function, count: int) -> dict[str, list[float]]:
    """Ten clouds of points; the slope is that of an answer that is surely wrong."""
    net, centres = nn.Linear(4, 10), drawn(63, 10, 4).float() * 3
    optimizer = torch.optim.Adam(net.parameters(), lr=0.05)
    curves: dict[str, list[float]] = {"loss": [], "slope of a wrong answer": []}
    for _ in range(count):
        labels = torch.randint(10, (64,))
        value = loss(net(centres[labels] + torch.randn(64, 4) / 2), labels)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        curves["loss"].append(float(value.detach()))
        wrong = (20.0 * F.one_hot(torch.tensor([0]), 10)).requires_grad_()
        slope = torch.autograd.grad(loss(wrong, torch.tensor([1])), wrong)[0]
        curves["slope of a wrong answer"].append(float(slope[0, 1].abs()))
    return curves


@patient.step
def opened(loss: Function) -> steps.Step:
    """The loss as that of a player of its own."""
    net = nn.Linear(4, 3)
    x, labels = torch.randn(12, 4), torch.randint(3, (12,))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
    truth = F.one_hot(labels, 3).float()

    def value(batch: Tensor) -> dict[str, Tensor]:
        kinds = labels if len(batch) == 12 else labels.repeat(2)
        return {"C": loss(net(batch), kinds)}

    def advance(batch: Tensor, player: str) -> None:
        optimizer.zero_grad()
        value(batch)[player].backward()
        optimizer.step()

    def aim() -> Tensor:
        return (net(x).softmax(1) * truth).sum(1).mean()

    return steps.Step({"C": net}, {"C": x}, x, value, advance, {"C": aim}, draws=False)
