"""Other right answers to 16.bounce."""

import math

import torch

from tests.also_right import also_right


@also_right
def step_by_step(start, speed, frames, low, high):
    places, x, v = [], start, speed
    for _ in range(frames):
        places.append(x)
        x += v
        if x > high:
            x, v = 2 * high - x, -v
        elif x < low:
            x, v = 2 * low - x, -v
    return torch.tensor(places)


@also_right
def with_an_arcus_cosine(start, speed, frames, low, high):
    """A triangle wave is the arcus cosine of a cosine."""
    u = (start - low + speed * torch.arange(frames, dtype=torch.float64)) / (high - low)
    return (low + (high - low) * torch.acos(torch.cos(math.pi * u)) / math.pi).float()
