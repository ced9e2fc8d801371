"""Chapter 03's derivations, as people write them who have not seen the formula."""

import cmath
import math

import numpy as np
import torch
from torch.nn import functional as F

from tests.answers import right, wrong

# --- log_ratio -----------------------------------------------------------------------


@right("03.log_ratio")
def difference_of_two_parabolas(x, mean_p, std_p, mean_q, std_q):
    def minus_log(mean, std):
        return torch.addcdiv(
            torch.full_like(x, math.log(std)), (x - mean) ** 2, x * 0 + 2 * std**2
        )

    return minus_log(mean_q, std_q) - minus_log(mean_p, std_p)


@wrong("03.log_ratio")
def quotient_of_widths_turned(x, mean_p, std_p, mean_q, std_q):
    zp, zq = (x - mean_p) / std_p, (x - mean_q) / std_q
    return (zq * zq - zp * zp) / 2 - math.log(std_q / std_p)


@wrong("03.log_ratio")
def half_forgotten_in_the_exponent(x, mean_p, std_p, mean_q, std_q):
    zp, zq = (x - mean_p) / std_p, (x - mean_q) / std_q
    return zq * zq - zp * zp + math.log(std_q / std_p)


# --- generator_slope -----------------------------------------------------------------


@right("03.generator_slope")
def slopes_by_central_differences_in_double(a, loss):
    costs = {
        "minimax": lambda a: -F.softplus(a),
        "non-saturating": lambda a: F.softplus(-a),
        "least-squares": lambda a: (a - 1) ** 2 / 2,
        "wasserstein": lambda a: -a,
    }
    h, a = 1e-5, a.double()
    return (costs[loss](a + h) - costs[loss](a - h)) / (2 * h)


@wrong("03.generator_slope")
def loss_instead_of_its_slope(a, loss):
    costs = {
        "minimax": -F.softplus(a),
        "non-saturating": F.softplus(-a),
        "least-squares": (a - 1) ** 2 / 2,
        "wasserstein": -a,
    }
    return costs[loss]


@wrong("03.generator_slope")
def one_over_the_belief(a, loss):
    D = torch.sigmoid(a)
    if loss == "minimax":
        return -1 / (1 - D)
    if loss == "non-saturating":
        return -1 / D
    return a - 1 if loss == "least-squares" else -torch.ones_like(a)


# --- softplus ------------------------------------------------------------------------


@wrong("03.softplus")
def as_a_logarithm_of_a_sum(a):
    """It adds e^(-20) to 1, and float32 keeps nothing of it."""
    return torch.logsumexp(torch.stack([a, torch.zeros_like(a)]), dim=0)


@right("03.softplus")
def logaddexp_of_zero(a):
    return torch.logaddexp(torch.zeros_like(a), a)


@right("03.softplus")
def minus_the_log_sigmoid(a):
    return -F.logsigmoid(-a)


@wrong("03.softplus")
def the_smaller_taken_out(a):
    return a.clamp(max=0) + torch.log1p(torch.exp(a.abs()))


@wrong("03.softplus")
def larger_taken_out_twice(a):
    return 2 * a.clamp(min=0) + torch.log1p(torch.exp(-a.abs()))


@wrong("03.softplus")
def remainder_dropped_far_out(a):
    return torch.where(
        a.abs() > 15, a.clamp(min=0), torch.log1p(torch.exp(a.clamp(-15, 15)))
    )


# --- spectral_radius -----------------------------------------------------------------


@right("03.spectral_radius")
def largest_root_of_the_polynomial(lr, gamma):
    """Of the step's own characteristic polynomial."""
    trace, det = 2 - lr * gamma, 1 - lr * gamma + lr * lr / 4
    return float(max(abs(np.roots([1, -trace, det]))))


@right("03.spectral_radius")
def by_two_cases(lr, gamma):
    if gamma < 1:
        return math.sqrt(1 - lr * gamma + lr**2 / 4)
    root = math.sqrt(gamma**2 - 1)
    slow, fast = lr * (gamma - root) / 2, lr * (gamma + root) / 2
    return max(abs(1 - slow), abs(1 - fast))


@right("03.spectral_radius")
def by_torch_eigvals(lr, gamma):
    J = torch.tensor([[0, 0.5], [-0.5, -gamma]], dtype=torch.float64)
    return torch.linalg.eigvals(torch.eye(2, dtype=torch.float64) + lr * J).abs().max()


@wrong("03.spectral_radius")
def eigenvalue_of_the_field(lr, gamma):
    J = np.array([[0, 0.5], [-0.5, -gamma]])
    return float(abs(np.linalg.eigvals(lr * J)).max())


@wrong("03.spectral_radius")
def trace_for_the_root(lr, gamma):
    root = cmath.sqrt(gamma**2 - 1)
    return max(abs(1 + lr * (-gamma + s * root)) for s in (1, -1))


@wrong("03.spectral_radius")
def real_part_alone(lr, gamma):
    root = cmath.sqrt(gamma**2 / 4 - 1 / 4)
    return max((1 + lr * (-gamma / 2 + s * root)).real for s in (1, -1))


@wrong("03.spectral_radius")
def as_if_always_a_pair(lr, gamma):
    return abs(1 - lr * gamma + lr**2 / 4) ** 0.5
