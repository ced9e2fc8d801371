"""Other right answers to 20.exposes_no_steps."""

import torch

from tests.also_right import also_right


@also_right
def with_a_counter(fit):
    count = 0

    def step(batch):
        nonlocal count
        count += len(batch)
        return float(count)

    fit(step, torch.randn(20, 3), 3, 5)
    assert count == 60, f"{count} samples were seen, and 60 are right"


@also_right
def by_what_it_learns(fit):
    seen = torch.zeros(16)

    def step(batch):
        seen[batch] += 1
        return 0.0

    fit(step, torch.arange(16), 1, 2)
    if not bool((seen == 1).all()):
        raise AssertionError("a sample was not seen once")
