"""Patient: a discriminator that scores pairs."""

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._fixed import cloud, fixed, weighted

patient = Patient(
    "pair_scores",
    ward="A",
    number=3,
    title="A discriminator for real and generated points",
    symptom="D's loss falls to 0 although the generated points have exactly the"
    " distribution of the real ones. No D that judges single points can do better than"
    " 2 log 2 = 1.39.",
    cause="D gets the real and the generated point together and gives one score for"
    " the pair. It learns which place is the real one, and it cannot score a point"
    " alone. D has to be a function of one point, D(x), used twice.",
    figure=("step", "loss"),
    same_draws=False,
)

Scores = tuple[Tensor, Tensor]


@patient.shown
class Discriminator(nn.Module):
    """(real [n, 2], generated [n, 2]) -> their logits, [n, 1] each."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.hidden = nn.Linear(4, width)
        self.out = nn.Linear(width, 1)

    def forward(self, real: Tensor, fake: Tensor) -> Scores:
        pair = torch.cat([real, fake], dim=1)
        score = self.out(self.hidden(pair).relu())
        return score, -score


@patient.repair
class OnePoint(nn.Module):
    """The reference: one point in, one score out, used twice."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.hidden = nn.Linear(2, width)
        self.out = nn.Linear(width, 1)

    def forward(self, real: Tensor, fake: Tensor) -> Scores:
        on_real = self.out(self.hidden(real).relu())
        on_fake = self.out(self.hidden(fake).relu())
        return on_real, on_fake


@patient.repair
class InOneBatch(nn.Module):
    """Both batches below each other instead of side by side."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.hidden = nn.Linear(2, width)
        self.out = nn.Linear(width, 1)

    def forward(self, real: Tensor, fake: Tensor) -> Scores:
        both = torch.cat([real, fake], dim=0)
        score = self.out(self.hidden(both).relu())
        return score[: len(real)], score[len(real) :]


@patient.repair
class OneByOne(nn.Module):
    """A generator expression over the two batches."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.hidden = nn.Linear(2, width)
        self.out = nn.Linear(width, 1)

    def forward(self, real: Tensor, fake: Tensor) -> Scores:
        one, two = (self.out(self.hidden(x).relu()) for x in (real, fake))
        return one, two


@patient.right
class AsSequence(nn.Module):
    """The network as a sequence."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, width), nn.Tanh(), nn.Linear(width, 1))

    def forward(self, real: Tensor, fake: Tensor) -> Scores:
        return self.net(real), self.net(fake)


@patient.right
class Stacked(nn.Module):
    """Both batches in a tensor [2, n, 2]."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, width), nn.Softplus())
        self.last = nn.Linear(width, 1, bias=False)

    def forward(self, real: Tensor, fake: Tensor) -> Scores:
        one, two = self.last(self.net(torch.stack([real, fake]))).unbind(0)
        return one, two


@patient.right
class Distances(nn.Module):
    """Scores from the distances to learnt centres."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.centres = nn.Parameter(torch.randn(width, 2))
        self.last = nn.Linear(width, 1)

    def score(self, x: Tensor) -> Tensor:
        away = (x.unsqueeze(1) - self.centres).square().sum(2)
        result: Tensor = self.last((-away).exp())
        return result

    def forward(self, real: Tensor, fake: Tensor) -> Scores:
        return self.score(real), self.score(fake)


@patient.disguise
class TwoOutputs(nn.Module):
    """A network for the pair with an output for each of the two."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, width), nn.Tanh(), nn.Linear(width, 2))

    def forward(self, real: Tensor, fake: Tensor) -> Scores:
        first, second = self.net(torch.cat([fake, real], dim=1)).chunk(2, dim=1)
        return first, second


@patient.disguise
class SumOfFeatures(nn.Module):
    """Each point has features of its own; their sum is scored."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(2, width), nn.Linear(2, width)
        self.out = nn.Linear(width, 1)

    def forward(self, real: Tensor, fake: Tensor) -> Scores:
        score = self.out((self.first(real) + self.second(fake)).tanh())
        return score, -score


@patient.disguise
class ProductOfFeatures(nn.Module):
    """The two points are multiplied with each other through a matrix."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.pair = nn.Bilinear(2, 2, width)
        self.out = nn.Linear(width, 1)

    def forward(self, real: Tensor, fake: Tensor) -> Scores:
        score = self.out(self.pair(real, fake).relu())
        return score.sigmoid(), 1 - score.sigmoid()


@patient.patch
class OtherPartner(Discriminator):
    """You give each point another partner. Its score still depends on the partner and
    on the place."""

    def forward(self, real: Tensor, fake: Tensor) -> Scores:
        return super().forward(real, fake.roll(1, dims=0))


@patient.patch
class EmptyPlace(Discriminator):
    """You fill the other place with zeros. The partner has no influence any more,
    but the place itself tells D which point is real."""

    def forward(self, real: Tensor, fake: Tensor) -> Scores:
        on_real, _ = super().forward(real, torch.zeros_like(fake))
        _, on_fake = super().forward(torch.zeros_like(real), fake)
        return on_real, on_fake


@patient.patch
class Limited(Discriminator):
    """You limit the scores, so the loss no longer falls to 0. They are still the scores
    of pairs."""

    def forward(self, real: Tensor, fake: Tensor) -> Scores:
        score, _ = super().forward(real, fake)
        return 0.5 * score.tanh(), -0.5 * score.tanh()


@patient.test
def exposes(make: Function) -> None:
    """A point has one score: in either place, and whatever the other point is."""
    d, x, y = make(), torch.randn(6, 2), torch.randn(6, 2)
    first, second = d(x, y)
    back, front = d(y, x)
    assert torch.allclose(first, front, atol=1e-5), "the place must not matter"
    assert torch.allclose(second, back, atol=1e-5), "the place must not matter"
    other = d(x, y + 1)[0]
    assert torch.allclose(first, other, atol=1e-5), "the partner must not matter"


@patient.calls
def one_call(make: Function) -> list[Tensor]:
    """The scores of a batch."""
    return [*make()(cloud(8), cloud(8))]


@patient.does
def measured(make: Function) -> dict[str, object]:
    """The scores of fixed points with fixed weights, in both places."""
    d = weighted(make(8), 1)
    x, y = fixed(2, 5, 2), fixed(3, 5, 2)
    first, second = d(x, y)
    return {
        "first": first,
        "second": second,
        "by the place": (first - d(y, x)[1]).abs().max(),
        "by the partner": (first - d(x, y + 1)[0]).abs().max(),
    }


@patient.elsewhere
def around(make: Function) -> dict[str, object]:
    """Shapes and dtype of the scores; the points stay as they were."""
    d, x, y = make(8).double(), fixed(4, 5, 2), fixed(5, 5, 2)
    first, second = d(x, y)
    return {
        "shapes": str([list(first.shape), list(second.shape)]),
        "dtype": str(first.dtype),
        "points": torch.cat([x, y]),
    }


@patient.hidden
def no_partner(make: Function) -> bool:
    """The score of a point does not depend on its partner."""
    d, x = weighted(make(8), 7), fixed(8, 5, 2)
    one, two = (d(x, fixed(i, 5, 2))[0] for i in (9, 10))
    return bool(torch.allclose(one, two, atol=1e-9))


@patient.hidden
def no_place(make: Function) -> bool:
    """A point has the same score in both places."""
    d, x = weighted(make(8), 11), fixed(12, 5, 2)
    first, second = d(x, x)
    return bool(torch.allclose(first, second, atol=1e-9))


@patient.hidden
def scores_points(make: Function) -> bool:
    """Different points have different scores."""
    d = weighted(make(8), 13)
    return bool(d(fixed(14, 5, 2), fixed(15, 5, 2))[0].std() > 1e-6)


@patient.hidden
def fakes_are_looked_at(make: Function) -> bool:
    """Another generated point changes its own score and not that of the real one."""
    d, x, y = weighted(make(8), 16), fixed(17, 5, 2), fixed(18, 5, 2)
    (real, fake), (still, moved) = d(x, y), d(x, y + 1)
    same = torch.allclose(real, still, atol=1e-9)
    return bool(same and (fake - moved).abs().max() > 1e-6)


@patient.trains
def training(make: Function, count: int) -> dict[str, list[float]]:
    """D learns from real points and points of the same distribution."""
    d = make()
    optimizer = torch.optim.Adam(d.parameters(), lr=0.02)
    losses = []
    for _ in range(count):
        real, fake = d(cloud(64), cloud(64))
        loss = softplus(-real).mean() + softplus(fake).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return {"loss": losses}
