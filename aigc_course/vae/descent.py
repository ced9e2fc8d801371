"""What the learners of this package share: Adam, its schedule, and saved states."""

import copy
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn

from aigc_course.errors import CourseError
from aigc_course.training.ema import EMA
from aigc_course.vae import refusals

Network = TypeVar("Network", bound=nn.Module)


class Descent:
    """Adam on a module's weights, with a schedule and an average of them.

    lr: rises linearly over the first `rise` images, holds until the share `hold` of
        the training, then falls linearly to `final` times its height.
    clip: the largest norm of the gradient.
    ema: half-life in images of averaged weights; None keeps none.

    Raises CourseError for settings out of range.
    """

    def __init__(
        self,
        module: nn.Module,
        lr: float,
        betas: tuple[float, float],
        hold: float,
        final: float,
        clip: float | None,
        ema: float | None,
        rise: float = 0,
    ) -> None:
        refusals.at_least_zero(lr, "The learning rate")
        refusals.share(hold, "hold")
        refusals.at_least_zero(final, "final")
        refusals.at_least_zero(rise, "rise")
        if clip is not None and not clip > 0:
            raise CourseError(
                f"clip is the largest gradient norm, above 0, not {clip}."
            )
        self.module, self.clip = module, clip
        self.lr, self.hold, self.final, self.rise = lr, hold, final, rise
        self.images = 0  # learned from
        self.weights = [p for p in module.parameters() if p.requires_grad]
        # fused: one pass over all weights, 5 times faster on a CPU
        self.optimizer = torch.optim.Adam(self.weights, lr, betas, fused=True)
        self.ema = EMA(module, ema) if ema else None

    def descend(self, loss: Tensor, images: int) -> None:
        """One step down the gradient of `loss`, a scalar, after `images` images."""
        if not loss.requires_grad:
            raise CourseError(
                "No gradient reaches the weights: the step is taken under"
                " torch.no_grad()."
            )
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if self.clip:
            nn.utils.clip_grad_norm_(self.weights, self.clip)
        self.optimizer.step()
        self.images += images
        if self.ema:
            self.ema.update(self.module, images)

    def anneal(self, progress: float) -> None:
        """Set the learning rate for this share of the training."""
        # up to 1 in `rise` images, 1 until `hold`, then a straight line to `final`
        rise = min(1.0, (self.images + 1) / self.rise) if self.rise else 1.0
        fall = max(0.0, progress - self.hold) / max(1 - self.hold, 1e-9)
        factor = rise * (1 - (1 - self.final) * min(fall, 1.0))
        for group in self.optimizer.param_groups:
            group["lr"] = self.lr * factor

    def state_dict(self) -> dict[str, Any]:
        """Weights, optimiser, the average if there is one, and the images seen."""
        parts = {name: part.state_dict() for name, part in self._parts().items()}
        return {**parts, "images": self.images}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state; KeyError or RuntimeError if it does not fit."""
        for name, part in self._parts().items():
            part.load_state_dict(state[name])
        self.images = state["images"]

    def _parts(self) -> dict[str, Any]:
        parts = {"networks": self.module, "optimizer": self.optimizer, "ema": self.ema}
        return {name: part for name, part in parts.items() if part is not None}


class Learner(Generic[Network]):
    """Whatever descends one loss: everything but the step, which is the lesson.

    networks: what learns. descent: of all its weights.
    """

    networks: Network
    descent: Descent

    def anneal(self, progress: float) -> None:
        """Set the learning rate for this share of the training."""
        self.descent.anneal(progress)

    def trained(self) -> Network:
        """A copy of the networks for use: averaged if there is an EMA, evaluating."""
        ema = self.descent.ema
        twin = ema.network(self.networks) if ema else copy.deepcopy(self.networks)
        return twin.eval()

    def load_trained(self, weights: Mapping[str, Tensor]) -> None:
        """Use these weights, a state of `trained()`; RuntimeError if not."""
        self.networks.load_state_dict(weights)
        self.descent.ema = None

    def state_dict(self) -> dict[str, Any]:
        """Networks, optimiser, and the average if there is one."""
        return self.descent.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state; KeyError or RuntimeError if it does not fit."""
        self.descent.load_state_dict(state)

    def _device(self) -> torch.device:
        return next(self.networks.parameters()).device


def images_and_labels(batch: Any) -> tuple[Tensor, Tensor | None]:
    """A batch of images, or a pair (images, labels), as a pair."""
    if isinstance(batch, tuple | list):
        images, labels = batch
        return images, labels
    return batch, None
