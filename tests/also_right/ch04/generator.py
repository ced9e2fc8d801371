"""Other right answers to 04.generator."""

import torch
from torch import nn
from torch.nn import functional as F

from tests.also_right import also_right


@also_right
def as_a_class(latent, dim):
    class G(nn.Module):
        def __init__(self):
            super().__init__()
            self.out = nn.Linear(128, dim)
            self.hidden = nn.ModuleList([nn.Linear(latent, 128), nn.Linear(128, 128)])

        def forward(self, z):
            for layer in self.hidden:
                z = F.leaky_relu(layer(z), 0.2)
            return self.out(z)

    return G()


@also_right
def of_bare_parameters(latent, dim):
    class G(nn.Module):
        def __init__(self):
            super().__init__()
            sizes = (latent, 128, 128, dim)
            pairs = list(zip(sizes, sizes[1:], strict=False))
            self.w = nn.ParameterList(torch.randn(i, o) / i**0.5 for i, o in pairs)
            self.b = nn.ParameterList(torch.zeros(o) for _, o in pairs)

        def forward(self, z):
            for i, (w, b) in enumerate(zip(self.w, self.b, strict=True)):
                z = z @ w + b
                z = z if i == 2 else torch.max(z, z / 5)
            return z

    return G()
