"""Other right answers to 13.guided_variance."""

import math

from tests.also_right import also_right


@also_right
def by_logarithms(unconditional, conditional, guidance):
    log_u, log_c = math.log(unconditional), math.log(conditional)
    return math.exp((1 - guidance) * log_u + guidance * log_c)


@also_right
def by_deviations(unconditional, conditional, guidance):
    s = math.sqrt(unconditional) * math.sqrt(conditional / unconditional) ** guidance
    return s * s
