"""The unrolled GAN: G is taught by the D of k steps ahead."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from aigc_course.errors import CourseError
from aigc_course.gan.learner import GAN
from aigc_course.gan.networks import Discriminator, Generator
from aigc_course.training.shares import whole


class UnrolledGAN(GAN):
    """A GAN whose G looks ahead: it is taught by D's answer to it (Metz et al. 2017).

    G plays against a D which has learnt for `unroll` more steps from the samples of
    this batch, and its gradient flows through those steps: moving all samples to where
    D is fooled today does not pay when D follows. D itself learns as ever; the steps
    ahead are forgotten.

    G minimises D's loss with the two labels swapped. The real half counts here as well,
    since the D ahead depends on G: with the generated half alone, G is drawn to where
    D's weights have the least say. (The paper's own G maximises D's loss, which
    saturates.) Of `loss` only the discriminator's half is used.

    unroll: steps ahead, 0 for the plain GAN.
    unroll_lr: their learning rate, of plain gradient descent, which must be small where
        D's loss is sharply curved: with 0.03 all samples end in one mode of the ring.
    settings: those of `gan.GAN` but the regularisers.
    Raises CourseError for a negative number of steps and for regularisers, which the
    steps ahead would have to take in.
    """

    def __init__(
        self,
        generator: Generator,
        discriminator: Discriminator,
        *,
        unroll: int = 5,
        unroll_lr: float = 0.01,
        **settings: Any,
    ) -> None:
        if unroll < 0:
            raise CourseError(f"One can look 0 steps ahead or more, not {unroll}.")
        if settings.get("regularisers"):
            raise CourseError(
                "UnrolledGAN follows D on its loss alone: leave the regularisers out."
            )
        super().__init__(generator, discriminator, **settings)
        self.unroll, self.unroll_lr = unroll, unroll_lr

    def generator_loss(self, fake: Tensor, real: Tensor, real_logits: Tensor) -> Tensor:
        """G's loss on the D that has followed it for `unroll` steps."""
        fake, real = whole(self.augment(fake)), whole(real)
        weights, buffers = _copies(self.discriminator)

        def judge(samples: Tensor) -> Tensor:
            return functional_call(self.discriminator, {**weights, **buffers}, samples)

        for _ in range(self.unroll):
            d_loss = self.game.discriminator(judge(real), judge(fake))
            # a graph of its own, so that G sees how D's steps depend on its samples
            slopes = torch.autograd.grad(d_loss, [*weights.values()], create_graph=True)
            # w <- w - eta dL_D / dw
            steps = zip(weights.items(), slopes, strict=True)
            weights = {name: w - self.unroll_lr * slope for (name, w), slope in steps}
        return self.game.discriminator(judge(fake), judge(real))  # labels swapped


def _copies(network: nn.Module) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Weights to differentiate in, and buffers to spoil, both apart from `network`."""
    weights = {k: p.detach().requires_grad_() for k, p in network.named_parameters()}
    return weights, {k: b.clone() for k, b in network.named_buffers()}
