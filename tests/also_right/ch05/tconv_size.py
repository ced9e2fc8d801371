"""Other right answers to 05.tconv_size."""

from tests.also_right import also_right


@also_right
def by_the_last_copy(
    size: int, kernel: int, stride: int, padding: int = 0, output_padding: int = 0
) -> int:
    start_of_last = stride * (size - 1)
    end = start_of_last + kernel
    return end - padding - (padding - output_padding)
