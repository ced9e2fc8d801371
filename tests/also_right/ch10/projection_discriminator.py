"""Other right answers to 10.projection_discriminator."""

import torch
from torch import nn

from tests.also_right import also_right


@also_right
def one_hot_times_a_matrix(classes: int) -> nn.Module:
    class D(nn.Module):
        def __init__(self):
            super().__init__()
            self.phi = nn.Sequential(nn.Flatten(), nn.Linear(784, 200), nn.ReLU())
            self.w, self.b = nn.Parameter(torch.randn(200)), nn.Parameter(torch.ones(1))
            self.V = nn.Parameter(torch.randn(classes, 200) / 10)

        def forward(self, x, y):
            h = self.phi(x)
            rows = nn.functional.one_hot(y, classes).float() @ self.V
            return ((rows + self.w) * h).sum(-1, keepdim=True) + self.b

    return D()


@also_right
def all_heads_then_gather(classes: int) -> nn.Module:
    class D(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(1, 12, 5, stride=3)  # [N, 12, 8, 8]
            self.psi = nn.Sequential(nn.Linear(768, 30), nn.ReLU(), nn.Linear(30, 1))
            self.heads = nn.Linear(768, classes, bias=False)

        def forward(self, x, y):
            h = nn.functional.leaky_relu(self.conv(x), 0.1).flatten(1)
            return self.psi(h) + self.heads(h).gather(1, y.unsqueeze(1))

    return D()
