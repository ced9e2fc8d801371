"""Other right answers to 01.class_posterior."""

import numpy as np

from aigc_course.exercises.ch01.class_posterior import Array
from tests.also_right import also_right


@also_right
def with_logaddexp(log_px: Array, prior: Array) -> Array:
    joint = log_px + np.log(prior)[None, :]
    evidence = np.logaddexp.reduce(joint, axis=1)  # log p(x)
    return np.exp((joint.T - evidence).T)


@also_right
def as_ratios(log_px: Array, prior: Array) -> Array:
    best = log_px.max(axis=1)
    weights = prior * np.exp(log_px - best[:, None])
    return weights / (weights @ np.ones(len(prior)))[:, None]
