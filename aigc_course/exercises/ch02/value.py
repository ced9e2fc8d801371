"""Exercise on the value function, estimated from D's beliefs in two batches."""

import math

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "02.value",
    order=10,
    title="What the game is worth",
    difficulty=1,
    minutes=6,
    asks="formula",
    idea="An expectation is estimated by a mean. There are two of them, each over its"
    " own batch.",
    formula="V = mean(log D(x)) + mean(log(1 - D(G(z)))).",
    line="Write `return torch.log(d_real).mean() + torch.log(1 - d_fake).mean()`.",
    variation="Find the standard error of your estimate from new batches of 100 and of"
    " 10,000 samples.",
)


@exercise.answer
def value(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """V(D, G) estimated from D's beliefs in real [n] and generated [m] samples.

    All beliefs lie strictly between 0 and 1. Returns a scalar tensor
    (Goodfellow et al. 2014, equation 1).
    """
    return torch.log(d_real).mean() + torch.log(1 - d_fake).mean()


@exercise.inputs
def beliefs() -> list[tuple[Tensor, Tensor]]:
    real, fake = 0.05 + 0.9 * torch.rand(9), 0.05 + 0.9 * torch.rand(5)
    return [(real, fake), (fake, real), (real[:4], fake[:4])]


@exercise.must_hold
def undecided(f) -> bool:
    """A D that says 1/2 to everything makes the value -log 4."""
    return same(float(f(torch.full((6,), 0.5), torch.full((3,), 0.5))), -math.log(4))


@exercise.must_hold
def never_above_zero(f) -> bool:
    """The value is below 0, and close to it where D is right and nearly sure."""
    sure = float(f(torch.full((4,), 0.9999), torch.full((4,), 0.0001)))
    return -0.001 < sure < 0


@exercise.must_hold
def batches_apart(f) -> bool:
    """Showing D every generated sample twice changes nothing: each mean is over its own
    batch."""
    real, fake = torch.tensor([0.9, 0.6, 0.7]), torch.tensor([0.2, 0.4])
    return same(float(f(real, fake.repeat(2))), float(f(real, fake)))


@exercise.mistake(hint="idea")
def glad_to_be_fooled(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """Your second term is log D(G(z)), which grows when D is fooled: this D would be
    rewarded for calling everything real. A right answer about a fake is 1 - D(G(z))."""
    return torch.log(d_real).mean() + torch.log(d_fake).mean()


@exercise.mistake(hint="idea")
def pairs(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """You have put real and generated samples into pairs and dropped what found no
    partner. D judges one sample at a time and never sees a pair; take two separate
    means."""
    n = min(len(d_real), len(d_fake))
    return torch.log(d_real[:n] * (1 - d_fake[:n])).mean()


@exercise.mistake(hint="formula")
def a_loss(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """This is -V, the loss that an optimiser would minimise for D. The value is what D
    makes large and G makes small: no minus."""
    return -value(d_real, d_fake)


@exercise.mistake(hint="formula")
def one_mean(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """You have taken one mean over both batches together. Then a larger batch counts
    more, and an undecided D gives -log 2, not -log 4. Add two means."""
    return torch.cat([torch.log(d_real), torch.log(1 - d_fake)]).mean()


@exercise.mistake(hint="idea")
def log_of_the_mean(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """You have taken the mean first and the logarithm after it. The expectation is of
    log D(x); the logarithm of a mean is larger."""
    return torch.log(d_real.mean()) + torch.log(1 - d_fake.mean())


@exercise.mistake(hint="idea")
def generators_view(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """This is only the half of V that G can change. The value needs the real samples as
    well: mean(log D(x))."""
    return torch.log(1 - d_fake).mean()


@exercise.mistake(hint="formula")
def sums(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """You add up where the formula has expectations: with twice as many samples your
    value is twice as large. Use `.mean()`."""
    return torch.log(d_real).sum() + torch.log(1 - d_fake).sum()


@exercise.mistake(hint="formula")
def in_bits(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """Your logarithm has base 2; then an undecided D is worth -2 bits. This course
    uses natural logarithms, where it is -log 4 = -1.386."""
    return value(d_real, d_fake) / math.log(2)


@exercise.mistake(hint="formula")
def halved(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """You halve the sum, as code for D's loss often does. In (2.1) both expectations
    count whole: an undecided D is worth -log 4."""
    return value(d_real, d_fake) / 2


@exercise.mistake(hint="formula")
def minus_between(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """You subtract the second expectation, so D is rewarded for being wrong about
    fakes. Both terms are logarithms of the probability of the truth: add them."""
    return torch.log(d_real).mean() - torch.log(1 - d_fake).mean()


@exercise.mistake(hint="idea")
def without_logarithms(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """You take the difference of the mean beliefs, as for a critic of the Wasserstein
    GAN. The value (2.1) is made of logarithms."""
    return d_real.mean() - d_fake.mean()


@exercise.mistake(hint="idea")
def beliefs_taken_for_logits(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """You apply a sigmoid to the beliefs. They are probabilities already; take their
    logarithm as they are."""
    return logsigmoid(d_real).mean() + logsigmoid(-d_fake).mean()


@exercise.mistake(hint="formula")
def one_outside(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """Your second term is 1 - log D(G(z)). The 1 stands inside the logarithm:
    log(1 - D(G(z)))."""
    return torch.log(d_real).mean() + (1 - torch.log(d_fake)).mean()


@exercise.mistake(hint="formula")
def batch_left(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """You average over the fakes only, so one number for each real sample is left. Take
    the mean over the real batch too."""
    return torch.log(d_real) + torch.log(1 - d_fake).mean()


@exercise.mistake(hint="idea")
def accuracy(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """This is the accuracy of D, which counts a belief of 0.51 like one of 0.99. The
    value takes the logarithm of each belief."""
    return ((d_real > 0.5).float().mean() + (d_fake < 0.5).float().mean()) / 2
