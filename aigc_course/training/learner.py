"""What every learner of the course shares, whatever its family; the step is its own.

`Optimiser` moves weights down a gradient: Adam, its schedule, clipping, the average.
`Learner` is the rest: saved states, the schedule of all optimisers, the networks that
are used afterwards. A family adds networks, losses and a `step`.
"""

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.training import shares, together
from aigc_course.training.ema import EMA
from aigc_course.training.health import Rule

Network = TypeVar("Network", bound=nn.Module)

CHUNK = 500  # samples per forward pass outside of training


class Optimiser(Generic[Network]):
    """Adam on a network's weights, with a schedule and an average of them.

    lr: rises linearly over the first `lr_warmup` images, holds until the share
        `decay_start` of the training, then falls linearly to `final_lr_factor` times
        its height.
    max_grad_norm: the largest norm of the gradient.
    ema: half-life in images of averaged weights; None keeps none.
    first: images of the warm-up that count as seen before the first step; with 0 that
        step moves nothing.

    Raises CourseError for settings out of range.
    """

    def __init__(
        self,
        network: Network,
        lr: float,
        betas: tuple[float, float] = (0.9, 0.999),
        *,
        decay_start: float = 1.0,
        final_lr_factor: float = 1.0,
        max_grad_norm: float | None = None,
        ema: float | None = None,
        lr_warmup: float = 0,
        first: int = 1,
    ) -> None:
        validate.at_least_zero(lr, "The learning rate")
        validate.share(decay_start, "decay_start")
        validate.at_least_zero(final_lr_factor, "final_lr_factor")
        validate.at_least_zero(lr_warmup, "lr_warmup")
        if max_grad_norm is not None and not max_grad_norm > 0:
            raise CourseError(
                "max_grad_norm is the largest gradient norm, above 0, not"
                f" {max_grad_norm}."
            )
        self.network, self.max_grad_norm, self.first = network, max_grad_norm, first
        self.lr, self.lr_warmup = lr, lr_warmup
        self.decay_start, self.final_lr_factor = decay_start, final_lr_factor
        self.images = 0  # seen
        self.weights = [p for p in network.parameters() if p.requires_grad]
        # fused: one pass over all weights, 5 times faster on a CPU
        self.adam = torch.optim.Adam(self.weights, lr, betas, fused=True)
        self.ema = EMA(network, ema) if ema else None

    def descend(self, loss: Tensor, images: int) -> None:
        """One step down the gradient of `loss`, a scalar, after `images` images."""
        if not loss.requires_grad:
            raise CourseError(
                "No gradient reaches the weights: something, such as a view, has cut"
                " its path, or the step is taken under torch.no_grad()."
            )
        self.adam.zero_grad(set_to_none=True)
        loss.backward()
        together.average(self.weights)
        if self.max_grad_norm:
            nn.utils.clip_grad_norm_(self.weights, self.max_grad_norm)
        self.adam.step()
        self.count(images)

    def count(self, images: int) -> None:
        """Note that `images` images were seen, and let the average follow."""
        images *= shares.parts()  # other processes have seen theirs
        self.images += images
        if self.ema:
            self.ema.update(self.network, images)

    def anneal(self, progress: float) -> None:
        """Set the learning rate for this share of the training."""
        # up to 1, then 1, then a straight line to `final_lr_factor`
        seen = self.images + self.first
        rise = min(1.0, seen / self.lr_warmup) if self.lr_warmup else 1.0
        fall = max(0.0, progress - self.decay_start) / max(1 - self.decay_start, 1e-9)
        factor = rise * (1 - (1 - self.final_lr_factor) * min(fall, 1.0))
        for group in self.adam.param_groups:
            group["lr"] = self.lr * factor

    def trained(self) -> Network:
        """A copy of the network for use: averaged if there is an EMA, evaluating."""
        ema = self.ema
        twin = ema.network(self.network) if ema else copy.deepcopy(self.network)
        return twin.eval()

    def state_dict(self) -> dict[str, Any]:
        """Weights, Adam's moments, the average if there is one, and the images seen."""
        parts = {name: part.state_dict() for name, part in self._parts().items()}
        return {**parts, "images": self.images}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state; KeyError or RuntimeError if it does not fit."""
        for name, part in self._parts().items():
            part.load_state_dict(state[name])
        self.images = state["images"]

    def _parts(self) -> dict[str, Any]:
        parts = {"networks": self.network, "optimizer": self.adam, "ema": self.ema}
        return {name: part for name, part in parts.items() if part is not None}


class Learner(Generic[Network]):
    """A model in training: everything but the step, which is the lesson.

    optimisers: by name, that of the networks which are used afterwards first, such as
    a generator's before its discriminator's.

    symptoms: rules for the health monitor. bf16: whether `training.fit` is asked to
    compute inside the networks in bfloat16.
    """

    bf16: bool = False

    def __init__(self, **optimisers: Optimiser[Any]) -> None:
        self.optimisers = optimisers

    def step(self, batch: Any) -> dict[str, Tensor]:
        """Learn from one batch; return scalars to watch, the same in every step."""
        raise NotImplementedError

    @property
    def symptoms(self) -> tuple[Rule, ...]:
        """Rules by which the health monitor finds out what is wrong: none."""
        return ()

    @property
    def descent(self) -> Optimiser[Network]:
        """The optimiser of what is used afterwards."""
        return next(iter(self.optimisers.values()))

    @property
    def networks(self) -> Network:
        """What learns, and is used afterwards."""
        return self.descent.network

    @property
    def device(self) -> torch.device:
        """Where the networks are."""
        return next(self.networks.parameters()).device

    def anneal(self, progress: float) -> None:
        """Set the learning rates for this share of the training."""
        for optimiser in self.optimisers.values():
            optimiser.anneal(progress)

    def trained(self) -> Network:
        """A copy of the networks for use: averaged if there is an EMA, evaluating."""
        return self.descent.trained()

    def load_trained(self, weights: Mapping[str, Tensor]) -> None:
        """Use these weights, a state of `trained()`; RuntimeError if not."""
        self.networks.load_state_dict(weights)
        self.descent.ema = None

    def state_dict(self) -> dict[str, Any]:
        """All that must be saved to go on exactly here."""
        return {name: one.state_dict() for name, one in self.optimisers.items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state; KeyError or RuntimeError if it does not fit."""
        if "optimizer" in state:  # as it was saved before there were several
            state = {"descent": state}
        for name, one in self.optimisers.items():
            one.load_state_dict(state[name])


class Bare(Learner[nn.Module]):
    """A small class of one's own that has a `step` and a `state_dict` and no more.

    Raises CourseError for one that has a part of what `Learner` declares: the rest
    would be overlooked.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        named = [n for n in ("anneal", "symptoms", "bf16") if hasattr(model, n)]
        if named or not hasattr(model, "step") or not hasattr(model, "state_dict"):
            raise CourseError(
                f"{type(model).__name__} has not all that `training.fit` asks for: make"
                " it a subclass of training.Learner, or give it step and state_dict"
                " alone."
            )
        self.model = model

    def step(self, batch: Any) -> dict[str, Tensor]:
        """Do what the model itself does."""
        return self.model.step(batch)

    def state_dict(self) -> dict[str, Any]:
        """Do what the model itself does."""
        return self.model.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Do what the model itself does."""
        self.model.load_state_dict(state)


def placed(network: Network, device: torch.device | str) -> Network:
    """The network on the device, learning, in the layout that is quickest there."""
    # channels last: convolutions run 1.6 to 5 times faster on a CPU
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network.to(device).train()


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
    """No gradients for the weights of `network` inside the block."""
    network.requires_grad_(False)
    try:
        yield
    finally:
        network.requires_grad_(True)


def images_and_labels(batch: Any) -> tuple[Tensor, Tensor | None]:
    """A batch of images, or a pair (images, labels), as a pair."""
    if isinstance(batch, tuple | list):
        images, labels = batch
        return images, labels
    return batch, None
