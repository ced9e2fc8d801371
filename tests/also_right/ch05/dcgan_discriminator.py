"""Other right answers to 05.dcgan_discriminator."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_course.gan.networks import Dropout
from tests.also_right import also_right


@also_right
def as_a_class() -> nn.Module:
    class D(nn.Module):
        def __init__(self):
            super().__init__()
            self.out = nn.Linear(128 * 7 * 7, 1)
            self.b = nn.Conv2d(64, 128, 5, 2, padding=2)
            self.a = nn.Conv2d(1, 64, 5, 2, padding=2)

        def forward(self, x: Tensor) -> Tensor:
            for conv in (self.a, self.b):
                x = F.leaky_relu(conv(x), 0.2)
                x = F.dropout(x, p=0.3, training=self.training)
            return self.out(x.flatten(start_dim=1))

    return D()


@also_right
def padded_before() -> nn.Module:
    return nn.Sequential(
        nn.ZeroPad2d((1, 2, 1, 2)),
        nn.Conv2d(1, 64, 5, 2),
        Dropout(0.3),  # before the leaky ReLU: the same function
        nn.LeakyReLU(0.2, inplace=True),
        nn.ZeroPad2d((1, 2, 1, 2)),
        nn.Conv2d(64, 128, 5, 2),
        Dropout(0.3),
        nn.LeakyReLU(0.2, inplace=True),
        nn.Conv2d(128, 1, 7),
        nn.Flatten(),
    )


@also_right
def of_blocks() -> nn.Module:
    def block(i, o):
        return nn.Sequential(
            nn.Conv2d(i, o, 5, stride=2, padding=2), nn.LeakyReLU(0.2), nn.Dropout(0.3)
        )

    class D(nn.Module):
        def __init__(self):
            super().__init__()
            self.blocks = nn.ModuleList([block(1, 64), block(64, 128)])
            self.w = nn.Parameter(torch.randn(1, 6272) / 80)
            self.c = nn.Parameter(torch.zeros(1))

        def forward(self, x):
            for part in self.blocks:
                x = part(x)
            return F.linear(x.permute(0, 2, 3, 1).reshape(len(x), -1), self.w, self.c)

    return D()
