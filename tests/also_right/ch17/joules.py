"""Other right answers to 17.joules."""

import numpy as np

from tests.also_right import also_right


@also_right
def with_numpy(readings, top):
    steps = np.diff(np.asarray(readings, dtype=np.int64))
    steps[steps < 0] += top + 1
    return steps.sum() / 1_000_000


@also_right
def counting_the_turns(readings, top):
    turns = sum(
        later < sooner for sooner, later in zip(readings, readings[1:], strict=False)
    )
    return (readings[-1] + turns * (top + 1) - readings[0]) * 1e-6
