"""Other right answers to 19.as_convolution."""

import torch
from torch.nn import functional as F

from tests.also_right import also_right


@also_right
def by_asking_the_layer(weight):
    """Each pixel of a 3 x 3 picture alone: what reaches the middle block?"""
    inputs, outputs = weight.shape[:2]
    kernel = torch.zeros(4 * outputs, inputs, 3, 3, dtype=weight.dtype)
    for i in range(inputs):
        for row in range(3):
            for column in range(3):
                x = torch.zeros(1, inputs, 3, 3, dtype=weight.dtype)
                x[0, i, row, column] = 1
                out = F.conv_transpose2d(x, weight, stride=2, padding=1)
                kernel[:, i, row, column] = F.pixel_unshuffle(out, 2)[0, :, 1, 1]
    return kernel


@also_right
def by_slices(weight):
    """Even rows use k = 3, 1 from above and the middle; odd rows 2, 0."""
    w = weight.transpose(0, 1)  # [C_out, C_in, 4, 4]
    outputs, inputs = w.shape[:2]
    kernel = torch.zeros(outputs, 4, inputs, 3, 3, dtype=w.dtype)
    for a, rows in enumerate((slice(0, 2), slice(1, 3))):
        for b, columns in enumerate((slice(0, 2), slice(1, 3))):
            part = w[:, :, 1 - a :: 2, 1 - b :: 2].flip(2, 3)
            kernel[:, 2 * a + b, :, rows, columns] = part
    return kernel.flatten(0, 1)
