"""Other right answers to 08.encoder."""

import torch
from torch import nn

from aigc_course import vae
from tests.also_right import also_right


@also_right
def one_layer_cut_in_two(latent: int, hidden: int) -> nn.Module:
    class Cut(nn.Module):
        def forward(self, features):
            return features.chunk(2, dim=1)

    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(28 * 28, hidden),
        nn.ReLU(),
        nn.Linear(hidden, 2 * latent),
        Cut(),
    )


@also_right
def the_courses_own(latent: int, hidden: int) -> nn.Module:
    return vae.mlp((hidden,), latent).encoder


@also_right
def with_matrices_of_its_own(latent: int, hidden: int) -> nn.Module:
    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.W = nn.Parameter(torch.randn(784, hidden) / 28)
            self.b = nn.Parameter(torch.zeros(hidden))
            self.heads = nn.Parameter(torch.randn(2, hidden, latent) / hidden**0.5)
            self.shifts = nn.Parameter(torch.zeros(2, 1, latent))

        def forward(self, x):
            h = torch.relu(x.reshape(len(x), -1) @ self.W + self.b)
            return tuple(h @ self.heads + self.shifts)

    return Encoder()
