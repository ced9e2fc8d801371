"""Other right answers to 18.positive_predictive_value."""

import numpy as np

from tests.also_right import also_right


@also_right
def by_odds(tpr, fpr, prevalence):
    o = prevalence / (1 - prevalence) * tpr / fpr
    return o / (1 + o)


@also_right
def by_counting(tpr, fpr, prevalence):
    generated, real = 10_000 * prevalence, 10_000 * (1 - prevalence)
    accused = np.array([generated * tpr, real * fpr])
    return accused[0] / accused.sum()
