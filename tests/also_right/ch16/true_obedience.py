"""Other right answers to 16.true_obedience."""

from tests.also_right import also_right


@also_right
def as_a_position_between(measured, hit, false):
    from_false, from_hit = measured - false, hit - measured
    return from_false / (from_false + from_hit)


@also_right
def by_bisection(measured, hit, false):
    low, high = -1.0, 2.0
    for _ in range(80):
        o = (low + high) / 2
        if o * hit + (1 - o) * false < measured:
            low = o
        else:
            high = o
    return o
