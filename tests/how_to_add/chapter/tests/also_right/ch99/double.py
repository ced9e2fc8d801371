"""Other right answers to 99.double."""

from torch import Tensor

from tests.also_right import also_right


@also_right
def sum_of_two(x: Tensor) -> Tensor:
    return x + x
