"""What private samples are good for: a classifier that sees samples and nothing else.

The network, its number of steps and its seed are the same for every generator. They
were chosen on training images held back, and no test image was looked at. Choosing them
by test accuracy would use the private data once more, outside of epsilon (Gong et al.
2025, DPImageBench).
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from aigc_course import validate

STEPS, BATCH, RATE, SEED = 2000, 128, 1e-3, 2017
ROWS = 1000  # pictures classified at once


def reader(classes: int = 10) -> nn.Sequential:
    """The fixed classifier: [N, 1, 28, 28] in [-1, 1] to logits [N, classes]."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 5, stride=2, padding=2),  # [N, 16, 14, 14]
        nn.ReLU(),
        nn.Conv2d(16, 32, 5, stride=2, padding=2),  # [N, 32, 7, 7]
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(32 * 7 * 7, 128),
        nn.ReLU(),
        nn.Linear(128, classes),
    )


def train_reader(images: Tensor, labels: Tensor, steps: int = STEPS) -> nn.Sequential:
    """The classifier after `steps` of Adam on these pictures, the same every time.

    images: float [N, 1, 28, 28] in [-1, 1]; labels int [N]. The learning rate falls
    to 0 along a cosine. Raises CourseError for images of another kind.
    """
    validate.images(images)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        network = reader()
    chance = torch.Generator().manual_seed(SEED)
    optimiser = torch.optim.Adam(network.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        rows = torch.randint(len(images), (BATCH,), generator=chance)
        loss = cross_entropy(network(images[rows]), labels[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return network


def utility(
    images: Tensor,
    labels: Tensor,
    test_images: Tensor,
    test_labels: Tensor,
    steps: int = STEPS,
) -> float:
    """Share of real pictures that a classifier trained on samples alone gets right.

    images, labels: the samples. All pictures are float [N, 1, 28, 28] in [-1, 1].
    """
    network = train_reader(images, labels, steps)
    with torch.no_grad():
        logits = torch.cat([network(part) for part in test_images.split(ROWS)])
    return float((logits.argmax(1) == test_labels).double().mean())
