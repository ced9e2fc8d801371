"""Differential privacy, and attacks that show what it is for.

>>> from aigc_course import privacy
>>> round(privacy.gaussian_sigma(epsilon=1.0, delta=1e-5), 2)
3.73

`accountant` and `sampled` say what noise promises, `budget` refuses what was not
promised. `generator` makes digits in one shot, from the sums in `releases`; `dpsgd`
trains. `audit` tests a promise from outside, with the `canaries`; `attack` asks who was
in the training set.
"""

from aigc_course.privacy.accountant import (
    advanced_composition,
    basic_composition,
    check,
    classical_sigma,
    compose,
    gaussian_delta,
    gaussian_epsilon,
    gaussian_mu,
    gaussian_sigma,
    split,
)
from aigc_course.privacy.attack import (
    Shadows,
    halves,
    likelihood_ratio,
    repeated,
    roc,
    tpr_at,
    train_shadows,
)
from aigc_course.privacy.audit import Audit, audit, audited_epsilon, coins, guess
from aigc_course.privacy.budget import PrivacyBudget
from aigc_course.privacy.canaries import BROKEN, RIGHT
from aigc_course.privacy.dpsgd import (
    PrivateSGD,
    clip_gradients,
    noisy_mean,
    norms,
    per_example_gradients,
    poisson_sample,
    refuse_batch_norm,
)
from aigc_course.privacy.generator import (
    PrivateGenerator,
    Settings,
    fit_private,
    settings_for,
)
from aigc_course.privacy.moments import (
    Moments,
    clip_norm,
    noisy_counts,
    private_moments,
    symmetric_noise,
)
from aigc_course.privacy.sampled import (
    Release,
    noise_for,
    subsampled_delta,
    subsampled_epsilon,
    total_epsilon,
)
from aigc_course.privacy.utility import train_reader, utility
from aigc_course.privacy.varied import varied

__all__ = [
    "BROKEN",
    "RIGHT",
    "Audit",
    "Moments",
    "PrivacyBudget",
    "PrivateGenerator",
    "PrivateSGD",
    "Release",
    "Settings",
    "Shadows",
    "advanced_composition",
    "audit",
    "audited_epsilon",
    "basic_composition",
    "check",
    "classical_sigma",
    "clip_gradients",
    "clip_norm",
    "coins",
    "compose",
    "fit_private",
    "gaussian_delta",
    "gaussian_epsilon",
    "gaussian_mu",
    "gaussian_sigma",
    "guess",
    "halves",
    "likelihood_ratio",
    "noise_for",
    "noisy_counts",
    "noisy_mean",
    "norms",
    "per_example_gradients",
    "poisson_sample",
    "private_moments",
    "refuse_batch_norm",
    "repeated",
    "roc",
    "settings_for",
    "split",
    "subsampled_delta",
    "subsampled_epsilon",
    "symmetric_noise",
    "total_epsilon",
    "tpr_at",
    "train_reader",
    "train_shadows",
    "utility",
    "varied",
]
