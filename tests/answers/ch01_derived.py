"""Chapter 01's derivations, as people write them who have not seen the formula."""

import numpy as np
import torch
from scipy import special

from tests.answers import right, wrong

# --- push_density --------------------------------------------------------------------


@right("01.push_density")
def through_logarithms(x, p_z, inverse, slope):
    z = inverse(x)
    with np.errstate(divide="ignore"):
        return np.exp(np.log(p_z(z)) - np.log(np.sqrt(slope(z) ** 2)))


@right("01.push_density")
def times_the_slope_of_the_inverse(x, p_z, inverse, slope):
    dz_dx = 1.0 / slope(inverse(x))
    return p_z(inverse(x)) * np.maximum(dz_dx, -dz_dx)


@wrong("01.push_density")
def carried_by_the_slope(x, p_z, inverse, slope):
    z = inverse(x)
    return p_z(z) * np.sqrt(slope(z) ** 2)


@wrong("01.push_density")
def slope_where_x_is(x, p_z, inverse, slope):
    return p_z(inverse(x)) / np.abs(slope(x))


@wrong("01.push_density")
def mass_only_moves(x, p_z, inverse, slope):
    moved = p_z(inverse(x))
    return moved / 1.0


# --- fit_pixels ----------------------------------------------------------------------


@right("01.fit_pixels")
def with_two_more_pictures(ink):
    """Every picture twice, one full and one blank picture once."""
    full = np.ones((1, *ink.shape[1:]))
    return np.concatenate([ink, ink, full, 0 * full]).mean(axis=0)


@right("01.fit_pixels")
def share_drawn_to_one_half(ink):
    n = ink.shape[0]
    return ink.mean(0) * (n / (n + 1)) + 0.5 / (n + 1)


@wrong("01.fit_pixels")
def half_added_above_alone(ink):
    return (ink.sum(0) + 0.5) / ink.shape[0]


@wrong("01.fit_pixels")
def half_added_on_both_sides(ink):
    return (ink.sum(0) + 0.5) / (ink.shape[0] + 0.5)


@wrong("01.fit_pixels")
def white_counted(ink):
    return ((~ink.astype(bool)).sum(0) + 0.5) / (len(ink) + 1)


# --- match_moments -------------------------------------------------------------------


@right("01.match_moments")
def second_moment_minus_square(weights, means, stds):
    m = float(np.dot(weights, means))
    second = float(np.dot(weights, np.square(means) + np.square(stds)))
    return m, np.sqrt(second - m * m)


@right("01.match_moments")
def within_and_between(weights, means, stds):
    m = np.average(means, weights=weights)
    within = np.average(stds * stds, weights=weights)
    between = np.average((means - m) ** 2, weights=weights)
    return m, (within + between) ** 0.5


@wrong("01.match_moments")
def spreads_averaged(weights, means, stds):
    return weights @ means, weights @ stds


@wrong("01.match_moments")
def within_alone(weights, means, stds):
    return weights @ means, np.sqrt(weights @ stds**2)


@wrong("01.match_moments")
def variance_handed_back(weights, means, stds):
    m = weights @ means
    return m, weights @ (stds**2 + (means - m) ** 2)


@wrong("01.match_moments")
def as_a_sum_of_variables(weights, means, stds):
    """The variance of w_1 x_1 + w_2 x_2, and not of a mixture."""
    return weights @ means, np.sqrt((weights**2) @ (stds**2))


# --- class_posterior -----------------------------------------------------------------


@right("01.class_posterior")
def by_torch_softmax(log_px, prior):
    joint = torch.as_tensor(log_px) + torch.as_tensor(prior).log()
    return torch.softmax(joint, dim=1).numpy()


@right("01.class_posterior")
def odds_against_each(log_px, prior):
    joint = log_px + np.log(prior)[None]
    gaps = np.clip(joint[:, None, :] - joint[:, :, None], None, 700)  # [N, K, K]
    return 1 / np.exp(gaps).sum(axis=2)


@right("01.class_posterior")
def by_log_evidence(log_px, prior):
    joint = log_px + np.log(prior)
    return np.exp(joint - special.logsumexp(joint, axis=1)[:, None])


@wrong("01.class_posterior")
def joint_not_divided(log_px, prior):
    return np.exp(log_px) * prior


@wrong("01.class_posterior")
def prior_left_out(log_px, prior):
    return special.softmax(log_px, axis=1)


@wrong("01.class_posterior")
def over_the_pictures(log_px, prior):
    return special.softmax(log_px + np.log(prior), axis=0)


@wrong("01.class_posterior")
def prior_without_its_logarithm(log_px, prior):
    return special.softmax(log_px + prior, axis=1)
