"""Other right answers to 13.conditional_velocity."""

from tests.also_right import also_right


@also_right
def as_in_lipman(x, x1, a, b, da, db):
    return db / b * (x - a * x1) + da * x1


@also_right
def collected(x, x1, a, b, da, db):
    return (db / b) * x + (da - db * a / b) * x1
