"""Properties of a flow's step; it is compared with its algorithm, by hand."""

from typing import Any

import torch
from torch import Tensor, nn

from aigc_course.clinic.mutants.targets import draw, flat, target, uniform, weights_of
from aigc_course.flow.networks import Velocity

flow = target(
    "flow.learner",
    "Flow",
    call="Flow(velocity, couple=, label_dropout=).step((data, labels)) gives the"
    " readings",
    methods=("step", "target", "untold"),
    tolerance=2e-4,
)


class _Plain(nn.Module):
    """A linear net of place, time and label."""

    def __init__(self) -> None:
        super().__init__()
        self.line, self.labels = nn.Linear(3, 2), nn.Embedding(4, 2)

    def forward(self, x: Tensor, t: Tensor, labels: Tensor) -> Tensor:
        rows = torch.cat([x, t.expand(len(x))[:, None]], 1)
        return self.line(rows) + self.labels(labels)


def _velocity(seed: int) -> Velocity:
    torch.manual_seed(seed)
    return Velocity(_Plain(), (2,), 3, predict="velocity")


def _reverse(x0: Tensor, x1: Tensor, labels: Tensor | None) -> Tensor:
    return x0[x1[:, 0].argsort()]


def _labelled(seed: int) -> tuple[Tensor, Tensor]:
    return draw(seed, 8, 2).float() + 2, (uniform(seed, 8) * 3).long()


@flow.observed
def _flow_seen(cls: Any, seed: int) -> list[Tensor]:
    found: list[Tensor] = []
    for couple in (None, _reverse):
        v = _velocity(seed)
        model = cls(v, couple=couple, label_dropout=0.4, lr=0.02, ema=None)
        torch.manual_seed(seed)
        told = [model.step(_labelled(seed)) for _ in range(2)]
        found += flat(*weights_of(v), told)
    return found


@flow.equals
def _flow_want(seed: int) -> list[Tensor]:
    found: list[Tensor] = []
    for couple in (None, _reverse):
        v, (x1, labels) = _velocity(seed), _labelled(seed)
        adam = torch.optim.Adam(v.parameters(), 0.02, (0.9, 0.99))
        torch.manual_seed(seed)
        told = []
        for _ in range(2):
            x0 = torch.randn(8, 2)
            x0 = couple(x0, x1, labels) if couple else x0
            t = (torch.randperm(8) + torch.rand(8)) / 8
            hidden = torch.where(torch.rand(8) < 0.4, 3, labels)
            out = v(x0 + t[:, None] * (x1 - x0), t, hidden)
            errors = (out + x0 - x1).pow(2).sum(1) / 2
            adam.zero_grad()
            errors.mean().backward()
            adam.step()
            early = t < 0.5
            told.append([errors.mean(), errors[early].mean(), errors[~early].mean()])
        found += flat(*weights_of(v), told)
    return found


@flow.must
def _towards_the_data(cls: Any, seed: int) -> None:
    """One point as data: the learnt velocity points at it."""
    v = _velocity(seed)
    model, x1 = cls(v, lr=0.2, ema=None), torch.full((64, 2), 5.0)
    torch.manual_seed(seed)
    for _ in range(25):
        model.step((x1, torch.zeros(64, dtype=torch.int64)))
    assert float(v(torch.zeros(1, 2), 0.0, torch.zeros(1, dtype=torch.int64)).min()) > 1
