"""Other right answers to 13.score_from_velocity."""

from tests.also_right import also_right


@also_right
def by_the_denoised_point(u, x, t):
    data = x + (1 - t) * u
    return -(x - t * data) / (1 - t) ** 2


@also_right
def term_by_term(u, x, t):
    return t / (1 - t) * u - x / (1 - t)
