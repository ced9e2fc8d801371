"""Patient: a figure whose size in inches is its size in pixels."""

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._fixed import cloud, fixed

patient = Patient(
    "figure_size",
    ward="B",
    number=12,
    title="A row of samples as a figure",
    symptom="The training goes on as it should. A figure of five pictures of 28 x 28"
    " pixels needs 157 MB.",
    cause="`figsize` is in inches, and it is given pixels: five pictures make a figure"
    " of 140 x 28 inches, 14,000 x 2,800 pixels at 100 an inch. An inch or two for"
    " each picture is enough.",
    figure=("pictures", "MB"),
)


@patient.shown
def sample_figure(images: Tensor) -> Figure:
    """A row of grey pictures for the screen. images: [n, h, w] in [-1, 1]."""
    n, height, width = images.shape
    figure = Figure(figsize=(n * width, height))
    axes = figure.subplots(1, n, squeeze=False)[0]
    for ax, image in zip(axes, images, strict=True):
        ax.imshow(image.numpy(), cmap="gray", vmin=-1, vmax=1)
        ax.axis("off")
    return figure


@patient.repair
def one_inch(images: Tensor) -> Figure:
    """The reference: an inch for each picture."""
    n, height, width = images.shape
    figure = Figure(figsize=(n * width / height, 1))
    axes = figure.subplots(1, n, squeeze=False)[0]
    for ax, image in zip(axes, images, strict=True):
        ax.imshow(image.numpy(), cmap="gray", vmin=-1, vmax=1)
        ax.axis("off")
    return figure


@patient.repair
def two_by_two(images: Tensor) -> Figure:
    """An inch and a half each."""
    n = len(images)
    figure = Figure(figsize=(1.5 * n, 1.5))
    axes = figure.subplots(1, n, squeeze=False)[0]
    for ax, image in zip(axes, images, strict=True):
        ax.imshow(image.numpy(), cmap="gray", vmin=-1, vmax=1)
        ax.axis("off")
    return figure


@patient.repair
def pixels_by_dpi(images: Tensor) -> Figure:
    """Pixels divided by pixels an inch, each pixel drawn as 3 x 3."""
    n, height, width = images.shape
    figure = Figure(figsize=(3 * n * width / 100, 3 * height / 100), dpi=100)
    axes = figure.subplots(1, n, squeeze=False)[0]
    for ax, image in zip(axes, images, strict=True):
        ax.imshow(image.numpy(), cmap="gray", vmin=-1, vmax=1)
        ax.axis("off")
    return figure


@patient.right
def set_afterwards(images: Tensor) -> Figure:
    """Axes one by one; the size is set at the end."""
    figure = Figure()
    for i in range(len(images)):
        ax = figure.add_subplot(1, len(images), i + 1)
        ax.imshow(images[i].tolist(), cmap="gray", vmin=-1, vmax=1)
        ax.set_axis_off()
    figure.set_size_inches(len(images), 1)
    return figure


@patient.right
def placed_by_hand(images: Tensor) -> Figure:
    """Axes side by side without gaps."""
    n = len(images)
    figure = Figure((1.2 * n, 1.2))
    for i, image in enumerate(images.numpy()):
        ax = figure.add_axes((i / n, 0, 1 / n, 1))
        ax.axis("off")
        ax.imshow(image, cmap="gray", vmin=-1, vmax=1)
    return figure


@patient.right
def with_a_layout(images: Tensor) -> Figure:
    """A layout that leaves room, and arrays made first."""
    pictures = np.asarray(images)
    figure = Figure(figsize=(len(pictures), 1.0), layout="constrained")
    for ax, picture in zip(
        figure.subplots(1, len(pictures), squeeze=False).flat, pictures, strict=True
    ):
        ax.imshow(picture, vmin=-1, vmax=1, cmap="gray")
        ax.axis("off")
    return figure


@patient.disguise
def size_set_later(images: Tensor) -> Figure:
    """The pixels are given to another function."""
    figure = Figure()
    axes = figure.subplots(1, len(images), squeeze=False)[0]
    for ax, image in zip(axes, images, strict=True):
        ax.imshow(image.numpy(), cmap="gray", vmin=-1, vmax=1)
        ax.axis("off")
    figure.set_size_inches(images.shape[0] * images.shape[2], images.shape[1])
    return figure


@patient.disguise
def side_by_side(images: Tensor) -> Figure:
    """The size of the row of pictures as an array, in pixels; an axis each."""
    row = np.concatenate(list(images.numpy()), axis=1)
    figure = Figure(figsize=row.shape[::-1])
    for i, image in enumerate(images.numpy()):
        ax = figure.add_subplot(1, len(images), i + 1)
        ax.imshow(image, cmap="gray", vmin=-1, vmax=1)
        ax.axis("off")
    return figure


@patient.disguise
def size_of_one(images: Tensor) -> Figure:
    """A named size, the pixels of a picture; larger for the labels."""
    size = images.shape[-1] + 2
    figure = Figure(figsize=(len(images) * size, size))
    for i, ax in enumerate(figure.subplots(1, len(images), squeeze=False)[0]):
        ax.imshow(images[i].numpy(), cmap="gray", vmin=-1, vmax=1)
        ax.axis("off")
    return figure


@patient.patch
def fewer_dots(images: Tensor) -> Figure:
    """You lower the dots an inch. On the screen it is small then; printed or saved with
    another resolution it is still 140 inches wide."""
    figure: Figure = sample_figure(images)
    figure.set_dpi(7)
    return figure


@patient.patch
def first_only(images: Tensor) -> Figure:
    """You show the first picture only. The figure is smaller because there is less in
    it."""
    return sample_figure(images[:1])


@patient.patch
def half_the_size(images: Tensor) -> Figure:
    """You halve width and height. The size is still in pixels: 70 inches for five
    pictures."""
    figure: Figure = sample_figure(images)
    width, height = figure.get_size_inches()
    figure.set_size_inches(width / 2, height / 2)
    return figure


def _megabytes(figure: Figure) -> float:
    """What it needs as pixels of four bytes, in MB."""
    width, height = figure.get_size_inches() * figure.dpi
    return float(width * height * 4 / 1e6)


@patient.test
def exposes(draw: Function) -> None:
    """A picture fits on a screen."""
    figure = draw(torch.rand(1, 28, 28) * 2 - 1)
    assert figure.get_size_inches().max() < 20, "at most 20 inches"
    assert _megabytes(figure) < 20, "at most 20 MB"


@patient.calls
def one_call(draw: Function) -> list[float]:
    """Size in inches and dots an inch."""
    figure = draw(torch.rand(3, 28, 28) * 2 - 1)
    return [float(x) for x in (*figure.get_size_inches(), figure.dpi)]


@patient.does
def measured(draw: Function) -> dict[str, object]:
    """Size, resolution and number of pictures."""
    figure = draw(fixed(1, 3, 28, 28).tanh())
    return {
        "inches": torch.tensor(figure.get_size_inches().tolist()),
        "dots an inch": float(figure.dpi),
        "pictures": float(len(figure.axes)),
    }


@patient.elsewhere
def around(draw: Function) -> dict[str, object]:
    """All the pictures with their grey values; a row of the right proportions."""
    images = fixed(2, 3, 28, 28).tanh()
    figure = draw(images)
    width, height = figure.get_size_inches()
    drawn = [ax.get_images()[0] for ax in figure.axes]
    return {
        "grey values": torch.stack(
            [torch.from_numpy(np.asarray(one.get_array())) for one in drawn]
        ),
        "limits": str([tuple(map(float, one.get_clim())) for one in drawn]),
        "colours": str([one.get_cmap().name for one in drawn]),
        "proportions": float(width / height),
        "images": images,
    }


@patient.hidden
def fits_a_screen(draw: Function) -> bool:
    """A row of five is at most 20 inches wide and at least 2."""
    width = float(draw(fixed(3, 5, 28, 28).tanh()).get_size_inches()[0])
    return 2 <= width <= 20


@patient.hidden
def small_in_memory(draw: Function) -> bool:
    """A row of five needs at most 20 MB, and at least as many pixels as it has."""
    return 5 * 784 * 4e-6 <= _megabytes(draw(fixed(4, 5, 28, 28).tanh())) <= 20


@patient.hidden
def shows_all(draw: Function) -> bool:
    """Every picture has its place."""
    return len(draw(fixed(5, 4, 28, 28).tanh()).axes) == 4


@patient.trains
def training(draw: Function, count: int) -> dict[str, list[float]]:
    """A line is fitted; the memory of a figure of 1 to 5 pictures."""
    line = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(line.parameters(), lr=0.02)
    losses = []
    for _ in range(count):
        loss = (line(cloud(32)[:, :1]) - 3).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    sizes = [_megabytes(draw(torch.zeros(n, 28, 28))) for n in range(1, 6)]
    return {"loss": losses, "MB": sizes}
