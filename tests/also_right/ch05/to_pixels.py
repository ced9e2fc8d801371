"""Other right answers to 05.to_pixels."""

from torch import Tensor

from tests.also_right import also_right


@also_right
def clamped_first(images: Tensor) -> Tensor:
    return (images.clamp(-1, 1) * 127.5 + 127.5 + 0.5).floor().byte()
