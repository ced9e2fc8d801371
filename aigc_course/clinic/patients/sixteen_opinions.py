"""Patient: a discriminator that ends in a map instead of one number."""

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy

from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._fixed import fixed, weighted

patient = Patient(
    "sixteen_opinions",
    ward="B",
    number=23,
    title="A convolutional discriminator",
    symptom="Real pictures have a stroke in two opposite corners, generated ones in"
    " one of them. D's loss falls from 0.69 to 0.53 and hardly further.",
    cause="The last convolution keeps the map of 4 x 4, so D returns 16 probabilities"
    " a picture, each for a part of it. The last layer has to join the whole map in"
    " one number.",
    figure=("step", "loss"),
    same_draws=False,
)


@patient.shown
def make_discriminator(width: int) -> nn.Module:
    """Pictures [n, 1, 28, 28] -> the probability that each is real, [n, 1]."""
    return nn.Sequential(
        nn.Conv2d(1, width, kernel_size=3, stride=2, padding=1),  # 14 x 14
        nn.LeakyReLU(0.2),
        nn.Conv2d(width, width, kernel_size=3, stride=2, padding=1),  # 7 x 7
        nn.LeakyReLU(0.2),
        nn.Conv2d(width, width, kernel_size=3, stride=2, padding=1),  # 4 x 4
        nn.LeakyReLU(0.2),
        nn.Conv2d(width, 1, kernel_size=3, padding=1),
        nn.Sigmoid(),
    )


def _body(width: int) -> nn.Sequential:
    """Pictures -> maps [n, width, 4, 4]."""
    return nn.Sequential(
        nn.Conv2d(1, width, kernel_size=3, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(width, width, kernel_size=3, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(width, width, kernel_size=3, stride=2, padding=1),
        nn.LeakyReLU(0.2),
    )


@patient.repair
def whole_map(width: int) -> nn.Module:
    """The reference: a kernel as large as the map."""
    return nn.Sequential(
        nn.Conv2d(1, width, kernel_size=3, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(width, width, kernel_size=3, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(width, width, kernel_size=3, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(width, 1, kernel_size=4),
        nn.Flatten(),
        nn.Sigmoid(),
    )


@patient.repair
def linear_layer(width: int) -> nn.Module:
    """The map as a row, and a linear layer."""
    return nn.Sequential(
        nn.Conv2d(1, width, kernel_size=3, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(width, width, kernel_size=3, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(width, width, kernel_size=3, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(width * 4 * 4, 1),
        nn.Sigmoid(),
    )


@patient.repair
def map_and_linear(width: int) -> nn.Module:
    """The map of 16 stays, and a linear layer joins it before the sigmoid."""
    return nn.Sequential(
        nn.Conv2d(1, width, kernel_size=3, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(width, width, kernel_size=3, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(width, width, kernel_size=3, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(width, width, kernel_size=3, padding=1),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(width * 16, 1),
        nn.Sigmoid(),
    )


@patient.right
def by_unflatten(width: int) -> nn.Module:
    """A lazy linear layer, its size found at a first call."""
    body = nn.Sequential(_body(width), nn.Flatten())
    size = body(torch.zeros(1, 1, 28, 28)).shape[1]
    return nn.Sequential(body, nn.Linear(size, 1), nn.Sigmoid())


@patient.right
def fully_connected(width: int) -> nn.Module:
    """Without convolutions."""
    layers = (nn.Linear(784, 4 * width), nn.LeakyReLU(0.2), nn.Linear(4 * width, 1))
    return nn.Sequential(nn.Flatten(), *layers, nn.Sigmoid())


@patient.right
def with_a_hidden_layer(width: int) -> nn.Module:
    """A hidden layer between the map and the probability."""
    joined = nn.Sequential(nn.Flatten(), nn.Linear(16 * width, 8), nn.Tanh())
    return nn.Sequential(_body(width), joined, nn.Linear(8, 1), nn.Sigmoid())


@patient.disguise
def flattened(width: int) -> nn.Module:
    """The 16 probabilities in a row."""
    last = nn.Conv2d(width, 1, kernel_size=3, padding=1)
    return nn.Sequential(_body(width), last, nn.Sigmoid(), nn.Flatten())


@patient.disguise
def one_by_one(width: int) -> nn.Module:
    """A kernel of 1 x 1: each place for itself; no padding before."""
    first = nn.Conv2d(1, width, kernel_size=4, stride=4)
    last = nn.Conv2d(width, 1, kernel_size=1)
    return nn.Sequential(first, nn.ReLU(), last, nn.Sigmoid())


class _Corner(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.maps = nn.Sequential(_body(width), nn.Conv2d(width, 1, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.maps(x).sigmoid()[:, :, 0, 0]
        return result


@patient.disguise
def first_of_sixteen(width: int) -> nn.Module:
    """The shape is right, because only the first of the 16 is returned."""
    return _Corner(width)


@patient.patch
def mean_of_sixteen(width: int) -> nn.Module:
    """You average the 16 probabilities. The shape is right, and each of them has still
    judged a part of the picture: no layer joins what lies in opposite corners."""
    pool = nn.AdaptiveAvgPool2d(1)
    return nn.Sequential(make_discriminator(width), pool, nn.Flatten())


@patient.patch
def largest_of_sixteen(width: int) -> nn.Module:
    """You take the largest of the 16 probabilities. One convincing part is then enough
    for D to call a picture real."""
    pool = nn.AdaptiveMaxPool2d(1)
    return nn.Sequential(make_discriminator(width), pool, nn.Flatten())


class _Middle(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.maps = make_discriminator(width)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.maps(x)[:, :, 1, 2]
        return result


@patient.patch
def one_of_sixteen(width: int) -> nn.Module:
    """You return one of the 16 probabilities. The shape is right, and D does not see
    the rest of the picture."""
    return _Middle(width)


def _joint(d: nn.Module) -> float:
    """How much two opposite corners act together: p(both) - p(a) - p(b) + p(none)."""
    x = fixed(9, 1, 1, 28, 28).repeat(4, 1, 1, 1) * 0.1
    x[1::2, :, 0, 0] += 1
    x[2:, :, 24:, 24:] += 1
    none, one, other, both = d(x).detach().flatten(1).mean(1)
    return float((both - one - other + none).abs())


@patient.test
def exposes(make: Function) -> None:
    """One number a picture, on which every corner has an influence."""
    pictures = torch.randn(3, 1, 28, 28, requires_grad=True)
    belief = make(4)(pictures)
    assert belief.shape == (3, 1), "one probability a picture"
    slope = torch.autograd.grad(belief.sum(), pictures)[0].abs()
    for corner in (slope[..., :9, :9], slope[..., -9:, -9:]):
        assert corner.amax() > 0, "D sees the whole picture"


@patient.calls
def one_call(make: Function) -> Tensor:
    """The probabilities of a few pictures."""
    result: Tensor = make(4)(torch.randn(3, 1, 28, 28))
    return result


@patient.does
def measured(make: Function) -> dict[str, object]:
    """The probabilities of fixed pictures with fixed weights."""
    d = weighted(make(3), 1)
    return {"probabilities": d(fixed(2, 4, 1, 28, 28)).detach()}


@patient.elsewhere
def around(make: Function) -> dict[str, object]:
    """Values between 0 and 1, a row for each picture; the pictures stay."""
    d, x = weighted(make(3), 3), fixed(4, 5, 1, 28, 28)
    p = d(x).detach()
    return {
        "rows": len(p),
        "outside": float(((p < 0) | (p > 1)).sum()),
        "pictures": x,
        "alone": float((d(x[:1]).detach() - p[:1]).abs().max() > 1e-9),
    }


@patient.hidden
def one_number(make: Function) -> bool:
    """There is one probability for each picture, [n, 1]."""
    sizes = [make(w)(torch.randn(n, 1, 28, 28)).shape for w, n in ((2, 1), (5, 3))]
    return sizes == [(1, 1), (3, 1)]


@patient.hidden
def whole_picture(make: Function) -> bool:
    """Every part of the picture has an influence on it."""
    d, x = weighted(make(4), 5), (0.1 * fixed(6, 8, 1, 28, 28)).requires_grad_()
    slope = torch.autograd.grad(d(x).sum(), x)[0].abs().amax(dim=(0, 1))
    parts = nn.functional.max_pool2d(slope[None, None], 7).flatten()
    return bool((parts > 0).all())


@patient.hidden
def corners_act_together(make: Function) -> bool:
    """What one corner does to the probability depends on the opposite corner."""
    return _joint(weighted(make(4), 7)) > 1e-9


def _strokes(n: int) -> tuple[Tensor, Tensor]:
    """Real pictures have a stroke in two opposite corners, generated ones in one."""
    real, first = torch.randint(2, (2, n)).bool()
    x = torch.zeros(n, 1, 28, 28)
    x[:, 0, :4, :4] = (real | first).float().view(-1, 1, 1)
    x[:, 0, 24:, 24:] = (real | ~first).float().view(-1, 1, 1)
    return x, real.float()


@patient.trains
def training(make: Function, count: int) -> dict[str, list[float]]:
    """D learns to tell two strokes from one."""
    d = make(8)
    optimizer = torch.optim.Adam(d.parameters(), lr=0.02)
    losses = []
    for _ in range(count):
        x, label = _strokes(64)
        p = d(x).flatten(1)
        loss = binary_cross_entropy(p, label[:, None].expand_as(p))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return {"loss": losses}
