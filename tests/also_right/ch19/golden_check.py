"""Other right answers to 19.golden_check."""

import torch

from tests.also_right import also_right


@also_right
def by_the_largest(made, golden, tolerance):
    if tuple(made.shape) != tuple(golden.shape):
        return False
    largest = (made - golden).abs().max().item()
    return largest <= tolerance  # the maximum of numbers with a NaN is NaN


@also_right
def by_two_bounds(made, golden, tolerance):
    if made.size() != golden.size() or not torch.isfinite(made).all():
        return False
    low, high = golden - tolerance, golden + tolerance
    return not ((made < low) | (made > high)).any().item()
