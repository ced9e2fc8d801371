"""Other right answers to 12.allowed_tokens."""

import numpy as np
import torch

from tests.also_right import also_right


@also_right
def by_slices(written, choices, pieces):
    rests = [c[len(written) :] for c in choices if c[: len(written)] == written]
    return np.array(
        [
            ("" in rests) if p == "" else any(r[: len(p)] == p for r in rests)
            for p in pieces
        ]
    )


@also_right
def by_a_set_of_beginnings(written, choices, pieces):
    begun = {c[:k] for c in choices for k in range(1, len(c) + 1)}
    return torch.tensor(
        [
            (written + p) in begun if len(p) > 0 else choices.count(written) > 0
            for p in pieces
        ]
    )
