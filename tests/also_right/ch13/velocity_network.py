"""Other right answers to 13.velocity_network."""

import torch
from torch import nn
from torch.nn import functional as F

from tests.also_right import also_right


@also_right
def with_waves(d, width):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("k", torch.arange(1.0, 5.0))
            self.a = nn.Linear(d + 8, width)
            self.b = nn.Linear(width, width)
            self.c = nn.Linear(width, d)

        def forward(self, x, t):
            t = torch.as_tensor(t).to(x.dtype) * torch.ones(len(x), dtype=x.dtype)
            w = 2 * torch.pi * t[:, None] * self.k
            h = F.relu(self.a(torch.cat([x, w.sin(), w.cos()], 1)))
            return self.c(F.relu(self.b(h)))

    return Net()


@also_right
def modulated(d, width):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.enter, self.leave = nn.Linear(d, width), nn.Linear(width, d)
            self.body = nn.Linear(width, width)
            self.time = nn.Linear(1, 2 * width)
            nn.init.zeros_(self.leave.weight)

        def forward(self, x, t):
            if not torch.is_tensor(t):
                t = torch.full((x.shape[0],), float(t), dtype=x.dtype)
            scale, shift = self.time(t.reshape(-1, 1)).chunk(2, dim=1)
            h = torch.tanh(self.enter(x) * (1 + scale) + shift)
            return self.leave(h + torch.tanh(self.body(h)))

    return Net()


@also_right
def residual_with_norm(d, width):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(d + 1, width)
            self.norm = nn.LayerNorm(width)
            self.second, self.last = nn.Linear(width, width), nn.Linear(width, d)

        def forward(self, x, t):
            t = torch.as_tensor(t, dtype=x.dtype).reshape(-1, 1)
            t = t.expand(x.shape[0], 1)
            h = F.gelu(self.first(torch.hstack([x, t])))
            return self.last(h + F.gelu(self.second(self.norm(h))))

    return Net()
