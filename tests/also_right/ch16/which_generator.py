"""Other right answers to 16.which_generator."""

from tests.also_right import also_right


@also_right
def in_a_loop(figures):
    best, least = "none", float("inf")
    for name, one in figures.items():
        if one["near"] < 0.5 or one["legs"] < 0.95:
            continue
        off = abs(one["accuracy"] - 0.5)
        if off < least:
            best, least = name, off
    return best


@also_right
def sorted_by_distance(figures):
    rows = sorted(
        (abs(v["accuracy"] - 0.5), name)
        for name, v in figures.items()
        if not (v["near"] < 0.5 or v["legs"] < 0.95)
    )
    return rows[0][1] if rows else "none"
