"""Patient: dropout that goes on in evaluation mode."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course.clinic.patient import Patient
from aigc_course.clinic.patients._drawn import drawn, one_player
from aigc_course.clinic.steps import Step

Make = type[nn.Module]

patient = Patient(
    "c_always_dropout",
    ward="C",
    title="A discriminator with dropout",
    symptom="The training loss falls. In evaluation mode the same point gets another"
    " score at every call, and the scores scatter more as the training goes on.",
    cause="`F.dropout` does not know the mode of the module: its argument `training` is"
    " True unless it is given. Pass `self.training`, or use `nn.Dropout`.",
    origin="The PyTorch code of an online textbook measured its test accuracy with"
    " dropout (d2l-ai/d2l-en, issue 1093, 2020). See also pytorch/pytorch, issue"
    " 26338.",
    figure=("step", "spread of one score in eval mode"),
)


@patient.shown
class Scores(nn.Module):
    """Points [n, 4] to scores [n, 1], with dropout while it learns."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(4, 8), nn.Linear(8, 1)

    def forward(self, x: Tensor) -> Tensor:
        hidden = torch.relu(self.first(x))
        hidden = F.dropout(hidden, 0.3)
        score: Tensor = self.last(hidden)
        return score


@patient.repair
class WithTraining(nn.Module):
    """The reference: dropout is told the mode."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(4, 8), nn.Linear(8, 1)

    def forward(self, x: Tensor) -> Tensor:
        hidden = torch.relu(self.first(x))
        hidden = F.dropout(hidden, 0.3, self.training)
        score: Tensor = self.last(hidden)
        return score


@patient.repair
class WhereItLearns(nn.Module):
    """Dropout is left out of evaluation."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(4, 8), nn.Linear(8, 1)

    def forward(self, x: Tensor) -> Tensor:
        hidden = torch.relu(self.first(x))
        if self.training:
            hidden = F.dropout(hidden, 0.3)
        score: Tensor = self.last(hidden)
        return score


@patient.repair
@patient.right
class AsALayer(nn.Module):
    """Dropout as a layer, which has a mode of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(4, 8), nn.Linear(8, 1)
        self.drop = nn.Dropout(0.3)

    def forward(self, x: Tensor) -> Tensor:
        hidden = torch.relu(self.first(x))
        score: Tensor = self.last(self.drop(hidden))
        return score


@patient.right
class ByHand(nn.Module):
    """A mask, and what is kept is made larger."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(4, 8), nn.Linear(8, 1)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.first(x).clamp(min=0)
        if self.training:
            hidden = hidden * (torch.rand_like(hidden) >= 0.3) / 0.7
        score: Tensor = self.last(hidden)
        return score


@patient.right
class ByRate(nn.Module):
    """The share that is dropped is 0 in evaluation mode."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(4, 8), nn.Linear(8, 1)

    def forward(self, x: Tensor) -> Tensor:
        rate = 0.3 if self.training else 0.0
        score: Tensor = self.last(F.dropout(self.first(x).relu(), p=rate))
        return score


@patient.disguise
class TrainingIsTrue(nn.Module):
    """The argument is written out, and is a constant."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(4, 8), nn.Linear(8, 1)

    def forward(self, x: Tensor) -> Tensor:
        hidden = F.dropout(self.first(x).relu(), p=0.3, training=True)
        score: Tensor = self.last(hidden)
        return score


@patient.disguise
class OnTheInput(nn.Module):
    """The inputs are dropped, and by a smaller share."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(4, 8), nn.Linear(8, 1)

    def forward(self, x: Tensor) -> Tensor:
        hidden = torch.relu(self.first(F.dropout(x, 0.2)))
        score: Tensor = self.last(hidden)
        return score


@patient.disguise
class MaskByHand(nn.Module):
    """A mask without a question about the mode."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(4, 8), nn.Linear(8, 1)

    def forward(self, x: Tensor) -> Tensor:
        hidden = torch.relu(self.first(x))
        hidden = hidden * (torch.rand_like(hidden) >= 0.3) / 0.7
        score: Tensor = self.last(hidden)
        return score


@patient.patch
class LessDropped(Scores):
    """You drop less. The same image still gets another score at every call."""

    def forward(self, x: Tensor) -> Tensor:
        hidden = F.dropout(torch.relu(self.first(x)), 0.05)
        score: Tensor = self.last(hidden)
        return score


@patient.patch
class NeverDropped(Scores):
    """You leave dropout out. The scores are fixed then, but nothing is dropped
    while the network learns either."""

    def forward(self, x: Tensor) -> Tensor:
        score: Tensor = self.last(torch.relu(self.first(x)))
        return score


@patient.patch
class MeanOfFour(Scores):
    """You take the mean of four calls. The spread is half as large, and the score is
    still random."""

    def forward(self, x: Tensor) -> Tensor:
        hidden = torch.relu(self.first(x))
        parts = [self.last(F.dropout(hidden, 0.3)) for _ in range(4)]
        return torch.stack(parts).mean(0)


@patient.test
def exposes(make: Make) -> None:
    """In evaluation mode the same input has the same score."""
    net, x = make().eval(), torch.randn(16, 4)
    assert torch.equal(net(x), net(x)), "a score changes from call to call"


@patient.calls
def one_call(make: Make) -> Tensor:
    """Some scores."""
    found: Tensor = make()(torch.randn(8, 4))
    return found


def _fixed(make: Make) -> nn.Module:
    net = make().double()
    for i, (_, p) in enumerate(sorted(net.named_parameters())):
        p.data.copy_(drawn(130 + i, *p.shape))
    return net


@patient.does
def measured(make: Make) -> dict[str, object]:
    """Scores in both modes."""
    net, x = _fixed(make), drawn(134, 6, 4)
    return {"learning": net(x).detach(), "evaluating": net.eval()(x).detach()}


@patient.elsewhere
def around(make: Make) -> dict[str, object]:
    """The weights, shapes, and the mean of many scores of a learning network."""
    net = _fixed(make)
    shape = list(net(drawn(135, 5, 4)).shape)
    found: dict[str, object] = {k: v.detach() for k, v in net.named_parameters()}
    return {**found, "shape": str(shape), "training": str(net.training)}


@patient.hidden
def calm_in_eval(make: Make) -> bool:
    """In evaluation mode two calls give the same scores."""
    net, x = _fixed(make).eval(), drawn(136, 20, 4)
    return bool(torch.equal(net(x), net(x)))


@patient.hidden
def drops_while_learning(make: Make) -> bool:
    """In training mode about three in ten hidden units are dropped."""
    net, x = _fixed(make).train(), drawn(137, 1, 4).expand(4000, 4)
    scores = net(x).detach()
    net.eval()
    return len(scores.unique()) > 4 and bool(
        (scores.mean() - net(x).mean()).abs() < 0.2 * scores.std()
    )


@patient.trains
def training(make: Make, count: int) -> dict[str, list[float]]:
    """Two clouds are told apart; one point is scored ten times at each step."""
    net = make()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    name = patient.figure[1]
    curves: dict[str, list[float]] = {"loss": [], name: []}
    for _ in range(count):
        labels = torch.randint(2, (32, 1)).float()
        logits = net.train()(torch.randn(32, 4) + 2 * labels)
        loss = F.binary_cross_entropy_with_logits(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        curves["loss"].append(float(loss.detach()))
        with torch.no_grad():
            scores = torch.stack([net.eval()(torch.ones(1, 4)) for _ in range(10)])
        curves[name].append(float(scores.std()))
    return curves


@patient.step
def opened(make: Make) -> Step:
    """The network tells two clouds of points apart."""
    net, far = make(), torch.randn(32, 4) + 1

    def value(batch: Tensor) -> Tensor:
        fake = batch - 2
        both = torch.cat([net(batch), -net(fake)])
        return F.softplus(-both).mean()

    def aim() -> Tensor:
        with torch.no_grad():
            difference: Tensor = net.eval()(far).mean() - net(far - 2).mean()
        net.train()
        return difference

    return one_player("D", net, far, value, aim, lr=0.1)
