"""A classifier to train oneself: of spoiled digits, of few, or of generated ones."""

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.metrics.features import FeatureNet
from aigc_course.training.learner import (
    CHUNK,
    Learner,
    Optimiser,
    images_and_labels,
    placed,
)


class DigitClassifier(Learner[nn.Module]):
    """The net of the shipped extractor, learning digits from pairs (images, labels).

    change: what is done to each batch of images before it is read, such as hiding a
        part or `augment`ing.
    lr, decay_start, final_lr_factor, lr_warmup: see `training.Optimiser`; the averaged
        weights (half-life `ema` in images) are the ones that read.
    bf16: ask `training.fit` to compute inside the network in bfloat16.
    """

    def __init__(
        self,
        *,
        change: Callable[[Tensor], Tensor] | None = None,
        lr: float = 1e-3,
        decay_start: float = 0.3,
        final_lr_factor: float = 0.0,
        lr_warmup: float = 0,
        ema: float | None = 10_000,
        bf16: bool = False,
        device: torch.device | str = "cpu",
    ) -> None:
        schedule: dict[str, Any] = {
            "decay_start": decay_start,
            "final_lr_factor": final_lr_factor,
            "lr_warmup": lr_warmup,
        }
        net = placed(FeatureNet(), device)
        super().__init__(descent=Optimiser(net, lr, ema=ema, **schedule))
        self.change, self.bf16 = change, bf16

    def step(self, batch: Any) -> dict[str, Tensor]:
        """Learn from images [B, 1, 28, 28] in [-1, 1] and labels int [B].

        Returns the cross-entropy in nats and the share read rightly.
        """
        images, labels = images_and_labels(batch)
        if labels is None:
            raise CourseError(
                "A reader learns from pairs (images, labels): data.batches(...,"
                " labels=True) gives them."
            )
        logits = self.networks(self.change(images) if self.change else images)
        loss = cross_entropy(logits.float(), labels)
        self.descent.descend(loss, len(images))
        right = (logits.argmax(1) == labels).float().mean()
        return {"loss": loss.detach(), "right": right}

    @torch.no_grad()
    def read(self, images: Tensor) -> Tensor:
        """The digits in images [N, 1, 28, 28] in [-1, 1], as they are: int64 [N]."""
        network = self.trained()
        return torch.cat([network(part).argmax(1) for part in images.split(CHUNK)])

    def accuracy(self, images: Tensor, labels: Tensor) -> float:
        """The share of images that are read as their labels, 0 to 1.

        Raises CourseError for labels that do not fit.
        """
        asked = cast(Tensor, validate.labels(labels, len(images), 10))
        return float((self.read(images) == asked).double().mean())
