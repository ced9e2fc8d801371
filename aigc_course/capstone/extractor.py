"""The network of a secret judge: a small digit classifier of a shape of its own."""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from aigc_course import data
from aigc_course.metrics.images import Images, checked, float_batches

BENDS = {"elu": nn.ELU, "gelu": nn.GELU, "mish": nn.Mish, "silu": nn.SiLU}
BATCH, PEAK_RATE = 128, 3e-3
NOISE = 0.6  # the largest standard deviation of added noise; pixels are -1 to 1
WIDTHS = {"first": (20, 24, 28), "second": (36, 40, 48), "third": (48, 56, 64)}


@dataclass(frozen=True)
class Shape:
    """Sizes of a judge's network, none of which is that of the public extractor.

    first, second, third: maps of the convolutions. kernel: side of the first filters.
    features: numbers for each image. bend: its non-linear function. mean: whether maps
    are halved by their mean or by their largest value.
    """

    first: int
    second: int
    third: int
    kernel: int
    features: int
    bend: str
    mean: bool

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


class Net(nn.Module):
    """A classifier of digits; `body` gives its features, `head` the logits."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        bend = BENDS[shape.bend]
        half = nn.AvgPool2d if shape.mean else nn.MaxPool2d
        side = shape.kernel
        self.body = nn.Sequential(  # [N, 1, 28, 28], values in [-1, 1]
            nn.Conv2d(1, shape.first, side, 2, side // 2),  # [N, first, 14, 14]
            bend(),
            nn.Conv2d(shape.first, shape.second, 3, padding=1),  # [N, second, 14, 14]
            bend(),
            half(2),  # [N, second, 7, 7]
            nn.Conv2d(shape.second, shape.third, 3, padding=1),  # [N, third, 7, 7]
            bend(),
            half(2),  # [N, third, 3, 3]
            nn.Flatten(),
            nn.Linear(9 * shape.third, shape.features),
            bend(),
        )
        self.head = nn.Linear(shape.features, 10)

    def forward(self, images: Tensor) -> Tensor:
        """Logits [N, 10] of images [N, 1, 28, 28] in [-1, 1]."""
        return self.head(self.body(images))


def chosen(seed: int) -> Shape:
    """The shape of this seed."""
    chance = torch.Generator().manual_seed(seed)

    def one(of: tuple[Any, ...]) -> Any:
        return of[int(torch.randint(len(of), (), generator=chance))]

    sizes = {name: one(values) for name, values in WIDTHS.items()}
    return Shape(
        **sizes,
        kernel=one((3, 7)),
        features=one((80, 96, 112)),
        bend=one(tuple(BENDS)),
        mean=one((True, False)),
    )


def train(shape: Shape, images: Tensor, labels: Tensor, seed: int, steps: int) -> Net:
    """The network after `steps` of Adam on uint8 images, moved by up to a pixel.

    Noise is added, so that faint patterns of pixels do not decide its features: judges
    of different shapes agree better then. The learning rate rises over a tenth of the
    steps and falls along a cosine.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = Net(shape).to(memory_format=torch.channels_last)
    chance = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam(net.parameters(), lr=PEAK_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, PEAK_RATE, total_steps=steps, pct_start=0.1
    )
    for _ in range(steps):
        rows = torch.randint(len(images), (BATCH,), generator=chance)
        dx, dy = torch.randint(-1, 2, (2,), generator=chance).tolist()
        batch = data.to_float(images[rows].roll((dy, dx), (2, 3)))
        noise = torch.randn(batch.shape, generator=chance)
        strength = NOISE * torch.rand(BATCH, 1, 1, 1, generator=chance)
        batch = (batch + strength * noise).clamp(-1, 1)
        batch = batch.contiguous(memory_format=torch.channels_last)
        optimiser.zero_grad()
        cross_entropy(net(batch), labels[rows]).backward()
        optimiser.step()
        schedule.step()
    return net.eval().requires_grad_(False)


@torch.no_grad()
def features(net: Net, images: Images) -> tuple[Tensor, Tensor]:
    """Features [N, d] and logits [N, 10] of images, as `metrics.features` takes them.

    Images of any range that `metrics` takes are accepted, also ones that are nearly
    empty. Raises CourseError for other shapes, types and values.
    """
    parts = float_batches(checked(images, ranged=False), 500, "cpu")
    found = [net.body(part) for part in parts]
    together = torch.cat(found)
    return together, net.head(together)
