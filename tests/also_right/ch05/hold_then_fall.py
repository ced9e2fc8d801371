"""Other right answers to 05.hold_then_fall."""

from tests.also_right import also_right


@also_right
def in_three_pieces(progress: float, hold: float = 0.5, final: float = 0.05) -> float:
    if progress <= hold:
        return 1.0
    if progress >= 1:
        return final
    left = (1 - progress) / (1 - hold)
    return left * 1 + (1 - left) * final
