"""Other right answers to 21.rubric_levels."""

from tests.also_right import also_right

ROWS = "question plan baseline change seeds ablation failures figure limits reproduce"


@also_right
def by_digits():
    return dict(zip(ROWS.split(), map(int, "2110211202"), strict=True))


@also_right
def stricter_in_one_row():
    return dict(zip(ROWS.split(), map(int, "2110210202"), strict=True))
