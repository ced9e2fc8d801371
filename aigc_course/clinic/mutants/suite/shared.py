"""Properties of what all learners share: optimiser, average, batch norm."""

from typing import Any

import torch
from torch import Tensor, nn

from aigc_course.clinic.mutants.targets import draw, flat, target, weights_of

ema = target(
    "training.ema",
    "EMA",
    call="EMA(network, half_life, ramp) with .update(network, images) and .average",
    methods=("update", "network"),
    tolerance=1e-5,
)


def _line(seed: int, i: int) -> nn.Module:
    net = nn.Linear(3, 2)
    for k, p in enumerate(net.parameters()):
        p.data.copy_(draw(seed, *p.shape, key=10 * i + k))
    return net


@ema.observed
def _ema_seen(cls: Any, seed: int) -> list[Tensor]:
    made, found = cls(_line(seed, 0), 100.0, 0.3), list[Tensor]()
    for i, images in enumerate((20, 50, 400), start=1):
        made.update(_line(seed, i), images)
        found += flat(made.average, made.images)
    like = _line(seed, 9)
    return [*found, *weights_of(made.network(like)), *weights_of(like)]


@ema.equals
def _ema_want(seed: int) -> list[Tensor]:
    average, seen, found = weights_of(_line(seed, 0)), 0, list[Tensor]()
    for i, images in enumerate((20, 50, 400), start=1):
        seen += images
        d = 2 ** (-images / min(100.0, 0.3 * seen))
        new = weights_of(_line(seed, i))
        average = [d * a + (1 - d) * w for a, w in zip(average, new, strict=True)]
        found += flat(average, seen)
    return [*found, *average, *weights_of(_line(seed, 9))]


@ema.must
def _stays_between(cls: Any, seed: int) -> None:
    """The average of 0 and 1 lies between them, and only slowly reaches 1."""
    net = nn.Linear(1, 1, bias=False)
    net.weight.data.zero_()
    made = cls(net, 1000.0)
    net.weight.data.fill_(1.0)
    values = []
    for _ in range(20):
        made.update(net, 100)
        values.append(float(made.average[0]))
    assert 0 < values[0] <= values[-1] <= 1 and values[-1] > 0.5


norms = target(
    "training.ema",
    "refresh_batch_norm",
    call="refresh_batch_norm(network, batches) measures batch-norm statistics afresh",
    tolerance=1e-5,
)


def _normed(f: Any, seed: int) -> nn.Module:
    net = nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 3), nn.BatchNorm1d(3))
    torch.manual_seed(seed)
    line = net[1]
    assert isinstance(line, nn.Linear)
    line.reset_parameters()
    net(draw(seed, 9, 3, key=7).float() * 5 + 3)
    f(net, [draw(seed, 8, 3, key=k).float() + k for k in range(3)])
    return net


@norms.observed
def _norms_seen(f: Any, seed: int) -> list[Tensor]:
    net = _normed(f, seed)
    first = net[0]  # type: ignore[index]
    flags = [float(net.training), float(first.momentum or -1)]
    return flat(first.running_mean, first.running_var, *flags, net(torch.ones(2, 3)))


@norms.equals
def _norms_want(seed: int) -> list[Tensor]:
    batches = [draw(seed, 8, 3, key=k).float() + k for k in range(3)]
    mean = torch.stack([b.mean(0) for b in batches]).mean(0)
    var = torch.stack([b.var(0) for b in batches]).mean(0)
    layer = nn.Linear(3, 3)
    torch.manual_seed(seed)
    layer.reset_parameters()
    inner = [
        layer((b - b.mean(0)) / (b.var(0, correction=0) + 1e-5).sqrt()) for b in batches
    ]
    mean2 = torch.stack([b.mean(0) for b in inner]).mean(0)
    var2 = torch.stack([b.var(0) for b in inner]).mean(0)
    out = layer((torch.ones(2, 3) - mean) / (var + 1e-5).sqrt())
    out = (out - mean2) / (var2 + 1e-5).sqrt()
    return flat(mean, var, 0.0, 0.1, out)


@norms.must
def _forgets(f: Any, seed: int) -> None:
    """Statistics of old data are gone, and the network evaluates."""
    net = nn.Sequential(nn.BatchNorm1d(1))
    for _ in range(20):
        net(draw(seed, 50, 1).float() + 100)
    f(net, [draw(seed, 500, 1, key=1).float()])
    mean = next(net.buffers())
    assert float(mean.abs()) < 1 and not net.training


optimiser = target(
    "training.learner",
    "Optimiser",
    call="Optimiser(network, lr, betas, decay_start=, final_lr_factor=, max_grad_norm=,"
    " ema=, lr_warmup=) with .descend(loss, images) and .anneal(progress)",
    methods=("descend", "anneal", "count", "trained"),
    tolerance=1e-4,
)


@optimiser.observed
def _optimiser_seen(cls: Any, seed: int) -> list[Tensor]:
    net, found = _line(seed, 0), list[Tensor]()
    schedule: dict[str, Any] = {"decay_start": 0.4, "final_lr_factor": 0.1}
    made = cls(net, 0.1, lr_warmup=30, max_grad_norm=0.5, ema=50.0, **schedule)
    for i, progress in enumerate((0.0, 0.3, 0.6, 1.0)):
        made.anneal(progress)
        made.descend(net(draw(seed, 4, 3, key=i).float()).square().mean(), 16)
        found += flat(*weights_of(net), made.adam.param_groups[0]["lr"], made.images)
    return [
        *found,
        *weights_of(made.trained()),
        torch.tensor(float(made.trained().training)),
    ]


@optimiser.equals
def _optimiser_want(seed: int) -> list[Tensor]:
    net, found, seen = _line(seed, 0), list[Tensor](), 0
    adam = torch.optim.Adam(net.parameters(), 0.1)
    average = weights_of(net)
    for i, progress in enumerate((0.0, 0.3, 0.6, 1.0)):
        rise = min(1.0, (seen + 1) / 30)
        fall = {0.0: 1.0, 0.3: 1.0, 0.6: 1 - 0.9 / 3, 1.0: 0.1}[progress]
        adam.param_groups[0]["lr"] = 0.1 * rise * fall
        adam.zero_grad()
        net(draw(seed, 4, 3, key=i).float()).pow(2).mean().backward()
        grads = [p.grad for p in net.parameters() if p.grad is not None]
        size = torch.cat([g.flatten() for g in grads]).norm()
        for grad in grads:
            grad.mul_(min(1.0, 0.5 / (float(size) + 1e-6)))
        adam.step()
        seen += 16
        d = 0.5 ** (16 / min(50.0, 0.15 * seen))
        pairs = zip(average, weights_of(net), strict=True)
        average = [d * a + (1 - d) * w for a, w in pairs]
        found += flat(*weights_of(net), 0.1 * rise * fall, float(seen))
    return [*found, *average, torch.tensor(0.0)]


@optimiser.must
def _no_memory(cls: Any, seed: int) -> None:
    """A loss without a slope changes nothing after one that had one, without Adam's."""
    net = nn.Linear(1, 1, bias=False)
    made = cls(net, 0.1, (0.0, 0.0))
    made.descend(net(torch.ones(1, 1)).sum(), 1)
    before = net.weight.detach().clone()
    made.descend(0 * net.weight.sum(), 1)
    assert torch.equal(before, net.weight)
