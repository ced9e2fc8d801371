"""Other right answers to 11.costs."""

from tests.also_right import also_right


@also_right
def matrix_by_matrix(width: int, length: int) -> tuple[int, int]:
    matrices = 4 * [width * width] + [4 * width * width, 4 * width * width]
    scores = length * 2 * width
    means = length * 2 * width
    return sum(2 * m for m in matrices), scores + means


@also_right
def as_a_list(width: int, length: int) -> list[float]:
    return [2 * 12 * width**2 / 1, 2.0 * 2 * length * width]
