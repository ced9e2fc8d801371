"""What can be wrong with a VAE in training, in words."""

import torch
from torch import Tensor

from aigc_course.errors import CourseError
from aigc_course.training.health import Evidence
from aigc_course.training.shares import whole

ACTIVE = 0.01  # variance of the posterior mean above which a latent carries something
COLLAPSED = 0.1  # share of active latents below which the decoder does without them
WARM_UP = 200  # steps in which an untrained encoder tells images apart by chance
FEW_CODES = 0.1  # perplexity of the codes, as a share of their number


def active_units(means: Tensor, threshold: float = ACTIVE) -> Tensor:
    """Which latents differ between images: bool [latent].

    Var_x(E_q[z_j|x]) > 0.01    (Burda et al. 2016, section 5.2)

    means: posterior means [N, latent] over a data set or a large batch. Raises
    CourseError for another shape, or fewer than 2 images.
    """
    if means.ndim != 2 or len(means) < 2:
        raise CourseError(
            f"Active units need posterior means [N, latent] of at least 2 images; got"
            f" {list(means.shape)}."
        )
    return means.var(0) > threshold


def describe_units(means: Tensor) -> str:
    """How many latents are active, and what that means: one sentence.

    means: [N, latent]; CourseError as in `active_units`.

    >>> describe_units(torch.tensor([[0.0, 1.0], [0.0, -1.0]]))
    '1 of 2 latents is active; the other has collapsed to the prior.'
    """
    active, latent = int(active_units(means).sum()), means.shape[1]
    start = f"{active} of {latent} latents {'is' if active == 1 else 'are'} active"
    if active == latent:
        return f"{start}: none has collapsed."
    if active == 0:
        return f"{start}: the decoder ignores them all, the posterior has collapsed."
    rest = latent - active
    words = "the other has" if rest == 1 else f"the other {rest} have"
    return f"{start}; {words} collapsed to the prior."


def posterior_collapsed(evidence: Evidence) -> str | None:
    """Fewer than a tenth of the latents are active: the decoder does without z.

    Looks at the column "active", the share of active units in the recent batches.
    """
    share = evidence.mean("active")
    if share is None or evidence.recent[-1]["step"] < WARM_UP or share >= COLLAPSED:
        return None
    return (
        f"The posterior has collapsed: {share:.0%} of the latents still tell images"
        " apart, so the decoder learns to do without them. Try a slower rise of the KL,"
        " free bits, a smaller beta, or a weaker decoder."
    )


def codes_collapsed(evidence: Evidence) -> str | None:
    """The codebook's perplexity is a tenth of its size: most codes are never used.

    Looks at the column "codes used", the perplexity as a share of the codes.
    """
    share = evidence.mean("codes used")
    if share is None or evidence.recent[-1]["step"] < WARM_UP or share >= FEW_CODES:
        return None
    return (
        f"The codebook has collapsed: as if {share:.0%} of its codes were in use. Try"
        " restarting unused codes, or a smaller codebook."
    )


def active_share(means: Tensor) -> Tensor:
    """Share of active units in a batch of posterior means [N, latent]: a scalar.

    1 for a single image, whose variance says nothing.
    """
    if len(means) < 2:
        return torch.ones((), device=means.device)
    return active_units(whole(means.detach())).float().mean()
