"""What a translation carries: how well a fresh network finds the way back from it.

The way home through a model's own decoder says how well that decoder was trained for
what it is given. A fresh decoder for each kind of translation favours none of them.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from aigc_course import training
from aigc_course.apps.networks import Restorer
from aigc_course.errors import CourseError
from aigc_course.training.fit import Batches
from aigc_course.training.learner import CHUNK, Learner, Optimiser, placed

BETAS, RATE, RISE, HALF_LIFE = (0.5, 0.99), 2e-3, 2_000, 3_000

Change = Callable[[Tensor], Tensor]


class Decoder(Learner[nn.Module]):
    """A network that finds pictures y from change(y), by the absolute error.

    change: pictures [N, 1, 28, 28] in [-1, 1] to translations of that shape; no
    gradient passes through it. network: takes these; by default a `Restorer`.
    """

    def __init__(
        self, change: Change, network: nn.Module | None = None, bf16: bool = False
    ) -> None:
        self.change, self.bf16 = change, bf16
        schedule: dict[str, Any] = {
            "decay_start": 0.5,
            "final_lr_factor": 0.0,
            "lr_warmup": RISE,
        }
        mine = placed(network or Restorer(1), "cpu")
        super().__init__(
            descent=Optimiser(mine, RATE, BETAS, ema=HALF_LIFE, **schedule)
        )

    def step(self, batch: Any) -> dict[str, Tensor]:
        """Learn from pictures [B, 1, 28, 28]; returns the mean absolute error."""
        with torch.no_grad():
            source = self.change(batch)
        loss = (self.networks(source) - batch).abs().mean()
        self.descent.descend(loss, len(batch))
        return {"loss": loss.detach()}

    @torch.no_grad()
    def errors(self, images: Tensor) -> Tensor:
        """Each picture's mean absolute error, float32 [N]."""
        network = self.trained()
        found = [network(self.change(part)) - part for part in images.split(CHUNK)]
        return torch.cat(found).abs().mean((1, 2, 3)).float()


def found_again(
    change: Change,
    batches: Batches,
    images: Tensor,
    *,
    steps: int = 900,
    seed: int = 0,
    network: Callable[[], nn.Module] | None = None,
    bf16: bool = False,
) -> Tensor:
    """How far a fresh decoder's pictures are from the originals: float32 [N].

    A decoder that has seen nothing before learns to find pictures y from change(y), and
    is then tried on other pictures. A small error means, by Laplace errors as in Li et
    al. (2017, ALICE), that change(y) leaves little of y open. Two translations are
    compared by their errors with the same steps and seed: the one that can be undone
    better carries more of the picture, wherever that is written.

    change: see `Decoder`. batches: training pictures, as `data.batches` gives them.
    images: others to try it on, [N, 1, 28, 28] in [-1, 1]. network: makes the decoder,
    by default a `Restorer`. Seeds torch's global generator. Returns each picture's mean
    absolute error. Raises CourseError for steps below 1.
    """
    if steps < 1:
        raise CourseError(f"A decoder learns for at least 1 step, not {steps}.")
    training.seed_everything(seed)
    decoder = Decoder(change, network() if network else None, bf16)
    training.fit(decoder, batches, training.Budget(steps=steps), progress=False)
    return decoder.errors(images)
