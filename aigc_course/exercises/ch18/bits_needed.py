"""Exercise on how many signs have to agree before that is no accident."""

import math

from scipy.stats import binom, norm

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "18.bits_needed",
    order=90,
    title="How many signs must agree?",
    difficulty=2,
    minutes=12,
    asks="derive",
    idea="Without the mark each of the n signs agrees with probability 1/2,"
    " independently. So the number that agree is binomial.",
    formula="The smallest k with P(Binomial(n, 1/2) >= k) <= rate. Note that P(X >= k)"
    " = P(X > k - 1), and scipy's sf(k) is P(X > k).",
    line="Write `return next(k for k in range(n + 2) if binom.sf(k - 1, n, 0.5) <="
    " rate)`.",
    variation="Find the share of agreeing signs that is needed for 64, 256 and 1,024"
    " signs, and say why it falls.",
)


@exercise.answer
def bits_needed(n: int, rate: float) -> int:
    """The smallest number of n signs whose agreement has at most this probability.

    Without a mark each sign agrees with probability 1/2, independently of the others.
    n + 1 when even all n are not enough.
    """
    # isf gives the smallest x with P(X > x) <= rate
    return int(binom.isf(rate, n, 0.5)) + 1


@exercise.inputs
def sizes() -> list[tuple[int, float]]:
    return [
        (64, 1e-3),
        (32, 1e-3),
        (16, 1e-3),
        (256, 1e-6),
        (1000, 0.05),
        (8, 1e-3),
        (10, 1e-3),
        (48, 1e-6),
        (20, 0.25),
    ]


@exercise.must_hold
def so_many_are_rare(f) -> str | None:
    """So many agreeing signs have at most the probability `rate`."""
    for n, rate in sizes():
        k = int(f(n, rate))
        if k <= n and float(binom.sf(k - 1, n, 0.5)) > rate * (1 + 1e-9):
            return (
                f"At least {k} of {n} signs agree by accident with probability"
                f" {float(binom.sf(k - 1, n, 0.5)):.2g}, which is above {rate:g}."
            )
    return None


@exercise.must_hold
def one_fewer_is_not_rare_enough(f) -> str | None:
    """With one sign fewer the probability is above `rate`."""
    for n, rate in sizes():
        k = int(f(n, rate))
        if float(binom.sf(k - 2, n, 0.5)) <= rate:
            return f"{k - 1} of {n} signs are enough already for a rate of {rate:g}."
    return None


def _at_least(k: int, n: int) -> float:
    return float(binom.sf(k - 1, n, 0.5))


@exercise.mistake(hint="formula")
def one_too_few(n, rate):
    """You take the smallest k with P(X > k) <= rate. "At least k" includes k itself,
    so one sign more is needed."""
    return int(binom.isf(rate, n, 0.5))


@exercise.mistake(hint="formula")
def one_too_many(n, rate):
    """You ask for one sign more than needed. The number k itself belongs to the tail:
    P(X >= k) = P(X > k - 1)."""
    return int(binom.isf(rate, n, 0.5)) + 2


@exercise.mistake(hint="formula")
def normal_approximation(n, rate):
    """You use the normal approximation. In the tails of a small binomial it can miss
    by a sign or more: use the binomial distribution."""
    return math.ceil(n / 2 + float(norm.isf(rate)) * math.sqrt(n) / 2)


@exercise.mistake(hint="formula")
def deviation_root_n(n, rate):
    """You take sqrt(n) for the deviation. n coins have the deviation sqrt(n) / 2."""
    return math.ceil(n / 2 + float(norm.isf(rate)) * math.sqrt(n))


@exercise.mistake(hint="idea")
def exactly_k(n, rate):
    """You look for the first k above n / 2 that has itself at most this probability.
    All larger numbers count too: use the tail."""
    start = math.ceil(n / 2)
    return next((k for k in range(start, n + 1) if binom.pmf(k, n, 0.5) <= rate), n + 1)


@exercise.mistake(hint="formula")
def two_sided(n, rate):
    """You halve the rate for two tails. Signs that mostly disagree do not speak for the
    mark."""
    return int(binom.isf(rate / 2, n, 0.5)) + 1


@exercise.mistake(hint="idea")
def all_of_them(n, rate):
    """You ask for all signs. Noise flips some of them, so the mark would be lost: ask
    only for as many as the rate needs."""
    return n


@exercise.mistake(hint="idea")
def share_of_one_minus_rate(n, rate):
    """You ask for the share 1 - rate of the signs. The rate is a probability of false
    alarms and not a share of wrong signs."""
    return math.ceil((1 - rate) * n)


@exercise.mistake(hint="formula")
def never_more_than_n(n, rate):
    """You return at most n. Where even n agreeing signs are more probable than the
    rate, no number is enough: return n + 1."""
    return min(n, int(binom.isf(rate, n, 0.5)) + 1)


@exercise.mistake(hint="formula")
def lower_tail(n, rate):
    """You use the lower tail, so few agreeing signs would be called a mark."""
    return int(binom.ppf(rate, n, 0.5))


@exercise.mistake(hint="formula")
def by_hoeffding(n, rate):
    """You use Hoeffding's inequality. It holds, and it asks for more signs than
    needed."""
    return math.ceil(n / 2 + math.sqrt(n * math.log(1 / rate) / 2))


@exercise.mistake(hint="idea")
def more_than_half(n, rate):
    """You ask for more than half. About every second picture without a mark has
    that."""
    return n // 2 + 1
