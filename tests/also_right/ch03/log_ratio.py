"""Other right answers to 03.log_ratio."""

import math

from torch import Tensor
from torch.distributions import Normal

from tests.also_right import also_right


@also_right
def by_distributions(x: Tensor, mp: float, sp: float, mq: float, sq: float) -> Tensor:
    return Normal(mp, sp).log_prob(x) - Normal(mq, sq).log_prob(x)


@also_right
def as_a_parabola(x: Tensor, mp: float, sp: float, mq: float, sq: float) -> Tensor:
    square = (sq**-2 - sp**-2) / 2
    linear = mp / sp**2 - mq / sq**2
    constant = (mq / sq) ** 2 / 2 - (mp / sp) ** 2 / 2 + math.log(sq) - math.log(sp)
    return square * x * x + linear * x + constant
