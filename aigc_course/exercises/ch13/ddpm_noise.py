"""Exercise on many small steps of noise taken at once."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "13.ddpm_noise",
    order=80,
    title="All steps of noise at once",
    difficulty=2,
    minutes=12,
    asks="derive",
    idea="Write out two steps. A sum of independent normals is one normal, whose"
    " variance is the sum of theirs. Then see what the product of the factors becomes"
    " after k steps.",
    formula="With A_k = (1 - b_1) (1 - b_2) ... (1 - b_k):"
    " x_k = sqrt(A_k) x + sqrt(1 - A_k) noise.",
    line="Write `kept = (1 - betas[:k]).prod()`, then `return kept.sqrt() * x +"
    " (1 - kept).sqrt() * noise`.",
    variation="Find the time t of the straight path whose ratio of data to noise is"
    " that of step k. The two paths then differ by a scale alone.",
)


@exercise.answer
def ddpm_noise(x: Tensor, betas: Tensor, k: int, noise: Tensor) -> Tensor:
    """x after k steps of the chain, in one step with one noise: [N, ...].

    Step i of the chain is x_i = sqrt(1 - b_i) x_(i-1) + sqrt(b_i) e_i with e_i from
    N(0, I). x, noise: [N, ...]. betas: b_1, ..., b_T, [T]. k: from 1 to T. The result
    is distributed as x_k is given x. Ho et al. 2020, equation 4.
    """
    kept = (1 - betas[:k]).prod()
    return kept.sqrt() * x + (1 - kept).sqrt() * noise


@exercise.inputs
def chains() -> list[tuple[Tensor, Tensor, int, Tensor]]:
    betas = torch.linspace(0.02, 0.3, 12)
    return [
        (torch.randn(4, 2), betas, 5, torch.randn(4, 2)),
        (torch.randn(2, 1, 4, 4), betas, 12, torch.randn(2, 1, 4, 4)),
        (torch.randn(3), torch.tensor([0.1, 0.5, 0.2]), 2, torch.randn(3)),
    ]


@exercise.must_hold
def one_step(f) -> bool:
    """k = 1 is one step of the chain."""
    x, noise = torch.randn(2, 5)
    found = f(x, torch.tensor([0.36, 0.5]), 1, noise)
    return same(found, 0.8 * x + 0.6 * noise)


@exercise.must_hold
def unit_variance_stays(f) -> bool:
    """The squares of both factors sum to 1, so data of variance 1 keep it."""
    one, zero = torch.ones(1), torch.zeros(1)
    betas = torch.linspace(0.05, 0.4, 9)
    data, noise = f(one, betas, 6, zero), f(zero, betas, 6, one)
    return same(data**2 + noise**2, one)


@exercise.must_hold
def as_the_chain_goes(f) -> bool:
    """Mean and variance agree with a simulation of the chain, within four standard
    errors."""
    betas, x = torch.linspace(0.1, 0.5, 4), torch.full((20_000,), 3.0)
    chain = x
    for b in betas[:3]:
        chain = (1 - b).sqrt() * chain + b.sqrt() * torch.randn(20_000)
    found = f(x, betas, 3, torch.randn(20_000))
    near = (found.mean() - chain.mean()).abs() < 4 * chain.std() * (2 / 20_000) ** 0.5
    return bool(near and (found.var() / chain.var() - 1).abs() < 4 * 2 / 20_000**0.5)


def _mixed(x, noise, data: Tensor, other: Tensor):
    return data * x + other * noise


def _kept(betas, k):
    return (1 - betas[:k]).prod()


@exercise.mistake(hint="line")
def all_of_the_chain(x, betas, k, noise):
    """You multiply the factors of all T steps. Only the first k of them have been
    taken: use betas[:k]."""
    kept = _kept(betas, len(betas))
    return _mixed(x, noise, kept.sqrt(), (1 - kept).sqrt())


@exercise.mistake(hint="formula")
def one_minus_the_factor(x, betas, k, noise):
    """Your two factors sum to 1. Here their squares sum to 1, since variances add: the
    factor of the noise is sqrt(1 - A_k)."""
    kept = _kept(betas, k)
    return _mixed(x, noise, kept.sqrt(), 1 - kept.sqrt())


@exercise.mistake(hint="formula")
def root_of_the_noise_missing(x, betas, k, noise):
    """Your noise has the factor 1 - A_k. That is its variance: the factor is the square
    root."""
    kept = _kept(betas, k)
    return _mixed(x, noise, kept.sqrt(), 1 - kept)


@exercise.mistake(hint="formula")
def both_roots_missing(x, betas, k, noise):
    """You use A_k and 1 - A_k themselves. Both are shares of the variance: the factors
    are their square roots."""
    kept = _kept(betas, k)
    return _mixed(x, noise, kept, 1 - kept)


@exercise.mistake(hint="formula")
def root_of_the_data_missing(x, betas, k, noise):
    """Your data have the factor A_k. Each step multiplies them by sqrt(1 - b), so after
    k steps the factor is sqrt(A_k)."""
    kept = _kept(betas, k)
    return _mixed(x, noise, kept, (1 - kept).sqrt())


@exercise.mistake(hint="idea")
def the_last_step_alone(x, betas, k, noise):
    """You use step k alone. The data have passed all steps from 1 to k: multiply their
    factors."""
    b = betas[k - 1]
    return _mixed(x, noise, (1 - b).sqrt(), b.sqrt())


@exercise.mistake(hint="line")
def one_step_too_few(x, betas, k, noise):
    """You take k - 1 steps. b_k is included: the slice is betas[:k]."""
    kept = _kept(betas, k - 1)
    return _mixed(x, noise, kept.sqrt(), (1 - kept).sqrt())


@exercise.mistake(hint="line")
def one_step_too_many(x, betas, k, noise):
    """You take k + 1 steps. `betas[0]` is b_1, so b_k stands at index k - 1: the slice
    is betas[:k]."""
    kept = _kept(betas, k + 1)
    return _mixed(x, noise, kept.sqrt(), (1 - kept).sqrt())


@exercise.mistake(hint="formula")
def betas_multiplied(x, betas, k, noise):
    """You multiply the b_i. What is kept of the data in each step is 1 - b_i: multiply
    these."""
    kept = betas[:k].prod()
    return _mixed(x, noise, kept.sqrt(), (1 - kept).sqrt())


@exercise.mistake(hint="formula")
def betas_added(x, betas, k, noise):
    """You add the b_i. That is nearly right while they are tiny; the share that is kept
    is the product of the 1 - b_i."""
    kept = (1 - betas[:k].sum()).clamp(min=0)
    return _mixed(x, noise, kept.sqrt(), (1 - kept).sqrt())


@exercise.mistake(hint="idea")
def noise_not_faded(x, betas, k, noise):
    """You add up the variances b_i of the noise, and the data fade as they should. But
    later steps shrink earlier noise too: its variance is 1 - A_k."""
    kept = _kept(betas, k)
    return _mixed(x, noise, kept.sqrt(), betas[:k].sum().sqrt())


@exercise.mistake(hint="formula")
def factors_exchanged(x, betas, k, noise):
    """You exchange the two factors. What is kept, sqrt(A_k), belongs to the data."""
    kept = _kept(betas, k)
    return _mixed(x, noise, (1 - kept).sqrt(), kept.sqrt())


@exercise.mistake(hint="idea")
def data_not_faded(x, betas, k, noise):
    """You add noise and leave the data as they are. Each step also multiplies the data
    by sqrt(1 - b)."""
    return x + (1 - _kept(betas, k)).sqrt() * noise


@exercise.mistake(hint="idea", draws=True)
def noise_of_its_own(x, betas, k, noise):
    """You draw noise of your own. Here it is handed in, so that a result can be
    repeated: use `noise`, once."""
    for b in betas[:k]:
        x = (1 - b).sqrt() * x + b.sqrt() * torch.randn_like(x)
    return x


@exercise.mistake(hint="idea")
def the_same_noise_in_each_step(x, betas, k, noise):
    """You walk the chain with the same noise in each step. The steps are independent,
    so variances add and not the noises themselves."""
    for b in betas[:k]:
        x = (1 - b).sqrt() * x + b.sqrt() * noise
    return x
