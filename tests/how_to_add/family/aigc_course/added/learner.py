"""The step, and how to sample."""

import torch
from aigc_course.added.losses import negative_log_likelihood
from aigc_course.added.networks import Pixels
from torch import Tensor

from aigc_course import training
from aigc_course.training.learner import Optimiser, placed


class PixelModel(training.Learner[Pixels]):
    """Learns the mean and the deviation of every pixel."""

    def __init__(
        self,
        networks: Pixels,
        *,
        lr: float = 1e-2,
        bf16: bool = False,
        device: torch.device | str = "cpu",
    ) -> None:
        super().__init__(descent=Optimiser(placed(networks, device), lr))
        self.bf16 = bf16

    def step(self, batch: Tensor) -> dict[str, Tensor]:
        """One step on real images [N, 1, 28, 28]."""
        net = self.networks
        loss = negative_log_likelihood(batch, net.mean, net.log_std)
        self.descent.descend(loss, len(batch))
        return {"loss": loss.detach()}

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """n images, float32 [n, 1, 28, 28] in [-1, 1]."""
        net = self.networks
        noise = torch.randn(n, 1, 28, 28, generator=generator)
        return (net.mean + net.log_std.exp() * noise).clamp(-1, 1).detach()
