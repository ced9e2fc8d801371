"""Other right answers to 06.std_discriminator."""

import torch
from torch import nn

from aigc_course import gan
from tests.also_right import also_right


@also_right
def in_a_row() -> nn.Module:
    return nn.Sequential(
        nn.Linear(2, 128),
        nn.LeakyReLU(0.2),
        nn.Linear(128, 128),
        nn.LeakyReLU(0.2),
        gan.MinibatchStd(),
        nn.Linear(129, 1),
    )


@also_right
def statistic_first() -> nn.Module:
    class D(nn.Module):
        def __init__(self):
            super().__init__()
            self.c = nn.Linear(129, 1)
            self.b = nn.Linear(128, 128)
            self.a = nn.Linear(2, 128)
            self.leak = nn.LeakyReLU(0.2)

        def forward(self, x):
            h = self.leak(self.b(self.leak(self.a(x))))
            s = h.std(dim=0, correction=0).mean()
            return self.c(torch.cat([s.repeat(len(x), 1), h], dim=1))

    return D()
