"""Chapter 00's exercise as other people answer it."""

import numpy as np
import torch
from torch.nn.functional import normalize

from tests.answers import right, wrong


@right("00.to_tanh_range")
def by_lerp(pixels):
    share = pixels.float() / 255
    return torch.lerp(torch.tensor(-1.0), torch.tensor(1.0), share)


@right("00.to_tanh_range")
def as_torchvision_does(pixels):
    x = pixels.float().div(255)
    mean, std = 0.5, 0.5
    return (x - mean) / std


@right("00.to_tanh_range")
def with_a_table(pixels):
    table = torch.linspace(-1, 1, 256)
    return table[pixels.long()]


@right("00.to_tanh_range")
def in_place(pixels):
    x = pixels.to(torch.float32)
    x *= 2
    x -= 255
    x /= 255
    return x


@right("00.to_tanh_range")
def through_numpy(pixels):
    values = np.interp(pixels.numpy(), [0, 255], [-1, 1])
    return torch.from_numpy(values).float()


@wrong("00.to_tanh_range")
def divided_by_256(pixels):
    return pixels / 128 - 1


@wrong("00.to_tanh_range")
def by_the_extremes_of_the_batch(pixels):
    x = pixels.float()
    low, high = x.min(), x.max()
    return 2 * (x - low) / (high - low + 1e-8) - 1


@wrong("00.to_tanh_range")
def squashed(pixels):
    return torch.tanh(pixels.float())


@wrong("00.to_tanh_range")
def with_the_statistics_of_mnist(pixels):
    return (pixels.float() / 255 - 0.1307) / 0.3081


@wrong("00.to_tanh_range")
def half_precision(pixels):
    return (pixels / 127.5 - 1).half()


@wrong("00.to_tanh_range")
def turned_over(pixels):
    return 1 - pixels / 127.5


@wrong("00.to_tanh_range")
def clipped(pixels):
    return pixels.float().clamp(-1, 1)


@wrong("00.to_tanh_range")
def unit_length(pixels):
    return normalize(pixels.float().flatten(1), dim=1).view(pixels.shape)


@wrong("00.to_tanh_range")
def forgot_to_return(pixels):
    pixels = pixels / 127.5 - 1


@wrong("00.to_tanh_range")
def scaled_twice(pixels):
    return (pixels / 255 - 0.5) * 0.5
