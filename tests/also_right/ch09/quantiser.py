"""Other right answers to 09.quantiser."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course.vae.quantise import Codebook, straight_through, vq_loss
from tests.also_right import also_right


@also_right
def with_an_embedding(codes: int, d: int, beta: float = 0.25) -> nn.Module:
    class VectorQuantizer(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(codes, d)
            self.embedding.weight.data.uniform_(-1 / codes, 1 / codes)

        def forward(self, e):
            flat = e.reshape(-1, d)
            distances = (
                flat.pow(2).sum(1, keepdim=True)
                + self.embedding.weight.pow(2).sum(1)
                - 2 * flat @ self.embedding.weight.t()
            )
            indices = distances.argmin(1).reshape(e.shape[:-1])
            quantized = self.embedding(indices)
            n = e.shape[0]
            q_loss = F.mse_loss(quantized, e.detach(), reduction="sum") / n
            e_loss = F.mse_loss(quantized.detach(), e, reduction="sum") / n
            quantized = e + (quantized - e).detach()
            return quantized, indices, q_loss + beta * e_loss

    return VectorQuantizer()


@also_right
def with_the_courses_parts(codes: int, d: int, beta: float = 0.25) -> nn.Module:
    class Mine(Codebook):
        def forward(self, e: Tensor):
            q, indices = super().forward(e)
            return straight_through(e, q), indices, vq_loss(e, q, beta).mean()

    return Mine(codes, d, decay=None)


@also_right
def columns_and_one_hot(codes: int, d: int, beta: float = 0.25) -> nn.Module:
    class Table(nn.Module):
        def __init__(self):
            super().__init__()
            self.columns = nn.Parameter(torch.randn(d, codes))

        def forward(self, e):
            with torch.no_grad():
                gaps = e[..., :, None] - self.columns
                indices = gaps.square().sum(-2).argmin(-1)
            chosen = F.one_hot(indices, codes).to(e.dtype) @ self.columns.T
            error = (e - chosen.detach()).square() * beta
            error = error + (e.detach() - chosen).square()
            loss = error.flatten(1).sum(1).mean()
            return chosen.detach() + e - e.detach(), indices, loss

    return Table()
