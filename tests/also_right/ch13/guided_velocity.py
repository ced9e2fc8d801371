"""Other right answers to 13.guided_velocity."""

import torch

from tests.also_right import also_right


@also_right
def as_a_weighted_sum(unconditional, conditional, guidance):
    return (1 - guidance) * unconditional + guidance * conditional


@also_right
def by_lerp(unconditional, conditional, guidance):
    return torch.lerp(unconditional, conditional, guidance)
