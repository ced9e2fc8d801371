"""Other right answers to 05.multiply_adds."""

from tests.also_right import also_right


@also_right
def weights_times_places(inputs: int, outputs: int, kernel: int, side_in: int) -> int:
    weights = inputs * outputs * kernel * kernel
    return weights * side_in * side_in
