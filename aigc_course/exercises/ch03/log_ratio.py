"""Exercise on the logit that a perfect discriminator gives."""

import math

import torch
from torch import Tensor
from torch.distributions import Normal

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "03.log_ratio",
    order=10,
    title="The perfect logit",
    difficulty=2,
    minutes=12,
    asks="derive",
    idea="The logarithm of a quotient is a difference. Write log p and log q first,"
    " with the factor that makes each density integrate to one, then subtract.",
    formula="log p(x) = -((x - m) / s)^2 / 2 - log s - log(2 pi) / 2; the logit is"
    " log p(x) - log q(x), and the last terms cancel.",
    line="Write `zp, zq = (x - mean_p) / std_p, (x - mean_q) / std_q` and `return"
    " (zq**2 - zp**2) / 2 + math.log(std_q / std_p)`.",
    variation="Where is the logit 0? Solve the quadratic equation, and explain why two"
    " densities of different width cross twice.",
)


@exercise.answer
def log_ratio(
    x: Tensor, mean_p: float, std_p: float, mean_q: float, std_q: float
) -> Tensor:
    """log p(x) - log q(x) of two normal densities, at x [n] of any size.

    log p(x) = -((x - m) / s)^2 / 2 - log s - log(2 pi) / 2, and q likewise.
    """
    zp, zq = (x - mean_p) / std_p, (x - mean_q) / std_q
    return (zq**2 - zp**2) / 2 + math.log(std_q / std_p)


@exercise.inputs
def pairs() -> list[tuple[Tensor, float, float, float, float]]:
    near, far = torch.linspace(-4, 5, 10), torch.tensor([-60.0, 60.0])
    return [(near, 0, 1, 2, 0.5), (near, 1, 2, -1, 0.7), (far, 0, 1, 3, 1.5)]


@exercise.must_hold
def of_equals(f) -> bool:
    """Where p and q are the same density, the logit is 0 everywhere."""
    x = torch.linspace(-3, 3, 7)
    return same(f(x, 1.0, 0.8, 1.0, 0.8), torch.zeros(7))


@exercise.must_hold
def roles(f) -> bool:
    """Exchanging real and generated changes the sign."""
    x = torch.linspace(-3, 3, 7)
    return same(f(x, 0.0, 1.0, 2.0, 0.5), -f(x, 2.0, 0.5, 0.0, 1.0))


@exercise.must_hold
def optimal_discriminator(f) -> bool:
    """The sigmoid of the logit is p / (p + q)."""
    x = torch.linspace(-2, 3, 11)
    p, q = (Normal(m, s).log_prob(x).exp() for m, s in ((0.0, 1.0), (1.5, 0.6)))
    return same(f(x, 0.0, 1.0, 1.5, 0.6).sigmoid(), p / (p + q))


@exercise.mistake(hint="idea")
def upside_down(x: Tensor, mp: float, sp: float, mq: float, sq: float) -> Tensor:
    """Your quotient stands upside down: it grows where the generated samples are. The
    logit is the log-odds of being real, so p is the numerator."""
    return log_ratio(x, mq, sq, mp, sp)


@exercise.mistake(hint="formula")
def width_forgotten(x: Tensor, mp: float, sp: float, mq: float, sq: float) -> Tensor:
    """The factor 1/s is missing: without it a narrow density does not integrate to one,
    and the logit is off by log(s_q / s_p) everywhere."""
    return log_ratio(x, mp, sp, mq, sq) - math.log(sq / sp)


@exercise.mistake(hint="formula")
def width_turned_round(x: Tensor, mp: float, sp: float, mq: float, sq: float) -> Tensor:
    """The term with the widths has the wrong sign. log p contains -log s_p, and so the
    difference contains log s_q - log s_p."""
    return log_ratio(x, mp, sp, mq, sq) - 2 * math.log(sq / sp)


@exercise.mistake(hint="formula")
def underflow(x: Tensor, mp: float, sp: float, mq: float, sq: float) -> Tensor:
    """The formula is right and NaN far out: there both densities are exactly 0 in
    float32, and 0 / 0 has no logarithm. Subtract the logarithms instead of dividing the
    densities."""
    p, q = Normal(mp, sp).log_prob(x).exp(), Normal(mq, sq).log_prob(x).exp()
    return torch.log(p / q)


@exercise.mistake(hint="idea")
def probability(x: Tensor, mp: float, sp: float, mq: float, sq: float) -> Tensor:
    """You return the belief, between 0 and 1. What is asked for is the logit before the
    sigmoid, which runs from minus to plus infinity."""
    return log_ratio(x, mp, sp, mq, sq).sigmoid()


@exercise.mistake(hint="idea")
def no_logarithm(x: Tensor, mp: float, sp: float, mq: float, sq: float) -> Tensor:
    """You return the quotient p / q itself, the odds. The logit is its logarithm, so
    that 0 means undecided and both sides look alike."""
    return log_ratio(x, mp, sp, mq, sq).exp()


@exercise.mistake(hint="formula")
def no_half(x: Tensor, mp: float, sp: float, mq: float, sq: float) -> Tensor:
    """The squares are counted twice: the exponent of a normal density has the factor
    1/2."""
    width = math.log(sq / sp)
    return 2 * (log_ratio(x, mp, sp, mq, sq) - width) + width


@exercise.mistake(hint="formula")
def squares_undivided(x: Tensor, mp: float, sp: float, mq: float, sq: float) -> Tensor:
    """You divide by the standard deviation once. The exponent is ((x - m) / s)^2 / 2,
    so the division stands inside the square."""
    zp, zq = (x - mp) ** 2 / sp, (x - mq) ** 2 / sq
    return (zq - zp) / 2 + math.log(sq / sp)


def small_number_added(eps: float):
    """The answer that keeps the logarithm finite by `eps`."""

    def answer(x: Tensor, mp: float, sp: float, mq: float, sq: float) -> Tensor:
        p, q = Normal(mp, sp).log_prob(x).exp(), Normal(mq, sq).log_prob(x).exp()
        return torch.log(p + eps) - torch.log(q + eps)

    answer.__name__ = f"small_number_{eps:.0e}".replace("-", "_")
    answer.__doc__ = (
        f"The {eps:.0e} inside the logarithm keeps it finite, but far out both"
        " densities are smaller, and your logit is wrong there. Subtract the logarithms"
        " of the two formulas; then nothing gets too small."
    )
    return answer


for _eps in (1e-12, 1e-10, 1e-8):
    exercise.mistake(hint="formula")(small_number_added(_eps))


@exercise.mistake(hint="formula")
def base_ten(x: Tensor, mp: float, sp: float, mq: float, sq: float) -> Tensor:
    """You use logarithms to base 10. The sigmoid contains e, so its logit needs the
    natural logarithm."""
    return log_ratio(x, mp, sp, mq, sq) / math.log(10)


@exercise.mistake(hint="formula")
def spreads_as_variances(
    x: Tensor, mp: float, sp: float, mq: float, sq: float
) -> Tensor:
    """You use `std_p` and `std_q` as if they were variances. They are standard
    deviations: square them first."""
    return log_ratio(x, mp, math.sqrt(sp), mq, math.sqrt(sq))


@exercise.mistake(hint="formula")
def widths_twice(x: Tensor, mp: float, sp: float, mq: float, sq: float) -> Tensor:
    """The term with the widths counts twice: log s^2 is 2 log s, and the formula has
    log s once."""
    return log_ratio(x, mp, sp, mq, sq) + math.log(sq / sp)
