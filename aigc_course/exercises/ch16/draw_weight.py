"""Exercise on constrained draws: the weight that corrects them."""

import itertools

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "16.draw_weight",
    order=12,
    title="What a constrained draw has to be weighed by",
    difficulty=3,
    minutes=15,
    asks="derive",
    idea="Write the probability of a whole sequence twice: under the model, and under"
    " the constrained draw. The weight is their ratio.",
    formula="At each place the constrained draw uses p / Z, where Z is the sum of p"
    " over the allowed tokens. So the ratio of the two is the product of all Z.",
    line="Write `return log_p.masked_fill(~allowed,"
    " -torch.inf).logsumexp(-1).sum(-1)`.",
    variation="Draw 8 poems with one acrostic, and look at the one with the largest and"
    " the one with the smallest weight.",
)


@exercise.answer
def draw_weight(log_p: Tensor, allowed: Tensor) -> Tensor:
    """log of the weight of each sequence, [N].

    log_p: [N, T, V], the model's log-probabilities of all tokens at each place of the
    sequences that were drawn. allowed: bool [N, T, V], which tokens could be drawn.
    """
    # log prod_t Z_t = sum_t log sum over allowed v of p(v)
    return log_p.masked_fill(~allowed, -torch.inf).logsumexp(-1).sum(-1)


def _case(n: int, t: int, v: int) -> tuple[Tensor, Tensor]:
    allowed = torch.rand(n, t, v) < 0.5
    allowed[..., 0] = True
    return torch.randn(n, t, v).log_softmax(-1), allowed


@exercise.inputs
def places() -> list[tuple[Tensor, Tensor]]:
    one, mask = _case(1, 3, 4)
    return [
        _case(4, 5, 6),
        _case(2, 1, 3),
        (one, torch.ones_like(mask)),
        _case(3, 40, 5),
        _case(2, 400, 4),  # the product of all Z is too small for float32
    ]


@exercise.must_hold
def nothing_forbidden(f) -> bool:
    """Where all tokens are allowed, a constrained draw is a draw of the model: the log
    of the weight is 0."""
    log_p, allowed = _case(3, 4, 5)
    return bool(torch.as_tensor(f(log_p, torch.ones_like(allowed))).abs().max() < 1e-5)


@exercise.must_hold
def weights_undo_the_draw(f) -> bool:
    """For every allowed sequence, the probability of drawing it times its weight is its
    probability under the model."""
    first = torch.randn(3).log_softmax(-1)
    second = torch.randn(3, 3).log_softmax(-1)
    may_first = torch.tensor([True, True, False])
    may_second = torch.tensor([[True, False, False], [True, True, True], [False] * 3])
    for a, b in itertools.product(range(3), range(3)):
        if not (may_first[a] and may_second[a, b]):
            continue
        log_p = torch.stack([first, second[a]])[None]
        allowed = torch.stack([may_first, may_second[a]])[None]
        kept = log_p.masked_fill(~allowed, -torch.inf).log_softmax(-1)[0]
        weight = torch.as_tensor(f(log_p, allowed)).reshape(())
        if not same(kept[0, a] + kept[1, b] + weight, first[a] + second[a, b]):
            return False
    return True


@exercise.mistake(hint="formula")
def turned_round(log_p, allowed):
    """Your weight is one over the right one. The constrained draw divides by Z at each
    place, so its weight multiplies by Z."""
    return -draw_weight(log_p, allowed)


@exercise.mistake(hint="formula")
def mean_over_places(log_p, allowed):
    """You average log Z over the places. The probabilities of the places are
    multiplied, so their logarithms are added."""
    return log_p.masked_fill(~allowed, -torch.inf).logsumexp(-1).mean(-1)


@exercise.mistake(hint="idea")
def counts_tokens(log_p, allowed):
    """You count how many tokens are allowed. What matters is how much probability the
    model gives them together."""
    return allowed.float().mean(-1).log().sum(-1)


@exercise.mistake(hint="formula")
def sums_the_logarithms(log_p, allowed):
    """You add the logarithms of the allowed probabilities. Z is the sum of the
    probabilities themselves; take its logarithm afterwards."""
    return log_p.masked_fill(~allowed, 0.0).sum(-1).sum(-1)


@exercise.mistake(hint="formula")
def forbidden_mass(log_p, allowed):
    """You sum over the forbidden tokens. Z is the probability of the allowed ones."""
    return log_p.masked_fill(allowed, -torch.inf).logsumexp(-1).sum(-1)


@exercise.mistake(hint="formula")
def best_token_alone(log_p, allowed):
    """You take the likeliest allowed token of each place. Z sums over all allowed
    tokens."""
    return log_p.masked_fill(~allowed, -torch.inf).amax(-1).sum(-1)


@exercise.mistake(hint="formula")
def adds_the_places(log_p, allowed):
    """You add Z over the places and take one logarithm. The weight is the product of
    all Z, so the logarithms are added."""
    return log_p.masked_fill(~allowed, -torch.inf).logsumexp(-1).logsumexp(-1)


@exercise.mistake(hint="formula")
def no_logarithm(log_p, allowed):
    """You return the weight itself. With many places it is too small for a number of
    the machine: return its logarithm."""
    return draw_weight(log_p, allowed).exp()


@exercise.mistake(hint="idea")
def last_place_alone(log_p, allowed):
    """You use the last place only. Every place at which tokens were forbidden changes
    the probability of the sequence."""
    return log_p.masked_fill(~allowed, -torch.inf)[:, -1].logsumexp(-1)


@exercise.mistake(hint="idea")
def first_place_alone(log_p, allowed):
    """You use the first place only. Every place at which tokens were forbidden changes
    the probability of the sequence."""
    return log_p.masked_fill(~allowed, -torch.inf)[:, 0].logsumexp(-1)


@exercise.mistake(hint="formula")
def logarithm_to_base_two(log_p, allowed):
    """Your logarithm has the base 2. The log-probabilities are natural logarithms, so
    the weight has to be one, too."""
    return draw_weight(log_p, allowed) / torch.log(torch.tensor(2.0))


@exercise.mistake(hint="formula")
def logarithm_of_a_product(log_p, allowed):
    """You multiply all Z and take the logarithm of the product. With hundreds of places
    the product is too small for the machine and becomes 0: add the logarithms."""
    return (log_p.exp() * allowed).sum(-1).prod(-1).log()


@exercise.mistake(hint="formula")
def forbidden_logarithms_are_zero(log_p, allowed):
    """You set the log-probabilities of forbidden tokens to 0, and each then adds exp(0)
    = 1 to Z. Set them to minus infinity, or multiply the probabilities by `allowed`."""
    return log_p.masked_fill(~allowed, 0.0).logsumexp(-1).sum(-1)


@exercise.mistake(hint="idea")
def nothing_is_forbidden(log_p, allowed):
    """Each of your Z is 1. Sum the model's probabilities of the allowed tokens alone,
    and do not normalise them first."""
    return log_p.logsumexp(-1).sum(-1)


@exercise.mistake(hint="formula")
def mean_over_tokens(log_p, allowed):
    """You divide Z by the number of all tokens. Z is the sum of the allowed
    probabilities, not their mean."""
    return (log_p.exp() * allowed).sum(-1).div(log_p.shape[-1]).log().sum(-1)


@exercise.mistake(hint="formula")
def mean_of_the_allowed(log_p, allowed):
    """You divide Z by the number of allowed tokens. Z is the sum of their
    probabilities, not the mean."""
    z = (log_p.exp() * allowed).sum(-1)
    return (z / allowed.sum(-1)).log().sum(-1)


@exercise.mistake(hint="idea")
def scaled_to_sum_one(log_p, allowed):
    """You scale the weights so that they sum to 1 over the draws. The weight of a draw
    does not depend on the other draws: return the sum of log Z itself."""
    return draw_weight(log_p, allowed).log_softmax(0)
