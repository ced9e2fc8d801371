"""Other right answers to 04.added."""

from torch import Tensor

from tests.also_right import also_right


@also_right
def by_belief(logits: Tensor) -> Tensor:
    return logits.sigmoid().gt(0.5).double().mean()
