"""Minibatches of maps of codes, encoded once instead of in every step."""

from torch import Tensor

from aigc_course import validate
from aigc_course.data.batches import Batches
from aigc_course.errors import CourseError


class CodeBatches(Batches):
    """Endless minibatches int64 [B, 7, 7] of maps of codes, [N, 7, 7].

    In a new order in every epoch, as `data.batches` gives images. Raises CourseError
    for a batch size that does not fit the maps, and for a negative seed.
    """

    def __init__(self, codes: Tensor, batch_size: int = 128, seed: int = 0) -> None:
        validate.whole(batch_size, "The batch size")
        validate.whole(seed, "The seed", 0)
        if batch_size > len(codes):
            raise CourseError(
                f"{len(codes)} maps of codes do not fill a batch of {batch_size}."
            )
        super().__init__(codes.long(), None, batch_size, seed)

    def __next__(self) -> Tensor:
        rows = self._rows()
        self.steps += 1
        return self._images.index_select(0, rows)
