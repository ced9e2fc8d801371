"""Classification accuracy score: train on generated images, test on real ones."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from aigc_course.errors import CourseError
from aigc_course.metrics.images import Images, checked, float_batches, to_float

Labels = Tensor | np.ndarray
STEPS = 700
BATCH = 64
PEAK_RATE = 4e-3  # of a one-cycle schedule: up over the first tenth, then a cosine


def classification_accuracy(
    train_images: Images,
    train_labels: Labels,
    test_images: Images,
    test_labels: Labels,
    seed: int = 0,
    steps: int = STEPS,
) -> float:
    """Accuracy on real images of a small classifier trained on generated ones.

    CAS = share of test images (x, y) with argmax_c f(x)_c = y, f trained on samples
    (Ravuri and Vinyals 2019, section 3). It asks of samples what they would be used
    for. Read it beside the accuracy that as many real training images give: a gap says
    that something is missing or wrong in the samples, a class, a style or a label.
    It does not see copies, which train as well as the data they are copies of.

    A generator without labels needs them from a classifier (`metrics.classify`); then
    the labels' errors are that classifier's, and so is some of its knowledge.

    Images as `metrics.features` takes them; labels [N], whole numbers from 0 to 9.
    seed: of initial weights and batches; the spread over seeds is part of the answer.
    steps: of 64 images, so that any number of images takes the same time. Raises
    CourseError when the images are not acceptable or the labels do not fit them.
    """
    images, labels = _labelled(train_images, train_labels)
    judged, truth = _labelled(test_images, test_labels)
    if steps < 1:
        raise CourseError(f"Training takes at least one step; got {steps}.")
    net = _trained(images, labels, seed, steps)
    with torch.no_grad():
        found = [net(part).argmax(1) for part in float_batches(judged, 500, "cpu")]
    return float((torch.cat(found) == truth).double().mean())


def _network() -> nn.Sequential:
    """0.5 M multiply-adds per image: enough for 98 % after 10,000 real digits."""
    return nn.Sequential(  # [N, 1, 28, 28], values in [-1, 1]
        nn.Conv2d(1, 16, 5, stride=2, padding=2),  # [N, 16, 14, 14]
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1),  # [N, 32, 14, 14]
        nn.ReLU(),
        nn.MaxPool2d(2),  # [N, 32, 7, 7]
        nn.Flatten(),  # [N, 1568]
        nn.Linear(1568, 64),  # [N, 64]
        nn.ReLU(),
        nn.Linear(64, 10),  # [N, 10]
    )


def _trained(images: Tensor, labels: Tensor, seed: int, steps: int) -> nn.Module:
    with torch.random.fork_rng(devices=[]):  # making layers draws random numbers
        torch.manual_seed(seed)
        net = _network().to(memory_format=torch.channels_last)
    optimiser = torch.optim.Adam(net.parameters(), lr=PEAK_RATE, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, PEAK_RATE, total_steps=steps, pct_start=0.1
    )
    for chosen in _batches(len(images), seed, steps):
        batch = to_float(images[chosen]).contiguous(memory_format=torch.channels_last)
        optimiser.zero_grad()
        cross_entropy(net(batch), labels[chosen]).backward()
        optimiser.step()
        schedule.step()
    return net.eval()


def _batches(n: int, seed: int, steps: int) -> Iterator[Tensor]:
    """Indices of `steps` batches, every image once before any comes again."""
    generator = torch.Generator().manual_seed(seed)
    waiting = torch.empty(0, dtype=torch.int64)
    for _ in range(steps):
        while len(waiting) < BATCH:
            waiting = torch.cat([waiting, torch.randperm(n, generator=generator)])
        yield waiting[:BATCH]
        waiting = waiting[BATCH:]


def _labelled(images: Images, labels: Labels) -> tuple[Tensor, Tensor]:
    tensor, found = checked(images), torch.as_tensor(labels)
    if found.shape != (len(tensor),) or found.is_floating_point():
        raise CourseError(
            f"{len(tensor)} images need {len(tensor)} labels, whole numbers from 0 to"
            f" 9; got {found.dtype} of shape {list(found.shape)}."
        )
    if found.min() < 0 or found.max() > 9:
        raise CourseError(
            "Labels are whole numbers from 0 to 9; these run from"
            f" {int(found.min())} to {int(found.max())}."
        )
    return tensor, found.long()
