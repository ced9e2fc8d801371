"""Exercise on interpolated Kneser-Ney."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "12.discounted",
    order=30,
    title="Save some probability for what was never seen",
    difficulty=3,
    minutes=15,
    asks="method",
    idea="Take D away from every count that is above 0, and divide by the sum of the"
    " counts. What you took away, D for each different token, goes to the shorter"
    " context's distribution.",
    formula="p(w) = max(c(w) - D, 0) / s + D u / s lower(w), with s the sum of the"
    " counts and u how many of them are above 0.",
    line="Write `s, u = counts.sum(), (counts > 0).sum()`, then `if s == 0: return"
    " lower`, then `return (counts - D).clamp(min=0) / s + D * u / s * lower`.",
    variation="Add 1 to every count instead (Laplace), and compare the nats of the"
    " validation play. Find out for which order the difference is largest.",
)


@exercise.answer
def discounted(counts: Tensor, lower: Tensor, D: float) -> Tensor:
    """The distribution of the token after a context, [V].

    counts: [V], how often each token was seen after it. lower: [V], the distribution
    after the shorter context. D: the discount, between 0 and 1. Every token that was
    seen gives up D; all that is given up is shared out as `lower` says. A context that
    was never seen leaves the lower distribution.
    """
    s, u = counts.sum(), (counts > 0).sum()
    if s == 0:
        return lower
    return (counts - D).clamp(min=0) / s + D * u / s * lower


@exercise.inputs
def contexts() -> list[tuple[Tensor, Tensor, float]]:
    lower = torch.tensor([0.1, 0.2, 0.3, 0.4])
    return [
        (torch.tensor([3.0, 0.0, 1.0, 0.0]), lower, 0.75),
        (torch.tensor([0.0, 0.0, 12.0, 0.0]), lower, 0.5),
        (torch.tensor([1.0, 2.0, 3.0, 4.0]), torch.full((4,), 0.25), 0.9),
        (torch.zeros(4), lower, 0.6),
        (torch.randint(0, 4, (9,)).float(), torch.randn(9).softmax(0), 0.3),
    ]


LOWER = torch.tensor([0.5, 0.3, 0.2])
SEEN = torch.tensor([2.0, 1.0, 0.0])


@exercise.must_hold
def sums_to_one(f) -> bool:
    """The probabilities sum to 1."""
    return same(f(SEEN, LOWER, 0.6).sum(), 1.0)


@exercise.must_hold
def unseen_is_possible(f) -> bool:
    """A token that was never seen here has a probability above 0."""
    return bool(f(SEEN, LOWER, 0.6)[2] > 0)


@exercise.must_hold
def never_seen(f) -> bool:
    """A context without counts leaves the lower distribution, and no NaN."""
    return same(f(torch.zeros(3), LOWER, 0.6), LOWER)


@exercise.must_hold
def no_discount(f) -> bool:
    """With D = 0 it is the share of the counts."""
    return same(f(SEEN, LOWER, 0.0), torch.tensor([2 / 3, 1 / 3, 0.0]))


@exercise.mistake(hint="formula")
def total_for_kinds(counts, lower, D):
    """You give the lower distribution D of each time, not D of each different token.
    Only tokens that were seen give up D, once each: use how many counts are above
    0."""
    s = counts.sum()
    if s == 0:
        return lower
    return (counts - D).clamp(min=0) / s + D * lower


@exercise.mistake(hint="formula")
def negative_counts(counts, lower, D):
    """You take D from tokens that were never seen, so some values fall below what the
    lower distribution gives, even below 0. Let max(c - D, 0) end at 0."""
    s, u = counts.sum(), (counts > 0).sum()
    return lower if s == 0 else (counts - D) / s + D * u / s * lower


@exercise.mistake(hint="idea")
def back_off(counts, lower, D):
    """You use the lower distribution only for tokens that were not seen (back-off).
    Interpolation adds it for all of them, and only so the sum is 1."""
    s, u = counts.sum(), (counts > 0).sum()
    if s == 0:
        return lower
    return torch.where(counts > 0, (counts - D) / s, D * u / s * lower)


@exercise.mistake(hint="idea")
def no_lower(counts, lower, D):
    """You never use the lower distribution, so what was not seen is impossible, and one
    such token costs infinitely many bits."""
    s = counts.sum()
    return lower if s == 0 else counts / s


@exercise.mistake(hint="idea")
def scaled_again(counts, lower, D):
    """You take D away and scale the rest to sum to 1 again. That gives the saved
    probability back to the seen tokens: leave it for the lower distribution."""
    if counts.sum() == 0:
        return lower
    rest = (counts - D).clamp(min=0)
    return rest / rest.sum()


@exercise.mistake(hint="formula")
def zero_by_zero(counts, lower, D):
    """You divide by the sum of the counts where it is 0. A context that was never seen
    leaves the lower distribution as it is."""
    s, u = counts.sum(), (counts > 0).sum()
    return (counts - D).clamp(min=0) / s + D * u / s * lower


@exercise.mistake(hint="idea")
def fixed_weight(counts, lower, D):
    """You mix with the fixed weight D. How much goes to the lower distribution depends
    on the context: D times the number of different tokens, divided by the sum."""
    s = counts.sum()
    return lower if s == 0 else (1 - D) * counts / s + D * lower


@exercise.mistake(hint="idea")
def one_more_each(counts, lower, D):
    """You add 1 to every count (Laplace). Kneser-Ney takes D away, and gives it to the
    shorter context's distribution."""
    return (counts + 1) / (counts + 1).sum()


@exercise.mistake(hint="formula")
def all_kinds(counts, lower, D):
    """You give the lower distribution D for every token of the vocabulary. Only those
    that were seen gave something up, so the sum is above 1."""
    s = counts.sum()
    if s == 0:
        return lower
    return (counts - D).clamp(min=0) / s + D * len(counts) / s * lower


@exercise.mistake(hint="idea")
def shared_evenly(counts, lower, D):
    """You share what was saved evenly among all tokens. The shorter context knows more:
    share it out as `lower` says."""
    s, u = counts.sum(), (counts > 0).sum()
    if s == 0:
        return lower
    return (counts - D).clamp(min=0) / s + D * u / s / len(counts)


@exercise.mistake(hint="idea")
def for_the_unseen_only(counts, lower, D):
    """You share what was saved among the unseen tokens only. Interpolation adds
    the lower distribution for all tokens, unscaled."""
    s, u = counts.sum(), (counts > 0).sum()
    if s == 0:
        return lower
    rest = lower * (counts == 0)
    rest = rest / rest.sum() if rest.sum() > 0 else lower
    return (counts - D).clamp(min=0) / s + D * u / s * rest


@exercise.mistake(hint="idea")
def kinds_added(counts, lower, D):
    """You add u lower(w) to the counts (Witten and Bell) and never use D. Take D from
    each count above 0."""
    s, u = counts.sum(), (counts > 0).sum()
    return lower if s == 0 else (counts + u * lower) / (s + u)
