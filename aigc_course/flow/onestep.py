"""One step instead of many: a network learns where the flow's paths end.

A flow is a map from noise x0 to the end of its path, x(1). Its average velocity from
time 0 to 1 is U(x0) = x(1) - x0, and one step of length 1 with U is exact. So a student
can be trained on pairs (x0, x(1)) that the flow, its teacher, has made: rectified flow
calls this reflow for one step, or distillation (Liu et al. 2023, section 2.2).
"""

from typing import Any

import torch
from torch import Tensor

from aigc_course import validate
from aigc_course.flow.learner import METHOD, STEPS, Flow
from aigc_course.flow.networks import Velocity
from aigc_course.training.learner import Learner, Optimiser, placed


class Pairs:
    """Endless batches of pairs (x0, x(1)), [B, ...] each, that a flow has made.

    teacher: a trained flow without classes. n: how many pairs are made, once, in the
    beginning. steps, method: of the teacher's solver. seed: of noise and order. Raises
    CourseError for numbers that are not positive.
    """

    def __init__(
        self,
        teacher: Flow,
        n: int = 60_000,
        batch_size: int = 1024,
        *,
        steps: int = STEPS // 2,
        method: str = METHOD,
        seed: int = 0,
    ) -> None:
        validate.whole(n, "The number of pairs")
        validate.whole(batch_size, "The batch size")
        self.generator = torch.Generator().manual_seed(seed)
        shape = n, *teacher.networks.shape
        self.starts = torch.randn(shape, generator=self.generator)  # x0, [n, ...]
        self.ends = teacher.drive(self.starts, steps=steps, method=method)  # x(1)
        self.batch_size = min(batch_size, n)
        self.per_epoch = n // self.batch_size

    def __iter__(self) -> "Pairs":
        return self

    def __next__(self) -> tuple[Tensor, Tensor]:
        size = (self.batch_size,)
        rows = torch.randint(len(self.starts), size, generator=self.generator)
        return self.starts[rows], self.ends[rows]

    def state_dict(self) -> dict[str, Any]:
        """The state of the order in which pairs come."""
        return {"generator": self.generator.get_state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on in that order."""
        self.generator.set_state(state["generator"])


class OneStep(Learner[Velocity]):
    """A student that goes from noise to data in one step, x0 + U(x0).

    networks: a velocity of the teacher's shape, such as `teacher.trained()`, which is
    then a good start: U(x0) is compared with the velocity at t = 0 there. lr, betas,
    decay_start, final_lr_factor, ema, lr_warmup: see `training.Optimiser`.
    """

    def __init__(
        self,
        networks: Velocity,
        *,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.99),
        decay_start: float = 0.2,
        final_lr_factor: float = 0.0,
        ema: float | None = 100_000,
        lr_warmup: float = 20_000,
        bf16: bool = False,
        device: torch.device | str = "cpu",
    ) -> None:
        schedule: dict[str, Any] = {
            "decay_start": decay_start,
            "final_lr_factor": final_lr_factor,
            "lr_warmup": lr_warmup,
        }
        network = placed(networks, device)
        super().__init__(descent=Optimiser(network, lr, betas, ema=ema, **schedule))
        self.bf16 = bf16

    def step(self, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        """Learn from noise and where its path ended, [B, ...] each; see `Pairs`.

        Returns the loss, the mean squared distance per coordinate.
        """
        x0, x1 = batch
        # L = E || x0 + U(x0) - x(1) ||^2
        loss = (x0 + self.networks(x0, 0.0) - x1).square().mean()
        self.descent.descend(loss, len(x0))
        return {"loss": loss.detach()}

    @torch.no_grad()
    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw n samples x0 + U(x0): [n, ...]. CourseError when n is not positive."""
        validate.whole(n, "The number of samples")
        device = generator.device if generator else self.device
        x0 = torch.randn(n, *self.networks.shape, generator=generator, device=device)
        x0 = x0.to(self.device)
        return (x0 + self.trained()(x0, 0.0)).contiguous()
