"""Exact answers to compare learning with: NumPy, float64, one dimension, no torch.

    from aigc_course import theory

    x = theory.grid(-6, 6)
    p, q = theory.normal(x), theory.mixture(x, means=[-1, 2], stds=[0.5, 1])
    theory.kl(p, q), theory.jensen_shannon(p, q), theory.wasserstein1(p, q)

Chapter 01, what a generative model is
    Density and its makers    grid, normal, mixture, uniform, normalised, from_samples
    divergences               kl, reverse_kl, jensen_shannon, total_variation,
                              chi_square, hellinger, density_ratio
Chapter 02, the GAN objective
    the game                  value, optimal_discriminator, generator_cost
    distances                 wasserstein1, wasserstein1_samples, mmd2: they still tell
                              near from far where supports do not overlap
    a GAN by hand             TinyGAN, every gradient written out
Chapter 03, loss derivations
    f-divergences             F, F_DIVERGENCES, GAN_FORM, f_divergence,
                              variational_bound
    the best critic per loss  optimal_critic, critic_value, lipschitz_constant
    training as a motion      bilinear, dirac: a Game; simulate over METHODS;
                              update_jacobian, predicted_rate, simulated_rate

What is infinite by definition comes back as inf. What is no density, or does not fit,
is refused with a CourseError of one sentence.
"""

from aigc_course.theory.critics import (
    critic_value,
    lipschitz_constant,
    optimal_critic,
)
from aigc_course.theory.density import Density
from aigc_course.theory.distances import mmd2, wasserstein1, wasserstein1_samples
from aigc_course.theory.divergences import (
    chi_square,
    density_ratio,
    hellinger,
    jensen_shannon,
    kl,
    reverse_kl,
    total_variation,
)
from aigc_course.theory.dynamics import Game, bilinear, dirac
from aigc_course.theory.f_divergences import (
    F_DIVERGENCES,
    GAN_FORM,
    F,
    f_divergence,
    variational_bound,
)
from aigc_course.theory.game import generator_cost, optimal_discriminator, value
from aigc_course.theory.makers import (
    from_samples,
    grid,
    mixture,
    normal,
    normalised,
    uniform,
)
from aigc_course.theory.tiny_gan import TinyGAN
from aigc_course.theory.updates import (
    METHODS,
    predicted_rate,
    simulate,
    simulated_rate,
    update_jacobian,
)

__all__ = [
    "F_DIVERGENCES",
    "GAN_FORM",
    "METHODS",
    "Density",
    "F",
    "Game",
    "TinyGAN",
    "bilinear",
    "chi_square",
    "critic_value",
    "density_ratio",
    "dirac",
    "f_divergence",
    "from_samples",
    "generator_cost",
    "grid",
    "hellinger",
    "jensen_shannon",
    "kl",
    "mixture",
    "mmd2",
    "normal",
    "normalised",
    "optimal_critic",
    "optimal_discriminator",
    "predicted_rate",
    "reverse_kl",
    "simulate",
    "simulated_rate",
    "lipschitz_constant",
    "total_variation",
    "uniform",
    "update_jacobian",
    "value",
    "variational_bound",
    "wasserstein1",
    "wasserstein1_samples",
]
