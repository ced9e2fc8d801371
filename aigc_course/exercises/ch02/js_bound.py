"""Exercise on reading a distance from D's beliefs."""

import math

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "02.js_bound",
    order=60,
    title="What a trained D says about the distance",
    difficulty=3,
    minutes=12,
    asks="derive",
    idea="The best D would be worth -log 4 + 2 JS. Any other is worth less. Solve for"
    " JS.",
    formula="JS >= (V(D, G) + log 4) / 2.",
    line="Write `v = torch.log(d_real).mean() + torch.log(1 - d_fake).mean()` and"
    " `return (v + np.log(4)) / 2`.",
    variation="Compute the bound on the samples that D was trained on and on fresh"
    " ones; say which of the two you may believe.",
)


@exercise.answer
def js_bound(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """What D's beliefs in real [n] and generated [m] samples prove about JS, in nats.

    Returns a scalar tensor that JS(p, q) is not below, up to the sampling error.
    """
    v = torch.log(d_real).mean() + torch.log(1 - d_fake).mean()
    return (v + math.log(4)) / 2


@exercise.inputs
def beliefs() -> list[tuple[Tensor, Tensor]]:
    real, fake = 0.05 + 0.9 * torch.rand(9), 0.05 + 0.9 * torch.rand(5)
    good = 0.5 + real / 2.1, fake / 2.1
    return [good, (real, fake), (fake, good[0])]


@exercise.must_hold
def nothing_from_a_coin(f) -> bool:
    """A D that says 1/2 to everything proves nothing: the bound is 0."""
    return abs(float(f(torch.full((6,), 0.5), torch.full((3,), 0.5)))) < 1e-6


@exercise.must_hold
def at_most_log_2(f) -> bool:
    """A D that is right and nearly sure brings the bound near log 2, its largest
    value."""
    sure = float(f(torch.full((4,), 0.9999), torch.full((4,), 0.0001)))
    return math.log(2) - 0.001 < sure < math.log(2)


@exercise.must_hold
def never_above_js(f) -> bool:
    """On two coins, of 3/4 and 1/4 heads, no D proves more than their JS, and the best
    D proves all of it."""
    best = torch.tensor([0.75, 0.25], dtype=torch.float64)  # D* at heads and tails
    js = (1.5 * math.log(1.5) + 0.5 * math.log(0.5)) / 2
    real, fake = torch.tensor([0, 0, 0, 1]), torch.tensor([0, 1, 1, 1])
    others = [best + torch.tensor(d) for d in ([0.1, 0.0], [-0.2, 0.1], [0.0, -0.2])]
    found = [float(f(d[real], d[fake])) for d in (best, *others)]
    return same(found[0], js) and max(found[1:]) < found[0]


@exercise.mistake(hint="idea")
def total_loss(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """You have used the total L_D + L_G. In it the two terms with D(G(z)) cancel, and
    what is left does not depend on the fakes. Only D's own value measures the
    distance."""
    loss_d = -torch.log(d_real).mean() - torch.log(1 - d_fake).mean()
    loss_g = torch.log(1 - d_fake).mean()
    return (math.log(4) - (loss_d + loss_g)) / 2


@exercise.mistake(hint="formula")
def loss_for_value(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """You have put D's loss where its value belongs: the better D tells them apart, the
    smaller your distance. The value is minus the loss."""
    return (math.log(4) - 2 * js_bound(d_real, d_fake) + math.log(4)) / 2


@exercise.mistake(hint="formula")
def not_halved(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """You have V + log 4, which is 2 JS for the best D. Halve it."""
    return 2 * js_bound(d_real, d_fake)


@exercise.mistake(hint="formula")
def one_log_2(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """You add log 2 where log 4 belongs: an undecided D pays log 2 twice, once for the
    real samples and once for the fakes. A D that always says 1/2 would get a negative
    bound."""
    return js_bound(d_real, d_fake) - math.log(2) / 2


@exercise.mistake(hint="idea")
def hidden(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """You cut the bound off at 0. A negative value says that this D is worse than a
    coin, which is worth knowing; leave it in."""
    return js_bound(d_real, d_fake).clamp(min=0)


@exercise.mistake(hint="idea")
def glad_to_be_fooled(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """Your second term is log D(G(z)), the value of a D that gains by being fooled.
    With it a useless D that calls everything real would prove the largest distance. Use
    log(1 - D(G(z)))."""
    v = torch.log(d_real).mean() + torch.log(d_fake).mean()
    return (v + math.log(4)) / 2


@exercise.mistake(hint="formula")
def log_4_taken_off(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """You subtract log 4, so even the best D has a negative bound. Solve -log 4 + 2 JS
    >= V for JS: log 4 changes sides and sign."""
    return js_bound(d_real, d_fake) - math.log(4)


@exercise.mistake(hint="line")
def bracket_missing(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """You halve log 4 only. The value has to be halved too: (v + log 4) / 2."""
    return 2 * js_bound(d_real, d_fake) - math.log(2)


@exercise.mistake(hint="line")
def value_halved_alone(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """You halve the value only. Log 4 has to be halved too: (v + log 4) / 2."""
    return js_bound(d_real, d_fake) + math.log(2)


@exercise.mistake(hint="idea")
def value_alone(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """This is the value V. Solve -log 4 + 2 JS >= V for JS."""
    return 2 * js_bound(d_real, d_fake) - math.log(4)


@exercise.mistake(hint="idea")
def sign_dropped(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """You take the absolute value, so a D that is worse than a coin seems to prove a
    distance. A negative bound proves nothing; leave it negative."""
    return js_bound(d_real, d_fake).abs()


@exercise.mistake(hint="formula")
def one_mean(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """You take one mean over both batches together, so a coin seems to prove a
    distance. V is the sum of two means, one for each batch."""
    v = torch.cat([torch.log(d_real), torch.log(1 - d_fake)]).mean()
    return (v + math.log(4)) / 2


@exercise.mistake(hint="idea")
def beliefs_taken_for_logits(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """You apply a sigmoid to the beliefs. They are probabilities already; take their
    logarithm as they are."""
    v = logsigmoid(d_real).mean() + logsigmoid(-d_fake).mean()
    return (v + math.log(4)) / 2


@exercise.mistake(hint="idea")
def logs_of_means(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """You take the logarithm of a mean, which is larger than the mean of the logarithm,
    so the bound may exceed JS. Take the logarithm of each belief first."""
    v = torch.log(d_real.mean()) + torch.log(1 - d_fake.mean())
    return (v + math.log(4)) / 2


@exercise.mistake(hint="formula")
def to_base_10(d_real: Tensor, d_fake: Tensor) -> Tensor:
    """You add the logarithm of 4 to the base 10. All logarithms here are natural:
    `math.log(4)`."""
    return js_bound(d_real, d_fake) + (math.log10(4) - math.log(4)) / 2
