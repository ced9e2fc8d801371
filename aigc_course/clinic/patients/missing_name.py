"""Patient: a loop over batches that nobody has made."""
# ruff: noqa: F821

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._fixed import cloud, fixed

Step = Callable[[Tensor], float]
# names that are declared and have no value, as in a notebook whose cell is gone
train_data_batch: Callable[[int], Iterator[Tensor]]
loader: Iterator[Tensor]
order: Tensor
data: list[Tensor]

patient = Patient(
    "missing_name",
    ward="B",
    number=12,
    title="The epochs of a training",
    symptom="The file can be read and the function can be made. The first call stops"
    " with a NameError, so there is no curve.",
    cause="`train_data_batch` is used and nowhere defined: it was a name of another"
    " cell or file. A function has to make its batches from what it is given.",
    figure=("step", "loss"),
    raises=True,
    same_draws=False,
)


@patient.shown
def train(step: Step, images: Tensor, epochs: int, batch_size: int) -> list[float]:
    """Every image is used once an epoch. Returns the loss of each batch."""
    losses = []
    for _ in range(epochs):
        for batch in train_data_batch(batch_size):
            losses.append(step(batch))
    return losses


@patient.repair
def split_in_order(
    step: Step, images: Tensor, epochs: int, batch_size: int
) -> list[float]:
    """The reference: the images in batches."""
    losses = []
    for _ in range(epochs):
        for batch in images.split(batch_size):
            losses.append(step(batch))
    return losses


@patient.repair
def shuffled(step: Step, images: Tensor, epochs: int, batch_size: int) -> list[float]:
    """In another order each epoch."""
    losses = []
    for _ in range(epochs):
        for chosen in torch.randperm(len(images)).split(batch_size):
            losses.append(step(images[chosen]))
    return losses


@patient.repair
def by_starts(step: Step, images: Tensor, epochs: int, batch_size: int) -> list[float]:
    """By the places where batches begin."""
    losses = []
    for _ in range(epochs):
        for start in range(0, len(images), batch_size):
            losses.append(step(images[start : start + batch_size]))
    return losses


@patient.right
def with_its_own_function(
    step: Step, images: Tensor, epochs: int, batch_size: int
) -> list[float]:
    """The missing function, defined inside."""

    def batches() -> Iterator[Tensor]:
        left = images[torch.randperm(len(images))]
        while len(left):
            yield left[:batch_size]
            left = left[batch_size:]

    return [step(batch) for _ in range(epochs) for batch in batches()]


@patient.right
def by_loader(step: Step, images: Tensor, epochs: int, batch_size: int) -> list[float]:
    """A DataLoader."""
    made = DataLoader(TensorDataset(images), batch_size, shuffle=True)
    return [step(batch) for _ in range(epochs) for (batch,) in made]


@patient.right
def by_chunks(step: Step, images: Tensor, epochs: int, batch_size: int) -> list[float]:
    """From the end to the beginning."""
    losses: list[float] = []
    for _ in range(epochs):
        losses.extend(step(batch) for batch in reversed(images.split(batch_size)))
    return losses


@patient.disguise
def another_name(
    step: Step, images: Tensor, epochs: int, batch_size: int
) -> list[float]:
    """A loader that was made in another cell."""
    return [step(batch[:batch_size]) for _ in range(epochs) for batch in loader]


@patient.disguise
def missing_order(
    step: Step, images: Tensor, epochs: int, batch_size: int
) -> list[float]:
    """The order of the images is taken from nowhere."""
    losses = []
    for _ in range(epochs):
        for chosen in order.split(batch_size):
            losses.append(step(images[chosen]))
    return losses


@patient.disguise
def old_parameter(
    step: Step, images: Tensor, epochs: int, batch_size: int
) -> list[float]:
    """The parameter was renamed, and the body was not."""
    losses = []
    for epoch in range(epochs):
        for start in range(0, len(data), batch_size):
            losses.append(
                step(torch.stack(data[start : start + batch_size])) + 0 * epoch
            )
    return losses


@patient.patch
def caught(step: Step, images: Tensor, epochs: int, batch_size: int) -> list[float]:
    """You catch the NameError. The call no longer stops, and no step is taken."""
    try:
        return train(step, images, epochs, batch_size)
    except NameError:
        return []


@patient.patch
def all_at_once(
    step: Step, images: Tensor, epochs: int, batch_size: int
) -> list[float]:
    """You give all images to each step. The name is no longer needed, and the batch
    size has no effect."""
    return [step(images) for _ in range(epochs)]


@patient.patch
def first_batch(
    step: Step, images: Tensor, epochs: int, batch_size: int
) -> list[float]:
    """You use the first batch in every step. All other images are never seen."""
    batches = len(images) // batch_size
    return [step(images[:batch_size]) for _ in range(epochs * batches)]


@patient.test
def exposes(train_it: Function) -> None:
    """Each epoch shows every image once."""
    images, seen = torch.randn(12), []

    def step(batch: Tensor) -> float:
        seen.append(batch)
        return 0.0

    train_it(step, images, 2, 4)
    assert len(seen) == 6, "two epochs of three batches"
    assert torch.equal(torch.cat(seen[:3]).sort()[0], images.sort()[0])


@patient.calls
def one_call(train_it: Function) -> object:
    """The losses of two epochs."""
    return train_it(lambda batch: float(batch.mean()), torch.randn(32, 2), 2, 8)


def _watched(train_it: Function, n: int, epochs: int, batch_size: int) -> list[Tensor]:
    seen: list[Tensor] = []

    def step(batch: Tensor) -> float:
        seen.append(batch)
        return float(len(seen))

    train_it(step, torch.arange(n), epochs, batch_size)
    return seen


@patient.does
def measured(train_it: Function) -> dict[str, object]:
    """The name that is missing; how many steps and different images."""
    try:
        seen = _watched(train_it, 12, 2, 3)
    except NameError as error:
        return {"missing": error.name, "steps": 0.0, "images": 0.0}
    images = torch.cat(seen).unique().numel() if seen else 0
    return {"missing": "", "steps": float(len(seen)), "images": float(images)}


@patient.elsewhere
def around(train_it: Function) -> dict[str, object]:
    """No epoch, no step; one batch as large as the data; the images stay."""
    images = fixed(1, 8, 2)
    whole = train_it(lambda batch: float(batch.square().sum()), images, 2, 8)
    return {
        "none": list(train_it(lambda batch: 0.0, images, 0, 4)),
        "whole": torch.tensor(whole, dtype=torch.float64),
        "images": images,
    }


@patient.hidden
def right_number(train_it: Function) -> bool:
    """There are len(images) / batch_size steps in an epoch."""
    return [len(_watched(train_it, 12, e, 4)) for e in (1, 3)] == [3, 9]


@patient.hidden
def each_image_once(train_it: Function) -> bool:
    """In an epoch every image is in exactly one batch."""
    seen = _watched(train_it, 20, 1, 5)
    return bool(seen) and sorted(torch.cat(seen).tolist()) == list(range(20))


@patient.trains
def training(train_it: Function, epochs: int) -> dict[str, list[float]]:
    """A line is fitted."""
    points, line = cloud(64), nn.Linear(1, 1)
    optimizer = torch.optim.SGD(line.parameters(), lr=0.02)

    def step(batch: Tensor) -> float:
        loss = (line(batch[:, :1]) - 3).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return float(loss.detach())

    return {"loss": train_it(step, points, epochs, 64)}
