"""Other right answers to 15.decoder."""

import torch
from torch import nn

from tests.also_right import also_right


@also_right
def by_a_transposed_convolution() -> nn.Module:
    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.up = nn.ConvTranspose2d(48, 32, 4, stride=2, padding=1)
            self.out = nn.Conv2d(32, 1, 3, padding=1)

        def forward(self, F):
            return torch.tanh(self.out(self.up(F).relu()))

    return Decoder()


@also_right
def upsampled_first() -> nn.Module:
    return nn.Sequential(
        nn.Upsample(scale_factor=2, mode="bilinear"),
        nn.Conv2d(48, 24, 3, padding=1, padding_mode="reflect"),
        nn.BatchNorm2d(24),
        nn.GELU(),
        nn.Conv2d(24, 1, 3, padding=1, padding_mode="reflect"),
    )
