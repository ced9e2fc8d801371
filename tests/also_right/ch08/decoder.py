"""Other right answers to 08.decoder."""

import torch
from torch import nn
from torch.nn import functional as F

from aigc_course import vae
from tests.also_right import also_right


@also_right
def folded_by_view(latent: int, hidden: int) -> nn.Module:
    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc1 = nn.Linear(latent, hidden)
            self.fc2 = nn.Linear(hidden, 784)

        def forward(self, z):
            return self.fc2(F.relu(self.fc1(z))).view(-1, 1, 28, 28)

    return Decoder()


@also_right
def the_courses_own(latent: int, hidden: int) -> nn.Module:
    return vae.mlp((hidden,), latent).decoder


@also_right
def with_a_matrix_of_images(latent: int, hidden: int) -> nn.Module:
    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.up = nn.Linear(latent, hidden)
            self.images = nn.Parameter(torch.randn(hidden, 28, 28) / hidden**0.5)
            self.shift = nn.Parameter(torch.zeros(28, 28))

        def forward(self, z):
            h = F.elu(self.up(z))
            return (torch.einsum("nh,hij->nij", h, self.images) + self.shift)[:, None]

    return Decoder()
