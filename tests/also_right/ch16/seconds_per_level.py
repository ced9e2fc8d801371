"""Other right answers to 16.seconds_per_level."""

from tests.also_right import also_right


@also_right
def by_expected_counts(draw, solve, look_up, playable, novel):
    looked_up = 1 / novel  # playable levels until one is new
    drawn = looked_up / playable
    return drawn * (draw + solve) + looked_up * look_up


@also_right
def as_an_equation(draw, solve, look_up, playable, novel):
    # t = cost of one draw + (1 - q) t
    q = playable * novel
    one = draw + solve + playable * look_up
    return one / (1 - (1 - q))
