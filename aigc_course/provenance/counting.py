"""A detector without a network: counts of small patches, and logistic regression.

Co-occurrences of neighbouring grey levels are an old trace of how a picture was made
(Haralick et al. 1973), and tell GAN images from photographs (Nataraj et al. 2019, who
put a network behind them). On pictures of 28 x 28 pixels the 2 x 2 patches will do.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from aigc_course.errors import CourseError
from aigc_course.metrics.images import Images, checked, to_float

LEVELS = 6  # of grey: 6^4 = 1,296 patches
DECAY = 0.01  # of the weights, so that rare patches decide little
ROUNDS = 60  # of L-BFGS
ROWS = 500  # pictures counted at once


def patch_counts(images: Images, levels: int = LEVELS) -> Tensor:
    """sqrt of how often each 2 x 2 patch of grey levels occurs: [N, levels^4].

    The root makes counts of all sizes vary alike. images: as `metrics.features` takes
    them. Raises CourseError for others, and levels outside 2 to 8.
    """
    if not 2 <= levels <= 8:
        raise CourseError(f"Patches are counted on 2 to 8 grey levels, not {levels}.")
    parts = checked(images, ranged=False).split(ROWS)
    return torch.cat([_counts(to_float(part), levels) for part in parts])


class CountDetector(nn.Module):
    """Pictures [N, 1, 28, 28] in [-1, 1] to logits [N]; above 0 means generated.

    logit = w . (c - m) / s + b, with c the patch counts of a picture.
    """

    mean: Tensor
    scale: Tensor
    weights: Tensor

    def __init__(self, mean: Tensor, scale: Tensor, weights: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("scale", scale)
        self.register_buffer("weights", weights)  # w and, last, b

    def forward(self, images: Tensor) -> Tensor:
        """Logits [N] of images [N, 1, 28, 28] in [-1, 1]."""
        counts = (_counts(images, LEVELS) - self.mean) / self.scale
        return counts @ self.weights[:-1] + self.weights[-1]


def count_detector(
    real: Images, generated: Images, decay: float = DECAY
) -> CountDetector:
    """Logistic regression on patch counts; nothing in it is random.

    min over w of mean(softplus(a) - y a) + decay/2 |w|^2, a the logit and y = 1 for
    generated pictures, both kinds weighing the same. The loss is convex.

    real, generated: as `metrics.features` takes them. To teach it how processed
    pictures look, give both kinds processed. Raises CourseError for other pictures and
    a decay that is not above 0.
    """
    if not decay > 0:
        raise CourseError(f"The weight decay is above 0, not {decay}.")
    counts: Sequence[Tensor] = [patch_counts(x) for x in (real, generated)]
    mean = (counts[0].mean(0) + counts[1].mean(0)) / 2
    scale = torch.cat(list(counts)).std(0) + 0.01
    x = (torch.cat(list(counts)) - mean) / scale
    y = torch.cat([torch.zeros(len(counts[0])), torch.ones(len(counts[1]))])
    share = torch.where(y == 0, 0.5 / len(counts[0]), 0.5 / len(counts[1]))
    return CountDetector(mean, scale, _regress(x, y, share, decay))


def _regress(x: Tensor, y: Tensor, share: Tensor, decay: float) -> Tensor:
    """Weights and offset, [d + 1], of the regularised logistic loss."""
    w = torch.zeros(x.shape[1] + 1, requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [w], max_iter=ROUNDS, history_size=20, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        optimiser.zero_grad()
        a = x @ w[:-1] + w[-1]
        # cross entropy of a logit: softplus(a) - y a
        value = (share * (softplus(a) - y * a)).sum()
        value = value + decay / 2 * w[:-1].square().sum()
        value.backward()
        return value

    optimiser.step(loss)
    return w.detach()


def _counts(images: Tensor, levels: int) -> Tensor:
    """sqrt of the counts [N, levels^4] of floats [N, 1, H, W] in [-1, 1]."""
    # [-1, 1] to 0..levels - 1; white itself belongs to the highest level
    grey = ((images[:, 0] + 1) / 2 * levels).long().clamp(0, levels - 1)
    corners = (grey[:, :-1, :-1], grey[:, :-1, 1:], grey[:, 1:, :-1], grey[:, 1:, 1:])
    code = torch.zeros_like(corners[0])
    for corner in corners:
        code = code * levels + corner
    flat = code.flatten(1)
    counts = torch.zeros(len(images), levels**4)
    return counts.scatter_add_(1, flat, torch.ones_like(flat, dtype=torch.float)).sqrt()
