"""Other right answers to 05.dcgan_generator."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.also_right import also_right


@also_right
def as_a_class() -> nn.Module:
    class G(nn.Module):
        def __init__(self):
            super().__init__()
            # declared in another order than they are called
            self.to_image = nn.ConvTranspose2d(
                64, 1, kernel_size=5, stride=2, padding=2, output_padding=1
            )
            self.bns = nn.ModuleList([nn.BatchNorm2d(c) for c in (256, 128, 64)])
            self.c1 = nn.ConvTranspose2d(256, 128, 5, padding=2, bias=False)
            self.c2 = nn.ConvTranspose2d(128, 64, 5, 2, 2, 1, bias=False)
            self.fc = nn.Linear(100, 7 * 7 * 256, bias=False)

        def forward(self, z: Tensor) -> Tensor:
            x = self.fc(z).view(-1, 256, 7, 7)
            x = F.relu(self.bns[0](x))
            x = F.relu(self.bns[1](self.c1(x)))
            x = F.relu(self.bns[2](self.c2(x)))
            return torch.tanh(self.to_image(x))

    return G()


@also_right
def from_one_pixel() -> nn.Module:
    def grow(i, o, s):
        return nn.Sequential(
            nn.ConvTranspose2d(i, o, 5, s, 2, s - 1, bias=False),
            nn.BatchNorm2d(o),
            nn.ReLU(True),
        )

    return nn.Sequential(
        nn.Unflatten(1, (100, 1, 1)),
        nn.ConvTranspose2d(100, 256, 7, bias=False),  # the first layer, as published
        nn.BatchNorm2d(256),
        nn.ReLU(True),
        grow(256, 128, 1),
        grow(128, 64, 2),
        nn.ConvTranspose2d(64, 1, 5, 2, 2, 1),
        nn.Tanh(),
    )


@also_right
def cut_by_hand() -> nn.Module:
    class Same(nn.ConvTranspose2d):
        """One row less above and two below than other libraries call "same"."""

        def forward(self, x):
            side = x.shape[-1] * self.stride[0]
            y = super().forward(x)
            start = (y.shape[-1] - side) // 2
            return y[:, :, start : start + side, start : start + side]

    return nn.Sequential(
        nn.Linear(100, 12544, bias=False),
        nn.Unflatten(1, (256, 7, 7)),
        nn.BatchNorm2d(256),
        nn.ReLU(),
        Same(256, 128, 5, bias=False),
        nn.BatchNorm2d(128),
        nn.ReLU(),
        Same(128, 64, 5, 2, bias=False),
        nn.BatchNorm2d(64),
        nn.ReLU(),
        Same(64, 1, 5, 2),
        nn.Tanh(),
    )
