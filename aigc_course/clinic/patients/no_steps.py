"""Patient: a training loop that takes no step."""

from collections.abc import Callable
from itertools import count, islice

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from aigc_course.clinic import steps
from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._fixed import cloud, fixed, player_step

Step = Callable[[Tensor], float]

patient = Patient(
    "no_steps",
    ward="B",
    number=14,
    title="A training loop",
    symptom="The program ends at once and without an error. The loss, measured after"
    " each epoch, is the same number every time.",
    cause="The number of batches is `batch_size // len(data)`, which is 0 as soon as"
    " there are more samples than a batch holds. It has to be `len(data) //"
    " batch_size`.",
    figure=("epoch", "loss"),
    same_draws=False,
)


@patient.shown
def fit(step: Step, data: Tensor, epochs: int, batch_size: int) -> list[float]:
    """Train: in each epoch, every sample is in one batch. Returns the loss of each."""
    losses = []
    for _ in range(epochs):
        order = torch.randperm(len(data))
        for i in range(batch_size // len(data)):
            chosen = order[i * batch_size : (i + 1) * batch_size]
            losses.append(step(data[chosen]))
    return losses


@patient.repair
def data_by_batch(
    step: Step, data: Tensor, epochs: int, batch_size: int
) -> list[float]:
    """The reference: as many batches as fit into the data."""
    losses = []
    for _ in range(epochs):
        order = torch.randperm(len(data))
        for i in range(len(data) // batch_size):
            chosen = order[i * batch_size : (i + 1) * batch_size]
            losses.append(step(data[chosen]))
    return losses


@patient.repair
def by_starts(step: Step, data: Tensor, epochs: int, batch_size: int) -> list[float]:
    """The places where a batch begins."""
    losses = []
    for _ in range(epochs):
        order = torch.randperm(len(data))
        for start in range(0, len(data), batch_size):
            chosen = order[start : start + batch_size]
            losses.append(step(data[chosen]))
    return losses


@patient.repair
def by_split(step: Step, data: Tensor, epochs: int, batch_size: int) -> list[float]:
    """PyTorch cuts the order into batches."""
    losses = []
    for _ in range(epochs):
        order = torch.randperm(len(data))
        for chosen in order.split(batch_size):
            losses.append(step(data[chosen]))
    return losses


@patient.right
def by_loader(step: Step, data: Tensor, epochs: int, batch_size: int) -> list[float]:
    """A DataLoader."""
    loader = DataLoader(TensorDataset(data), batch_size, shuffle=True, drop_last=True)
    return [step(batch) for _ in range(epochs) for (batch,) in loader]


@patient.right
def while_some_are_left(
    step: Step, data: Tensor, epochs: int, batch_size: int
) -> list[float]:
    """Takes batches from a list of numbers until it is empty."""
    losses: list[float] = []
    for _ in range(epochs):
        left = torch.randperm(len(data)).tolist()
        while left:
            chosen, left = left[:batch_size], left[batch_size:]
            losses.append(step(data[chosen]))
    return losses


@patient.right
def in_rows(step: Step, data: Tensor, epochs: int, batch_size: int) -> list[float]:
    """The order as a table with one batch in a row."""
    rows = len(data) // batch_size
    losses = []
    for _ in range(epochs):
        order = torch.randperm(len(data))[: rows * batch_size]
        losses += [step(data[row]) for row in order.view(rows, batch_size)]
    return losses


@patient.disguise
def counted_first(
    step: Step, data: Tensor, epochs: int, batch_size: int
) -> list[float]:
    """The same quotient, under a good name."""
    steps_per_epoch = int(batch_size / data.shape[0])
    losses = []
    for _ in range(epochs):
        batches = torch.randperm(data.shape[0]).split(batch_size)
        for chosen in batches[:steps_per_epoch]:
            losses.append(step(data[chosen]))
    return losses


@patient.disguise
def islice_of_a_loader(
    step: Step, data: Tensor, epochs: int, batch_size: int
) -> list[float]:
    """A loader, of which the first few batches are taken."""
    loader = DataLoader(TensorDataset(data), batch_size, shuffle=True)
    batches = batch_size // len(data)
    return [step(b) for _ in range(epochs) for (b,) in islice(loader, batches)]


@patient.disguise
def all_steps_at_once(
    step: Step, data: Tensor, epochs: int, batch_size: int
) -> list[float]:
    """The quotient for all epochs together: far too few steps instead of none."""
    losses = []
    for _ in range(epochs * batch_size // len(data)):
        chosen = torch.randperm(len(data))[:batch_size]
        losses.append(step(data[chosen]))
    return losses


@patient.patch
def at_least_one(step: Step, data: Tensor, epochs: int, batch_size: int) -> list[float]:
    """You force one step an epoch. All samples but one batch are then left out."""
    losses = []
    for _ in range(epochs):
        order = torch.randperm(len(data))
        for i in range(max(1, batch_size // len(data))):
            chosen = order[i * batch_size : (i + 1) * batch_size]
            losses.append(step(data[chosen]))
    return losses


@patient.patch
def all_in_one(step: Step, data: Tensor, epochs: int, batch_size: int) -> list[float]:
    """You give all data to one step, so the batch size has no effect."""
    return [step(data[torch.randperm(len(data))]) for _ in range(epochs)]


@patient.patch
def fixed_number(step: Step, data: Tensor, epochs: int, batch_size: int) -> list[float]:
    """You take a fixed number of steps with random samples. An epoch then no longer
    uses each sample once, and its length does not depend on the data."""
    losses = []
    for _ in range(epochs * 100):
        chosen = torch.randint(len(data), (batch_size,))
        losses.append(step(data[chosen]))
    return losses


@patient.test
def exposes(fit_it: Function) -> None:
    """Two epochs show every sample twice, in batches of the right size."""
    data, seen = torch.randn(12), []

    def step(batch: Tensor) -> float:
        seen.append(batch)
        return 0.0

    fit_it(step, data, 2, 4)
    assert [len(batch) for batch in seen] == [4] * 6, "two epochs are six batches of 4"
    for epoch in (seen[:3], seen[3:]):
        assert torch.equal(torch.cat(epoch).sort()[0], data.sort()[0])


@patient.calls
def one_call(fit_it: Function) -> object:
    """The losses of two epochs."""
    return fit_it(lambda batch: float(batch.mean()), torch.randn(32, 2), 2, 8)


def _watched(fit_it: Function, n: int, epochs: int, batch_size: int) -> list[Tensor]:
    seen: list[Tensor] = []

    def step(batch: Tensor) -> float:
        seen.append(batch)
        return float(len(seen))

    fit_it(step, torch.arange(n), epochs, batch_size)
    return seen


@patient.does
def measured(fit_it: Function) -> dict[str, object]:
    """How many steps, and with how many samples in all."""
    found = {}
    for epochs in (1, 3):
        seen = _watched(fit_it, 6, epochs, 3)
        found[f"steps in {epochs}"] = float(len(seen))
        found[f"samples in {epochs}"] = float(sum(len(batch) for batch in seen))
    return {**found}


@patient.elsewhere
def around(fit_it: Function) -> dict[str, object]:
    """A batch as large as the data works; the data stay as they were."""
    data = fixed(1, 8, 2)
    losses = fit_it(lambda batch: float(batch.sum()), data, 3, 8)
    return {"losses": torch.tensor(losses, dtype=torch.float64), "data": data}


@patient.hidden
def right_number(fit_it: Function) -> bool:
    """There are len(data) / batch_size steps in an epoch."""
    return [len(_watched(fit_it, 12, e, 4)) for e in (1, 2, 5)] == [3, 6, 15]


@patient.hidden
def each_sample_once(fit_it: Function) -> bool:
    """In an epoch every sample is in exactly one batch."""
    seen = _watched(fit_it, 20, 1, 5)
    return bool(seen) and sorted(torch.cat(seen).tolist()) == list(range(20))


@patient.hidden
def returns_every_loss(fit_it: Function) -> bool:
    """The losses come back in the order of the steps."""
    counted = count(1)
    found = fit_it(lambda batch: float(next(counted)), torch.randn(6), 2, 2)
    return [float(one) for one in found] == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]


@patient.trains
def training(fit_it: Function, epochs: int) -> dict[str, list[float]]:
    """A line is fitted; its loss on all data after each epoch."""
    data, line = cloud(64), nn.Linear(1, 1)
    optimizer = torch.optim.SGD(line.parameters(), lr=0.02)

    def step(batch: Tensor) -> float:
        loss = (line(batch[:, :1]) - 3).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return float(loss.detach())

    losses = []
    for _ in range(epochs):
        fit_it(step, data, 1, 32)
        losses.append(float((line(data[:, :1]) - 3).pow(2).mean().detach()))
    return {"loss": losses}


@patient.step
def opened(fit_it: Function) -> steps.Step:
    """An epoch of one player as its step."""

    def advance(
        g: nn.Module, d: nn.Module, opts: steps.Optimizers, x: Tensor, player: str
    ) -> None:
        fit_it(lambda batch: player_step(g, d, opts, batch, player), x, 1, 32)

    return steps.gan_step(advance=advance)
