"""Other right answers to 09.net_bits."""

import math

from torch import Tensor

from tests.also_right import also_right


@also_right
def as_a_weight(log_px: Tensor, log_pz: Tensor, log_q: Tensor) -> Tensor:
    log_w = log_px + log_pz - log_q  # the weight of chapter 08
    return -log_w * math.log2(math.e)


@also_right
def through_probabilities(log_px: Tensor, log_pz: Tensor, log_q: Tensor) -> Tensor:
    price = -(log_px + log_pz).double() / math.log(2)
    back = -log_q.double() / math.log(2)
    return (price - back).to(log_px.dtype)
