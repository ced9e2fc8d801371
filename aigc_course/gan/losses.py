"""Adversarial losses: pure functions of the discriminator's logits.

Each game is a pair. `discriminator(real_logits, fake_logits)` is what D minimises,
`generator(fake_logits, real_logits)` what G minimises; most generators look at the
fake logits alone. D = sigmoid(logit) wherever a probability is meant. All expectations
are batch means, every function returns a scalar, and logits may be [N] or [N, 1].
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from torch import Tensor
from torch.nn.functional import relu, softplus

from aigc_course.errors import CourseError


def cross_entropy_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Discriminator loss of the original GAN.

    L_D = -E[log D(x)] - E[log(1 - D(G(z)))]    (Goodfellow et al. 2014, equation 1)

    >>> import torch
    >>> round(float(cross_entropy_discriminator(torch.zeros(4), torch.zeros(4))), 4)
    1.3863
    """
    # -log sigmoid(a) = softplus(-a) and -log(1 - sigmoid(a)) = softplus(a): no log(0)
    return softplus(-real_logits).mean() + softplus(fake_logits).mean()


def non_saturating(fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
    """Generator loss that keeps its gradient when the discriminator wins.

    L_G = -E[log D(G(z))]    (Goodfellow et al. 2014, section 3)

    >>> import torch
    >>> round(float(non_saturating(torch.zeros(4))), 4)   # -log(1/2) = 0.6931
    0.6931
    """
    # -log sigmoid(a) = softplus(-a)
    return softplus(-fake_logits).mean()


def minimax(fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
    """Generator loss of the minimax game; it saturates when the discriminator wins.

    L_G = E[log(1 - D(G(z)))]    (Goodfellow et al. 2014, equation 1)

    >>> import torch
    >>> round(float(minimax(torch.zeros(4))), 4)   # log(1/2)
    -0.6931
    """
    # log(1 - sigmoid(a)) = -softplus(a)
    return -softplus(fake_logits).mean()


def least_squares_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """L_D = 1/2 E[(D(x) - 1)^2] + 1/2 E[D(G(z))^2], D the raw output.

    Mao et al. 2017, equation 2 with a = 0, b = c = 1.
    """
    return ((real_logits - 1).square().mean() + fake_logits.square().mean()) / 2


def least_squares_generator(
    fake_logits: Tensor, real_logits: Tensor | None = None
) -> Tensor:
    """L_G = 1/2 E[(D(G(z)) - 1)^2], D the raw output (Mao et al. 2017, equation 2)."""
    return (fake_logits - 1).square().mean() / 2


def wasserstein_critic(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """L_D = E[D(G(z))] - E[D(x)], D a critic (Arjovsky et al. 2017, equation 2).

    It bounds the Wasserstein-1 distance only while D is 1-Lipschitz: clip its weights
    or add a gradient penalty as a regulariser.
    """
    return fake_logits.mean() - real_logits.mean()


def wasserstein_generator(
    fake_logits: Tensor, real_logits: Tensor | None = None
) -> Tensor:
    """L_G = -E[D(G(z))], D a critic (Arjovsky et al. 2017, theorem 3)."""
    return -fake_logits.mean()


def hinge_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """L_D = E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))]    (Lim & Ye 2017).

    The generator's half is the critic's: L_G = -E[D(G(z))].
    """
    return relu(1 - real_logits).mean() + relu(1 + fake_logits).mean()


def relativistic_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """L_D = E[-log sigmoid(D(x) - D(G(z)))], real and fake in pairs.

    Jolicoeur-Martineau 2019, equation 3 (RpGAN). Both logits have the same length.
    """
    # -log sigmoid(a) = softplus(-a) with a = D(x) - D(G(z))
    return softplus(fake_logits - real_logits).mean()


def relativistic_generator(
    fake_logits: Tensor, real_logits: Tensor | None = None
) -> Tensor:
    """L_G = E[-log sigmoid(D(G(z)) - D(x))], D's loss with roles swapped.

    Jolicoeur-Martineau 2019, equation 4. Raises CourseError without the real logits.
    """
    if real_logits is None:
        raise CourseError("The relativistic generator loss needs the real logits too.")
    return softplus(real_logits - fake_logits).mean()


@dataclass(frozen=True)
class Game:
    """The two losses of one GAN, and what a lab has to know of them.

    probability: the sigmoid of a logit is D's belief that the sample is real. targets:
    the outputs that D is taught to give for generated and for real samples, if any.
    compares: G's loss needs the real logits. penalty: weight of the gradient penalty
    without which D's output grows without bound; `GAN` adds none by itself.
    """

    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor, Tensor | None], Tensor]
    probability: bool = False
    targets: tuple[float, float] | None = None
    compares: bool = False
    penalty: float = 0.0


GAMES = {
    "non-saturating": Game(
        cross_entropy_discriminator, non_saturating, probability=True
    ),
    "minimax": Game(cross_entropy_discriminator, minimax, probability=True),
    "least-squares": Game(
        least_squares_discriminator, least_squares_generator, targets=(0.0, 1.0)
    ),
    "wasserstein": Game(wasserstein_critic, wasserstein_generator, penalty=1.0),
    "hinge": Game(hinge_discriminator, wasserstein_generator, targets=(-1.0, 1.0)),
    "relativistic": Game(
        relativistic_discriminator, relativistic_generator, compares=True
    ),
}


def smoothed_discriminator(
    real_logits: Tensor, fake_logits: Tensor, real_target: float = 0.9
) -> Tensor:
    """Cross-entropy in which real samples carry the label `real_target` instead of 1.

    L_D = -t E[log D(x)] - (1 - t) E[log(1 - D(x))] - E[log(1 - D(G(z)))]

    Salimans et al. 2016, section 3.4, one-sided: the label of generated samples stays
    0. Its best D is t p / (p + q), never above t.
    """
    t = real_target
    real = t * softplus(-real_logits).mean() + (1 - t) * softplus(real_logits).mean()
    return real + softplus(fake_logits).mean()


def smoothed(real_target: float = 0.9) -> Game:
    """The non-saturating game with one-sided label smoothing.

    Raises CourseError unless 0.5 < real_target <= 1.
    """
    if not 0.5 < real_target <= 1:
        raise CourseError(
            f"The label of real samples lies above 0.5, up to 1; not {real_target}."
        )
    taught = partial(smoothed_discriminator, real_target=real_target)
    return Game(taught, non_saturating, probability=True)


def game(name: str | Game) -> Game:
    """The pair of losses called `name`, a key of GAMES; a Game is given back.

    Raises CourseError for an unknown name, listing the known ones.
    """
    if isinstance(name, Game):
        return name
    if name not in GAMES:
        raise CourseError(f"There is no loss {name!r}; choose from {', '.join(GAMES)}.")
    return GAMES[name]
