"""Other right answers to 04.discriminator."""

from torch import nn
from torch.nn import functional as F

from tests.also_right import also_right


@also_right
def nested(dim):
    def hidden(inputs):
        return nn.Sequential(nn.Linear(inputs, 128), nn.LeakyReLU(0.2, inplace=True))

    return nn.Sequential(hidden(dim), hidden(128), nn.Linear(128, 1))


@also_right
def as_a_class(dim):
    class D(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(dim, 128), nn.Linear(128, 128)
            self.c = nn.Linear(128, 1)

        def forward(self, x):
            x = F.leaky_relu(self.a(x), negative_slope=0.2)
            return self.c(F.leaky_relu(self.b(x), negative_slope=0.2))

    return D()
